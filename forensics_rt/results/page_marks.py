"""From a result as JSON has it to the marks of a PDF page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forensics_rt.io.pdf.annotated_copy import ExaminedPdf, PageMark


def marks_of(document: Mapping[str, Any]) -> list[PageMark]:
    """Return a mark for each region of a result that lies on a page of a PDF.

    Args:
        document: What `Detection.to_dict` returns, or `NAME.json` holds.

    Example:
        >>> region = {"page_box": [1, 2, 3, 4], "mean_probability": 0.9, "area": 1200}
        >>> marks_of({"provenance": {"page": None}, "regions": [region]})[0].text
        'region 1 of 1: mean probability 0.90, 1,200 pixels'
    """
    page = document["provenance"]["page"] or 1
    regions = document["regions"]
    return [
        PageMark(
            page,
            tuple(region["page_box"]),
            f"region {number} of {len(regions)}: mean probability "
            f"{region['mean_probability']:.2f}, {region['area']:,} pixels",
        )
        for number, region in enumerate(regions, 1)
    ]


def examined_pdf(document: Mapping[str, Any]) -> ExaminedPdf:
    """Return what a result of a page says of its PDF.

    Args:
        document: As in `marks_of`.
    """
    provenance = document["provenance"]
    return ExaminedPdf(provenance["image_sha256"], provenance["frames"])
