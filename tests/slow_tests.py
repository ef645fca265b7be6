"""Which tests are marked `slow`: those that `slow.txt` names, which is measured and not guessed."""

from __future__ import annotations

from pathlib import Path

_LIST = Path(__file__).with_name("slow.txt")


def slow_tests() -> frozenset[str]:
    """Return the names: `tests/test_a.py` for a file, `tests/test_a.py::test_b` for a test."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line.split()[1] for line in lines if not line.startswith("#"))


def is_slow(node: str, slow: frozenset[str]) -> bool:
    """Tell whether a test is slow, with all its parameters.

    Example:
        >>> is_slow("tests/test_a.py::test_b[1]", frozenset({"tests/test_a.py::test_b"}))
        True
    """
    test = node.partition("[")[0]
    return test in slow or test.partition("::")[0] in slow
