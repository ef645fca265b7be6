"""Tiles that come again are answered once: those of one color, and those that a page repeats."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend
from forensics_rt.plan.coefficients import TileCoefficients
from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Tile

_Key: TypeAlias = "tuple[int, tuple[int, ...], Hashable]"  # network, shape, name
# So many answers are kept: of white, black and a few bars, to tiles of the shapes of a page.
_MOST_KEPT = 16
_SAMPLED_ROWS = 16
_COLOR = 3  # bytes


@dataclass(frozen=True, eq=False)
class ComingAgain:
    """Which tiles of a band need not be answered each for itself.

    Attributes:
        names: What such a tile is known by: its color, or a digest where another one is like it.
        constant: How many are of one color.
        repeated: How many of the others are like one before them.
    """

    names: Mapping[Tile, bytes]
    constant: int
    repeated: int

    def of(self, views: Iterable[View]) -> tuple[Hashable, ...]:
        """Return what the answer to each view is known by; `None` for one that comes but once."""
        names = ((view, self.names.get(view.tile)) for view in views)
        # A color is the same however it is turned.
        return tuple(
            name if name is None or len(name) == _COLOR else (name, view.symmetry)
            for view, name in names
        )


def find_coming_again(
    pixels: npt.NDArray[np.uint8], tiles: Sequence[Tile], top: int = 0
) -> ComingAgain:
    """Find the tiles of one color, and those that are alike to the pixel.

    Args:
        pixels: Rows of the image: H×W×3 uint8.
        tiles: Of one band.
        top: Row of the image that `pixels` begins with.
    """
    colors: dict[Tile, bytes] = {}
    cuts: dict[Tile, npt.NDArray[np.uint8]] = {}
    for tile in tiles:
        rows = slice(tile.top - top, tile.top - top + tile.height)
        cut = pixels[rows, tile.left : tile.left + tile.width]
        if is_constant(cut):
            colors[tile] = cut[0, 0].tobytes()
        else:
            cuts[tile] = cut
    # Few rows tell nearly all tiles of a page apart.
    every = -(-max(tile.height for tile in tiles) // _SAMPLED_ROWS)
    alike = _alike({tile: cut[::every] for tile, cut in cuts.items()})
    digests = _alike({tile: cuts[tile] for tile in alike})
    repeated = len(digests) - len(set(digests.values()))
    return ComingAgain(colors | digests, len(colors), repeated)


def is_constant(tile: npt.NDArray[np.uint8]) -> bool:
    """Tell whether all pixels of a tile are the same.

    Args:
        tile: H×W×3 uint8.
    """
    first = tile[0, 0]
    # The first row alone tells of nearly every tile of a scan or photograph.
    return bool((tile[0] == first).all() and (tile == first).all())


def _alike(cuts: Mapping[Tile, npt.NDArray[np.uint8]]) -> dict[Tile, bytes]:
    """Return a digest of each tile that another one has, too."""
    # Where tiles reach beyond the image, cuts of one shape are reflected alike.
    digests = {
        tile: hashlib.sha256(
            f"{tile.height} {tile.width} {cut.shape} ".encode() + cut.tobytes()
        ).digest()
        for tile, cut in cuts.items()
    }
    times = Counter(digests.values())
    return {tile: digest for tile, digest in digests.items() if times[digest] > 1}


class KnownAnswers:
    """What a backend answers to tiles that come again, kept. Thread-safe.

    A backend answers a tile alike whatever else is in its batch, so the answers are those that it
    would give again, to the bit.

    Args:
        backend: What runs the networks.
        alone: Whether its calls come one at a time; see `Backend.infer_alone`.

    Attributes:
        side_by_side: How many calls at once it is at its best with.
    """

    def __init__(self, backend: Backend, alone: bool = False) -> None:
        self.side_by_side = 1 if alone else backend.capabilities.side_by_side
        self._infer = backend.infer_alone if alone else backend.infer
        self._known: OrderedDict[_Key, npt.NDArray[np.float32]] = OrderedDict()
        self._changing = threading.Lock()

    def infer(
        self,
        member: int,
        tiles: npt.NDArray[np.uint8],
        names: Sequence[Hashable],
        coefficients: TileCoefficients | None = None,
    ) -> npt.NDArray[np.float32]:
        """Return what `backend.infer` returns, without running what is known.

        Args:
            member: Index of the network.
            tiles: N×H×W×3 uint8 RGB.
            names: Of each tile, what it is known by; `None` for one that will not come again.
            coefficients: Of the same tiles, where the networks take them; then none has a name.

        Raises:
            EngineFailed: As `Backend.infer`.
        """
        if coefficients is not None:
            return self._infer(member, tiles, coefficients)
        if all(name is None for name in names):
            return self._infer(member, tiles)
        shape = tiles.shape[1:3]
        known = {name: self._get((member, shape, name)) for name in names if name is not None}
        # Of tiles that are alike within the batch, the first one stands for all.
        unknown = [
            place
            for place, name in enumerate(names)
            if name is None or (known[name] is None and names.index(name) == place)
        ]
        alone: dict[int, npt.NDArray[np.float32]] = {}
        if unknown:
            for place, answer in zip(unknown, self._infer(member, tiles[unknown]), strict=True):
                if (name := names[place]) is None:
                    alone[place] = answer
                else:
                    known[name] = self._keep((member, shape, name), answer)
        found = (
            alone.get(place) if name is None else known[name] for place, name in enumerate(names)
        )
        return np.stack([answer for answer in found if answer is not None])

    def _get(self, key: _Key) -> npt.NDArray[np.float32] | None:
        with self._changing:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def _keep(self, key: _Key, answer: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        with self._changing:
            self._known[key] = answer.copy()
            while len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)
        return answer
