"""What `device` may be: `cpu`, `cuda`, or one of several GPUs by its number, `cuda:1`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forensics_rt.cuda.driver import probe_driver
from forensics_rt.errors import BackendUnavailable


@dataclass(frozen=True)
class Place:
    """Where a backend computes.

    Attributes:
        kind: `cpu` or `cuda`.
        ordinal: Number of the GPU, as CUDA counts those that `CUDA_VISIBLE_DEVICES` leaves; 0 where
            none was named.
    """

    kind: str
    ordinal: int = 0

    def missing(self) -> str | None:
        """Say that there is no such GPU; `None` where there is, or where no driver answers."""
        status = probe_driver()
        return None if self.kind == "cpu" or not status.usable else status.lacks(self.ordinal)


def place_of(device: str) -> Place:
    """Read a device's name.

    Raises:
        BackendUnavailable: If it is none.

    Example:
        >>> place_of("cuda:1")
        Place(kind='cuda', ordinal=1)
    """
    found = re.fullmatch(r"(cpu)|(cuda)(?::(0|[1-9]\d{0,3}))?", str(device))
    if found is None:
        raise BackendUnavailable(
            f"device must be 'cpu', 'cuda' or a GPU by its number such as 'cuda:1', but is "
            f"{device!r}"
        )
    return Place(found[1] or found[2], int(found[3] or 0))
