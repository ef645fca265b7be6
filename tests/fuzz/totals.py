"""Sessions of fuzzing, added up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def totals_of(lines: Iterable[str]) -> dict[str, Any]:
    """Add up the lines that the command wrote.

    Returns:
        Turns, hours of the processor, executions, and how many of each kind were found.

    Example:
        >>> totals_of(['{"cpu_s": 7200, "executions": 9, "findings": ["a"]}'])
        {'turns': 1, 'cpu_hours': 2.0, 'executions': 9, 'findings': ['a']}
    """
    turns = [json.loads(line) for line in lines if line.strip()]
    return {
        "turns": len(turns),
        "cpu_hours": round(sum(turn["cpu_s"] for turn in turns) / 3600, 2),
        "executions": sum(turn["executions"] for turn in turns),
        "findings": sorted({found for turn in turns for found in turn["findings"]}),
    }
