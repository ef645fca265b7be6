"""Real pairs of image and mask as pages: decoded when drawn, the latest kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.decode import decode
from forensics_rt.io.pairs import IGNORE, LabeledImage, find_pairs, load_mask, read_pairs
from forensics_rt.io.read_options import ReadOptions
from train.config.data import DataConfig
from train.data.pool import StoredPage
from train.metrics import forged_pixels
from train.synth.scene.base import Image

# Places on edits to center crops at; more of them would only cost memory.
_SPOTS = 4096
_GIB = 1 << 30


def list_pairs(entry: DataConfig) -> list[LabeledImage]:
    """Return the pairs that an entry of the kind `pairs` or `list` names.

    Raises:
        LabelError: If they cannot be found.
    """
    if entry.kind == "list":
        return read_pairs(Path(entry.file))
    masks = Path(entry.masks) if entry.masks else None
    return find_pairs(Path(entry.images), masks, entry.authentic)


def load_page(pair: LabeledImage, least_side: int = 0, dct_limit: int | None = None) -> StoredPage:
    """Read a pair as a page without a twin.

    Args:
        pair: Files of image and mask.
        least_side: Smaller images are continued by their mirror image at the right and the
            bottom up to this many pixels; what was added is marked 255, to be ignored.
        dct_limit: Read the coefficients of a JPEG as well, clipped to ± so much; of any other image
            those of a copy at quality 100.

    Returns:
        Pixels as stored; mask 0, 1 or 255.

    Raises:
        ImageError: If the image cannot be read.
        LabelError: If the mask does not fit.
    """
    decoded = decode(pair.image, options=ReadOptions(dct_limit=dct_limit))
    image = decoded.pixels
    mask = load_mask(pair, *image.shape[:2])
    image, mask = padded(image, mask, least_side, least_side)
    forged = np.flatnonzero(forged_pixels(mask))
    spots = forged[:: max(1, forged.size // _SPOTS)]
    original = np.empty((0, 3), np.uint8)
    return StoredPage(image, mask, spots, original, False, decoded.coefficients)


def padded(
    image: Image, mask: npt.NDArray[np.uint8], height: int, width: int
) -> tuple[Image, npt.NDArray[np.uint8]]:
    """Continue an image by its mirror image up to a least size; the mask is 255 there."""
    down, right = max(0, height - image.shape[0]), max(0, width - image.shape[1])
    if not down and not right:
        return image, mask
    larger = cv2.copyMakeBorder(image, 0, down, 0, right, cv2.BORDER_REFLECT_101)
    return np.asarray(larger, np.uint8), np.pad(
        mask, ((0, down), (0, right)), constant_values=IGNORE
    )


class PairPages(Sequence[StoredPage]):
    """Pairs as a source of pages.

    Args:
        pairs: At least one.
        least_side: Smallest side of a page, in pixels.
        memory_gib: Decoded pages to keep, in GiB; the longest unused goes first.
        dct_limit: As of `load_page`.

    Example:
        >>> pages = PairPages(find_pairs(Path("scans"), Path("masks")), 528)  # doctest: +SKIP
        >>> pages[0].image.shape  # doctest: +SKIP
        (1200, 848, 3)
    """

    def __init__(
        self,
        pairs: Sequence[LabeledImage],
        least_side: int,
        memory_gib: float = 2.0,
        dct_limit: int | None = None,
    ) -> None:
        """Hold the names; nothing is read yet."""
        if not pairs:
            raise ValueError("the training part must hold at least one pair, but holds none")
        self.pairs = tuple(pairs)
        self._least_side = least_side
        self._dct_limit = dct_limit
        self._most = memory_gib * _GIB
        self._held = 0
        self._pages: OrderedDict[int, StoredPage] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.pairs)

    def __getitem__(self, index: int) -> StoredPage:  # type: ignore[override]
        """Return a page, from memory or from its files; threads may ask side by side."""
        with self._lock:
            if index in self._pages:
                self._pages.move_to_end(index)
                return self._pages[index]
        page = load_page(self.pairs[index], self._least_side, self._dct_limit)
        with self._lock:
            if index not in self._pages:
                self._pages[index] = page
                self._held += _size(page)
            while self._held > self._most and self._pages:
                self._held -= _size(self._pages.popitem(last=False)[1])
        return page

    def at(self, step: int) -> Sequence[StoredPage]:
        """Return all pages, at whatever step."""
        return self

    def close(self) -> None:
        """Forget what was decoded."""
        with self._lock:
            self._pages.clear()
            self._held = 0


def _size(page: StoredPage) -> int:
    size = page.image.nbytes + page.mask.nbytes + page.changed.nbytes
    return size if page.coefficients is None else size + page.coefficients.dct.nbytes
