"""One way to run a bundle: what a measurement varies."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forensics_rt.backends.precision import PrecisionName
from forensics_rt.backends.registry import open_backend
from forensics_rt.bundle.opening import Bundle
from forensics_rt.detector import Detector
from forensics_rt.errors import BenchmarkError
from forensics_rt.recipe import Recipe


@dataclass(frozen=True)
class Setting:
    """A backend, a recipe, and how the backend is tuned; `None` for the backend's own choice.

    Attributes:
        backend: Name of the backend.
        device: `cpu`, `cuda` or `cuda:1`.
        recipe: How the bundle is run.
        threads: How many threads of the CPU compute.
        requests: How many tiles the engine computes side by side.
        batch: Most tiles in one call of the engine.
        precision: `auto`, or `float32` to compute in the bundle's number format in any case.

    Example:
        >>> Setting("openvino", None, Recipe("fast"), threads=2).label
        'openvino, fast, threads 2'
    """

    backend: str
    device: str | None
    recipe: Recipe
    threads: int | None = None
    requests: int | None = None
    batch: int | None = None
    precision: PrecisionName = "auto"

    @property
    def label(self) -> str:
        """What to call it in a table."""
        parts = [self.backend if self.device is None else f"{self.backend} on {self.device}"]
        parts.append(self.recipe.name)
        tuned = {name: getattr(self, name) for name in ("threads", "requests", "batch")}
        parts += [f"{name} {number}" for name, number in tuned.items() if number is not None]
        if self.precision != "auto":
            parts.append(self.precision)
        return ", ".join(parts)


def open_detector(bundle: Bundle, setting: Setting) -> Detector:
    """Start a detector as a setting says.

    Raises:
        BenchmarkError: If the bundle does not take batches of that size.
        ForensicsError: As `Detector`.
    """
    batch, limits = setting.batch, bundle.manifest.contract.batch
    if batch is not None and not limits.min <= batch <= limits.max:
        raise BenchmarkError(
            f"batch must be from {limits.min} to {limits.max} with this bundle, but is {batch}"
        )
    backend = open_backend(
        bundle,
        setting.backend,
        setting.device,
        threads=setting.threads,
        requests=setting.requests,
        precision=setting.precision,
    )
    if batch is not None:
        backend.capabilities = replace(backend.capabilities, batch=batch)
    try:
        return Detector(bundle, backend, setting.recipe)
    except BaseException:
        backend.close()
        raise
