"""Which frame of a file is examined, and a warning where that leaves others out."""

from __future__ import annotations

import logging

from PIL import Image

_log = logging.getLogger(__name__)
# Cameras put previews, depths and gain maps of the one picture behind it.
_OF_ONE_PICTURE = ("MPO",)


def examined_frame(
    image: Image.Image, name: str, chosen: bool = False
) -> tuple[int, tuple[str, ...]]:
    """Count the frames of an opened image; warn where only the first of several is examined.

    Args:
        image: At the frame that is examined.
        name: What to call it in the warning.
        chosen: Whether the frame was asked for by its number.

    Returns:
        How many frames there are, and the phrase for `conversions`: none for a single frame.

    Raises:
        Exception: Whatever Pillow raises on a damaged file.

    Example:
        >>> examined_frame(Image.new("RGB", (2, 2)), "scan.png")
        (1, ())
    """
    frames = int(getattr(image, "n_frames", 1))
    if frames == 1:
        return frames, ()
    if chosen or image.tell():  # whoever sought it knows that there are others
        return frames, (f"frame {image.tell() + 1} of {frames}",)
    if leaves_pictures_out(frames, image.format):
        _log.warning(
            "%s: holds %d frames, and only the first is examined; forensics_rt.pages_of lists the "
            "pages of a TIFF file, and Pillow seeks the frames of any other",
            name,
            frames,
        )
    return frames, (f"first of {frames} frames",)


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
