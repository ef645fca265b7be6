"""What a run tells of itself: figures, curves, sample pictures, and how good it has become."""

from __future__ import annotations

import logging
from dataclasses import replace

import torch
from torch import Tensor

from train.config import FitConfig
from train.data.batches import CropBatch
from train.data.held_out import HeldOut
from train.loop.board import Board
from train.loop.checkpointing import BEST, CheckpointFolder
from train.loop.learner import Learner
from train.loop.placement import Placement
from train.loop.progress import ProgressReport
from train.loop.schedule import stage_at
from train.loop.state import Clock
from train.loop.timing import Rhythm
from train.loop.validation import validate

_log = logging.getLogger(__name__)


class Monitor:
    """Watches a run from the process that leads it.

    Args:
        config: The run.
        placement: Where it computes.
        learner: What learns.
        held_out: What to measure on; `None` for nothing.
        clock: Where the run begins, or goes on.
    """

    def __init__(
        self,
        config: FitConfig,
        placement: Placement,
        learner: Learner,
        held_out: HeldOut | None,
        clock: Clock,
    ) -> None:
        """Open the board, if one is asked for."""
        self.figures: dict[str, float] = {}
        self._config = config
        self._placement = placement
        self._learner = learner
        self._held_out = held_out
        self.files = CheckpointFolder(config, clock.step)
        self._board = Board(config.out / "board", clock.step) if config.run.tensorboard else None
        wanted = config.validation
        if wanted.steps or wanted.minutes:
            self._checks = Rhythm(wanted.steps, wanted.minutes, clock)
        else:
            run = config.run
            self._checks = Rhythm(run.checkpoint_steps, run.checkpoint_minutes, clock)
        self._since = clock
        self._losses: list[Tensor] = []
        self._crops = 0

    def watch(
        self, report: ProgressReport, clock: Clock, share: float, loss: Tensor, batch: CropBatch
    ) -> Clock:
        """Take note of a step.

        Args:
            report: Where figures are told.
            clock: After the step.
            share: Of the run that is done, 0 to 1.
            loss: Of the step; not waited for until it is told.
            batch: One of its batches.

        Returns:
            The clock, with the best F1 if it was measured and is better.
        """
        self._losses.append(loss)
        self._crops += len(batch.image) * self._config.run.accumulate * self._placement.world
        report.advance(clock.step, share)
        if clock.step % self._config.run.report_steps == 0:
            self._tell(report, clock, share)
        every = self._config.run.picture_steps
        if self._board and every and clock.step % every == 0:
            self._show(self._board, clock.step, batch)
        return self.check(clock) if self._checks.due(clock) else clock

    def check(self, clock: Clock, everything: bool = False) -> Clock:
        """Measure the averaged weights, and keep them if they are the best so far.

        Args:
            clock: Of this moment.
            everything: Measure on all images rather than on `validation.pages` of them. If these
                are more, the figure cannot be compared, and decides nothing.
        """
        if self._held_out is None:
            return clock
        images = self._held_out
        if not everything:
            images = images.limited(self._config.validation.pages)
        network, side = self._learner.averaged(), self._config.largest_crop
        counts = validate(network, images, side, self._placement)
        forged = counts.hit + counts.miss > 0
        if forged:
            self.figures = {"f1": counts.f1, "precision": counts.precision, "recall": counts.recall}
        else:
            self.figures = {"alarm_area": counts.alarm_area}
            _log.warning(
                "the held-out images hold no forged pixel, so they have no F1 and choose no %s; "
                "hold out forged ones as well",
                BEST,
            )
        text = ", ".join(f"{name} {value:.3f}" for name, value in self.figures.items())
        _log.info("step %d, %d held-out images: %s", clock.step, images.count, text)
        self._curves("held_out_all" if everything else "held_out", clock.step, self.figures)
        few = self._held_out.limited(self._config.validation.pages).count
        if not forged or counts.f1 <= clock.best or (clock.best >= 0 and images.count > few):
            return clock
        self.files.save_best(self._learner, clock.step, self.figures)
        return replace(clock, best=counts.f1, best_step=clock.step)

    def close(self) -> None:
        """Write what is left for the board."""
        if self._board:
            self._board.close()

    def _tell(self, report: ProgressReport, clock: Clock, share: float) -> None:
        _, view = stage_at(self._config.stages, share)
        seconds = max(clock.elapsed - self._since.elapsed, 1e-9)
        values = {
            "loss": float(torch.stack(self._losses).mean()),
            "rate": float(self._learner.optimizer.param_groups[0]["lr"]),
            "size": view.size,
            "life": view.after_life,
            "steps_per_second": (clock.step - self._since.step) / seconds,
            "crops_per_second": self._crops / seconds,
        }
        self._losses, self._crops, self._since = [], 0, clock
        report.figures(clock.step, share, {**values, **self.figures})
        self._curves("train", clock.step, values)

    def _show(self, board: Board, step: int, batch: CropBatch) -> None:
        network = self._learner.averaged()
        with torch.inference_mode(), self._placement.autocast():
            logits = network(*batch.inputs())
        board.pictures(step, batch.image, batch.mask, torch.sigmoid(logits.float()))

    def _curves(self, group: str, step: int, values: dict[str, float]) -> None:
        if self._board:
            self._board.scalars(step, {f"{group}/{name}": v for name, v in values.items()})
