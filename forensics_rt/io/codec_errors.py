"""What the libraries that decode say of a file, in one line."""

from __future__ import annotations

from forensics_rt.system.out_of_memory import is_out_of_memory


def said_by(error: Exception) -> str:
    r"""Return what a codec says of a damaged file, in one line.

    Args:
        error: Whatever it raised.

    Raises:
        MemoryError: If it says that memory ran out, which tells nothing about the file.

    Example:
        >>> said_by(ValueError("broken data stream\n  at byte 7\n"))
        'broken data stream at byte 7'
    """
    if is_out_of_memory(error):
        raise MemoryError(str(error)) from error
    return " ".join(str(error).split())
