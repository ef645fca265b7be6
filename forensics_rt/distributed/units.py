"""What the driver hands to a worker at a time, and what becomes of it once it was read."""

from __future__ import annotations

from dataclasses import dataclass, field

from forensics_rt.distributed.inputs import InputFile


@dataclass
class Unit:
    """Some files that a worker takes together.

    Attributes:
        number: Names it.
        files: The files.
        checked: Whether they are decoded in a child process first.
        alone: Whether the worker may have no other unit meanwhile.
        content: SHA-256 of the files that this unit computes, once it was read, by their place.
    """

    number: int
    files: list[InputFile]
    checked: bool = False
    alone: bool = False
    content: dict[int, str] = field(default_factory=dict)


@dataclass
class Read:
    """What is to be done with a unit that was read.

    Attributes:
        compute: Places of the files that the worker is to compute.
        known: Files whose bytes were computed already, with their SHA-256.
    """

    compute: list[int] = field(default_factory=list)
    known: list[tuple[InputFile, str]] = field(default_factory=list)
