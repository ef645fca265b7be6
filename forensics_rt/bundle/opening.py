"""Opening a bundle: a folder with `manifest.json`, ONNX graphs, goldens and a model card."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from forensics_rt.bundle.graph_contents import contents_of
from forensics_rt.bundle.manifest import (
    MANIFEST_FILE,
    SCHEMA_VERSION,
    FileRecord,
    GoldenRecord,
    Manifest,
    MemberRecord,
)
from forensics_rt.bundle.trust.encryption import OVERHEAD, FileCipher, open_cipher
from forensics_rt.bundle.trust.environment import policy_of
from forensics_rt.bundle.trust.policy import TrustPolicy
from forensics_rt.bundle.trust.signature import signer_of
from forensics_rt.errors import BundleAltered, BundleNotFound, BundleUntrusted, ManifestInvalid
from forensics_rt.io.digest import sha256_of
from forensics_rt.io.names import printable
from forensics_rt.plan.coefficients import DCT, QUANTIZATION, TileCoefficients
from forensics_rt.system.arguments import of_kind

EMBEDDED = Path(__file__).parents[1] / "bundles"
_NOTHING_REQUIRED = TrustPolicy()
# More than any bundle needs: a stranger's must not take all memory.
_LARGEST_MANIFEST = 64 << 20


@dataclass(frozen=True)
class Bundle:
    """An opened bundle. Only the files that its manifest names are read.

    Attributes:
        path: The folder.
        manifest: What `manifest.json` says.
        id: First 16 hexadecimal digits of the manifest's SHA-256. The manifest holds the hash of
            every file, so two bundles with one id give the same answers.
        trust: What the bundle had to prove when it was opened.
        signer: Id of the trusted key that signed the bundle; `None` if no trusted key did.

    Example:
        >>> Bundle.open().manifest.name
        'forensics-rt-default'
        >>> Bundle.open("fast").manifest.name
        'forensics-rt-fast'
    """

    path: Path
    manifest: Manifest
    id: str
    trust: TrustPolicy = field(default=_NOTHING_REQUIRED, compare=False)
    signer: str | None = field(default=None, compare=False)
    _cipher: FileCipher | None = field(default=None, compare=False, repr=False)

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        hashes: bool = True,
        trust: TrustPolicy | None = None,
    ) -> Bundle:
        """Open a bundle and check its signature, schema, version, file sizes and hashes.

        Args:
            path: The folder, or the name of a bundle inside the package: `default` or `fast`.
                A folder of such a name is `./fast`. `None` for `default`.
            hashes: Whether to check every hash now. Else each file is checked when it is read, and
                a detector checks those that it runs when it is made.
            trust: What the bundle must prove; `None` for the policy of the environment variables.

        Raises:
            BundleNotFound: If there is no folder or no manifest in it.
            ManifestInvalid: If the manifest is not what its schema says.
            BundleAltered: If a file is missing or its bytes are not those named.
            BundleUntrusted: If the policy does not accept it, or it is encrypted for another key.
        """
        trust = policy_of() if trust is None else trust
        of_kind("trust", trust, TrustPolicy, "a TrustPolicy or None", BundleUntrusted)
        given: object = path
        if given is not None and not isinstance(given, (str, os.PathLike)):
            raise BundleNotFound(
                f"a bundle must be a folder, or one of {', '.join(embedded())}, but is {given!r}"
            )
        folder = bundle_folder("default" if path is None else path)
        file = folder / MANIFEST_FILE
        try:
            with file.open("rb") as opened:
                raw = opened.read(_LARGEST_MANIFEST)
        except (FileNotFoundError, NotADirectoryError):
            raise BundleNotFound(
                f"{folder}: no bundle here, there is no {MANIFEST_FILE}; give the folder that "
                f"`python -m export.build_engines --out` wrote, or one of {', '.join(embedded())}"
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", error)
            raise BundleNotFound(f"{printable(file)}: cannot be read: {reason}") from error
        signer = signer_of(raw, folder, trust.keys)
        if trust.require_signature and signer is None:
            raise BundleUntrusted(
                f"{folder}: the bundle must be signed by key "
                f"{' or '.join(key.id for key in trust.keys)}, but none of them signed it; get a "
                "signed bundle, or sign it with `forensics-rt sign`"
            )
        manifest = parse_manifest(raw, str(file))
        trust.check_version(manifest.name, manifest.version)
        cipher = None
        if manifest.encryption is not None:
            cipher = open_cipher(manifest.encryption.key_id, trust.bundle_key, folder)
        identity = hashlib.sha256(raw).hexdigest()[:16]
        signed_by = None if signer is None else signer.id
        bundle = cls(folder, manifest, identity, trust, signed_by, cipher)
        bundle._refuse(bundle.damage(hashes=hashes))
        return bundle

    def damage(
        self, records: Iterable[FileRecord] | None = None, *, hashes: bool = True
    ) -> list[str]:
        """Return one line for each file that is missing or altered; empty for a sound bundle.

        Args:
            records: The files to look at; `None` for all.
            hashes: Whether to read them, or to look at their sizes alone.
        """
        records = self.manifest.files() if records is None else records
        return [line for record in records if (line := self._damage_of(record, hashes))]

    def check_used(self, int8: bool = False, engines: str | None = None) -> None:
        """Refuse the bundle if a file that is to be run was altered.

        Args:
            int8: Whether the graphs in int8 are run, where there are some.
            engines: Kind of the prebuilt engines that are run; `None` for none.

        Raises:
            BundleAltered: Naming each file.
        """
        graphs = (self.graph_file(network, int8) for network in self.manifest.networks)
        built = (engine.file for engine in self.manifest.engines if engine.kind == engines)
        self._refuse(self.damage((*graphs, *built)))

    @property
    def encrypted(self) -> bool:
        """Whether its files are: what is decrypted of them must not be written to a disk."""
        return self.manifest.encryption is not None

    def file(self, record: FileRecord) -> Path:
        """Return the place of a file on disk, where it is as it is stored."""
        return self.path / record.path

    def graph_file(self, member: MemberRecord, int8: bool = False) -> FileRecord:
        """Return which file a member's ONNX graph is: that in int8, if asked for and there."""
        return member.int8 if int8 and member.int8 is not None else member.graph

    def graph(self, member: MemberRecord, int8: bool = False) -> bytes:
        """Read a member's ONNX graph; the bytes returned are those that were checked.

        Args:
            member: The member.
            int8: Whether to read the one in int8, if there is one.

        Raises:
            BundleAltered: If the file is no longer the one that the manifest names, is no graph, or
                has weights in another file.
            BundleUntrusted: If it uses operators that are neither ONNX's nor allowed.
        """
        record = self.graph_file(member, int8)
        path, data = self.file(record), self.read(record)
        contents = contents_of(data, path)
        self.trust.check_domains(contents.domains, path)
        if contents.elsewhere:
            raise BundleAltered(
                f"{path}: keeps weights in another file, which nothing would check; save the graph "
                "with all its weights inside"
            )
        return data

    def model_card(self) -> str | None:
        """Read the model card, Markdown; `None` where the bundle has none.

        Raises:
            BundleAltered: If it is no longer the file that the manifest names.
        """
        record = self.manifest.model_card
        return None if record is None else self.read(record).decode("utf-8", "replace")

    def golden(self, record: GoldenRecord) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """Read a golden: the tile (H×W×3 RGB uint8) and PyTorch's probability (H×W float32).

        Raises:
            BundleAltered: If the file is not the one that the manifest names, or is no golden.
        """
        path, data = self.file(record.file), self.read(record.file)
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                image, probability = arrays["image"], arrays["probability"].astype(np.float32)
        except Exception as error:  # of a file that is no archive numpy raises whatever it likes
            raise BundleAltered(f"{path}: cannot be read as a golden: {error}") from error
        side = record.tile
        if image.shape != (side, side, 3) or probability.shape != (side, side):
            raise BundleAltered(
                f"{path}: must hold a tile of {side}×{side} and its probability, but holds shapes "
                f"{image.shape} and {probability.shape}"
            )
        return image, probability

    def golden_coefficients(self, record: GoldenRecord) -> TileCoefficients | None:
        """Read the coefficients of a golden, of a batch of one; `None` where there are none.

        Raises:
            BundleAltered: If the file is not the one that the manifest names, or is no golden.
        """
        if self.manifest.contract.coefficients is None:
            return None
        path, side = self.file(record.file), record.tile
        try:
            with np.load(io.BytesIO(self.read(record.file)), allow_pickle=False) as arrays:
                dct, table = (arrays[name].astype(np.int32) for name in (DCT, QUANTIZATION))
        except Exception as error:  # as above
            raise BundleAltered(f"{path}: holds no coefficients: {error}") from error
        if dct.shape != (side, side) or table.shape != (8, 8):
            raise BundleAltered(
                f"{path}: must hold coefficients of {side}×{side} and a table of 8×8, but holds "
                f"shapes {dct.shape} and {table.shape}"
            )
        return TileCoefficients(dct[None], table[None])

    def read(self, record: FileRecord) -> bytes:
        """Read a file, decrypted; the bytes returned are those that were checked.

        Raises:
            BundleAltered: If the file is not the one that the manifest names.
        """
        path = self.file(record)
        try:
            with path.open("rb") as opened:
                data = opened.read(record.bytes + OVERHEAD + 1)
        except OSError as error:
            raise BundleAltered(f"{path}: cannot be read: {error.strerror}") from error
        if self._cipher is not None:
            data = self._cipher.decrypt(data, record.path)
        if hashlib.sha256(data).hexdigest() != record.sha256:
            raise BundleAltered(
                f"{path}: is not the file that the manifest names, or changed since the bundle was "
                "opened; copy the bundle again from where it came"
            )
        return data

    def _damage_of(self, record: FileRecord, hashes: bool) -> str | None:
        path, grown = self.file(record), OVERHEAD if self.encrypted else 0
        try:
            if not path.is_file():
                return f"{record.path} is missing"
            found_bytes = path.stat().st_size - grown
            if found_bytes != record.bytes:
                return f"{record.path} has {found_bytes} bytes, the manifest says {record.bytes}"
            if hashes and self._cipher is not None:
                self.read(record)
            found = sha256_of(path) if hashes and not self.encrypted else record.sha256
        except OSError as error:
            return f"{record.path} cannot be read: {error.strerror}"
        except BundleAltered as error:
            return str(error)
        if found != record.sha256:
            known = f"the manifest says {record.sha256[:12]}…"
            return f"{record.path} has SHA-256 {found[:12]}…, {known}"
        return None

    def _refuse(self, damage: list[str]) -> None:
        if damage:
            raise BundleAltered(
                f"{self.path}: the bundle is not as it was built: {'; '.join(damage)}. "
                "Copy it again from where it came, or build it again"
            )


def embedded() -> tuple[str, ...]:
    """Return the names of the bundles inside the package, in order of the alphabet."""
    return tuple(sorted(folder.name for folder in EMBEDDED.iterdir() if folder.is_dir()))


def bundle_folder(path: str | Path) -> Path:
    """Return the folder of a bundle inside the package by its name, and any other path as it is.

    Only a string can be a name: pathlib writes `./fast` and `fast` alike.

    Example:
        >>> bundle_folder("./fast")
        PosixPath('fast')
    """
    named = isinstance(path, str) and path in embedded()
    return EMBEDDED / path if named else Path(path)


def parse_manifest(raw: bytes, place: str) -> Manifest:
    """Read a manifest from its bytes.

    Raises:
        ManifestInvalid: Naming each key that is wrong, what was found and what was expected.
    """
    try:
        return Manifest.model_validate_json(raw)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, line['loc'])) or 'the file'}: {line['msg']}"
            for line in error.errors(include_url=False)
        ]
        raise ManifestInvalid(
            f"{place}: not a manifest of schema {SCHEMA_VERSION}: {'; '.join(lines)}"
        ) from error
