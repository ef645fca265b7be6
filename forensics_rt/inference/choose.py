"""Host or device? Asked once, when a detector is made."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from forensics_rt.backends.base import Backend
from forensics_rt.inference.base import Inferer
from forensics_rt.inference.host import HostInferer
from forensics_rt.inference.tile_loop import TileLoop
from forensics_rt.recipe import Recipe

_log = logging.getLogger(__name__)


def open_inferer(
    backend: Backend, recipe: Recipe, weights: Sequence[float], cascade: int = 0
) -> Inferer:
    """Return the inferer for a backend: on its device, or, with a warning, on the host.

    `tianchi-fft2` overwrites and rounds in 8 bits and is there to compare with the original, and a
    cascade decides from tile to tile what comes next: both are merged on the host, whatever runs
    the members.

    Args:
        backend: What runs the members.
        recipe: How tiles are turned, weighted and merged.
        weights: Of the members that vote.
        cascade: Index of the cascade network, where the recipe is a cascade.
    """
    ahead = backend.capabilities.side_by_side
    on_host = HostInferer(TileLoop(backend, recipe, weights, cascade, ahead))
    if backend.on_device is None:
        return on_host
    if recipe.merge == "blend" and recipe.exit_threshold is None:
        from forensics_rt.inference.cuda import CudaInferer  # needed where there is a GPU

        return CudaInferer(backend.on_device, recipe, weights, backend.capabilities.batch)
    _log.warning(
        "recipe %r %s, which runs on the CPU only: tiles are cut and merged on the host, the "
        "engine runs on %s",
        recipe.name,
        "is a cascade" if recipe.merge == "blend" else f"merges by {recipe.merge!r}",
        backend.capabilities.device,
    )
    return on_host
