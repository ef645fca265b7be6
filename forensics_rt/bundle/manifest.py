"""The schema of a bundle's `manifest.json`, free of engines so that export and runtime share it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from forensics_rt.bundle.limits import Limits
from forensics_rt.calibration.origin import OriginRecord
from forensics_rt.calibration.record import CalibrationRecord, StoredRecipe
from forensics_rt.io.old_words import in_todays_words
from forensics_rt.plan.tiling import JPEG_BLOCK

SCHEMA_VERSION: Literal[1] = 1
WITH_COEFFICIENTS: Literal[2] = 2
"""Schema of a bundle whose networks read coefficients; one of pixels alone stays what it was."""
_LARGEST_TILE = 8192
MANIFEST_FILE = "manifest.json"
POOL_NOTHING = frozenset({"forensic_unet", "forensic_unet_dct"})
"""Architectures whose networks pool nothing over the tile."""
# 384, 512, 640 and 832 for 384. Of all three sides the last three are among those that compute the
# fewest pixels of ordinary pages; smaller ones compute as few, and find less.
_SIDES = (1, 4 / 3, 5 / 3, 13 / 6)


def _inside_the_bundle(path: str) -> str:
    parts = PurePosixPath(path)
    if not path or parts.is_absolute() or ".." in parts.parts or "\\" in path:
        raise ValueError(f"must be a path inside the bundle, written with '/', got {path!r}")
    return path


Share = Annotated[float, Field(ge=0.0, le=1.0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ManifestPart(BaseModel):
    """Base of every part of the manifest: immutable, and a key too many is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _in_todays_words(cls, keys: Any) -> Any:
        return in_todays_words(keys)


class FileRecord(ManifestPart):
    """A file of the bundle: its path, its length in bytes and its SHA-256."""

    path: Annotated[str, AfterValidator(_inside_the_bundle)]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256


class BatchProfile(ManifestPart):
    """Batch sizes that a graph or engine takes: least, best and most."""

    min: Annotated[int, Field(ge=1)] = 1
    opt: Annotated[int, Field(ge=1)] = 4
    max: Annotated[int, Field(ge=1)] = 16

    @model_validator(mode="after")
    def _ordered(self) -> BatchProfile:
        if not self.min <= self.opt <= self.max:
            raise ValueError(f"must grow: min {self.min}, opt {self.opt}, max {self.max}")
        return self


class CoefficientInputs(ManifestPart):
    """What every graph takes beside the pixels, where networks read a JPEG's own numbers.

    `dct` is int32 N×H×W: the coefficients of luma, divided by the table as the file has them,
    frequency (u, v) of each block at its row u and column v, clipped to ± `limit`; 0 where the
    image ends. `quantization` is int32 N×8×8: the table, laid out alike. Tiles begin with a block
    and are never turned.
    """

    dct_name: Literal["dct"] = "dct"
    dct_dtype: Literal["int32"] = "int32"
    dct_layout: Literal["NHW"] = "NHW"
    component: Literal["luma"] = "luma"
    limit: Annotated[int, Field(ge=1, le=32767)]
    quantization_name: Literal["quantization"] = "quantization"
    quantization_dtype: Literal["int32"] = "int32"


class Contract(ManifestPart):
    """What goes into every graph and what comes out; normalization and sigmoid are inside.

    `image` is uint8 N×H×W×3 RGB, `probability` float32 N×H×W in [0, 1]. Where there are
    `coefficients`, the graphs take those, too.
    """

    input_name: Literal["image"] = "image"
    input_dtype: Literal["uint8"] = "uint8"
    input_layout: Literal["NHWC"] = "NHWC"
    color_order: Literal["RGB"] = "RGB"
    output_name: Literal["probability"] = "probability"
    output_dtype: Literal["float32"] = "float32"
    output_layout: Literal["NHW"] = "NHW"
    size_multiple: Annotated[int, Field(ge=1)] = 32
    batch: BatchProfile = BatchProfile()
    coefficients: CoefficientInputs | None = None

    @property
    def schema_version(self) -> Literal[1, 2]:
        """Schema of a manifest with this contract: 2 if there are coefficients, else 1."""
        return SCHEMA_VERSION if self.coefficients is None else WITH_COEFFICIENTS

    @model_serializer(mode="wrap")
    def _without_what_is_not_said(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        if self.coefficients is None:
            written.pop("coefficients", None)
        return written


class GoldenRecord(ManifestPart):
    """One tile and the answer PyTorch gave: an `.npz` with `image` and `probability`.

    Where the contract has coefficients, it holds `dct` and `quantization`, too.
    """

    tile: Annotated[int, Field(ge=1)]
    file: FileRecord


class MemberRecord(ManifestPart):
    """One network of the ensemble: its ONNX graph, its weight in the mean, and its goldens.

    `int8` is the same network with most of its convolutions quantized, for processors that multiply
    whole numbers faster. `pools_over_tile` says whether some layer takes a mean or maximum over the
    whole tile, so that answers depend on its size; where it is not written, the architecture tells.
    `origin` says how the weights came about, where that is known.
    """

    name: str
    architecture: str
    parameters: Annotated[int, Field(ge=0)]
    precision: Literal["fp32", "fp16"]
    # Within what float32 adds up without losing either.
    weight: Annotated[float, Field(ge=1e-3, le=1e3)] = 1.0
    graph: FileRecord
    int8: FileRecord | None = None
    goldens: tuple[GoldenRecord, ...] = ()
    pools_over_tile: bool | None = None
    origin: OriginRecord | None = None

    @model_serializer(mode="wrap")
    def _without_what_is_not_said(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        for key in ("pools_over_tile", "origin"):
            if getattr(self, key) is None:
                written.pop(key, None)
        return written

    @property
    def takes_any_tile(self) -> bool:
        """Whether its tiles may be of any height and width that the contract allows."""
        if self.pools_over_tile is None:
            return self.architecture in POOL_NOTHING
        return not self.pools_over_tile


class ParityRecord(ManifestPart):
    """How far one engine's answers lie from PyTorch's on probe tiles.

    Attributes:
        member: The member measured.
        engine: What ran the graph, with its precision, such as `openvino bf16`.
        tile: Side of the probe tiles in pixels.
        probes: How many tiles were compared.
        max_difference: Largest |Δp| over all pixels; 1 where an answer was no number.
        flipped_share: Share of the pixels whose decision at the threshold differs.
        iou_loss: 1 − IoU of the two masks over all probes; 0 where both are empty.
        passed: Whether the gate let it pass. What every bundle needs has; a number format that a
            CPU is only faster in may not have, and is not used then.
    """

    member: str
    engine: str
    tile: int
    probes: int
    max_difference: float
    flipped_share: Share
    iou_loss: Share
    passed: bool = True


class EngineRecord(ManifestPart):
    """One prebuilt engine: whose graph, at which size, on what machine, with which versions.

    Attributes:
        kind: TensorRT, or TensorRT for RTX.
        member: The member whose graph it runs.
        tile: Side of its tiles in pixels; height and width are fixed.
        batch: Batch sizes of its one profile.
        precision: Number format asked for: `fp32`, `fp16`, `bf16` or `int8`.
        file: The plan, TensorRT's bytes alone.
        graph_sha256: Of the member's graph that it was built from.
        keep_fp32: Patterns of nodes that stay in float32 besides those that always do.
        layer_types: How many layers compute in each number format, as read back.
        weight_bytes: Bytes of constants in each number format, as read back from the plan.
        read_from: Where `layer_types` was read: the engine itself, or the typed network that the
            builder took, where no GPU is there to load the engine.
        calibration_sha256: Of the tiles that int8 ranges were measured on.
        gpu: On which it was built; `None` where it was built for GPUs that were not there.
        compute_capabilities: It was built for, such as `8.6`.
        driver: Of the machine that built it; `None` without a GPU.
        cuda: Of the machine that built it, or else the major version of the TensorRT package.
        tensorrt: Version.
        hardware_compatible: Runs on every GPU from Ampere on.
        version_compatible: Runs with later TensorRT of the same major version.
        workspace_mib: Limit of scratch memory that was set; `None` for TensorRT's own.
        optimization_level: That was set; `None` for TensorRT's own.
    """

    kind: Literal["tensorrt", "tensorrt-rtx"]
    member: str
    tile: int
    batch: BatchProfile
    precision: Literal["fp32", "fp16", "bf16", "int8"]
    file: FileRecord
    graph_sha256: Sha256
    keep_fp32: tuple[str, ...] = ()
    layer_types: dict[str, int] = {}
    weight_bytes: dict[str, int] = {}
    read_from: Literal["engine", "network"]
    calibration_sha256: Sha256 | None = None
    gpu: str | None
    compute_capabilities: Annotated[tuple[str, ...], Field(min_length=1)]
    driver: str | None
    cuda: str | None
    tensorrt: str
    hardware_compatible: bool = False
    version_compatible: bool = False
    workspace_mib: int | None = None
    optimization_level: int | None = None


class EncryptionRecord(ManifestPart):
    """How the files of the bundle are stored; lengths and hashes are those of what is inside.

    `key_id` names the key, and does not tell it.
    """

    cipher: Literal["AES-256-GCM"] = "AES-256-GCM"
    key_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Manifest(ManifestPart):
    """Everything a runtime has to know of a bundle.

    Attributes:
        members: The networks that vote.
        cascade: A small network without a vote, which looks at every tile first where a recipe says
            so, and spares the members those that are clear.
        limits: What the gate allowed; written only where the builder asked for other than usual.
        encryption: Of all files but the manifest; written only where there is one.
    """

    # Named `schema_version` in code because pydantic's models own the name `schema`.
    schema_version: Literal[1, 2] = Field(default=1, alias="schema")
    name: str
    version: str = "1"
    license: str
    model_card: FileRecord | None = None
    members: Annotated[tuple[MemberRecord, ...], Field(min_length=1)]
    cascade: MemberRecord | None = None
    contract: Contract = Contract()
    tile_sizes: Annotated[tuple[int, ...], Field(min_length=1)]
    recipes: dict[str, StoredRecipe] = {}
    thresholds: dict[str, Annotated[float, Field(gt=0.0, lt=1.0)]]
    built_with: dict[str, str]
    created: str
    parity: tuple[ParityRecord, ...] = ()
    engines: tuple[EngineRecord, ...] = ()
    calibration: CalibrationRecord | None = None
    limits: Limits = Limits()
    encryption: EncryptionRecord | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="after")
    def _consistent(self) -> Manifest:
        if self.schema_version != self.contract.schema_version:
            raise ValueError(
                f"schema: must be {WITH_COEFFICIENTS} where the contract has coefficients, and "
                f"{SCHEMA_VERSION} elsewhere, got {self.schema_version}"
            )
        names = [member.name for member in self.networks]
        if len(set(names)) != len(names):
            raise ValueError(f"members: names must differ, got {names}")
        if "pixel" not in self.thresholds:
            raise ValueError("thresholds: must hold 'pixel', the probability that makes the mask")
        multiple = math.lcm(self.contract.size_multiple, JPEG_BLOCK)
        odd = [
            size for size in self.tile_sizes if not 1 <= size <= _LARGEST_TILE or size % multiple
        ]
        if odd or list(self.tile_sizes) != sorted(set(self.tile_sizes)):
            raise ValueError(
                f"tile_sizes: must be rising multiples of {multiple} up to {_LARGEST_TILE}, got "
                f"{list(self.tile_sizes)}"
            )
        if self.calibration and self.calibration.fitted_on.networks != self.networks_id:
            raise ValueError("calibration: was fitted with other networks than those of the bundle")
        misnamed = [key for key, recipe in self.recipes.items() if recipe.name != key]
        if misnamed:
            raise ValueError(
                f"recipes: the key and the name must be equal, but differ for {misnamed}"
            )
        return self

    @property
    def networks(self) -> tuple[MemberRecord, ...]:
        """All networks, in the order that backends count them: the members, then the cascade."""
        return self.members if self.cascade is None else (*self.members, self.cascade)

    @property
    def tile_sides(self) -> tuple[int, ...]:
        """Heights and widths of the tiles where they are cut to fit the page, rising.

        Few, because some engines compile a graph for each pair; the smallest is that of the
        smallest tile, for images that are no larger. Empty where a network pools over the tile: it
        keeps the sizes that it was trained at.
        """
        if not all(network.takes_any_tile for network in self.networks):
            return ()
        multiple = math.lcm(self.contract.size_multiple, JPEG_BLOCK)
        sides = (int(self.tile_sizes[0] * share) // multiple * multiple for share in _SIDES)
        return tuple(sorted({side for side in sides if side <= self.tile_sizes[-1]}))

    def with_networks(self, networks: Sequence[MemberRecord]) -> Manifest:
        """Return the manifest with other records of its networks, in their order."""
        count = len(self.members)
        cascade = None if self.cascade is None else networks[count]
        changed: Manifest = self.model_copy(
            update={"members": tuple(networks[:count]), "cascade": cascade}
        )
        return changed

    @property
    def decision_threshold(self) -> float:
        """Probability from which a pixel counts as forged: the calibration's, if there is one."""
        if self.calibration is not None:
            return self.calibration.pixel.threshold
        return self.thresholds["pixel"]

    @property
    def networks_id(self) -> str:
        """First 16 hexadecimal digits of a SHA-256 over graphs and weights of those that vote.

        Unlike the bundle's id it stays when a model card or a calibration changes.
        """
        parts = "".join(f"{member.graph.sha256} {member.weight!r}\n" for member in self.members)
        return hashlib.sha256(parts.encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """Return the text of `manifest.json`, keys as the schema names them."""
        usual = {"limits"} if self.limits == Limits() else set()
        if self.encryption is None:
            usual.add("encryption")
        return self.model_dump_json(by_alias=True, indent=2, exclude=usual) + "\n"

    def files(self) -> tuple[FileRecord, ...]:
        """Return every file that the manifest vouches for."""
        found = [] if self.model_card is None else [self.model_card]
        for member in self.networks:
            graphs = [member.graph] if member.int8 is None else [member.graph, member.int8]
            found += [*graphs, *(golden.file for golden in member.goldens)]
        return (*found, *(engine.file for engine in self.engines))
