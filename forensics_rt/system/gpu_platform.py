"""GPU, driver and TensorRT of a machine: what decides whether a prebuilt engine runs there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GpuPlatform:
    """One GPU with its software; `None` stands for what is not there.

    Attributes:
        gpu: Name of the GPU as its driver gives it.
        compute_capability: Of that GPU, such as `8.6`.
        driver: Version of the display driver, such as `580.65.06`.
        cuda: Newest CUDA that the driver can run, such as `13.0`.
        tensorrt: Version of each TensorRT installed, by kind: `tensorrt`, `tensorrt-rtx`.
    """

    gpu: str | None = None
    compute_capability: str | None = None
    driver: str | None = None
    cuda: str | None = None
    tensorrt: dict[str, str] = field(default_factory=dict)

    @property
    def has_gpu(self) -> bool:
        """Whether an engine can be loaded at all."""
        return self.gpu is not None

    def describe(self) -> str:
        """Return one line for a user.

        Example:
            >>> GpuPlatform().describe()
            'no GPU, no TensorRT'
        """
        gpu = "no GPU"
        if self.has_gpu:
            gpu = f"{self.gpu} ({self.compute_capability}), driver {self.driver}, CUDA {self.cuda}"
        installed = ", ".join(f"{kind} {version}" for kind, version in self.tensorrt.items())
        return f"{gpu}, {installed or 'no TensorRT'}"


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, so that versions can be ordered.

    Example:
        >>> version_numbers("580.65.06")
        (580, 65, 6)
    """
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()
