"""Whether fax data, Group 3 or 4, decodes to exactly the rows that it should."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from forensics_rt.io.damage.fax_codes import BITS, BLACK, HORIZONTAL, MODES, PASS, WHITE, Table

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# An end of line is at least so many zeros and a one.
_END_OF_LINE_ZEROS = 11
_NO_CODE = "a code that does not exist"
# Fewer bits than these behind the last row are no more than filling.
_LEFT_OVER_BYTES = 2


class _Damaged(Exception):
    pass


def fax_complaint(
    data: bytes,
    columns: int,
    rows: int,
    k: int,
    *,
    byte_aligned: bool = False,
    lowest_bit_first: bool = False,
    rest_allowed: bool = False,
) -> str | None:
    """Say where fax data goes wrong; decoders continue with the next row without a warning.

    Args:
        data: The compressed data of one strip, tile or PDF image.
        columns: Width in pixels.
        rows: Height in pixels; 0 where nobody knows it.
        k: As PDF has it: below 0 for Group 4, 0 for Group 3 in one dimension, above in two.
        byte_aligned: Whether each row begins with a byte and no end of line stands before it, as in
            TIFF compression 2, and in a PDF with `EncodedByteAlign` and without `EndOfLine`.
        lowest_bit_first: Whether the lowest bit of a byte comes first (TIFF FillOrder 2).
        rest_allowed: Whether anything may stand behind the codes that end the data: Pillow leaves
            the directory of a TIFF there when it writes a PDF.

    Returns:
        The reason as a phrase; `None` where every row is whole.

    Example:
        >>> fax_complaint(b"", 8, 1, -1)
        'the fax data ends in row 1 of 1'
    """
    codes = _Codes(data.translate(_REVERSED) if lowest_bit_first else data, columns)
    row, edges, of = 0, list[int](), f" of {rows}" if rows else ""
    try:
        while (rows == 0 or row < rows) and not codes.ended(k, byte_aligned):
            flat = k == 0 or (k > 0 and codes.flat)
            edges = codes.row() if flat else codes.row_below(edges)
            row += 1
        if row < rows:
            raise IndexError
    except _Damaged as found:
        return f"the fax data holds {found} in row {row + 1}{of}"
    except IndexError:
        return f"the fax data ends in row {row + 1}{of}"
    return codes.left_over(k, rest_allowed)


class _Codes:
    """Reads code words one after another; a row is the columns where its color changes."""

    flat = True  # whether the next row is coded in one dimension, where each says so

    def __init__(self, data: bytes, columns: int) -> None:
        bits = np.unpackbits(np.frombuffer(data, np.uint8))
        self._size = len(bits)
        padded = np.concatenate([bits, np.zeros(BITS, np.uint8)])
        windows = np.zeros(self._size, np.uint16)
        for bit in range(BITS):
            windows |= padded[bit : bit + self._size].astype(np.uint16) << (BITS - 1 - bit)
        # At each bit the next 13 as a number, to be looked up.
        self._windows: list[int] = windows.tolist()
        self._ones: list[int] = np.flatnonzero(bits).tolist()
        self._columns = columns
        self._place = 0

    def ended(self, k: int, byte_aligned: bool) -> bool:
        """Pass over the end of line before a row, and say whether it is the end of all rows."""
        if byte_aligned:
            self._place = -(-self._place // 8) * 8
            if k >= 0:
                return False
        ends = 0
        while self._passed_end_of_line():
            ends += 1
            if k > 0:
                self.flat = self._windows[self._place] >> (BITS - 1) == 1
                self._place += 1
        if k < 0 and ends == 1:
            raise _Damaged("an end-of-line code")
        # Every code holds a one.
        return ends > 1 or not self._ones or self._ones[-1] < self._place

    def row(self) -> list[int]:
        """Read a row coded by itself."""
        edges, column, table, other = list[int](), 0, WHITE, BLACK
        while column < self._columns:
            column += self._run(table)
            edges.append(column)
            table, other = other, table
        return self._checked(edges, column)

    def row_below(self, above: list[int]) -> list[int]:
        """Read a row coded by where it differs from the one above."""
        columns, last = self._columns, len(above)
        edges, column, black, at = list[int](), -1, False, 0
        while column < columns:
            found = MODES[self._windows[self._place]]
            if found is None:
                raise _Damaged(_NO_CODE)
            self._place += found[0]
            # The first edge above that lies right of here and begins the other color.
            while at > 0 and above[at - 1] > column:
                at -= 1
            while at < last and (above[at] <= column or (at & 1) != black):
                at += 1
            if found[1] == PASS:
                column = above[at + 1] if at + 1 < last else columns
            elif found[1] == HORIZONTAL:
                edges.append(max(column, 0) + self._run(BLACK if black else WHITE))
                column = edges[-1] + self._run(WHITE if black else BLACK)
                edges.append(column)
            else:
                edge = (above[at] if at < last else columns) + found[1]
                if edge < max(column, 0):
                    raise _Damaged("a color change left of the one before it")
                column, black = edge, not black
                edges.append(edge)
        return self._checked(edges, column)

    def left_over(self, k: int, rest_allowed: bool) -> str | None:
        """Say whether more than ends of line and filling stands behind the last row."""
        ends = 0
        while self._passed_end_of_line():
            self._place += k > 0
            ends += 1
        if rest_allowed and ends > 1:
            return None
        first = bisect_left(self._ones, self._place)
        count = (self._size - self._place) // 8
        if count < _LEFT_OVER_BYTES or first == len(self._ones):
            return None
        return f"the fax data continues for {count} bytes after its last row"

    def _run(self, table: Table) -> int:
        length = 0
        while True:
            found = table[self._windows[self._place]]
            if found is None:
                raise _Damaged(_NO_CODE)
            self._place += found[0]
            length += found[1]
            if found[1] < 64:
                return length

    def _checked(self, edges: list[int], column: int) -> list[int]:
        if self._place > self._size:
            raise IndexError
        if column > self._columns:
            raise _Damaged(f"more than {self._columns} pixels")
        # Runs of no length are no edges.
        kept = list[int]()
        for edge in edges:
            if kept and kept[-1] == edge:
                kept.pop()
            else:
                kept.append(edge)
        while kept and kept[-1] == self._columns:
            kept.pop()
        return kept

    def _passed_end_of_line(self) -> bool:
        if self._place >= self._size or self._windows[self._place] >> (BITS - _END_OF_LINE_ZEROS):
            return False
        nearest = bisect_left(self._ones, self._place)
        if nearest == len(self._ones):
            return False
        self._place = self._ones[nearest] + 1
        return True
