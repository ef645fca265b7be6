"""The part of a run that learns: network, optimizer, average of the weights."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from train.checkpoint.load import load_checkpoint
from train.config import FitConfig
from train.data.batches import CropBatch
from train.loop.ema import Ema
from train.loop.loss import distillation, pixel_loss
from train.loop.placement import Placement
from train.loop.start import starting_network
from train.loop.state import Clock, load_state, save_state
from train.networks.layout import channels_last


class Learner:
    """A network and what improves it.

    Args:
        config: The run.
        placement: Where it computes.

    Example:
        >>> learner = Learner(config, Placement(torch.device("cpu")))  # doctest: +SKIP
        >>> loss = learner.learn([batch], rate=1e-3, step=1)  # doctest: +SKIP
    """

    def __init__(self, config: FitConfig, placement: Placement) -> None:
        """Build everything; nothing is written.

        Raises:
            CheckpointError: If there is no such network, or `run.init` or `run.teacher` is no
                checkpoint.
            ValueError: If `run.frozen` names a part that the network does not have, or the teacher
                reads coefficients.
        """
        self._config = config
        self._placement = placement
        torch.manual_seed(config.run.seed)
        self.network = channels_last(starting_network(config), placement.device)
        self._frozen = _freeze(self.network, config.run.frozen)
        self._teacher = _teacher(config, placement)
        self._averaged: nn.Module | None = None
        self._parallel: DistributedDataParallel | None = None
        self._forward: Callable[..., Tensor] = self.network
        if placement.world > 1:
            devices = [placement.device] if placement.on_cuda else None
            self._parallel = DistributedDataParallel(self.network, device_ids=devices)
            self._forward = self._parallel
        if config.run.compile:
            self._forward = torch.compile(self._forward, dynamic=False)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=config.optimizer.learning_rate,
            weight_decay=config.optimizer.weight_decay,
            fused=True if placement.on_cuda else None,
        )
        self.ema = Ema(self.network, config.optimizer.ema)
        self.scaler = torch.amp.GradScaler(
            placement.device.type, enabled=placement.precision == "fp16"
        )

    def learn(self, batches: Sequence[CropBatch], rate: float, step: int) -> Tensor:
        """Take one step.

        Args:
            batches: On the device; their gradients are averaged.
            rate: Learning rate.
            step: Number of the step, from 1; decides the random numbers of the network.

        Returns:
            The mean loss, a scalar on the device, for whoever wants to wait for it.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        for part in self._frozen:
            part.eval()  # its normalization stays as it is too
        self.optimizer.zero_grad(set_to_none=True)
        total = torch.zeros((), device=self._placement.device)
        for index, batch in enumerate(batches):
            # Dropout follows from the step, so that a resumed run needs no state of it.
            torch.manual_seed(self._draw_seed(step, index))
            with self._together(last=index == len(batches) - 1):
                loss = self._loss(batch) / len(batches)
                self.scaler.scale(loss).backward()
            total += loss.detach()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.network.parameters(), self._config.optimizer.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.ema.update(self.network, step)
        return total

    @property
    def dct_limit(self) -> int | None:
        """Limit of the coefficients that the network reads; `None` if it reads none."""
        return _dct_limit(self.network)

    def averaged(self) -> nn.Module:
        """Return a network of the averaged weights, for measuring; made once, then refilled."""
        if self._averaged is None:
            self._averaged = copy.deepcopy(self.network).eval().requires_grad_(False)
        self._averaged.load_state_dict(self.ema.average)
        return self._averaged

    def save(self, folder: Path, clock: Clock, config: dict[str, Any]) -> None:
        """Write the full state."""
        save_state(folder, self.network, self.optimizer, self.ema, clock, config)

    def load(self, folder: Path) -> Clock | None:
        """Go on from a saved state; None if there is none."""
        clock = load_state(folder, self.network, self.optimizer, self.ema)
        if clock is not None and clock.scaler and self.scaler.is_enabled():
            self.scaler.load_state_dict(dict(clock.scaler))
        return clock

    def _loss(self, batch: CropBatch) -> Tensor:
        with self._placement.autocast():
            inputs = batch.inputs()
            logits = self._forward(*inputs)
        terms = self._config.optimizer
        loss = pixel_loss(logits, batch.mask, terms.bce, terms.dice, terms.focal, terms.gamma)
        if self._teacher is None:
            return loss
        with torch.no_grad(), self._placement.autocast():
            wanted = self._teacher(inputs[0])
        return loss + terms.distill * distillation(logits, wanted, batch.mask)

    def _draw_seed(self, step: int, index: int) -> int:
        key = [self._config.run.seed, step, index, self._placement.rank]
        return int(np.random.SeedSequence(key).generate_state(1)[0])

    def _together(self, last: bool) -> AbstractContextManager[None]:
        # Only the last gradients of a step travel; those before are summed up at home.
        if self._parallel is None or last:
            return nullcontext()
        return self._parallel.no_sync()


def _freeze(network: nn.Module, names: Sequence[str]) -> list[nn.Module]:
    parts = dict(network.named_modules())
    for name in names:
        if not name or name not in parts:
            raise ValueError(
                f"run.frozen must name parts of the network, but {name!r} is none; there are "
                f"{', '.join(name for name, _ in network.named_children())}"
            )
    return [parts[name].requires_grad_(False) for name in names]


def _teacher(config: FitConfig, placement: Placement) -> nn.Module | None:
    if not config.run.teacher:
        return None
    network = load_checkpoint(config.run.teacher).network.eval().requires_grad_(False)
    if _dct_limit(network) is not None:
        raise ValueError(
            f"run.teacher must read pixels alone, but {config.run.teacher} reads the coefficients "
            "of JPEG as well; name another"
        )
    return channels_last(network, placement.device)


def _dct_limit(network: nn.Module) -> int | None:
    limit: int | None = getattr(network, "dct_limit", None)
    return limit
