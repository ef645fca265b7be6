"""What is fuzzed: a reader, sound inputs to begin with, and words that it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Reader = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes:
        name: It is chosen by.
        open: Makes the reader, which takes one input; it is given a folder of its own.
        seeds: Makes sound inputs.
        words: Bytes that inputs of this kind have, such as the keys of a file.
        json: Whether inputs are JSON, and are changed as such.
        refuses: Whether errors of the package's own tree are expected; else it must take anything.
    """

    name: str
    open: Callable[[Path], Reader]
    seeds: Callable[[], Iterable[bytes]]
    words: tuple[bytes, ...] = ()
    json: bool = False
    refuses: bool = True
