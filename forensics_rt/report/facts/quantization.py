"""Quantization tables of a JPEG, and which quality they correspond to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from forensics_rt.report.facts.jpeg_segments import Segment

_DQT = 0xDB
# More than any file has; one made to keep its reader busy could hold millions.
_MOST_TABLES = 256
# Places of a block in the order in which a file stores them.
ZIGZAG = (
    *(0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5),
    *(12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28),
    *(35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51),
    *(58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63),
)
# ITU-T T.81, annex K, row by row: what the Independent JPEG Group scales by its quality.
LUMINANCE = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)
CHROMINANCE = (
    *(17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99),
    *(24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99),
    *([99] * 32),
)


@dataclass(frozen=True)
class QuantizationTable:
    """One table.

    Attributes:
        number: Its number in the file, 0 to 3; 0 is that of the brightness as a rule.
        steps: The 64 divisors, row by row; the first one is that of the mean.
    """

    number: int
    steps: tuple[int, ...]

    @cached_property
    def quality(self) -> tuple[int, bool]:
        """The quality of the Independent JPEG Group that is nearest, and whether it is exact."""
        base = LUMINANCE if self.number == 0 else CHROMINANCE
        distance, negative = min((_distance(self.steps, base, q), -q) for q in range(1, 101))
        return -negative, distance == 0


def scaled(base: tuple[int, ...], quality: int) -> tuple[int, ...]:
    """Return a table of annex K at a quality, as the Independent JPEG Group computes it.

    Args:
        base: `LUMINANCE` or `CHROMINANCE`.
        quality: 1 to 100.

    Example:
        >>> scaled(LUMINANCE, 50)[:3], scaled(LUMINANCE, 90)[:3]
        ((16, 11, 10), (3, 2, 2))
    """
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(min(max((step * percent + 50) // 100, 1), 255) for step in base)


def quantization_tables(found: Iterable[Segment]) -> tuple[QuantizationTable, ...]:
    """Return the tables of a file; of two of one number the last.

    No more than the first 256 are read.
    """
    bodies = (segment.body for segment in found if segment.marker == _DQT)
    stored = (table for body in bodies for table in _in(body))
    tables = {table.number: table for table in islice(stored, _MOST_TABLES)}
    return tuple(tables[number] for number in sorted(tables))


def _in(body: bytes) -> Iterator[QuantizationTable]:
    place = 0
    while place < len(body):
        wide, number = body[place] >> 4, body[place] & 15
        size = 2 if wide else 1
        stored = body[place + 1 : place + 1 + 64 * size]
        if len(stored) < 64 * size:
            break
        steps = [0] * 64
        for order, natural in enumerate(ZIGZAG):
            steps[natural] = int.from_bytes(stored[order * size : (order + 1) * size], "big")
        yield QuantizationTable(number, tuple(steps))
        place += 1 + 64 * size


def _distance(steps: tuple[int, ...], base: tuple[int, ...], quality: int) -> int:
    return sum(abs(a - b) for a, b in zip(steps, scaled(base, quality), strict=True))
