"""Whatever one image makes fail becomes that image's error, and the others go on."""

from __future__ import annotations

import logging
import traceback
from types import FrameType

from forensics_rt.errors import ForensicsError, ImageFailed, ImageTooLarge
from forensics_rt.system.out_of_memory import is_out_of_memory

_log = logging.getLogger(__name__)


def image_error(name: str, error: Exception) -> ForensicsError:
    """Return an error of the tree for whatever an image made fail.

    Args:
        name: The image.
        error: What was raised: by a codec, an engine, for lack of memory, by a fault of ours.

    Returns:
        `ImageTooLarge` where there is too little memory; an error of the tree as it is;
        `ImageFailed` for all else, whose `__cause__` is the error.

    Example:
        >>> print(image_error("a.jpg", MemoryError()))  # doctest: +ELLIPSIS
        a.jpg: needs more memory than is free; free some, ...
    """
    # Of another process or backend, it may be of the tree and not know the image.
    if is_out_of_memory(error) and not isinstance(error, ImageTooLarge):
        let_go(error)
        return ImageTooLarge(
            name,
            "needs more memory than is free; free some, examine fewer images at a time with "
            "`decoders=1`, or lower `max_pixels` to have such images refused from their headers",
        )
    if isinstance(error, ForensicsError):
        return error
    said = str(error).strip() or "no message"
    found = ImageFailed(
        name,
        f"failed with an unexpected error, {type(error).__name__}: {said}; save the image "
        "again or try another backend, and report the error if it stays",
    )
    found.__cause__ = error
    _log.info("%s", found, exc_info=error)
    return found


def let_go(error: BaseException) -> None:
    """Empty the frames that an error's tracebacks lead to: they hold the pixels of an image.

    A future keeps the error that it raised, and a frame the future, so that they would hold them
    until the garbage collector comes by. The lines of the tracebacks stay, but for those of frames
    that are still at work.
    """
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        trace = one.__traceback__
        while trace is not None and not _is_emptied(trace.tb_frame):
            trace = trace.tb_next
        one.__traceback__ = trace
        traceback.clear_frames(trace)
        left += one.__cause__, one.__context__


def _is_emptied(frame: FrameType) -> bool:
    try:
        frame.clear()
    except RuntimeError:  # it is at work
        return False
    return True
