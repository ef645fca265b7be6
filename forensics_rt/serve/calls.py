"""One image on its way: whether it is still wanted."""

from __future__ import annotations

from typing import Literal

from forensics_rt.errors import WorkStopped

Reason = Literal["left", "deadline", "canceled", "ended"]
_IN_WORDS: dict[Reason, str] = {
    "left": "the client left before the answer was there",
    "deadline": "the time for the request is over",
    "canceled": "the job was canceled",
    "ended": "the service ends",
}


class Call:
    """Says between tiles whether an image is still wanted. Thread-safe.

    Attributes:
        reason: Why it is not wanted any more; `None` while it is.
    """

    def __init__(self) -> None:
        self.reason: Reason | None = None

    def stop(self, reason: Reason) -> None:
        """Have the work end at the next tile; the first reason counts."""
        self.reason = self.reason or reason

    def check(self) -> None:
        """Go on if it is wanted.

        Raises:
            WorkStopped: If it is not.
        """
        if self.reason is not None:
            raise WorkStopped(_IN_WORDS[self.reason])
