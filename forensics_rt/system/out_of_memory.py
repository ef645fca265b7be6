"""Does an error say that memory ran out? Each codec and engine says it in its own words."""

from __future__ import annotations

import sys

# What engines say in errors of their own kinds, in lower case.
_OUT_OF_MEMORY = (
    "bad_alloc",
    "bad allocation",
    "out of memory",
    "out_of_memory",
    "not enough memory",
    "cannot allocate memory",
    "can't alloc",
    "failed to allocate memory",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that there is too little memory, of the host or of a GPU.

    Example:
        >>> is_out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"))
        True
    """
    if isinstance(error, MemoryError):
        return True
    cv2 = sys.modules.get("cv2")  # where nobody has imported it, the error is not of it
    if cv2 and isinstance(error, cv2.error) and getattr(error, "code", 0) == cv2.Error.StsNoMem:
        return True
    said = str(error).lower()
    return any(words in said for words in _OUT_OF_MEMORY)
