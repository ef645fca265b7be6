"""How fax data of a PDF is coded: ISO 32000, table 11."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FaxCoding:
    """Parameters of a fax stream.

    Attributes:
        k: Below 0 for Group 4, 0 for Group 3 in one dimension, above in two.
        columns: Pixels a row.
        rows: How many there are; 0 where the stream does not say.
        aligned: Whether each row begins with a byte, and no end of line stands before it.
    """

    k: int
    columns: int
    rows: int
    aligned: bool


def fax_coding(parameters: Any) -> FaxCoding:
    """Read the parameters from a dictionary of qpdf's, with the defaults of the standard."""
    parameters = {} if parameters is None else parameters
    return FaxCoding(
        int(parameters.get("/K", 0)),
        int(parameters.get("/Columns", 1728)),
        int(parameters.get("/Rows", 0)),
        bool(parameters.get("/EncodedByteAlign", False))
        and not bool(parameters.get("/EndOfLine", False)),
    )
