"""A run of many nodes as queues: one driver, workers that take units, nodes that fail or are slow.

Nothing in here knows Ray: what the driver and the workers need is measured, and simulated by SimPy.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import simpy

from forensics_rt.distributed.schedule import DEPTH

# Seconds after which an idle worker asks again.
_LOOK = 1.0


@dataclass(frozen=True)
class Cluster:
    """What is simulated.

    Attributes:
        workers: How many.
        service: Seconds between two pages of a worker whose stream is full, as `scale_stream` has
            them; drawn at random for each page.
        driver: Seconds of the driver for a page.
        unit: Pages that a worker takes together.
        between_failures: Mean seconds between two deaths of one worker; 0 for none.
        restart: Seconds until a dead worker is replaced.
        slow: Share of the workers that are slow.
        slow_factor: How many times as long a page takes on these.
        delay: Seconds of a request of the store, which the worker does ahead.
    """

    workers: int
    service: Sequence[float]
    driver: float = 0.0
    unit: int = 8
    between_failures: float = 0.0
    restart: float = 30.0
    slow: float = 0.0
    slow_factor: float = 3.0
    delay: float = 0.0


@dataclass
class Outcome:
    """What came of it.

    Attributes:
        seconds: From the first unit to the last.
        pages: How many pages have rows.
        again: How many pages were computed again, because a worker died that had them.
        deaths: How many workers died.
        driver_busy: Share of the time in which the driver was at work.
        workers_busy: Share of the time in which a worker was at work, on average.
        tail: Seconds from the moment when nothing was left to hand out to the end.
    """

    seconds: float = 0.0
    pages: int = 0
    again: int = 0
    deaths: int = 0
    driver_busy: float = 0.0
    workers_busy: float = 0.0
    tail: float = 0.0

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.pages / self.seconds


def simulate(cluster: Cluster, pages: int, seed: int = 0) -> Outcome:
    """Run so many pages through.

    Example:
        >>> round(simulate(Cluster(2, [0.5]), 1000).rate, 1)
        4.0
    """
    return _Simulation(cluster, pages, seed).run()


@dataclass
class _Simulation:
    cluster: Cluster
    pages: int
    seed: int
    outcome: Outcome = field(default_factory=Outcome)

    def run(self) -> Outcome:
        self.chance, self.env = random.Random(self.seed), simpy.Environment()
        self.driver = simpy.Resource(self.env)
        self.left, self.busy, self.driven = self.pages, 0.0, 0.0
        self.all_done, self.empty_at = self.env.event(), 0.0
        for number in range(self.cluster.workers):
            slow = number < self.cluster.slow * self.cluster.workers
            factor = self.cluster.slow_factor if slow else 1.0
            self.env.process(self._worker(factor))
        self.env.run(self.all_done)
        done = self.outcome
        done.seconds = self.env.now
        done.driver_busy = self.driven / done.seconds
        done.workers_busy = self.busy / done.seconds / self.cluster.workers
        done.tail = done.seconds - self.empty_at
        return done

    def _take(self) -> int:
        # As the schedule does: units become small toward the end.
        share = self.left // (self.cluster.workers * DEPTH)
        taken = min(self.left, max(1, min(self.cluster.unit, share)))
        self.left -= taken
        if self.left == 0 and taken:
            self.empty_at = self.env.now
        return taken

    def _worker(self, factor: float) -> Iterator[Any]:
        cluster, env = self.cluster, self.env
        dies = self._death()
        ready = env.process(self._fetch())
        while True:
            unit = yield ready
            if unit == 0:  # a worker that dies may give something back
                yield env.timeout(_LOOK)
                ready = env.process(self._fetch())
                continue
            ready = env.process(self._fetch())  # read ahead while this one is computed
            need = factor * sum(self.chance.choices(cluster.service, k=unit))
            if env.now + need > dies:
                yield env.timeout(max(0.0, dies - env.now))
                ahead = yield ready
                self.left += unit + ahead
                self.outcome.again += unit
                self.outcome.deaths += 1
                yield env.timeout(cluster.restart)
                dies, ready = self._death(), env.process(self._fetch())
                continue
            yield env.timeout(need)
            self.busy += need
            env.process(self._finish(unit))

    def _fetch(self) -> Iterator[Any]:
        unit = self._take()
        if unit and self.cluster.delay:
            yield self.env.timeout(self.cluster.delay)
        else:
            yield self.env.timeout(0)
        return unit

    def _finish(self, unit: int) -> Iterator[Any]:
        with self.driver.request() as turn:
            yield turn
            need = unit * self.cluster.driver
            self.driven += need
            yield self.env.timeout(need)
        self.outcome.pages += unit
        if self.outcome.pages == self.pages:
            self.all_done.succeed()

    def _death(self) -> float:
        mean = self.cluster.between_failures
        return self.env.now + self.chance.expovariate(1 / mean) if mean else float("inf")
