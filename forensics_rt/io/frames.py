"""Which frame of a file is examined, and a warning where that leaves others out."""

from __future__ import annotations

import logging

from PIL import Image

_log = logging.getLogger(__name__)


def examined_frame(image: Image.Image, name: str) -> tuple[int, tuple[str, ...]]:
    """Count the frames of an opened image; warn where only the first of several is examined.

    Args:
        image: At the frame that is examined.
        name: What to call it in the warning.

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
    if image.tell():  # whoever sought it knows that there are others
        return frames, (f"frame {image.tell() + 1} of {frames}",)
    _log.warning(
        "%s: holds %d frames, and only the first is examined; open it with Pillow and seek the "
        "others to examine them",
        name,
        frames,
    )
    return frames, (f"first of {frames} frames",)
