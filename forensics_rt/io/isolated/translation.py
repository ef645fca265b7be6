"""From what a caller gives to what a child gets, and back."""

from __future__ import annotations

import os
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from forensics_rt import errors
from forensics_rt.errors import ForensicsError, ImageError, ImageUnreadable
from forensics_rt.io.coefficients import BLOCK, Coefficients
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.file_source import FileSource, PdfFile, file_source, name_of_source
from forensics_rt.io.inputs import ImageInput
from forensics_rt.io.isolated.memory import map_whole
from forensics_rt.io.isolated.messages import Order, Picture, Refusal, Work
from forensics_rt.io.limits import DEFAULT_MAX_PIXELS
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf.attachment import Attachment
from forensics_rt.io.read_options import ReadOptions


def file_of(
    image: ImageInput, max_pixels: int = DEFAULT_MAX_PIXELS
) -> tuple[FileSource | None, int | None]:
    """Return the file that is to be decoded, and which page of it; no file for pixels."""
    if isinstance(image, Page):
        return image.source, image.number
    if isinstance(image, (str, os.PathLike, bytes, bytearray, memoryview, MemoryFile, Attachment)):
        return file_source(image), None
    if hasattr(image, "read"):
        return file_source(image, max_pixels), None  # type: ignore[arg-type]
    return None, None


def order_of(work: Work, source: FileSource, password: str | None) -> tuple[Order, bytes | None]:
    """Return the order to do something with a file, and its bytes where it has no path.

    An attachment stays what it is: the child takes it out of its PDF.
    """
    attached: list[tuple[int, str]] = []
    while isinstance(source, Attachment):
        attached.insert(0, (source.number, source.file_name))
        source = source.container
    on_disk = isinstance(source, Path)
    order = Order(
        work,
        str(source) if on_disk else None,
        name_of_source(source),
        tuple(attached),
        password=password,
    )
    return order, source.data if isinstance(source, MemoryFile) else None


def image_of(
    picture: Picture, memory: int, source: FileSource, options: ReadOptions
) -> DecodedImage:
    """Return the image that a child decoded; its pixels stay in the memory that both share."""
    shape = picture.height, picture.width, 3
    places = [int(np.prod(shape))]
    if picture.quantization is not None:
        whole = -(-picture.height // BLOCK) * BLOCK, -(-picture.width // BLOCK) * BLOCK
        places.append(2 * int(np.prod(whole)))
    shared = map_whole(memory, sum(places))
    pixels = np.frombuffer(shared, np.uint8, places[0]).reshape(shape)
    coefficients = None
    if picture.quantization is not None:
        dct = np.frombuffer(shared, np.int16, offset=places[0]).reshape(whole)
        table = np.array(picture.quantization, np.uint16).reshape(BLOCK, BLOCK)
        coefficients = Coefficients(dct, table)
    digest: Future[str] = Future()
    digest.set_result(picture.sha256)
    return DecodedImage(
        name=picture.name,
        digest=digest,
        format=picture.format,
        mode=picture.mode,
        conversions=picture.conversions,
        exif_orientation=picture.exif_orientation,
        frames=picture.frames,
        page=picture.page,
        density=picture.density,
        medium=picture.medium,
        pixels=pixels,
        page_report=picture.page_report,
        pdf_file=PdfFile(source, options.password) if picture.is_pdf else None,
        coefficients=coefficients,
    )


def error_of(refusal: Refusal) -> ForensicsError:
    """Return the error that a child told of."""
    kind = getattr(errors, refusal.error, None)
    if isinstance(kind, type) and issubclass(kind, ImageError):
        return kind(refusal.source, refusal.cause)
    if isinstance(kind, type) and issubclass(kind, ForensicsError):
        return kind(refusal.cause)
    return ImageUnreadable(refusal.source, refusal.cause)
