"""Whatever one image makes fail becomes that image's error, and the others go on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import cv2

from forensics_rt.errors import ForensicsError, ImageFailed, ImageTooLarge

_log = logging.getLogger(__name__)
# What engines say in errors of their own kinds, in lower case.
_OUT_OF_MEMORY = (
    "bad_alloc",
    "bad allocation",
    "out of memory",
    "out_of_memory",
    "not enough memory",
    "cannot allocate memory",
    "failed to allocate memory",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that memory is wanting, of the host or of a GPU.

    Example:
        >>> is_out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"))
        True
    """
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, cv2.error) and getattr(error, "code", None) == cv2.Error.StsNoMem:
        return True
    said = str(error).lower()
    return any(words in said for words in _OUT_OF_MEMORY)


def image_error(name: str, error: Exception) -> ForensicsError:
    """Return an error of the tree for whatever an image made fail.

    Args:
        name: The image.
        error: What was raised: by a codec, an engine, for lack of memory, by a fault of ours.

    Returns:
        `ImageTooLarge` where memory is wanting; what is of the tree already as it is; `ImageFailed`
        for all else, whose `__cause__` is the error.

    Example:
        >>> print(image_error("a.jpg", MemoryError()))  # doctest: +ELLIPSIS
        a.jpg: needs more memory than is free; free some, ...
    """
    # Of another process or backend, it may be of the tree and not know the image.
    if is_out_of_memory(error) and not isinstance(error, ImageTooLarge):
        _let_go(error)
        return ImageTooLarge(
            name,
            "needs more memory than is free; free some, have fewer images under way (--decoders 1 "
            "--writers 1), or lower max_pixels (--max-pixels) to have such images refused from "
            "their headers",
        )
    if isinstance(error, ForensicsError):
        return error
    said = str(error).strip() or "without a word"
    found = ImageFailed(
        name,
        f"ended in an error that no check foresaw, {type(error).__name__}: {said}; save the image "
        "anew or try another backend, and report it if it comes again",
    )
    found.__cause__ = error
    _log.info("%s", found, exc_info=error)
    return found


def _let_go(error: BaseException | None) -> None:
    """Drop tracebacks: what they lead to holds the memory that is wanting."""
    while error is not None and error.__traceback__ is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


@contextmanager
def errors_of(name: str) -> Iterator[None]:
    """Raise whatever fails inside a `with` as the error of an image.

    Args:
        name: The image.
    """
    try:
        yield
    except Exception as error:
        found = image_error(name, error)
        if found is error:
            raise
        raise found from found.__cause__
