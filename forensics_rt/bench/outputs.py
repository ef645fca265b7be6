"""Where the figures of a measurement go: found out to be possible before the work, not after it."""

from __future__ import annotations

from pathlib import Path

from forensics_rt.bench.plot import load_matplotlib
from forensics_rt.io.writers import check_writable_file


def check_outputs(document: Path | None, picture: Path | None) -> None:
    """Refuse now what could not be written later; makes missing folders.

    Args:
        document: The JSON file, if one is wanted.
        picture: The plot, if one is wanted.

    Raises:
        OutputError: If one is a folder, or its folder takes no files.
        OptionalDependency: If a plot is wanted and matplotlib is not installed.
    """
    for path in (document, picture):
        if path is not None:
            check_writable_file(path)
    if picture is not None:
        load_matplotlib()
