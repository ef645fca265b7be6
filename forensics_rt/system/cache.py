"""Where what was made for this machine alone is kept: kernels, engines, verdicts."""

from __future__ import annotations

import contextlib
import logging
import os
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

_log = logging.getLogger(__name__)


def cache_folder(kind: str) -> Path | None:
    """Return where one kind is kept: in `FORENSICS_RT_CACHE`, or the user's cache folder.

    That is `$XDG_CACHE_HOME/forensics_rt` or `~/.cache/forensics_rt` on Linux, and the folder that
    the system has for caches on macOS and Windows.

    Args:
        kind: Name of the folder in there, such as `cuda`.

    Returns:
        `None`, with a warning once a process, for a user without a home folder, as in a container
        that runs under a number of its own: nothing is kept then.
    """
    if named := os.environ.get("FORENSICS_RT_CACHE"):
        return Path(named) / kind
    with contextlib.suppress(RuntimeError):  # neither HOME nor an entry in the list of users
        folder = user_cache_path("forensics_rt", appauthor=False) / kind
        if folder.is_absolute():  # older versions of platformdirs leave "~" in it instead
            return folder
    _warn_of_no_home()
    return None


@cache
def _warn_of_no_home() -> None:
    _log.warning(
        "this user has no home folder, so nothing is kept for later starts, such as "
        "kernels and which number formats were checked; name a folder in FORENSICS_RT_CACHE"
    )
