"""An image through the members band by band: `host_way` for images too large for memory."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import replace

from forensics_rt.backends.base import Backend
from forensics_rt.inference.engine_thread import Tiles, answers_in_order
from forensics_rt.inference.row_window import RowWindow
from forensics_rt.inference.timing import StageClock
from forensics_rt.io.windowed import RowSource
from forensics_rt.plan.band_merge import BandMerger, band_merger_for
from forensics_rt.plan.bands import Band, plan_bands
from forensics_rt.plan.gather import gather_batch
from forensics_rt.plan.merge import MergedMap
from forensics_rt.plan.schedule import Batch, schedule
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe


def maps_by_rows(
    source: RowSource,
    plan: Plan,
    recipe: Recipe,
    weights: Sequence[float],
    backend: Backend,
    most_rows: int,
    clock: StageClock,
    engine: Executor | None = None,
    ahead: int = 1,
) -> Generator[MergedMap, None, None]:
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
        engine: Where the backend is called; `None` for this thread, one after the other.
        ahead: How many batches are cut before an answer is waited for, with an engine thread. The
            rows of the next band are read and those of the last one finished meanwhile.

    Raises:
        ImageUnreadable: If the image is truncated or damaged.
        EngineFailed: If the engine fails or gives values that are not finite.
    """
    bands = plan_bands(plan)
    merger = band_merger_for(recipe, plan, weights)
    present: Band | None = None
    cut = _cut(source, plan, bands, recipe, len(weights), backend.capabilities.batch, clock)
    with closing(answers_in_order(backend, cut, clock, engine, ahead)) as answered:
        for (band, batch), answers in answered:
            if band is not present:
                if present is not None:
                    yield from _finished(merger, most_rows, clock)
                with clock.stage("merge"):
                    merger.open(band)
                present = band
            with clock.stage("merge"):
                for view, answer in zip(batch.views, answers, strict=True):
                    merger.add(batch.member, view, answer)
    yield from _finished(merger, most_rows, clock)


def _cut(
    source: RowSource,
    plan: Plan,
    bands: Sequence[Band],
    recipe: Recipe,
    members: int,
    batch_size: int,
    clock: StageClock,
) -> Iterator[tuple[tuple[Band, Batch], int, Tiles]]:
    """Yield every batch of every band; a band's rows are read when its first one is wanted."""
    window = RowWindow(source, max(band.needs.count for band in bands))
    for band in bands:
        with clock.stage("decode"):
            pixels = window.show(band.needs)
        row_of_tiles = replace(plan, tiles=band.tiles)
        for batch in schedule(row_of_tiles, recipe.tta, members, batch_size):
            with clock.stage("gather"):
                tiles = gather_batch(pixels, batch, band.needs.top)
            yield (band, batch), batch.member, tiles


def _finished(merger: BandMerger, most_rows: int, clock: StageClock) -> Iterator[MergedMap]:
    rows = merger.finish(most_rows)
    while True:
        with clock.stage("merge"):
            maps = next(rows, None)
        if maps is None:
            return
        yield maps
