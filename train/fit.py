"""The training loop.

A run is as long as a number of steps or as a span of time; learning rate and curriculum follow
the share of it that is done. The state is written now and then, and a run that finds one goes
on from there.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from train.config import FitConfig
from train.ema import Ema
from train.loss import bce_dice
from train.networks.forensic_unet import ForensicUNet
from train.pool import Pool, StoredPage
from train.schedule import learning_rate, stage_at
from train.state import load_state, save_state
from train.views import take_batch
from train.weights import save_weights

_log = logging.getLogger(__name__)
Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]


class Trainer:
    """One run: network, optimiser, average, clock.

    Args:
        config: What to do.

    Example:
        >>> Trainer(config).run()  # doctest: +SKIP
    """

    def __init__(self, config: FitConfig) -> None:
        """Build the network and its optimiser; nothing is read or written yet."""
        self.config = config
        cv2.setNumThreads(1)
        torch.set_num_threads(config.run.threads)
        torch.manual_seed(config.run.seed)
        self.network = ForensicUNet(config.model).to(memory_format=torch.channels_last)
        self.forward: nn.Module = self.network
        if config.run.compile:
            self.forward = torch.compile(self.network, dynamic=False)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=config.optimiser.peak,
            weight_decay=config.optimiser.weight_decay,
        )
        self.ema = Ema(self.network, config.optimiser.ema)
        self.step = 0
        self.elapsed = 0.0
        self.pool = Pool(Path(config.pool.folder), config.pool.capacity)
        self.out = Path(config.run.out)

    @property
    def progress(self) -> float:
        """Share of the run that is done, 0 to 1."""
        run = self.config.run
        share = self.elapsed / (60 * run.minutes) if run.minutes else self.step / run.steps
        return min(1.0, share)

    def run(self, stop_after: int | None = None) -> None:
        """Train to the end, from the saved state if there is one.

        Args:
            stop_after: Stop after this many steps of this call, with the state saved.
        """
        found = load_state(self.out, self.network, self.optimiser, self.ema)
        if found is not None:
            self.step, self.elapsed = found
            _log.info("going on from step %d, %.1f min", self.step, self.elapsed / 60)
        self._wait_for_pages()
        last_step = None if stop_after is None else self.step + stop_after
        clock = time.monotonic()
        saved, losses = clock, []
        with ThreadPoolExecutor(1) as maker:
            upcoming = self._order(maker)
            while self.progress < 1.0 and self.step != last_step:
                image, marks = upcoming.result()
                if self.step % self.config.pool.refresh_steps == 0:
                    self.pool.refresh(at_most=1)
                self.step += 1
                upcoming = self._order(maker)
                losses.append(self._learn(image, marks))
                now = time.monotonic()
                self.elapsed, clock = self.elapsed + now - clock, now
                if self.step % 50 == 0:
                    self._report(losses)
                    losses = []
                if now - saved > 60 * self.config.run.checkpoint_minutes:
                    self.save()
                    saved = now
        self.save()

    def save(self) -> None:
        """Write the averaged weights and the full state."""
        path = self.out / f"weights_{self.step:07d}.safetensors"
        figures = {"progress": round(self.progress, 4)}
        save_weights(path, self.ema.average, self.config.model, self.step, figures)
        save_state(
            self.out,
            self.network,
            self.optimiser,
            self.ema,
            (self.step, self.elapsed),
            self.config,
        )
        _log.info("saved %s", path.name)

    def _wait_for_pages(self) -> None:
        while not self.pool.pages:
            if self.pool.refresh() == 0 and not self.pool.pages:
                _log.info("waiting for pages in %s", self.pool.folder)
                time.sleep(5)

    def _order(self, maker: ThreadPoolExecutor) -> Future[Batch]:
        stage, recipe = stage_at(self.config.stages, self.progress)
        pages: list[StoredPage] = self.pool.pages
        return maker.submit(take_batch, self.config.run.seed, self.step, pages, stage.batch, recipe)

    def _learn(self, image: npt.NDArray[np.uint8], marks: npt.NDArray[np.uint8]) -> float:
        rate = learning_rate(
            self.progress, self.config.optimiser.peak, self.config.optimiser.warm_up
        )
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.network.train()
        pixels = to_input(image)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.config.run.bfloat16):
            logits = self.forward(pixels)
        loss = bce_dice(logits, torch.from_numpy(marks), self.config.optimiser.dice)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimiser.step()
        self.ema.update(self.network, self.step)
        return float(loss.detach())

    def _report(self, losses: list[float]) -> None:
        _, recipe = stage_at(self.config.stages, self.progress)
        speed = self.step / max(self.elapsed, 1e-9)
        _log.info(
            "step %d progress %.3f loss %.4f size %d life %.2f pages %d steps/s %.2f",
            self.step,
            self.progress,
            float(np.mean(losses)),
            recipe.size,
            recipe.after_life,
            len(self.pool.pages),
            speed,
        )


def to_input(images: npt.NDArray[np.uint8]) -> Tensor:
    """Turn `N×H×W×3` uint8 RGB into the `N×3×H×W` float input of a network, channels last."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float()
