"""From a page of a PDF to the image that is examined, and what was done to get it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.damage import DAMAGED, HOW_TO_EXAMINE
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.frames import pages_told
from forensics_rt.io.medium.kinds import Medium, born_digital
from forensics_rt.io.medium.rules import measure_medium
from forensics_rt.io.metadata import MediumFacts
from forensics_rt.io.pdf.colors import colors_told, mode_of
from forensics_rt.io.pdf.geometry import inverse
from forensics_rt.io.pdf.grid import Grid
from forensics_rt.io.pdf.page import open_page
from forensics_rt.io.pdf.page_report import PagePart, PageReport
from forensics_rt.io.pdf.parts import differences_of
from forensics_rt.io.pdf.read_page import PagePixels, read_page
from forensics_rt.io.pdf.signature import PDF
from forensics_rt.io.pdf.streams import blocks_apart, check_stream
from forensics_rt.io.read_options import ReadOptions

# Levels by which a block of 8×8 pixels may differ where a page shows a JPEG as it is stored.
_NEARLY = 16
_FAX_FILTER, _FAX = "CCITTFaxDecode", "CCITT Group 3 or 4"


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
    drawn, pages = _read(stream, wanted, name, options, assume=True)
    said, apart = _hold_against_jpegs(drawn, name, options)
    if drawn.is_assumed and (apart is None or apart.any()):
        drawn, pages = _read(stream, wanted, name, options, assume=False)
    report = drawn.report
    if apart is not None and apart.any() and report.source == "stored":
        said = (*said, "colors as the page shows them, which are not those of its JPEG")
        report = replace(report, differences=_where(apart, report, drawn.pixels))
    images = [stream.image for stream in drawn.streams]
    steps = pages_told(PDF, pages, name, number)
    return DecodedImage(
        pixels=drawn.pixels,
        name=name,
        digest=digest,
        format=PDF,
        mode=mode_of(images),
        conversions=(*steps, _where_from(report, drawn), *said, *colors_told(images)),
        exif_orientation=drawn.orientation,
        frames=pages,
        page=number,
        density=report.density,
        medium=_medium(drawn),
        page_report=report,
    )


def _medium(drawn: PagePixels) -> Medium | None:
    if drawn.has_no_image:
        return born_digital("a PDF page without an image")
    coding = next((_FAX for stream in drawn.streams if _FAX_FILTER in stream.image.filters), None)
    one_bit = bool(drawn.streams) and all(stream.image.bits == 1 for stream in drawn.streams)
    return measure_medium(drawn.pixels, MediumFacts(coding, one_bit))


def _read(
    stream: BinaryIO, number: int, name: str, options: ReadOptions, assume: bool
) -> tuple[PagePixels, int]:
    """Return the pixels of a page, and how many pages there are."""
    with open_page(stream, number, name, options.password) as page:
        return read_page(page, name, options.max_pixels, assume), page.pages


def _hold_against_jpegs(
    drawn: PagePixels, name: str, options: ReadOptions
) -> tuple[tuple[str, ...], npt.NDArray[np.bool_] | None]:
    """Return what is to be said of the images, and which blocks differ from a page's one JPEG.

    The second is `None` where that is unknown.
    """
    said = []
    apart = None
    if drawn.structure.is_rebuilt:
        said.append(
            "the cross-reference table of the PDF is damaged and was rebuilt; pages may be missing"
        )
    if drawn.structure.complaint is not None:
        complaint = f"the drawing instructions of the page: {drawn.structure.complaint}"
        said.append(_damage(complaint, name, options))
    for stream in drawn.streams:
        try:
            small = check_stream(stream, name, options.max_pixels)
        except ValueError as error:
            said.append(_damage(f"an image of the page: {error}", name, options))
            continue
        if small is None:
            continue
        if small.size != stream.size:
            (width, height), (across, down) = small.size, stream.size
            said.append(f"a JPEG of {width}×{height} is shown as {across}×{down}")
        elif len(drawn.streams) == 1 and small.mode == mode_of([stream.image]):
            apart = blocks_apart(drawn.pixels, small, stream.box, _NEARLY)
    return tuple(dict.fromkeys(said)), apart


def _damage(complaint: str, name: str, options: ReadOptions) -> str:
    if options.damaged == "refuse":
        raise ImageUnreadable(name, f"the PDF is truncated or damaged: {complaint}{HOW_TO_EXAMINE}")
    return f"{DAMAGED}{complaint}"


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
    count = len(drawn.streams)
    images = "the image" if count == 1 else f"{count} images"
    return f"composed at {density} of {images} that the PDF stores{over}"
