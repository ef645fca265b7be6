"""From a page of a PDF to the image that is examined, and what was done to get it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from forensics_rt.errors import ImageError, ImageUnreadable
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.frames import page_of, warn_of_others
from forensics_rt.io.limits import check_size
from forensics_rt.io.page_report import PagePart, PageReport
from forensics_rt.io.pdf.colors import colors_told, mode_of
from forensics_rt.io.pdf.geometry import inverse
from forensics_rt.io.pdf.grid import Grid
from forensics_rt.io.pdf.page import open_page
from forensics_rt.io.pdf.parts import differences_of
from forensics_rt.io.pdf.read_page import PagePixels
from forensics_rt.io.pdf.signature import PDF
from forensics_rt.io.pdf.streams import StoredStream, blocks_apart, complaint_of, stored_jpeg
from forensics_rt.io.read_options import ReadOptions

# Levels by which a block of 8×8 pixels may differ where a page shows a JPEG as it is stored.
_NEARLY = 16


def decode_page(
    stream: BinaryIO, number: int | None, name: str, digest: Future[str], options: ReadOptions
) -> DecodedImage:
    """Read a page of a PDF.

    Args:
        stream: The file; it stays open.
        number: Which page, from 1; `None` for the file as one image, of which the first is taken,
            with a warning where there are others.
        name: What to call it.
        digest: SHA-256 of the file.
        options: What is refused, and what opens it.

    Raises:
        ImageUnreadable: If the file or an image that the page shows is damaged, the password does
            not open it, or there is no such page.
        ImageTooLarge: If it has more pixels than the options allow.
    """
    wanted = 1 if number is None else number
    with open_page(stream, wanted, name, options.password) as page:
        check_size(name, page.size, options.max_pixels)
        drawn = page.read()
    steps = warn_of_others(PDF, page.pages, name) if number is None else page_of(wanted, page.pages)
    pixels, report, said = _as_stored(drawn, name, options)
    return DecodedImage(
        pixels=pixels,
        name=name,
        digest=digest,
        format=PDF,
        mode=mode_of(drawn.images),
        conversions=(*steps, _where_from(report, drawn), *said, *colors_told(drawn.images)),
        exif_orientation=drawn.orientation,
        frames=page.pages,
        page=number,
        density=report.density,
        page_report=report,
    )


def _as_stored(
    drawn: PagePixels, name: str, options: ReadOptions
) -> tuple[npt.NDArray[np.uint8], PageReport, tuple[str, ...]]:
    """Return the samples of the one JPEG that a page shows, or else what was drawn.

    They are the same, but for a color profile. Decoding tells whether the JPEG is whole.
    """
    pixels, report, said = drawn.pixels, drawn.report, []
    for stream in drawn.streams:
        complaint, jpeg = _decoded(stream, name, options)
        if complaint is not None:
            said.append(_damage(complaint, name, options))
        elif jpeg is not None and jpeg.shape[:2] != (stream.size[1], stream.size[0]):
            height, width = jpeg.shape[:2]
            said.append(f"a JPEG of {width}×{height} is shown as {stream.size[0]}×{stream.size[1]}")
        elif jpeg is not None and report.source == "stored" and jpeg.shape == pixels.shape:
            apart = blocks_apart(jpeg, pixels, _NEARLY)
            if not apart.any():
                pixels = jpeg
                continue
            said.append("colors as the page shows them, which are not those of its JPEG")
            report = replace(report, differences=_where(apart, report, pixels))
    return pixels, report, tuple(dict.fromkeys(said))


def _decoded(
    stream: StoredStream, name: str, options: ReadOptions
) -> tuple[str | None, npt.NDArray[np.uint8] | None]:
    """Return what is wrong with an image, and the samples of a JPEG in grey or color."""
    complaint = complaint_of(stream)
    if complaint is not None or not stream.is_jpeg:
        return complaint, None
    try:
        jpeg = stored_jpeg(stream, name, options.max_pixels)
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # what Pillow raises on damaged files is no contract
        return str(error), None
    if jpeg.mode != stream.mode or jpeg.mode not in ("L", "RGB"):  # the page says what colors are
        return None, None
    return None, np.array(jpeg.convert("RGB"))


def _damage(complaint: str, name: str, options: ReadOptions) -> str:
    if options.damaged == "refuse":
        raise ImageUnreadable(
            name,
            f"the PDF is truncated or damaged: an image of the page: {complaint}; to examine what "
            "is left of it: --damaged examine, Detector(damaged='examine')",
        )
    return f"damaged, examined as asked: an image of the page: {complaint}"


def _where(
    apart: npt.NDArray[np.bool_], report: PageReport, pixels: npt.NDArray[np.uint8]
) -> tuple[PagePart, ...]:
    marked = np.kron(apart, np.ones((8, 8), bool))[: pixels.shape[0], : pixels.shape[1]]
    grid = Grid(inverse(report.to_page), pixels.shape[1], pixels.shape[0])
    return differences_of("colors", marked, grid)


def _where_from(report: PageReport, drawn: PagePixels) -> str:
    across, down = report.density
    density = f"{max(across, down):.0f} dots per inch"
    if report.source == "stored":
        return "the image that the PDF stores"
    if report.source == "drawn":
        return f"drawn at {density}"
    over = ", with what lies over its scan" if report.overlays else ""
    count = len(drawn.images)
    images = "the image" if count == 1 else f"{count} images"
    return f"composed at {density} of {images} that the PDF stores{over}"
