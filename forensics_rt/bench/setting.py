"""One way to run a bundle: what a measurement varies; and the backends to measure, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forensics_rt.backends.adapters import ADAPTERS
from forensics_rt.backends.number_formats import PrecisionName
from forensics_rt.backends.registry import examine, open_backend, usable_backends
from forensics_rt.bundle.opening import Bundle
from forensics_rt.detector import Detector
from forensics_rt.errors import BackendUnavailable, BenchmarkError
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


def choose_backends(wanted: str, device: str | None, bundle: Bundle) -> tuple[str, ...]:
    """Resolve what was asked for.

    Args:
        wanted: `auto` for the one that a `Detector` would take, `all` for every one that it might,
            or names parted by commas. Names are taken as they are, usable or not.
        device: `cpu`, `cuda` or `cuda:1`; `None` for `cpu` with `auto`, each backend's own with
            `all`.
        bundle: What they are to run.

    Raises:
        BackendUnavailable: If a name is unknown, or none can run here.

    Example:
        >>> choose_backends("openvino,torch", None, Bundle.open())
        ('openvino', 'torch')
    """
    if wanted not in ("auto", "all"):
        names = tuple(dict.fromkeys(name.strip() for name in wanted.split(",")))
        unknown = [name for name in names if name not in ADAPTERS]
        if unknown:
            raise BackendUnavailable(
                f"no backend named {unknown[0]!r}; there are: auto, all, {', '.join(ADAPTERS)}"
            )
        return names
    on = "cpu" if wanted == "auto" and device is None else device
    usable = usable_backends(on, bundle)
    if not usable:
        automatic = [name for name, adapter in ADAPTERS.items() if adapter.automatic]
        tried = "; ".join(f"{name}: {examine(name, on, bundle).reason}" for name in automatic)
        raise BackendUnavailable(f"no backend can run here; tried {tried}")
    return usable if wanted == "all" else usable[:1]


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
