"""A network of a checkpoint, on its way into a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from export.coefficients import probe_coefficients, refuse_coefficients
from export.errors import ExportError
from export.graph.reference import torch_answers
from export.graph.tracing import PixelsToProbability, dct_limit_of, export_graph, sides_are_tied
from export.number_formats.float16_range import check_range
from export.number_formats.precision import at_precision
from export.parity.measure import Pixels, Probability
from export.request import BuildRequest
from forensics_rt.calibration.origin import OriginRecord
from train.checkpoint.load import LoadedNetwork


@dataclass(frozen=True)
class TorchMember:
    """One network of PyTorch: name, network, weight in the mean; see `export.members.Member`."""

    name: str
    loaded: LoadedNetwork
    weight: float = 1.0
    came_as: str = "checkpoint"
    origin: OriginRecord | None = None

    @property
    def architecture(self) -> str:
        """Name of the architecture."""
        return self.loaded.architecture

    @property
    def parameters(self) -> int:
        """How many the network has."""
        return sum(parameter.numel() for parameter in self.loaded.network.parameters())

    @property
    def sha256(self) -> str:
        """Of the checkpoint."""
        return self.loaded.sha256

    @property
    def dct_limit(self) -> int | None:
        """How coefficients of JPEG are clipped that it reads; `None` for a network of pixels."""
        return dct_limit_of(self.loaded.network)

    def write(self, path: Path, request: BuildRequest) -> None:
        """Trace the network.

        Raises:
            ExportError: If it cannot be traced, reads coefficients and float16 is asked for, or is
                for tiles of one size and several are asked for.
            ParityError: If it runs over in float16.
        """
        if request.precision != "fp32":
            refuse_coefficients(self.dct_limit, request.precision)
        traced = at_precision(self.loaded.network, request.precision)
        tied = sides_are_tied(self.loaded.network)
        if tied and len(request.tiles) > 1:
            raise ExportError(
                f"the graph of {self.architecture} is for tiles of one size, but --tiles has "
                f"{' '.join(map(str, request.tiles))}; give one of them"
            )
        export_graph(traced, path, request.tiles[0] if tied else None)
        if request.precision == "fp16":
            advice = "Export with --precision fp32; the bundle was not written"
            reference = PixelsToProbability(self.loaded.network)
            check_range(self.name, traced, reference, request.limits, advice)

    def answers(self, tiles: Pixels) -> Probability:
        """Return PyTorch's probabilities in float32."""
        beside = probe_coefficients(tiles, self.dct_limit)
        return torch_answers(PixelsToProbability(self.loaded.network), tiles, beside)
