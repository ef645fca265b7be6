"""Which backend runs: asked for by name, or the first that can, with a reason for each."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from forensics_rt.backends.adapters import ADAPTERS, AUTOMATIC
from forensics_rt.backends.base import Backend
from forensics_rt.backends.device_word import place_of
from forensics_rt.backends.number_formats import PrecisionName, check_precision
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import BackendUnavailable, BundleError
from forensics_rt.system.arguments import whole_number


@dataclass(frozen=True)
class Candidate:
    """What was found out about one backend.

    Attributes:
        name: Name of the backend.
        usable: Whether it can run here on the device asked for.
        reason: Why, or why not.
    """

    name: str
    usable: bool
    reason: str


def devices_of(name: str) -> tuple[str, ...]:
    """Return what a backend runs on, its own choice first.

    Example:
        >>> devices_of("onnxruntime")
        ('cpu', 'cuda')
    """
    devices: tuple[str, ...] = _module(name).DEVICES
    return devices


def examine(name: str, device: str | None = None, bundle: Bundle | None = None) -> Candidate:
    """Find out whether a backend can run here.

    Args:
        name: One of `ADAPTERS`.
        device: `cpu`, `cuda` or `cuda:1`; `None` for the backend's own choice.
        bundle: What it is to run; `None` for any.

    Raises:
        BackendUnavailable: If there is no device of that name at all.
    """
    reason = why_not(name, device, bundle)
    return Candidate(name, reason is None, reason or _installed(_module(name).PACKAGE))


def why_not(name: str, device: str | None, bundle: Bundle | None) -> str | None:
    """Say why a backend cannot run here; `None` where it can. See `examine`."""
    adapter = ADAPTERS[name]
    try:
        module = _module(name)
    except (ImportError, OSError) as error:  # one of another package may be broken
        return f"module {adapter.module!r} does not load: {error}"
    device = module.DEVICES[0] if device is None else device
    place = place_of(device)
    if place.kind not in module.DEVICES:
        return f"runs on {' or '.join(module.DEVICES)}, not on {device!r}"
    if importlib.util.find_spec(module.PACKAGE) is None:
        wanted = f"forensics_rt[{adapter.extra}]" if adapter.extra else module.PACKAGE
        return f"package {module.PACKAGE!r} is not installed: pip install '{wanted}'"
    if bundle is not None and (lacking := _lacks_coefficients(name, device, bundle)):
        return lacking
    try:
        reason: str | None = module.unavailable(device) or place.missing()
        if reason is None and bundle is not None and hasattr(module, "unavailable_for"):
            reason = module.unavailable_for(bundle, device)
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        reason = f"package {module.PACKAGE!r} does not load: {error}"
    return reason


def _lacks_coefficients(name: str, device: str | None, bundle: Bundle) -> str | None:
    """Say why a backend cannot give networks what they read beside pixels; `None` where it can."""
    if bundle.manifest.contract.coefficients is None:
        return None
    device = devices_of(name)[0] if device is None else device
    if ADAPTERS[name].coefficients and place_of(device).kind == "cpu":
        return None
    able = ", ".join(key for key in AUTOMATIC if ADAPTERS[key].coefficients)
    where = f" on {device}" if ADAPTERS[name].coefficients else ""
    return (
        f"runs no networks that read the coefficients of JPEG{where}, as those of bundle "
        f"{bundle.manifest.name!r} do ({able} run them on the CPU)"
    )


def usable_backends(device: str | None, bundle: Bundle) -> tuple[str, ...]:
    """Return the backends that `auto` may choose from and that can run a bundle here, in order.

    Args:
        device: `cpu`, `cuda` or `cuda:1`; `None` for each backend's own.
        bundle: What they are to run.
    """
    return tuple(name for name in AUTOMATIC if why_not(name, device, bundle) is None)


def open_backend(
    bundle: Bundle,
    name: str = "auto",
    device: str | None = None,
    *,
    threads: int | None = None,
    requests: int | None = None,
    precision: PrecisionName = "auto",
) -> Backend:
    """Start the backend asked for, or with `auto` the first that can run.

    Args:
        bundle: Whose graphs it is to run.
        name: `auto` or one of `ADAPTERS`.
        device: `cpu`, `cuda` or `cuda:1`; `None` for `cpu`, or for what the backend asked for runs
            on.
        threads: How many threads compute, on the CPU; `None` for the engine's own choice.
        requests: How many tiles the engine computes side by side; `None` for the backend's choice.
        precision: `auto` for the fastest number format whose decisions are the same, or `float32`
            for that, or for the format of the bundle's graphs.

    Raises:
        EngineMismatch: If prebuilt engines were asked for and do not fit this machine.
        BackendUnavailable: If the name is unknown, the backend cannot run here, it does not take
            `threads` or `requests`, or its engines were built in another number format; the message
            lists every candidate and why it was not chosen.
    """
    if name != "auto" and name not in ADAPTERS:
        raise BackendUnavailable(
            f"no backend named {name!r}; there are: auto, {', '.join(ADAPTERS)}"
        )
    check_precision(precision)
    asked = {"threads": threads, "requests": requests}
    tuning: dict[str, object] = {
        option: whole_number(option, number, BackendUnavailable)
        for option, number in asked.items()
        if number is not None
    }
    automatic, tried = name == "auto", []
    if automatic and device is None:
        device = "cpu"
    for key in AUTOMATIC if automatic else (name,):
        # Asked for by name, prebuilt engines say themselves what does not fit, and the mend.
        reason = why_not(key, device, bundle if automatic else None)
        reason = reason or _lacks_coefficients(key, device, bundle)
        if precision != "auto" and ADAPTERS[key].own_format:
            reason = "its engines compute in the number format that they were built in"
        if reason is None:
            if precision != "auto" and "precision" in ADAPTERS[key].tuning:
                tuning["precision"] = precision
            return _start(key, bundle, devices_of(key)[0] if device is None else device, tuning)
        tried.append(f"{key}: {reason}")
    others = "" if automatic else ". `forensics-rt doctor` shows what could run instead"
    raise BackendUnavailable(f"no backend can run here; tried {'; '.join(tried)}{others}")


def backend_for(
    bundle: Bundle,
    backend: str | Backend,
    device: str | None,
    threads: int | None,
    precision: PrecisionName = "auto",
) -> Backend:
    """Start a backend by its name, or take one that runs the bundle's networks already.

    Raises:
        BackendUnavailable: As `open_backend`, or if `threads` or `precision` is given with a
            backend that runs.
        BundleError: If it runs other networks: they would answer under this bundle's name.
    """
    if isinstance(backend, str):
        return open_backend(bundle, backend, device, threads=threads, precision=precision)
    if not isinstance(backend, Backend):
        raise BackendUnavailable(
            f"backend must be a name or a started backend, but is {backend!r}; there are: auto, "
            f"{', '.join(ADAPTERS)}"
        )
    if threads is not None or precision != "auto":
        raise BackendUnavailable(
            "threads and precision must be given when a backend starts, but this one is "
            "running; start it with open_backend(bundle, threads=, precision=)"
        )
    if backend.networks_id not in (None, bundle.manifest.networks_id):
        raise BundleError(
            f"the backend runs networks {backend.networks_id}, those of bundle "
            f"{bundle.manifest.name!r} are {bundle.manifest.networks_id}; start it with "
            "open_backend for this bundle"
        )
    return backend


def _start(name: str, bundle: Bundle, device: str, tuning: Mapping[str, object]) -> Backend:
    for option in tuning:
        able = [key for key, adapter in ADAPTERS.items() if option in adapter.tuning]
        if name not in able:
            raise BackendUnavailable(
                f"backend {name!r} does not take {option!r}; leave it out, or choose a backend "
                f"that does: {', '.join(able)}"
            )
    start = getattr(_module(name), ADAPTERS[name].class_name)
    backend: Backend = start(bundle, device, **tuning)
    backend.networks_id = bundle.manifest.networks_id
    return backend


def _module(name: str) -> Any:
    return importlib.import_module(ADAPTERS[name].module, __package__)


def _installed(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:  # as onnxruntime-gpu brings onnxruntime
        bringers = metadata.packages_distributions().get(package, ())
        named = [f"{bringer} {metadata.version(bringer)}" for bringer in bringers]
        return ", ".join(named) or f"{package} of unknown version"
