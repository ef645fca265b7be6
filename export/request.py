"""What is asked of a build: plain values, checked before anything slow begins."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from export.errors import ExportError
from export.foreign.contract import GraphContract
from export.number_formats.formats import (
    GRAPH_FORMATS,
    INT8_LIMITS,
    CpuFormats,
    GraphFormat,
    check_patterns,
)
from export.tensorrt.request import EngineRequest
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import BatchProfile, CoefficientInputs, Contract
from train.checkpoint.match import WeightsChoice

DEFAULT_BATCH = BatchProfile()
DEFAULT_TILES = (384, 512, 768, 1024)
DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class BuildRequest:
    """One bundle to build.

    Attributes:
        checkpoints: One file for each member, in order; none where `graphs` are given.
        out: Folder of the bundle.
        tiles: Sides of the square tiles that the bundle is for, in pixels, multiples of
            `size_multiple`.
        architecture: Of every checkpoint; `auto` finds it for each.
        precision: Number format of the graphs' weights.
        batch: Batch sizes that engines will be prepared for.
        name: Of the bundle; `None` for the name of the folder.
        version: Of the bundle, numbers with dots between them: a policy of its users may ask for a
            least one.
        license: Of the weights, such as an SPDX identifier.
        model_card: A Markdown file that travels in the bundle.
        threshold: Probability from which a pixel counts as forged.
        member_weights: Of the members in the mean; `None` for equal ones.
        weights: Of weights and their average in a checkpoint, which to take.
        forged: Of networks of several classes, the one of forged pixels; `None` for 1 of two.
        probes: Folder of images that join the synthetic probes.
        limits: Of the parity gate, and of the bundle's later `forensics-rt verify`.
        cascade: Checkpoint of a small network that looks first, where a recipe says so.
        force: Replace a bundle that is there.
        engines: TensorRT engines to build from the graphs; `None` for none.
        cpu_formats: `auto` to try int8, too.
        calibration_images: Folder of images like those in use, for int8.
        keep_fp32: Nodes that stay in float32 in int8: `op:TYPE`, `name:GLOB`.
        int8_limits: Of int8 beside those of the gate.
        int8_report: File for the effects of all layers in int8, as JSON; `None` for none.
        int8_checkpoints: Of `python -m train fit-int8`, one for each checkpoint; or none.
        graphs: Foreign networks in place of checkpoints: ONNX, TorchScript, torch.export.
        contracts: What they take and give: one for all, or one for each.
        external_data: Folder of the weights of ONNX files, where they do not lie beside these.
        size_multiple: Of the sides of all tiles.
        coefficients: Of JPEG that the networks read; known when they are open.

    Example:
        >>> BuildRequest((Path("fold1.pth"),), Path("bundle"), (512, 384)).tiles
        (384, 512)
    """

    checkpoints: tuple[Path, ...]
    out: Path
    tiles: tuple[int, ...] = DEFAULT_TILES
    architecture: str = "auto"
    precision: GraphFormat = "fp32"
    batch: BatchProfile = DEFAULT_BATCH
    name: str | None = None
    version: str = "1"
    license: str = "not stated"
    model_card: Path | None = None
    threshold: float = 0.5
    member_weights: tuple[float, ...] | None = None
    weights: WeightsChoice = "auto"
    forged: int | None = None
    probes: Path | None = None
    limits: Limits = DEFAULT_LIMITS
    cascade: Path | None = None
    force: bool = False
    engines: EngineRequest | None = None
    cpu_formats: CpuFormats = "bf16"
    calibration_images: Path | None = None
    keep_fp32: tuple[str, ...] = ()
    int8_limits: Limits = INT8_LIMITS
    int8_report: Path | None = None
    int8_checkpoints: tuple[Path, ...] = ()
    graphs: tuple[Path, ...] = ()
    contracts: tuple[GraphContract, ...] = ()
    external_data: Path | None = None
    size_multiple: int = Contract().size_multiple
    coefficients: CoefficientInputs | None = None

    def __post_init__(self) -> None:
        """Sort the tile sizes, and refuse what no bundle could be built of.

        Raises:
            ExportError: Naming the value, what it is and what it must be.
        """
        # What graphs take is known only when they are open.
        multiple = 1 if self.graphs else self.size_multiple
        odd = [side for side in self.tiles if side < multiple or side % multiple]
        if odd or not self.tiles:
            raise ExportError(f"--tiles must be multiples of {multiple}, got {odd or 'none'}")
        object.__setattr__(self, "tiles", tuple(sorted(set(self.tiles))))
        if self.graphs and len(self.contracts) not in (1, len(self.graphs)):
            raise ExportError(
                f"--contract must be given once, or once for each of {len(self.graphs)} graphs, "
                f"but was given {len(self.contracts)} times"
            )
        if not self.networks:
            raise ExportError("no checkpoint was given; name one for each member (--checkpoint)")
        if self.precision not in GRAPH_FORMATS:
            raise ExportError(
                f"--precision must be one of {', '.join(GRAPH_FORMATS)}, got {self.precision!r}"
            )
        check_patterns(self.keep_fp32)
        if self.cpu_formats == "auto" and self.calibration_images is None:
            raise ExportError(
                "--cpu-formats auto needs --calibration-images, a folder of images like those in "
                "use, to measure the ranges of int8 and what it does to decisions"
            )
        if len(self.int8_checkpoints) not in (0, len(self.networks)):
            raise ExportError(
                "--int8-checkpoint must be given once for each --checkpoint, "
                f"{len(self.checkpoints)} times, but was given {len(self.int8_checkpoints)} times"
            )
        if not 0.0 < self.threshold < 1.0:
            raise ExportError(f"--threshold must lie between 0 and 1, got {self.threshold}")
        given = self.member_weights
        if given is not None and (
            len(given) != len(self.networks) or not all(0.0 < weight < math.inf for weight in given)
        ):
            raise ExportError(
                f"--member-weights must be {len(self.networks)} positive numbers, one for each "
                f"member, got {list(given)}"
            )
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", self.version):
            raise ExportError(
                f"--bundle-version must be numbers with dots between them, such as 2.1, got "
                f"{self.version!r}"
            )
        if self.model_card is not None and not self.model_card.is_file():
            raise ExportError(f"{self.model_card}: no such file; --model-card takes a text file")

    @property
    def networks(self) -> tuple[Path, ...]:
        """The file of each member, in order."""
        return self.graphs or self.checkpoints

    def weight_of_each(self) -> tuple[float, ...]:
        """Return the weight of each member."""
        return self.member_weights or (1.0,) * len(self.networks)
