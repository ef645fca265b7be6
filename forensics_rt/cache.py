"""Where what was made for this machine alone is kept: kernels, engines, verdicts."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder(kind: str) -> Path:
    """Return where one kind is kept: in `FORENSICS_RT_CACHE`, or the user's cache folder.

    Args:
        kind: Name of the folder in there, such as `cuda`.
    """
    named = os.environ.get("FORENSICS_RT_CACHE")
    if named:
        return Path(named) / kind
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "forensics_rt" / kind
