"""A network that comes as a graph, on its way into a bundle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from export.errors import ExportError
from export.foreign.confirm import Run, confirmed
from export.foreign.contract import GraphContract
from export.foreign.ends import network_input, probability_of
from export.foreign.settle import Settled, settle
from export.foreign.sources import Source, open_source
from export.foreign.wrap import wrapped
from export.parity.measure import Pixels, Probability
from export.request import DEFAULT_BATCH, DEFAULT_TILES, BuildRequest
from forensics_rt.bundle.manifest import BatchProfile
from forensics_rt.calibration.origin import OriginRecord
from forensics_rt.plan.tiling import JPEG_BLOCK


@dataclass(frozen=True, eq=False)
class GraphMember:
    """One foreign network: name, file, contract, the original; see `export.members.Member`."""

    name: str
    source: Source
    settled: Settled
    run: Run
    weight: float = 1.0

    @property
    def origin(self) -> OriginRecord | None:
        """Nothing: a graph does not tell how its weights came about."""
        return None

    @property
    def came_as(self) -> str:
        """Word for the kind of the file."""
        return self.source.kind

    @property
    def architecture(self) -> str:
        """Kind and name of the file."""
        return f"{self.source.kind}:{self.source.path.stem}"

    @property
    def parameters(self) -> int:
        """How many numbers its weights are."""
        weights = self.source.model.graph.initializer
        return sum(math.prod(tensor.dims) for tensor in weights)

    @property
    def sha256(self) -> str:
        """Of the file."""
        return self.source.sha256

    @property
    def dct_limit(self) -> None:
        """No foreign network reads the coefficients of JPEG."""
        return None

    def write(self, path: Path, request: BuildRequest) -> None:
        """Write the graph between the ends of the bundle's contract.

        Raises:
            ExportError: If the graph cannot be brought to a new opset, or float16 is asked for.
        """
        if request.precision != "fp32":
            raise ExportError(
                f"{self.source.path}: a graph is taken in its own number format; build the bundle "
                "without --precision, and cast it: --bundle BUNDLE --precision fp16"
            )
        onnx.save(wrapped(self.source.model, self.settled), path)

    def answers(self, tiles: Pixels) -> Probability:
        """Return what the original gives, one tile at a time."""
        height, width = tiles.shape[1:3]
        return np.concatenate(
            [
                probability_of(
                    self.run(network_input(tile[None], self.settled)), self.settled, height, width
                )
                for tile in tiles
            ]
        )


def load_graph(
    path: Path, contract: GraphContract, request: BuildRequest, name: str, weight: float
) -> GraphMember:
    """Open a foreign network, settle its contract, and have it answer a tile.

    Raises:
        ExportError: If it cannot be read or the contract is wrong; the message names the option.
    """
    source = open_source(path, request.external_data)
    settled = settle(source.model, contract, str(path))
    run = source.open(settled.input.name, settled.output.name)
    settled = confirmed(settled, run, tiles_for(request, [settled]), str(path))
    return GraphMember(name, source, settled, run, weight)


def multiple_of(settled: list[Settled]) -> int:
    """Return what the sides of all tiles must be multiples of; that of fixed sizes is their side.

    Raises:
        ExportError: If two networks are of different fixed sizes.
    """
    fixed = {one.tile for one in settled if one.tile is not None}
    if len(fixed) > 1:
        raise ExportError(
            f"the graphs take only tiles of {sorted(fixed)}; all of a bundle must take one size"
        )
    multiples = [one.contract.size_multiple or one.tile or 1 for one in settled]
    found = math.lcm(JPEG_BLOCK, *multiples)
    if fixed and found != (tile := fixed.pop()):
        raise ExportError(f"the graph of tiles of {tile} does not go with multiples of {found}")
    return found


def tiles_for(request: BuildRequest, settled: list[Settled]) -> tuple[int, ...]:
    """Return the sides of the tiles: those asked for, or usual ones that the graphs take.

    Raises:
        ExportError: If the graphs cannot take those asked for (`--tiles`).
    """
    multiple = multiple_of(settled)
    fixed = any(one.tile is not None for one in settled)
    if fixed and request.tiles not in (DEFAULT_TILES, (multiple,)):
        raise ExportError(
            f"--tiles {' '.join(map(str, request.tiles))}, but the graph takes only tiles of "
            f"{multiple}; leave --tiles out"
        )
    if fixed:
        return (multiple,)
    odd = [side for side in request.tiles if side % multiple]
    if odd and request.tiles != DEFAULT_TILES:
        raise ExportError(f"--tiles must be multiples of {multiple} for this graph, got {odd}")
    return tuple(sorted({max(1, round(side / multiple)) * multiple for side in request.tiles}))


def batch_for(request: BuildRequest, settled: list[Settled]) -> BatchProfile:
    """Return the batch sizes: those asked for, or 1 where a graph takes no other.

    Raises:
        ExportError: If a graph cannot take those asked for (`--batch`).
    """
    if all(one.batch is None for one in settled):
        return request.batch
    if request.batch not in (DEFAULT_BATCH, one := BatchProfile(min=1, opt=1, max=1)):
        raise ExportError("--batch: the graph takes one tile at a time; leave it out")
    return one
