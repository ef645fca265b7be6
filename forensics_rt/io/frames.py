"""Which frames of a file are pictures, and a warning where only the first is examined."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from forensics_rt.errors import ImageUnreadable

# Pillow looks every directory of a TIFF up among those before it: that many take seconds, ten times
# as many minutes.
MOST_PAGES = 10_000
_log = logging.getLogger(__name__)
_SUBFILE_TYPE = 254
# Of that tag: a smaller version of another page, and a mask of one.
_NO_PAGE = 0b101
# Cameras put previews, depths and gain maps of the one picture behind it.
_OF_ONE_PICTURE = ("MPO",)
_HEIF = "HEIF"


def pages_in(image: Image.Image, name: str) -> list[int]:
    """List the frames of an opened file that are pictures of their own, from 0.

    All of them, but for a TIFF, in which smaller versions of a page and masks are left out, and for
    HEIC, of which the primary picture counts.

    Args:
        image: As opened; it stands at its first frame again afterwards.
        name: What to call it in errors.

    Raises:
        ImageUnreadable: If it is a TIFF of more than `MOST_PAGES` frames.
        Exception: Whatever Pillow raises on a damaged file.

    Example:
        >>> pages_in(Image.new("RGB", (2, 2)), "white.png")
        [0]
    """
    if image.format == _HEIF:
        return [image.tell()]  # the one that the file calls its primary
    if not isinstance(image, TiffImageFile):
        return list(range(int(getattr(image, "n_frames", 1))))
    pages = [frame for frame in _walked_through(image, name) if _is_page(image)]
    image.seek(0)
    return pages or [0]


def _walked_through(image: TiffImageFile, name: str) -> Iterator[int]:
    # By one step at a time, by which Pillow counts them, and no further than need be.
    for frame in range(MOST_PAGES + 1):
        try:
            image.seek(frame)
        except EOFError:
            return
        yield frame
    raise ImageUnreadable(
        name, f"holds more than {MOST_PAGES} pages, the most that are looked for; split it"
    )


def _is_page(image: TiffImageFile) -> bool:
    try:
        return not int(image.tag_v2.get(_SUBFILE_TYPE, 0)) & _NO_PAGE
    except Exception:  # it may hold anything; decoding it says what
        return True


def page_of(number: int, pages: int) -> tuple[str, ...]:
    """Return the phrase for `conversions` of one page of several: none for the only one.

    Example:
        >>> page_of(2, 3), page_of(1, 1)
        (('page 2 of 3',), ())
    """
    return (f"page {number} of {pages}",) if pages > 1 else ()


def warn_of_others(kind: str | None, pages: int, name: str) -> tuple[str, ...]:
    """Warn where only the first of several pictures of a file is examined.

    Args:
        kind: Format of the file, as Pillow names it, or `PDF`.
        pages: How many pictures it holds.
        name: What to call it in the warning.

    Returns:
        The phrase for `conversions`: none for a single picture.
    """
    if pages == 1:
        return ()
    if leaves_pictures_out(pages, kind):
        _log.warning(
            "%s: holds %d frames, and only the first is examined; forensics_rt.pages_of lists the "
            "pages of a TIFF or PDF file, and Pillow seeks the frames of any other",
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
