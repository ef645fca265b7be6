"""Which backends a measurement is of, by name."""

from __future__ import annotations

from forensics_rt.backends.adapters import ADAPTERS
from forensics_rt.backends.registry import examine, usable_backends
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import BackendUnavailable


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
