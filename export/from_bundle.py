"""Engines for a bundle that is there already: what `--bundle` of the command does."""

from __future__ import annotations

from pathlib import Path

from export.tensorrt.add import add_engines
from export.tensorrt.build import EngineWatch
from export.tensorrt.rebuild import rebuild_on_mismatch
from export.tensorrt.request import EngineRequest
from forensics_rt.bundle.engines.probe import gpu_platform
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import BatchProfile
from forensics_rt.bundle.opening import Bundle


def engines_for_bundle(
    bundle: Bundle,
    out: Path,
    request: EngineRequest,
    watch: EngineWatch,
    *,
    force: bool,
    batch: BatchProfile | None,
    tiles: tuple[int, ...] | None,
    limits: Limits,
) -> Path:
    """Write a bundle with engines for this machine; see `export.tensorrt.add.add_engines`.

    Raises:
        ForensicsError: If an engine cannot be built.
    """
    sizes = tiles or bundle.manifest.tile_sizes
    watch.steps(len(bundle.manifest.networks) * (1 + len(sizes)))
    return add_engines(
        bundle,
        out,
        request,
        gpu_platform(),
        watch,
        force=force,
        batch=batch,
        tiles=tiles,
        limits=limits,
    )


def rebuilt_engines(
    bundle: Bundle, watch: EngineWatch, calibration: Path | None, limits: Limits
) -> list[Path]:
    """Return the plans that stand for those of a bundle that do not fit this machine.

    Raises:
        ForensicsError: If an engine cannot be built.
    """
    watch.steps(2 * len(bundle.manifest.engines))
    found = rebuild_on_mismatch(
        bundle, gpu_platform(), watch, calibration=calibration, limits=limits
    )
    return [plan for _, plan in found]
