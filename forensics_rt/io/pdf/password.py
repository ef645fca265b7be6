"""Passwords of PDF files: what is said where one is missing or wrong."""

from __future__ import annotations

from forensics_rt.errors import ImageLocked


def locked(name: str, password: str | None) -> ImageLocked:
    """Return the error of a PDF that did not open.

    Args:
        name: What to call the file.
        password: What was tried; it is not repeated. `None` for nothing.

    Example:
        >>> print(locked("contract.pdf", None))  # doctest: +ELLIPSIS
        contract.pdf: the PDF is locked and needs a password; give it with `password`, ...
    """
    if password is None:
        return ImageLocked(
            name,
            "the PDF is locked and needs a password; give it with `password`, or save the file "
            "without one",
        )
    return ImageLocked(name, "the password does not open the PDF; give the right one")
