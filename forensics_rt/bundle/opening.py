"""Opening a bundle: a folder with `manifest.json`, ONNX graphs, goldens and a model card."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from forensics_rt.bundle.manifest import (
    MANIFEST_FILE,
    SCHEMA_VERSION,
    FileRecord,
    GoldenRecord,
    Manifest,
    MemberRecord,
)
from forensics_rt.errors import BundleAltered, BundleNotFound, ManifestInvalid
from forensics_rt.io.digest import sha256_of
from forensics_rt.io.names import printable

EMBEDDED = Path(__file__).parents[1] / "bundles"
# How ONNX (`TensorProto.external_data`) names the file where weights are, if not in the graph.
_ELSEWHERE = b"\n\x08location\x12"


@dataclass(frozen=True)
class Bundle:
    """An opened bundle: what is read of it are the files that its manifest names.

    Attributes:
        path: The folder.
        manifest: What `manifest.json` says.
        id: First 16 hexadecimal digits of the manifest's SHA-256. The manifest holds the hash of
            every file, so two bundles with one id give the same answers.

    Example:
        >>> Bundle.open().manifest.name
        'forensics-rt-default'
        >>> Bundle.open("fast").manifest.name
        'forensics-rt-fast'
    """

    path: Path
    manifest: Manifest
    id: str

    @classmethod
    def open(cls, path: str | Path | None = None, *, hashes: bool = True) -> Bundle:
        """Open a bundle and check its schema, the size of every file, and every hash.

        Args:
            path: The folder, or the name of a bundle inside the package: `default` or `fast`.
                A folder of such a name is `./fast`. `None` for `default`.
            hashes: Whether to check every hash now. Else each file is checked when it is read, and
                a detector checks those that it runs when it is made.

        Raises:
            BundleNotFound: If there is no folder or no manifest in it.
            ManifestInvalid: If the manifest is not what its schema says.
            BundleAltered: If a file is missing or its bytes are not those named.
        """
        given: object = path
        if given is not None and not isinstance(given, (str, os.PathLike)):
            raise BundleNotFound(
                f"a bundle must be a folder, or one of {', '.join(embedded())}, but is {given!r}"
            )
        folder = bundle_folder("default" if path is None else path)
        file = folder / MANIFEST_FILE
        try:
            raw = file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise BundleNotFound(
                f"{folder}: no bundle here, there is no {MANIFEST_FILE}; give the folder that "
                f"`python -m export.build_engines --out` wrote, or one of {', '.join(embedded())}"
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", error)
            raise BundleNotFound(f"{printable(file)}: cannot be read: {reason}") from error
        bundle = cls(folder, parse_manifest(raw, str(file)), hashlib.sha256(raw).hexdigest()[:16])
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
        return [line for record in records if (line := _damage_of(self.path, record, hashes))]

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

    def file(self, record: FileRecord) -> Path:
        """Return the place of a file on disk."""
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
            BundleAltered: If the file is no longer the one that the manifest names.
        """
        record = self.graph_file(member, int8)
        path, data = self.file(record), self._read(record)
        if _ELSEWHERE in data:
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
        return None if record is None else self._read(record).decode("utf-8", "replace")

    def golden(self, record: GoldenRecord) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """Read a golden: the tile (H×W×3 RGB uint8) and PyTorch's probability (H×W float32).

        Raises:
            BundleAltered: If the file is not the one that the manifest names, or is no golden.
        """
        path, data = self.file(record.file), self._read(record.file)
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

    def _read(self, record: FileRecord) -> bytes:
        path = self.file(record)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BundleAltered(f"{path}: cannot be read: {error.strerror}") from error
        if hashlib.sha256(data).hexdigest() != record.sha256:
            raise BundleAltered(
                f"{path}: is not the file that the manifest names, or changed since the bundle was "
                "opened; copy the bundle again from where it came"
            )
        return data

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


def _damage_of(folder: Path, record: FileRecord, hashes: bool) -> str | None:
    path = folder / record.path
    try:
        if not path.is_file():
            return f"{record.path} is missing"
        found_bytes = path.stat().st_size
        if found_bytes != record.bytes:
            return f"{record.path} has {found_bytes} bytes, the manifest says {record.bytes}"
        found = sha256_of(path) if hashes else record.sha256
    except OSError as error:
        return f"{record.path} cannot be read: {error.strerror}"
    if found != record.sha256:
        return f"{record.path} has SHA-256 {found[:12]}…, the manifest says {record.sha256[:12]}…"
    return None
