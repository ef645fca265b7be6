"""Backends that answer worse than they should, and bundles for them to run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from export.parity.judges import Judge
from export.parity.measure import Pixels, Probability, of_one_network
from forensics_rt.backends.base import Backend
from forensics_rt.backends.numpy import NumpyBackend
from forensics_rt.backends.onnxruntime import ONNXRuntimeBackend
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import EngineFailed, EngineOutOfMemory
from tests.bundles import brightness_graph, golden, write_bundle


class Coarse(ONNXRuntimeBackend):
    """Answers in steps of a quarter: bf16 at its worst."""

    def _infer(self, member: int, images: Pixels) -> Probability:
        return np.asarray(np.round(super()._infer(member, images) * 4) / 4, np.float32)


class Refusing(NumpyBackend):
    """Gives no answer that could be used."""

    def _infer(self, member: int, images: Pixels) -> Probability:
        raise EngineFailed("NaN or infinity")


class Starved(NumpyBackend):
    """Has no memory for a batch."""

    def _infer(self, member: int, images: Pixels) -> Probability:
        raise EngineOutOfMemory("out of memory")


def judge(
    backend: Callable[[Bundle], Backend] = NumpyBackend,
    arithmetic: str = "fp32",
    required: bool = True,
) -> Judge:
    """Return a judge of a played engine."""
    return Judge(f"played {arithmetic}", arithmetic, backend, required)


def small_bundle(folder: Path, limits: Limits | None = None, shift: float = 0.0) -> Bundle:
    """Return a bundle of one network, whose golden is right but for a shift."""
    made = write_bundle(folder, [brightness_graph()], (64,), goldens=[golden(shift)])
    return of_one_network(made, made.manifest.members[0], limits or Limits())
