"""How much the tests do: a part of it, unless all is asked for.

    FORENSICS_RT_TESTS=full pytest -n 2 --dist loadfile

also builds the C library with sanitizers and as a wheel, and runs the largest networks.
"""

from __future__ import annotations

import os
from typing import TypeVar

import pytest

FULL = os.environ.get("FORENSICS_RT_TESTS") == "full"
needs_full = pytest.mark.skipif(not FULL, reason="needs FORENSICS_RT_TESTS=full")
Count = TypeVar("Count")


def count(usual: Count, full: Count) -> Count:
    """Return how often to do something.

    Example:
        >>> count(20, 20)
        20
    """
    return full if FULL else usual
