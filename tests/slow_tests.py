"""Which tests are marked `slow`: those that `slow.txt` names, which is measured and not guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from pathlib import Path

_LIST = Path(__file__).with_name("slow.txt")


def slow_tests() -> dict[str, int]:
    """Return seconds by names of files, `tests/test_a.py`, and tests, `tests/test_a.py::test_b`."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    pairs = (line.split() for line in lines if not line.startswith("#"))
    return {name: int(seconds) for seconds, name in pairs}


def slow_files(slow: Mapping[str, int]) -> dict[str, int]:
    """Return the seconds of each file in which something is slow.

    Example:
        >>> slow_files({"tests/test_a.py::test_b": 2, "tests/test_a.py::test_c": 3})
        {'tests/test_a.py': 5}
    """
    files: Counter[str] = Counter()
    for name, seconds in slow.items():
        files[name.partition("::")[0]] += seconds
    return dict(files)


def is_slow(node: str, slow: Container[str]) -> bool:
    """Tell whether a test is slow, with all its parameters.

    Example:
        >>> is_slow("tests/test_a.py::test_b[1]", {"tests/test_a.py::test_b"})
        True
    """
    test = node.partition("[")[0]
    return test in slow or test.partition("::")[0] in slow
