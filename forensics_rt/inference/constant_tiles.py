"""Tiles of one color, as digital pages and screenshots have them: each is answered once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend

_Key: TypeAlias = "tuple[int, int, int, bytes]"  # network, height and width, color
# So many answers are kept: of white, black and a few bars, to tiles of the shapes of a page.
_MOST_KEPT = 16


def is_constant(tile: npt.NDArray[np.uint8]) -> bool:
    """Tell whether all pixels of a tile are the same.

    Args:
        tile: H×W×3 uint8.
    """
    first = tile[0, 0]
    # The first row alone tells of nearly every tile of a scan or photograph.
    return bool((tile[0] == first).all() and (tile == first).all())


class ConstantAnswers:
    """What a backend answers to tiles of one color, kept. Thread-safe.

    A backend answers a tile alike whatever else is in its batch, so the answers are those that it
    would give again, to the bit.

    Args:
        backend: What runs the networks.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._known: OrderedDict[_Key, npt.NDArray[np.float32]] = OrderedDict()
        self._changing = threading.Lock()

    def infer(
        self, member: int, tiles: npt.NDArray[np.uint8], constant: tuple[bool, ...]
    ) -> npt.NDArray[np.float32]:
        """Return what `backend.infer` returns, without running what is known.

        Args:
            member: Index of the network.
            tiles: N×H×W×3 uint8 RGB.
            constant: Of each tile, whether it is of one color.

        Raises:
            EngineFailed: As `Backend.infer`.
        """
        if not any(constant):
            return self._backend.infer(member, tiles)
        found: list[npt.NDArray[np.float32] | None] = [
            self._get(member, tile) if same else None
            for tile, same in zip(tiles, constant, strict=True)
        ]
        unknown = [place for place, answer in enumerate(found) if answer is None]
        if unknown:
            answers = self._backend.infer(member, tiles[unknown])
            for place, answer in zip(unknown, answers, strict=True):
                found[place] = answer
                if constant[place]:
                    self._keep(member, tiles[place], answer)
        return np.stack([answer for answer in found if answer is not None])

    def _get(self, member: int, tile: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32] | None:
        with self._changing:
            key = _key(member, tile)
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def _keep(
        self, member: int, tile: npt.NDArray[np.uint8], answer: npt.NDArray[np.float32]
    ) -> None:
        with self._changing:
            self._known[_key(member, tile)] = answer.copy()
            while len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)


def _key(member: int, tile: npt.NDArray[np.uint8]) -> _Key:
    return member, *tile.shape[:2], tile[0, 0].tobytes()
