"""An image through the members band by band: `host_way` for images too large for memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from forensics_rt.backends.base import Backend
from forensics_rt.io.windowed import RowSource
from forensics_rt.large.window import RowWindow
from forensics_rt.plan.band_merge import band_merger_for
from forensics_rt.plan.bands import plan_bands
from forensics_rt.plan.gather import gather
from forensics_rt.plan.merge import MergedMap
from forensics_rt.plan.schedule import schedule
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe
from forensics_rt.stages import StageClock


def maps_by_rows(
    source: RowSource,
    plan: Plan,
    recipe: Recipe,
    weights: Sequence[float],
    backend: Backend,
    most_rows: int,
    clock: StageClock,
) -> Iterator[MergedMap]:
    """Yield the maps of an image from top to bottom, as `HostWay` gives them whole.

    Tiles, order and arithmetic are the same, and so is every bit, as long as the backend answers a
    tile alike whatever else is in its batch: batches end with their row of tiles here.

    Args:
        source: The image.
        plan: Its tiles.
        recipe: How they are turned, weighted and merged.
        weights: Of the members that vote.
        backend: What runs the members.
        most_rows: How many rows to yield at once.
        clock: Takes the time of `decode`, `gather`, `engine` and `merge`.

    Raises:
        ImageUnreadable: If the image is truncated or damaged.
        EngineFailed: If the engine fails or gives values that are not finite.
    """
    bands = plan_bands(plan)
    window = RowWindow(source, max(band.needs.count for band in bands))
    merger = band_merger_for(recipe, plan, weights)
    size, batch_size = plan.tile_size, backend.capabilities.batch
    for band in bands:
        with clock.stage("decode"):
            pixels = window.show(band.needs)
        with clock.stage("merge"):
            merger.open(band)
        row_of_tiles = replace(plan, tiles=band.tiles)
        for batch in schedule(row_of_tiles, recipe.symmetries, len(weights), batch_size):
            with clock.stage("gather"):
                images = np.empty((len(batch.views), size, size, 3), np.uint8)
                for view, out in zip(batch.views, images, strict=True):
                    shown = replace(view.tile, top=view.tile.top - band.needs.top)
                    gather(pixels, shown, view.symmetry, out)
            with clock.stage("engine"):
                answers = backend.infer(batch.member, images)
            with clock.stage("merge"):
                for view, answer in zip(batch.views, answers, strict=True):
                    merger.add(batch.member, view, answer)
        finished = merger.finish(most_rows)
        while True:
            with clock.stage("merge"):
                maps = next(finished, None)
            if maps is None:
                break
            yield maps
