"""The end of the service: nothing new is taken, and what was accepted is finished."""

from __future__ import annotations

import logging
import time

from forensics_rt.serve.jobs.store import JobStore
from forensics_rt.serve.service import Service

_log = logging.getLogger(__name__)
# So long the door stays open for those that were on their way when the end began.
_LEAST_SECONDS = 0.5


class Drain:
    """Knows when all that was accepted is answered.

    Args:
        service: Its requests.
        store: Its jobs.
    """

    def __init__(self, service: Service, store: JobStore) -> None:
        self._service = service
        self._store = store
        self._since: float | None = None
        self._hurried = False

    @property
    def begun(self) -> bool:
        """Whether the service is about to end."""
        return self._since is not None

    def begin(self) -> None:
        """Take nothing new from here on; may be called by a signal."""
        if self._since is None:
            self._since = time.monotonic()
            self._service.draining.set()

    def hurry(self) -> None:
        """Wait no longer; may be called by a signal."""
        self._hurried = True

    def finished(self, now: float) -> bool:
        """Tell whether all is answered, or the time for it is over; then the rest is called off.

        A job is answered once its client has seen the result.

        Args:
            now: In the seconds of `time.monotonic`.
        """
        waited = 0.0 if self._since is None else now - self._since
        limit = self._service.settings.limits.drain_seconds
        requests = self._service.requests_inside
        if waited >= limit or self._hurried:
            _log.warning(
                "ended after %.1f s with %d requests and %d jobs that were not answered",
                waited,
                requests,
                self._store.unanswered,
            )
            self._store.cancel_all()
            self._service.queue.stop_all("ended")
            return True
        return waited >= _LEAST_SECONDS and requests == 0 and self._store.unanswered == 0
