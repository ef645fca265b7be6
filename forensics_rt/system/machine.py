"""This machine: processor, system and versions, so that two measurements can be compared."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

import cv2
import numpy as np

from forensics_rt.system.cpu import usable_cores
from forensics_rt.system.processor import cpu_features, cpu_model, read_cpuinfo
from forensics_rt.version import __version__


@dataclass(frozen=True)
class Machine:
    """What computed.

    Attributes:
        cpu: Model of the processor.
        cores: Logical processors that this process may use.
        features: What the processor has of what engines look for, such as `avx512_bf16`.
        gpu: Name of the GPU; `None` without one, or without `nvidia-smi`.
        system: Operating system and its version.
        python: Version.
        versions: Of forensics_rt, numpy and OpenCV, and of the GPU's driver.
        load: Processes that wanted to run in the minute before, on average; `None` if unknown. One
            that is not near 0 makes every figure worse than it is.
    """

    cpu: str
    cores: int
    features: tuple[str, ...]
    gpu: str | None
    system: str
    python: str
    versions: dict[str, str]
    load: float | None

    def describe(self) -> str:
        """Return one line for a user."""
        parts = [f"{self.cpu}, {self.cores} logical cores ({' '.join(self.features) or 'plain'})"]
        parts += [self.gpu or "no GPU", self.system, f"Python {self.python}"]
        parts += [f"{name} {version}" for name, version in self.versions.items()]
        return "; ".join(parts)

    def facts(self) -> dict[str, str]:
        """Return what decides the speed of its CPU, by name, for results that are kept."""
        return {
            "processor": self.cpu,
            "cores": str(self.cores),
            "instructions": " ".join(self.features) or "not known",
            "system": self.system,
            "load before": str(self.load),
            "python": self.python,
            **self.versions,
        }


def this_machine(gpu: str | None = None, driver: str | None = None) -> Machine:
    """Return what this machine is.

    Args:
        gpu: Name of its GPU, if there is one.
        driver: Version of the GPU's driver.
    """
    info = read_cpuinfo()
    versions = {
        "forensics_rt": __version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }
    if driver is not None:
        versions["NVIDIA driver"] = driver
    return Machine(
        cpu=cpu_model(info) or platform.processor() or platform.machine(),
        cores=usable_cores(),
        features=cpu_features(info),
        gpu=gpu,
        system=platform.platform(),
        python=platform.python_version(),
        versions=versions,
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    )
