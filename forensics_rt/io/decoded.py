"""An image as a network sees it, and how it came to be so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.io.image_info import ImageInfo
from forensics_rt.io.pdf.page_report import PageReport
from forensics_rt.io.pdf.pdf_file import PdfFile


@dataclass(frozen=True, kw_only=True)
class DecodedImage(ImageInfo):
    """An image as a network sees it; how it came to be so is an `ImageInfo`'s.

    Attributes:
        pixels: H×W×3 uint8 RGB, in stored orientation.
        page_report: Of a page of a PDF, what lies over its scan and what is hidden.
        pdf_file: The PDF that the page belongs to, to be read again; `None` for other images.
    """

    pixels: npt.NDArray[np.uint8]
    page_report: PageReport | None = None
    pdf_file: PdfFile | None = None
