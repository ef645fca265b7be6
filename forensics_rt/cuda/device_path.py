"""An image's whole way on the device: upload, gather, infer, scatter, finish, download."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.cuda.blend import DeviceBlend, Infer
from forensics_rt.cuda.interchange import DeviceArray, accept_image, is_on_device
from forensics_rt.cuda.port import Device, Event, Memory
from forensics_rt.cuda.request import ALIGNMENT, Map, MapRequest, ResultLayout, aligned
from forensics_rt.cuda.workspace import Lane
from forensics_rt.errors import EngineFailed, InvalidArray, RecipeError
from forensics_rt.plan.maps import Maps
from forensics_rt.plan.schedule import View
from forensics_rt.plan.score import BLOCK
from forensics_rt.plan.tiling import Plan
from forensics_rt.plan.view_table import view_table
from forensics_rt.recipe import Recipe


@dataclass(frozen=True)
class Pending:
    """An image under way."""

    lane: Lane
    layout: ResultLayout
    result: int
    kept: Memory | None  # the result, if it stays on the device
    finished: Event
    owner: Any  # the memory of an image on the device must outlive its reading


class DevicePath:
    """Takes images through the device. Not thread-safe: one for each worker, with its own engine.

    There are two streams. One uploads and downloads, the other computes; while an image is
    computed the next is decoded by the caller and uploaded, and the last is downloaded. The same
    image, plan and engine give the same bits in every run.

    Args:
        device: Where.
        infer: What runs the members.
        recipe: How tiles are turned, weighted and merged.
        weights: Of the members that vote.
        batch_size: Most views in one call of the engine.

    Raises:
        RecipeError: If the recipe does not blend. `tianchi-fft2`, which overwrites and rounds, is
            for comparison with the original system and runs on the CPU alone.

    Example:
        >>> path = DevicePath(CudaDevice(), engine, recipe, (1.0,), 8)  # doctest: +SKIP
        >>> path(image, plan, MapRequest("uint8")).probability  # doctest: +SKIP
    """

    def __init__(
        self,
        device: Device,
        infer: Infer,
        recipe: Recipe,
        weights: Sequence[float],
        batch_size: int,
    ) -> None:
        """Make the streams; memory is taken with the first image."""
        if recipe.merge != "blend":
            raise RecipeError(
                f"recipe {recipe.name!r} merges by {recipe.merge!r}, which runs on the CPU only; "
                "choose a CPU backend, or a recipe that merges by 'blend'"
            )
        self._device = device
        self._recipe = recipe
        self._several = len(weights) * len(recipe.tta) > 1
        with device.current():
            self._copying = device.create_stream()
            self._computing = device.create_stream()
            self._lanes = [Lane(device, self._copying, self._computing) for _ in range(2)]
            self._blend = DeviceBlend(
                device, self._computing, infer, recipe, tuple(weights), batch_size
            )

    def __call__(self, image: Any, plan: Plan, request: MapRequest | None = None) -> Maps[Any]:
        """Take one image through.

        Args:
            image: H×W×3 uint8 RGB, a numpy array or an array on the device (see `interchange`).
            plan: Its tiles.
            request: What is wanted; `None` for a float32 map on the host.

        Raises:
            InvalidArray: If the image is none, or not of the plan's size.
            EngineFailed: If the engine or CUDA fails, or answers are not finite.
        """
        return self.collect(self.submit(image, plan, request))

    def submit(self, image: Any, plan: Plan, request: MapRequest | None = None) -> Pending:
        """Start an image; two may be under way.

        Submit the second one before the first is collected: then it goes up while that is computed.

        Raises:
            InvalidArray, EngineFailed: As for one image. An image under way is not harmed.
        """
        lane = next((lane for lane in self._lanes if not lane.busy), None)
        if lane is None:
            raise EngineFailed("two images are in progress already; collect one before another")
        lane.busy = True
        try:
            return self._submit(lane, image, plan, request or MapRequest())
        except BaseException:
            self.abandon(lane)
            raise

    def collect(self, pending: Pending) -> Maps[Any]:
        """Wait for an image, and return its maps; images are collected in order.

        Raises:
            EngineFailed: If CUDA fails, or answers are not finite.
        """
        try:
            maps = self._collect(pending)
        except BaseException:
            self.abandon(pending.lane)
            raise
        pending.lane.busy = False
        return maps

    def abandon(self, lane: Lane) -> None:
        """Wait for the device, and free the lane of an image whose maps nobody will collect."""
        # Whatever happened, nothing may read or write the lane's memory when it is used again.
        try:
            with self._device.current():
                self._computing.synchronize()
                self._copying.synchronize()
        finally:
            lane.busy = False

    def _submit(self, lane: Lane, image: Any, plan: Plan, request: MapRequest) -> Pending:
        layout = ResultLayout(plan.height, plan.width, request.kind, self._several, request.mask)
        with self._device.current():
            owner, pixels, table = self._upload(lane, image, plan)
            self._computing.wait(self._copying.record())
            kept = None
            if request.on_device:
                kept = self._device.allocate(layout.size, self._computing)
            result = (kept or lane.result.at_least(layout.size)).pointer
            self._blend(plan, pixels, table, request, layout, result)
            finished = self._computing.record()
        return Pending(lane, layout, result, kept, finished, owner)

    def _upload(self, lane: Lane, image: Any, plan: Plan) -> tuple[Any, int, int]:
        table = view_table(
            View(tile, symmetry) for symmetry in self._recipe.tta for tile in plan.tiles
        )
        start = aligned(table.nbytes)
        on_device = is_on_device(image)
        size = start if on_device else start + plan.height * plan.width * 3
        staged, target = lane.upload_host.at_least(size), lane.upload.at_least(size).pointer
        staged.array[: table.nbytes] = table.view(np.uint8).ravel()
        if on_device:
            # Read by the stream that computes, so it is that which must wait for the maker.
            owner = accept_image(image, self._device, self._computing)
            _check_size((owner.height, owner.width, 3), plan)
            pixels = owner.pointer
        else:
            owner, pixels = None, target + start
            _check_host(image, plan)
            shaped = staged.array[start:size].reshape(plan.height, plan.width, 3)
            np.copyto(shaped, image)
        self._device.copy(target, staged.pointer, size, self._copying)
        return owner, pixels, target

    def _collect(self, pending: Pending) -> Maps[Any]:
        layout, kept = pending.layout, pending.kept
        # Only now, behind the upload of the next image: before it, the upload would have to wait.
        # The score comes to the host in any case: it says whether the answers were finite.
        size = layout.size if kept is None else ALIGNMENT
        with self._device.current():
            host = pending.lane.result_host.at_least(size)
            self._copying.wait(pending.finished)
            self._device.copy(host.pointer, pending.result, size, self._copying)
            self._copying.record().synchronize()
        largest = float(host.array[:4].view(np.float32)[0])
        if not np.isfinite(largest):
            raise EngineFailed(
                "the engine gave NaN or infinity: its arithmetic overflowed; export with "
                "--precision fp32, or use another backend"
            )
        shape = (layout.height, layout.width)

        def at(offset: int, kind: str) -> Map:
            if kept is not None:
                where = kept.pointer + offset
                return DeviceArray(
                    self._device, where, shape, kind, kept, self._computing, pending.finished
                )
            size = math.prod(shape) * np.dtype(kind).itemsize
            values: npt.NDArray[Any] = host.array[offset : offset + size].copy().view(kind)
            return values.reshape(shape)

        block = min(BLOCK, layout.height) * min(BLOCK, layout.width)
        return Maps(
            probability=at(layout.probability, layout.kind),
            uncertainty=at(layout.uncertainty, layout.kind) if layout.with_uncertainty else None,
            mask=at(layout.mask, "uint8") if layout.with_mask else None,
            raw_score=largest / block,
        )


def _check_host(image: Any, plan: Plan) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = image.dtype if isinstance(image, np.ndarray) else type(image).__name__
        raise InvalidArray(
            "<array>", f"must be H×W×3 uint8, of numpy or on the device, but is {kind}"
        )
    _check_size(image.shape, plan)


def _check_size(shape: tuple[int, ...], plan: Plan) -> None:
    if shape != (plan.height, plan.width, 3):
        raise InvalidArray(
            "<array>",
            f"must have the plan's shape {(plan.height, plan.width, 3)}, but has {tuple(shape)}",
        )
