"""Looks after a server: loads a model again when a worker of it died."""

from __future__ import annotations

import http.client
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from forensics_rt.errors import ServerUnreachable
from forensics_rt.triton.probe import Health, probe
from forensics_rt.triton.protocol import TritonHttp

_log = logging.getLogger(__name__)
_LONGEST_WAIT = 300.0
_DEAD = ("worker dead", "not loaded")


@dataclass(frozen=True)
class WatchRules:
    """When to do what.

    Attributes:
        every: Seconds between two rounds.
        failures: Rounds in a row that must fail before a model that is loaded, and whose workers
            are not known to be dead, is loaded again.
        most_reloads: Loads in a row that do not help before it gives up.
        give_up: Seconds without any answer of the server before it gives up.
        load_timeout: Seconds that loading a model may take.
    """

    every: float = 10.0
    failures: int = 3
    most_reloads: int = 5
    give_up: float = 300.0
    load_timeout: float = 300.0


@dataclass
class _Model:
    name: str
    failing: int = 0
    reloads: int = 0  # in a row
    not_before: float = 0.0
    last: str = ""


@dataclass
class Watch:
    """Probes models in rounds, and loads those again that do not answer.

    Args:
        server: With `--model-control-mode=explicit`.
        models: Names of pipelines and members.
        rules: When to do what.
        sleep: Waits; for tests.
        now: Tells seconds; for tests.

    Attributes:
        counts: What happened so far: `probes`, `answers`, `reloads`, `failed reloads`, and others
            by the words of `probe.State`.
    """

    server: TritonHttp
    models: Sequence[str]
    rules: WatchRules = field(default_factory=WatchRules)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Know nothing of the models yet."""
        self._models = [_Model(name) for name in self.models]
        self._heard = self.now()

    def run(self) -> None:
        """Go on until it must give up.

        Raises:
            ServerUnreachable: If the server gives no answer for too long, refuses to load models,
                or loading does not help: it must be started again.
        """
        while True:
            self.round()
            self.sleep(self.rules.every)

    def round(self) -> list[Health]:
        """Probe every model once, and load again what needs it.

        Raises:
            ServerUnreachable: As `run`.
        """
        found = [self._look_at(model) for model in self._models]
        if any(health.state != "unreachable" for health in found):
            self._heard = self.now()
        elif (silent := self.now() - self._heard) > self.rules.give_up:
            raise ServerUnreachable(
                f"no answer for {silent:.0f} s: {found[0].reason}; start the server again"
            )
        return found

    def summary(self) -> str:
        """Return the counts in one line."""
        return ", ".join(f"{word}: {number}" for word, number in sorted(self.counts.items()))

    def _look_at(self, model: _Model) -> Health:
        health = probe(self.server, model.name)
        self.counts["probes"] += 1
        self.counts[health.state] += 1
        if health.state != model.last:
            level = logging.INFO if health.ready else logging.WARNING
            _log.log(level, "model %s: %s %s", model.name, health.state, health.reason)
        model.last = health.state
        if health.state in ("answers", "busy"):
            model.failing = model.reloads = 0
        elif health.state != "unreachable":
            model.failing += 1
            if health.state in _DEAD or model.failing >= self.rules.failures:
                self._reload(model, health)
        return health

    def _reload(self, model: _Model, health: Health) -> None:
        if self.now() < model.not_before:
            return
        if model.reloads >= self.rules.most_reloads:
            raise ServerUnreachable(
                f"model {model.name} was loaded {model.reloads} times in a row, and still: "
                f"{health.state} {health.reason}; start the server again"
            )
        model.reloads += 1
        model.failing = 0
        # Each time that it does not help, twice as long is waited before the next.
        wait = min(self.rules.every * 2**model.reloads, _LONGEST_WAIT)
        start = self.now()
        try:
            reply = self.server.load(model.name, self.rules.load_timeout)
        except ServerUnreachable as error:
            self.counts["failed reloads"] += 1
            _log.warning("model %s was not loaded again: %s", model.name, error)
        else:
            self._report(model, reply.status, reply.text, self.now() - start)
        model.not_before = self.now() + wait if model.reloads > 1 else 0.0

    def _report(self, model: _Model, status: int, text: str, seconds: float) -> None:
        if status == http.client.OK:
            self.counts["reloads"] += 1
            _log.warning("model %s was loaded again in %.1f s", model.name, seconds)
            return
        if "explicit model load" in text:
            raise ServerUnreachable(
                f"the server does not let models be loaded: {text}; start it with "
                "--model-control-mode=explicit and --load-model for each model"
            )
        self.counts["failed reloads"] += 1
        _log.warning("model %s was not loaded again: %d %s", model.name, status, text)
