"""Mask and regions of a map that comes row by row, equal to `plan.mask` and `regions`."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.decision import Decision
from forensics_rt.errors import TooLittleMemory
from forensics_rt.io.pyramid import RawPlane
from forensics_rt.large.components import ChunkLabels, Components, label
from forensics_rt.large.outline import outline
from forensics_rt.results.regions import SMALLEST_AREA, Region

# What a region takes as an object and as JSON, counted in parts of the mask.
_PARTS_PER_REGION = 24


class StreamedMask:
    """Writes a mask to disk as the map comes, and ends with its regions.

    Whether a pixel counts is known only when its region has ended, so the mask is written twice: by
    the threshold alone while the map comes, and then without the regions that have too few pixels
    at the high threshold. The probabilities of its pixels are kept on disk too, in reading order: a
    region's mean is a sum in that order, whatever chunks it came in.

    Args:
        folder: Where to keep both while they are needed.
        height: Of the map in pixels.
        width: Of the map in pixels.
        decision: What makes the mask.
        most_parts: How many parts of the mask there is memory for.
    """

    def __init__(
        self, folder: Path, height: int, width: int, decision: Decision, most_parts: int
    ) -> None:
        """Open the files."""
        self.plane = RawPlane(folder / "mask.raw", height, width, "uint8")
        self.forged_pixels = 0
        self._values = folder / "forged.raw"
        self._threshold = np.float32(decision.threshold)
        self._peak = np.float32(decision.convincing)
        self._high_area = decision.high_area
        self._most_parts = most_parts
        self._labels = ChunkLabels(width)
        self._chunks: list[tuple[int, int]] = []  # rows, and parts before them
        self._mask_file = self.plane.path.open("wb+", buffering=0)
        self._value_file = self._values.open("wb+", buffering=0)

    def add(self, probability: npt.NDArray[np.float32]) -> None:
        """Take the next rows of the map: N×W float32 in [0, 1].

        Raises:
            TooLittleMemory: If the mask falls into more parts than there is memory for.
        """
        mask = probability >= self._threshold
        peaks = probability >= self._peak
        self._chunks.append((len(mask), self._labels.parts))
        self._labels.add(mask, peaks)
        if self._labels.parts > self._most_parts:
            raise TooLittleMemory(
                f"the mask must fall into at most {self._most_parts} parts to fit into the memory "
                f"given, but falls into {self._labels.parts} or more; give more memory, or a "
                "higher threshold"
            )
        (mask.view(np.uint8) * np.uint8(255)).tofile(self._mask_file)
        probability[mask].tofile(self._value_file)

    def finish(self) -> tuple[Region, ...]:
        """Drop what has too few convincing pixels and return the regions, the largest first.

        Afterwards `plane` holds the mask and `forged_pixels` says how many pixels are in it.

        Raises:
            TooLittleMemory: If there are more regions than there is memory for.
        """
        found = self._labels.components(self._high_area)
        self.forged_pixels = int(found.area[found.convincing].sum())
        listed = np.flatnonzero(found.convincing & (found.area >= SMALLEST_AREA))
        most_regions = self._most_parts // _PARTS_PER_REGION
        if len(listed) > most_regions:
            raise TooLittleMemory(
                f"the mask must hold at most {most_regions} regions to fit into the memory given, "
                f"but holds {len(listed)}; give more memory, or raise either threshold"
            )
        sums = self._second_pass(found, listed)
        # The largest first, and equal ones in the order in which OpenCV numbers them.
        order = np.lexsort((found.block[listed], -found.area[listed]))
        with self.plane.path.open("rb") as stream:
            return tuple(
                self._region(found, int(listed[place]), float(sums[place]), stream)
                for place in order
            )

    def close(self) -> None:
        """Close the files; they are the caller's to remove."""
        self._mask_file.close()
        self._value_file.close()

    def _second_pass(
        self, found: Components, listed: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.float64]:
        """Write the mask without what is not convincing; return the sums of the listed regions."""
        sums = np.zeros(len(listed))
        place = np.full(len(found.area), -1, np.int64)
        place[listed] = np.arange(len(listed))
        self._value_file.seek(0)
        top = 0
        for rows, parts_before in self._chunks if len(found.area) else ():
            mask = self.plane.read(self._mask_file, top, top + rows) != 0
            parts, labels = label(mask)
            of_label = found.of_part[parts_before : parts_before + parts]
            forged = np.flatnonzero(labels)
            values = np.fromfile(self._value_file, np.float32, len(forged))
            of_value = place[of_label[labels.ravel()[forged] - 1]]
            wanted = of_value >= 0
            # One after the other, as np.bincount adds up a whole map.
            np.add.at(sums, of_value[wanted], values[wanted].astype(np.float64))
            kept = np.concatenate([[False], found.convincing[of_label]])
            if not kept[1:].all():
                self._mask_file.seek(top * self.plane.row_bytes)
                (kept[labels].view(np.uint8) * np.uint8(255)).tofile(self._mask_file)
            top += rows
        return sums

    def _region(self, found: Components, region: int, total: float, stream: BinaryIO) -> Region:
        left, top = int(found.left[region]), int(found.top[region])
        box = (left, top, int(found.right[region]) - left, int(found.bottom[region]) - top)
        area = int(found.area[region])
        y, x = divmod(int(found.first[region]), self.plane.width)
        return Region(outline(self.plane, stream, box, (x, y)), box, area, total / area)
