"""Packages that only some uses need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from forensics_rt.errors import OptionalDependency


def load_optional(package: str, extra: str, purpose: str) -> Any:
    """Import a package that an extra brings.

    Args:
        package: Its name, or that of a module in it.
        extra: The extra of forensics_rt that installs it.
        purpose: What needs it, as the subject of a sentence.

    Raises:
        OptionalDependency: If it is missing or does not load; the message says what to install.

    Example:
        >>> load_optional("json", "large", "this example").dumps([1])
        '[1]'
    """
    try:
        return import_module(package)
    # A package that wraps a C library says OSError where the library is the one that is missing.
    except (ImportError, OSError) as error:
        name = package.split(".")[0]
        raise OptionalDependency(
            f"{purpose} needs package {name!r}, which cannot be imported ({error}); "
            f"pip install 'forensics_rt[{extra}]'"
        ) from error
