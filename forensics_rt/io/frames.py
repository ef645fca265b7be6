"""How many pictures a file holds, and a warning where only the first is examined."""

from __future__ import annotations

import logging

from PIL import Image

_log = logging.getLogger(__name__)
# Cameras put previews, depths and gain maps of the one picture behind it.
_OF_ONE_PICTURE = ("MPO",)
_HEIF = "HEIF"


def pages_in(image: Image.Image) -> int:
    """Return how many pictures of its own an opened file holds that is no TIFF (`io.tiff.pages`).

    All of its frames, but for HEIC, of which the primary picture counts.

    Raises:
        Exception: Whatever Pillow raises on a damaged file.

    Example:
        >>> pages_in(Image.new("RGB", (2, 2)))
        1
    """
    # Pillow stands at the one that the file calls its primary.
    return 1 if image.format == _HEIF else int(getattr(image, "n_frames", 1))


def no_such_page(number: int, pages: int) -> str:
    """Return the cause of an error where a file does not have the page that was asked for.

    Example:
        >>> no_such_page(9, 3)
        'the file has no page 9; its pages are 1 to 3'
    """
    there = "it has one page" if pages == 1 else f"its pages are 1 to {pages}"
    return f"the file has no page {number}; {there}"


def pages_told(
    kind: str | None, pages: int, name: str, number: int | None = None
) -> tuple[str, ...]:
    """Return the phrase for `conversions` of one picture of several: none for the only one.

    Args:
        kind: Format of the file, as Pillow names it, or `PDF`.
        pages: How many pictures it holds.
        name: What to call it in a warning.
        number: Which one was asked for, from 1; `None` for the file as one image, of which the
            first is taken, with a warning where others are left out.

    Example:
        >>> pages_told("PDF", 3, "contract.pdf", 2), pages_told("PDF", 1, "contract.pdf", 1)
        (('page 2 of 3',), ())
    """
    if pages == 1:
        return ()
    if number is not None:
        return (f"page {number} of {pages}",)
    if leaves_pictures_out(pages, kind):
        _log.warning(
            "%s: holds %d frames, and only the first is examined; forensics_rt.pages_of lists the "
            "pages of a TIFF or PDF file; frames of other files can be opened with Pillow",
            name,
            pages,
        )
    return (f"first of {pages} frames",)


def leaves_pictures_out(frames: int, kind: str | None) -> bool:
    """Tell whether there are further pictures in a file of that many frames, of which one was seen.

    Args:
        frames: How many there are.
        kind: Format of the file, as Pillow names it.

    Example:
        >>> leaves_pictures_out(2, "TIFF"), leaves_pictures_out(2, "MPO")
        (True, False)
    """
    return frames > 1 and kind not in _OF_ONE_PICTURE
