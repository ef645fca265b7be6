"""The files a run leaves: weights to export, the best of them, and the state to go on from."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from train.config import FitConfig
from train.loop.learner import Learner
from train.loop.state import Clock
from train.origin import as_notes
from train.run_origin import origin_of_run
from train.weights import save_weights

BEST = "best.safetensors"
_log = logging.getLogger(__name__)


class CheckpointFolder:
    """Writes the files of one run; each appears complete or not at all.

    Args:
        config: The run.
        step: Where it goes on; 0 where it begins.
    """

    def __init__(self, config: FitConfig, step: int = 0) -> None:
        """Read the data of the run for their hashes; nothing is written yet."""
        self._config = config
        self.folder: Path = config.out
        last = self._path(step)
        self._origin = origin_of_run(config, last if step and last.is_file() else None)

    def save(self, learner: Learner, clock: Clock, figures: Mapping[str, Any]) -> Path:
        """Write the averaged weights and the full state; drop the oldest weights.

        Args:
            learner: What to save.
            clock: How far it has come.
            figures: What was measured, for the header of the weights.

        Returns:
            The file of the weights.

        Raises:
            OSError: If a file cannot be written.
            ValueError: If the weights are no finite numbers; every file stays as it was.
        """
        path = self._path(clock.step)
        self._weights(path, learner, clock.step, figures)
        learner.save(self.folder, clock, asdict(self._config))
        if self._config.run.keep:
            # Those of later steps are of an earlier run: by their names they would be the newest.
            files = sorted(f for f in self.folder.glob("weights_*.safetensors") if f <= path)
            for old in files[: -self._config.run.keep]:
                old.unlink()
        _log.info("saved %s", path.name)
        return path

    def save_best(self, learner: Learner, step: int, figures: Mapping[str, Any]) -> None:
        """Write the averaged weights as the best so far; the errors are those of `save`."""
        self._weights(self.folder / BEST, learner, step, figures)

    def _path(self, step: int) -> Path:
        return self.folder / f"weights_{step:07d}.safetensors"

    def _weights(self, path: Path, learner: Learner, step: int, figures: Mapping[str, Any]) -> None:
        average = learner.ema.average
        if not all(bool(value.isfinite().all()) for value in average.values()):
            raise ValueError(
                f"the run has diverged: after step {step} it has weights that are no finite "
                f"numbers; the files of earlier steps are kept in {self.folder}. Lower "
                "optimizer.learning_rate, and start again to go on from the last of them"
            )
        model = self._config.model
        notes = as_notes(self._origin.model_copy(update={"steps": step}))
        save_weights(path, average, model.architecture, model.sizes, step, figures, notes)
