"""What a soak saw: samples of a process over time, and answers that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.service.pages import LoadFile

# What of an answer differs from one to the next, by right.
_OWN = ("request_id", "seconds", "name")


@dataclass(frozen=True)
class Sample:
    """What a process and its children have at a moment."""

    done: int
    seconds: float
    memory: int
    handles: int
    threads: int


@dataclass
class Soak:
    """What was seen.

    Attributes:
        what: `service` or `detector`.
        asked: How many requests or images there were to be.
        samples: In the order of time.
        answers: How many had which outcome.
        drifted: How many answers differ from the first one to the same file.
    """

    what: str
    asked: int
    samples: list[Sample] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    drifted: int = 0

    def growth(self, of: str) -> float:
        """Return how much there is more at the end than after a quarter, on a line through all."""
        settled = self.samples[len(self.samples) // 4 :]
        done = np.array([one.done for one in settled], float)
        slope = np.polyfit(done, [getattr(one, of) for one in settled], 1)[0]
        return float(slope * (done[-1] - done[0]))

    def told(self) -> str:
        """Return what was seen as text."""
        first, last = self.samples[len(self.samples) // 4], self.samples[-1]
        lines = [
            f"{self.what}: {last.done:,} in {last.seconds:.0f} s, {self.answers}, "
            f"{self.drifted} answers differ from the first to the same file"
        ]
        for name, unit in (("memory", 1e6), ("handles", 1), ("threads", 1)):
            before, after = getattr(first, name) / unit, getattr(last, name) / unit
            lines.append(
                f"  {name}{' in MB' if unit > 1 else ''}: {before:.0f} after {first.done:,}, "
                f"{after:.0f} at the end; {round(self.growth(name) / unit, 1) + 0.0:+.1f} on the "
                f"line between"
            )
        return "\n".join(lines)


class Answers:
    """Compares each answer with the first one to the same file.

    Args:
        soak: Whose `drifted` counts those that differ.
    """

    def __init__(self, soak: Soak) -> None:
        """Know no answer yet."""
        self._soak = soak
        self._first: dict[bytes, Mapping[str, Any]] = {}

    def take(self, file: LoadFile, document: Mapping[str, Any]) -> None:
        """Take the answer to a file: its JSON."""
        kept = {key: value for key, value in document.items() if key not in _OWN}
        self._soak.drifted += self._first.setdefault(file.data, kept) != kept
