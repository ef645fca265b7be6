"""The training loop.

A run is as long as a number of steps or as a span of time; learning rate and curriculum follow
the share of it that is done. The state is written now and then, and a run that finds one goes
on from there. Started by `torchrun`, several processes train one network together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import cv2
import torch

from train.config import FitConfig
from train.data.batches import CropBatch, to_crop_batch
from train.data.feeder import Feeder
from train.data.mix import Mix
from train.data.opening import TrainingData, open_data
from train.data.raw_views import RawBatch, cut_batch
from train.data.views import take_examples
from train.loop.learner import Learner
from train.loop.monitor import Monitor
from train.loop.placement import Placement, placed
from train.loop.progress import ProgressReport
from train.loop.schedule import learning_rate, stage_at
from train.loop.state import Clock
from train.loop.timing import Rhythm, Stopwatch

_log = logging.getLogger(__name__)


def fit(config: FitConfig) -> None:
    """Train to the end of a run, in as many processes as `torchrun` started.

    Args:
        config: What to do.

    Raises:
        ForensicsError: If data or checkpoints cannot be read.
        OSError: If checkpoints cannot be written.
        ValueError: If the configuration asks for what is not there, or the run diverges.

    Example:
        >>> fit(read_config(Path("run.toml"), FitConfig))  # doctest: +SKIP
    """
    with placed(config.run.device, config.run.precision) as placement:
        Trainer(config, placement).run()


class Trainer:
    """One run: what learns, what it learns from, and the clock.

    Args:
        config: What to do.
        placement: Where to compute; the CPU of this process if left out.

    Example:
        >>> Trainer(config).run()  # doctest: +SKIP
    """

    def __init__(self, config: FitConfig, placement: Placement | None = None) -> None:
        """Build the network and its optimizer; nothing is read or written yet.

        Raises:
            ValueError: If crops need the grid or coefficients of a JPEG that the device makes.
        """
        self.config = config
        cv2.setNumThreads(1)
        torch.set_num_threads(config.run.threads)
        self.placement = placement or Placement(torch.device("cpu"), precision=config.run.precision)
        self.learner = Learner(config, self.placement)
        self.clock = Clock()
        on_grid = config.page.jpeg_only or self.learner.dct_limit is not None
        if config.run.device_after_life and on_grid:
            raise ValueError(
                "run.device_after_life must be false where crops have the coefficients of a JPEG "
                "or lie on its grid: the JPEG of the device leaves no file to read them from"
            )

    def progress_at(self, step: int) -> float:
        """Return the share of the run that is done at a step, 0 to 1."""
        run = self.config.run
        share = self.clock.elapsed / (60 * run.minutes) if run.minutes else step / run.steps
        return min(1.0, share)

    def run(self, stop_after: int | None = None) -> None:
        """Train to the end, from the saved state if there is one.

        Args:
            stop_after: Stop after this many steps of this call, with the state saved.
        """
        found = self.learner.load(self.config.out)
        if found is not None:
            self.clock = found
            _log.info("going on from step %d, %.1f min", found.step, found.elapsed / 60)
        data = self._open_data()
        data.mix.at(self.clock.step)  # waits for the first pages before the clock runs
        first = self.clock.step * self.config.run.accumulate
        feeder = Feeder(lambda n: self._order(data.mix, n), self.config.run.workers, first)
        monitor = None
        if self.placement.leads:
            monitor = Monitor(self.config, self.placement, self.learner, data.held_out, self.clock)
        last = None if stop_after is None else self.clock.step + stop_after
        try:
            self._loop(feeder, monitor, last)
            if monitor is not None:
                self.clock = monitor.check(self.clock, everything=True)
                self._save(monitor)
        finally:
            feeder.close()
            data.mix.close()
            if monitor is not None:
                monitor.close()
        self.placement.meet()

    def _open_data(self) -> TrainingData:
        # The lead comes first: it may write what the others then read.
        if not self.placement.leads:
            self.placement.meet()
        part = (self.placement.rank, self.placement.world)
        data = open_data(self.config, part, self.learner.dct_limit)
        if self.placement.leads:
            self.placement.meet()
        return data

    def _loop(
        self, feeder: Feeder[CropBatch | RawBatch], monitor: Monitor | None, last: int | None
    ) -> None:
        run = self.config.run
        watch = Stopwatch(self.clock.elapsed)
        saves = Rhythm(run.checkpoint_steps, run.checkpoint_minutes, self.clock)
        device = self.placement.device
        with ProgressReport(hidden=monitor is None) as report:
            while self.progress_at(self.clock.step) < 1.0 and self.clock.step != last:
                batches = [feeder.take().on(device) for _ in range(run.accumulate)]
                step = self.clock.step + 1
                loss = self.learner.learn(batches, self._rate(step), step)
                elapsed = self.placement.from_lead(watch.seconds())
                self.clock = replace(self.clock, step=step, elapsed=elapsed)
                if monitor is None:
                    continue
                share = self.progress_at(step)
                self.clock = monitor.watch(report, self.clock, share, loss, batches[0])
                if saves.due(self.clock):
                    self._save(monitor)

    def _save(self, monitor: Monitor) -> None:
        self.clock = replace(self.clock, scaler=self.learner.scaler.state_dict())
        figures = {"progress": round(self.progress_at(self.clock.step), 4), **monitor.figures}
        monitor.files.save(self.learner, self.clock, figures)

    def _order(self, mix: Mix, number: int) -> Callable[[], CropBatch | RawBatch]:
        """Fix what a batch is made of, and return the work of making it."""
        step = number // self.config.run.accumulate
        stage, view = stage_at(self.config.stages, self.progress_at(step))
        only, limit = self.config.page.jpeg_only, self.learner.dct_limit
        view = replace(view, jpeg_only=only, dct_limit=limit)
        pages = mix.at(step)
        placement = self.placement
        key = number * placement.world + placement.rank

        def make() -> CropBatch | RawBatch:
            draw = (self.config.run.seed, key, pages, stage.batch, view)
            raw = self.config.run.device_after_life
            batch = cut_batch(*draw) if raw else to_crop_batch(take_examples(*draw))
            return batch.pinned() if placement.on_cuda else batch

        return make

    def _rate(self, step: int) -> float:
        terms = self.config.optimizer
        return learning_rate(self.progress_at(step), terms.learning_rate, terms.warm_up)
