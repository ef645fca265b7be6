"""The after-life of many crops at once, on the device: resize, blur, noise, JPEG.

The histories are those of `train.synth.afterlife`; what differs is who carries them out, and that
pictures which take the same step at the same size take it together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import cv2
import torch
from torch import Tensor
from torch.nn import functional as F

from train.data.device_jpeg import jpeg_round_trip
from train.data.ragged import sent
from train.synth.afterlife import AfterLife
from train.synth.afterlife.history import CutOff, LifeStep, Noise, Rescale, Save, Sharpen, Soften
from train.synth.imageops import COLOR_GRAIN, LUMA_GRAIN


def live_together(images: Sequence[Tensor], lives: Sequence[AfterLife]) -> list[Tensor]:
    """Apply a history to each picture.

    Args:
        images: `3×H×W` float RGB of whole gray levels, 0..255, on one device; sizes may differ.
        lives: One history for each.

    Returns:
        The pictures afterwards, of the sizes that `train.synth.afterlife.live` would give them.

    Raises:
        ValueError: If a history holds a step that is not known here.
    """
    out = list(images)
    for number in range(max((len(life.steps) for life in lives), default=0)):
        groups: dict[Any, list[int]] = defaultdict(list)
        for index, life in enumerate(lives):
            if number < len(life.steps):
                shape = tuple(out[index].shape)
                groups[(shape, _alike(life.steps[number]))].append(index)
        for members in groups.values():
            steps = [lives[index].steps[number] for index in members]
            batch = torch.stack([out[index] for index in members])
            for index, image in zip(members, _take(batch, steps), strict=True):
                out[index] = image
    return out


def _alike(step: LifeStep) -> tuple[Any, ...]:
    """What pictures must have in common to take a step together."""
    if isinstance(step, Rescale):
        return (Rescale, step.scale, step.interpolation)
    if isinstance(step, CutOff):
        return (CutOff, step.left, step.top)
    if isinstance(step, Save):
        return (Save, step.subsample)
    return (type(step),)


def _take(batch: Tensor, steps: Sequence[LifeStep]) -> Tensor:
    first = steps[0]
    if isinstance(first, CutOff):
        return batch[..., first.top :, first.left :]
    if isinstance(first, Rescale):
        return _resized(batch, first)
    if isinstance(first, Save):
        qualities = [step.quality for step in steps if isinstance(step, Save)]
        return jpeg_round_trip(batch, torch.tensor(qualities), first.subsample)
    if isinstance(first, Soften):
        return _levels(gaussian(batch, [s.sigma for s in steps if isinstance(s, Soften)]))
    if isinstance(first, Sharpen):
        gains = _sent([s.gain for s in steps if isinstance(s, Sharpen)], batch)
        soft = _levels(gaussian(batch, [1.0] * len(steps)))
        return _levels(batch + gains.view(-1, 1, 1, 1) * (batch - soft))
    if isinstance(first, Noise):
        fields = [_grain(batch[0], s) for s in steps if isinstance(s, Noise)]
        return _levels(batch + torch.stack(fields))
    raise ValueError(
        f"a history on the device must hold known steps, but holds {type(first).__name__}; add it "
        "here, or set run.device_after_life to false"
    )


def _resized(batch: Tensor, step: Rescale) -> Tensor:
    height, width = batch.shape[-2:]
    size = (max(1, round(height * step.scale)), max(1, round(width * step.scale)))
    if step.interpolation == cv2.INTER_AREA and step.scale < 1:
        return _levels(F.interpolate(batch, size, mode="bilinear", antialias=True))
    mode = "bicubic" if step.interpolation == cv2.INTER_CUBIC else "bilinear"
    return _levels(F.interpolate(batch, size, mode=mode, align_corners=False))


def gaussian(batch: Tensor, sigmas: Sequence[float]) -> Tensor:
    """Blur each picture of a batch by a sigma of its own, in pixels; edges are mirrored.

    Args:
        batch: `N×C×H×W` float.
        sigmas: One for each picture, above 0.
    """
    reach = max(1, round(3 * max(sigmas)))
    offsets = torch.arange(-reach, reach + 1, device=batch.device, dtype=torch.float32)
    spread = _sent(sigmas, batch).view(-1, 1)
    kernels = torch.exp(-0.5 * (offsets / spread) ** 2)
    # OpenCV ends each kernel at three sigmas, rounded.
    kernels = kernels * (offsets.abs() <= (3 * spread).round().clamp(min=1))
    kernels = (kernels / kernels.sum(1, keepdim=True)).repeat_interleave(batch.shape[1], 0)
    planes = batch.flatten(0, 1)[None]
    count = planes.shape[1]
    planes = F.pad(planes, (reach, reach, reach, reach), mode="reflect")
    planes = F.conv2d(planes, kernels[:, None, None, :], groups=count)
    planes = F.conv2d(planes, kernels[:, None, :, None], groups=count)
    blurred: Tensor = planes[0].unflatten(0, (batch.shape[0], batch.shape[1]))
    return blurred


def _sent(values: Sequence[float], like: Tensor) -> Tensor:
    return sent(torch.tensor(list(values), dtype=like.dtype), like.device)


def _grain(image: Tensor, step: Noise) -> Tensor:
    generator = torch.Generator(image.device).manual_seed(step.seed)
    luma = torch.randn(image.shape[1:], generator=generator, device=image.device)
    color = torch.randn(image.shape, generator=generator, device=image.device)
    return step.sigma * (LUMA_GRAIN * luma + COLOR_GRAIN * color)


def _levels(values: Tensor) -> Tensor:
    return values.round().clamp(0, 255)
