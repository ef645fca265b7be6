"""Ready is who has examined a small image a short time ago."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from threading import Lock

from forensics_rt.serve.problems import Problem, problem_of

_log = logging.getLogger(__name__)
_FRESH_SECONDS = 60.0


class Readiness:
    """Knows when an image was last examined, and examines a small one if that is long ago.

    Args:
        try_out: Examines a small image; raises if that fails.
    """

    def __init__(self, try_out: Callable[[], None]) -> None:
        self._try_out = try_out
        self._trying = Lock()
        self._examined: float | None = None

    def note_examined(self) -> None:
        """Note that an image was examined."""
        self._examined = time.monotonic()

    def begin(self) -> None:
        """Examine a small image on a thread of its own, before somebody asks."""
        threading.Thread(target=self._begin, name="ready", daemon=True).start()

    def _begin(self) -> None:
        try:
            self.check()
        except Problem as problem:
            _log.error("not ready: %s", problem)

    def check(self) -> None:
        """Go on if images can be examined; one is, if none was for a minute.

        Raises:
            Problem: 503 if it gave no result, or another caller is trying.
        """
        if self._is_fresh():
            return
        if not self._trying.acquire(blocking=False):
            raise Problem(503, "NotReady", "a small image is being examined; ask again in a second")
        try:
            self._try_out()
        except Exception as error:
            why = problem_of(error).detail
            raise Problem(
                503, "NotReady", f"a small image could not be examined: {why}; see the log"
            ) from error
        finally:
            self._trying.release()
        self.note_examined()

    def _is_fresh(self) -> bool:
        return self._examined is not None and time.monotonic() - self._examined < _FRESH_SECONDS
