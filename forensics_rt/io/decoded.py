"""What is known of an image beside its pixels, and an image as a network sees it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.io.coefficients import Coefficients
from forensics_rt.io.file_source import PdfFile
from forensics_rt.io.medium.kinds import Medium
from forensics_rt.io.metadata import Density
from forensics_rt.io.pdf.page_report import PageReport


@dataclass(frozen=True, kw_only=True)
class ImageInfo:
    """What is known of an image beside its pixels, whether they are decoded or not.

    Attributes:
        name: The path, with `-page2` behind it for a page; or `<bytes>`, `<array>`, `<image>`.
        digest: SHA-256 of the encoded bytes; of the raw pixels for arrays and PIL images.
        format: Container, such as `JPEG` or `PDF`; `raw` for arrays.
        mode: Pixel mode as stored, in Pillow's words, such as `RGB` or `CMYK`.
        conversions: What is done to get 8-bit RGB, one phrase each; empty for 8-bit RGB. Where
            coefficients are read, too, one says if they are those of a copy.
        exif_orientation: 1–8 as EXIF has it, of a PDF's image as its page has it; reported, not
            applied.
        frames: How many pictures the file holds, smaller versions of a page and masks not counted;
            `conversions` says which one is taken.
        page: Which one was asked for, from 1; `None` where the file was asked for as one image.
        density: Pixels per inch, across and down, as the file says; `None` where it does not.
        medium: What kind of picture it is; `None` where it fits none well, or nobody has looked.
    """

    name: str
    digest: Future[str]
    format: str
    mode: str
    conversions: tuple[str, ...] = ()
    exif_orientation: int = 1
    frames: int = 1
    page: int | None = None
    density: Density | None = None
    medium: Medium | None = None

    @property
    def sha256(self) -> str:
        """The digest, 64 hexadecimal digits; waits for it."""
        return self.digest.result()


@dataclass(frozen=True, kw_only=True)
class DecodedImage(ImageInfo):
    """An image as a network sees it; how it came to be so is an `ImageInfo`'s.

    Attributes:
        pixels: H×W×3 uint8 RGB, in stored orientation.
        page_report: Of a page of a PDF, what lies over its scan and what is hidden.
        pdf_file: The PDF that the page belongs to, to be read again; `None` for other images.
        coefficients: Those of its JPEG, or of a copy, which `conversions` tells; `None` where
            nobody asked for them.
    """

    pixels: npt.NDArray[np.uint8]
    page_report: PageReport | None = None
    pdf_file: PdfFile | None = None
    coefficients: Coefficients | None = None
