"""Images larger than memory: read, inferred and merged one row of tiles after the other."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future
from contextlib import closing

import numpy as np

from forensics_rt.inference.base import Inferer, Lane, Result, conclude
from forensics_rt.inference.batches import open_engine_threads
from forensics_rt.inference.host import refuse_request
from forensics_rt.inference.job import Job, Task
from forensics_rt.inference.row_window import RowWindow
from forensics_rt.inference.tile_loop import TileLoop
from forensics_rt.plan.bands import plan_bands
from forensics_rt.plan.maps import HostMaps, Maps
from forensics_rt.plan.score import image_score
from forensics_rt.system.threads import open_pool


class BandedInferer(Inferer):
    """The maps of an image from top to bottom, equal to those of `HostInferer`. Thread-safe.

    The image of a job is a `RowSource`, which is read once.

    Args:
        loop: Gathers, runs the backend, and merges.
        most_rows: How many rows to yield at once.
    """

    def __init__(self, loop: TileLoop, most_rows: int = 256) -> None:
        self._loop = loop
        self._most_rows = most_rows

    def rows(self, job: Job) -> Generator[HostMaps, None, None]:
        """Yield the maps of an image by rows; the memory does not grow with its height.

        The rows of the next band are read, and those of the last one finished, while the engine
        runs.

        Args:
            job: Its clock takes the time of `decode`, `gather`, `engine` and `merge`.

        Raises:
            ImageUnreadable: If the image is truncated or damaged.
            EngineFailed: If the engine fails or gives values that are not finite.
            BackendUnavailable: If the job wants other maps than float32 on the host.
        """
        refuse_request(job.request, self._loop)
        plan = job.plan
        bands = plan_bands(plan)
        window = RowWindow(job.image, max(band.needs.count for band in bands))
        with open_engine_threads(self._loop.backend) as engine:
            rows = self._loop.rows(
                window.show,
                plan,
                bands,
                self._most_rows,
                job.clock,
                engine,
                job.check,
                job.coefficients,
            )
            with closing(rows):  # before the threads end: what is under way is called off
                yield from rows

    def run(self, job: Job) -> HostMaps:
        """Return the maps of one image, in memory.

        Raises:
            ForensicsError: As `rows`.
        """
        parts = list(self.rows(job))
        probability = np.concatenate([part.probability for part in parts])
        spreads = [part.uncertainty for part in parts if part.uncertainty is not None]
        with job.clock.stage("finish"):
            raw_score = image_score(probability)
        return Maps(
            probability,
            np.concatenate(spreads) if spreads else None,
            None,
            raw_score,
            sum(part.settled_tiles for part in parts),
            sum(part.constant_tiles for part in parts),
            sum(part.repeated_tiles for part in parts),
        )

    def close(self) -> None:
        """Hold on to nothing: the backend is its owner's to close."""

    def open_lane(self, alone: bool = False, lasting: bool = False) -> Lane:
        """Start what one stream needs; see `Inferer.open_lane`."""
        del alone  # as it is here in any case
        return _BandedLane(self)


class _BandedLane(Lane):
    """One image at a time: each fills the memory that it was given."""

    def __init__(self, inferer: BandedInferer) -> None:
        self._inferer = inferer
        self._computing = open_pool(1, "compute")

    def submit(self, task: Task[Result], prepared: Future[Job | None]) -> Future[Result]:
        return self._computing.submit(conclude, task, prepared, self._inferer.run)

    def stop(self) -> None:
        self._computing.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        self._computing.shutdown()
