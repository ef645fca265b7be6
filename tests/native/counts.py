"""How much the tests of the C library do: a part of it, unless all is asked for.

    FORENSICS_RT_NATIVE_TESTS=full pytest tests/native tests/docs/test_native.py

also builds with sanitizers and as a wheel, and takes some five minutes of a core.
"""

from __future__ import annotations

import os
from typing import TypeVar

import pytest

FULL = os.environ.get("FORENSICS_RT_NATIVE_TESTS") == "full"
needs_full = pytest.mark.skipif(not FULL, reason="needs FORENSICS_RT_NATIVE_TESTS=full")
Count = TypeVar("Count")


def count(usual: Count, full: Count) -> Count:
    """Return how often to do something.

    Example:
        >>> count(20, 20)
        20
    """
    return full if FULL else usual
