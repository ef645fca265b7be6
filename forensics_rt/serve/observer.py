"""What became of the requests: a line of JSON in the log, and figures for Prometheus."""

from __future__ import annotations

import logging
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from starlette.types import Scope

from forensics_rt.detector import Detector
from forensics_rt.results.detection import Detection
from forensics_rt.version import __version__

_log = logging.getLogger(__name__)
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
LEFT = 499  # no status of HTTP: the client had left
_OUTCOMES = {LEFT: "left", 429: "busy", 503: "unavailable", 504: "late", 0: "left"}


class Observer:
    """Counts and logs. Thread-safe.

    Args:
        detector: Whose bundle and backend are told.

    Attributes:
        registry: What `/metrics` shows.
    """

    def __init__(self, detector: Detector) -> None:
        """Make the figures; each service has its own."""
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "forensics_rt_requests",
            "Requests by route and outcome.",
            ("route", "outcome", "status"),
            registry=registry,
        )
        self._latency = Histogram(
            "forensics_rt_request_seconds",
            "From the first byte of a request to the last of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._stages = Histogram(
            "forensics_rt_stage_seconds",
            "Time of an image by stage.",
            ("stage",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._images = Counter("forensics_rt_images", "Images examined.", registry=registry)
        self._tiles = Counter("forensics_rt_tiles", "Tiles of them.", registry=registry)
        self._tell(detector)

    def gauge(self, name: str, meaning: str, read: Any) -> None:
        """Show a figure that is read when somebody asks.

        Args:
            name: Behind `forensics_rt_`.
            meaning: For a reader.
            read: Returns it.
        """
        Gauge(f"forensics_rt_{name}", meaning, registry=self.registry).set_function(read)

    def image_examined(self, detection: Detection) -> None:
        """Note the stages of an image."""
        self._images.inc()
        self._tiles.inc(detection.provenance.tiles)
        for stage, seconds in detection.seconds.items():
            self._stages.labels(stage).observe(seconds)

    def request_ended(self, scope: Scope, status: int, seconds: float) -> None:
        """Note what became of a request; of its path only which route it is, of its query nothing.

        Args:
            scope: Of the request.
            status: Of its answer; 0 for none.
            seconds: How long it took.
        """
        route = getattr(scope.get("route"), "path", "other")
        outcome = _OUTCOMES.get(status) or _by_class(status)
        self._requests.labels(route, outcome, str(status)).inc()
        self._latency.labels(route).observe(seconds)
        state = scope.get("state", {})
        _log.info(
            "request",
            extra={
                "fields": {
                    "request_id": state.get("request_id"),
                    "method": scope["method"],
                    "route": route,
                    "status": status,
                    "outcome": outcome,
                    "seconds": round(seconds, 4),
                    **state.get("told", {}),
                }
            },
        )

    def _tell(self, detector: Detector) -> None:
        uses = detector.capabilities
        told = Gauge(
            "forensics_rt_info",
            "What computes; always 1.",
            ("version", "bundle_id", "backend", "device", "precision", "recipe"),
            registry=self.registry,
        )
        told.labels(
            __version__,
            detector.bundle.id,
            uses.name,
            uses.device,
            uses.precision,
            detector.recipe.name,
        ).set(1)


def _by_class(status: int) -> str:
    return "done" if status < 400 else "refused" if status < 500 else "failed"
