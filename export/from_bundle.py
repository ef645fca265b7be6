"""Engines for a bundle that is there already: what `--bundle` of the command does."""

from __future__ import annotations

from pathlib import Path

from export.request import Tolerance
from export.tensorrt.add import add_engines
from export.tensorrt.rebuild import rebuild_on_mismatch
from export.tensorrt.request import EngineRequest
from export.watch import Watch
from forensics_rt.bundle.engines.probe import this_machine
from forensics_rt.bundle.manifest import BatchProfile
from forensics_rt.bundle.opening import Bundle


def engines_for_bundle(
    folder: Path,
    out: Path,
    request: EngineRequest,
    watch: Watch,
    *,
    force: bool,
    batch: BatchProfile | None,
    tiles: tuple[int, ...] | None,
    tolerance: Tolerance,
) -> Path:
    """Open a bundle and write it with engines; see `export.tensorrt.add.add_engines`.

    Raises:
        ForensicsError: If the bundle is not sound, or an engine cannot be built.
    """
    bundle = Bundle.open(folder)
    sizes = tiles or bundle.manifest.tile_sizes
    watch.steps(len(bundle.manifest.networks) * (1 + len(sizes)))
    return add_engines(
        bundle,
        out,
        request,
        this_machine(),
        watch,
        force=force,
        batch=batch,
        tiles=tiles,
        tolerance=tolerance,
    )


def rebuilt_engines(
    folder: Path, watch: Watch, calibration: Path | None, tolerance: Tolerance
) -> list[Path]:
    """Open a bundle, and return the plans that stand for those that do not fit this machine.

    Raises:
        ForensicsError: If the bundle is not sound, or an engine cannot be built.
    """
    bundle = Bundle.open(folder)
    watch.steps(2 * len(bundle.manifest.engines))
    found = rebuild_on_mismatch(
        bundle, this_machine(), watch, calibration=calibration, tolerance=tolerance
    )
    return [plan for _, plan in found]
