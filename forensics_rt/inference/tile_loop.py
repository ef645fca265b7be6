"""The one loop over tiles of the host: cut, infer, merge, band by band."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend
from forensics_rt.inference.batches import Answers, Cut, answers_in_order
from forensics_rt.inference.known_answers import ComingAgain, KnownAnswers, find_coming_again
from forensics_rt.inference.timing import StageClock
from forensics_rt.io.coefficients import CoefficientRows
from forensics_rt.plan.bands import Band, Rows
from forensics_rt.plan.by_recipe import merger_for
from forensics_rt.plan.coefficients import gather_coefficients
from forensics_rt.plan.gather import gather_batch
from forensics_rt.plan.maps import HostMaps
from forensics_rt.plan.merge import Merger
from forensics_rt.plan.schedule import Batch, schedule
from forensics_rt.plan.tiling import Plan, Tile, inside_image
from forensics_rt.recipe import Recipe

Show: TypeAlias = Callable[[Rows], npt.NDArray[np.uint8]]


@dataclass(frozen=True)
class TileLoop:
    """Gathers tiles, runs the backend and merges its answers. Thread-safe.

    Tiles, order and arithmetic do not depend on the bands, and neither does a bit of the maps, as
    long as the backend answers a tile alike whatever else is in its batch: batches end with their
    band.

    Attributes:
        backend: What runs the networks.
        recipe: How tiles are turned, weighted and merged.
        weights: Of the members that vote.
        cascade: Index of the cascade network, where the recipe is a cascade.
        ahead: How many batches are cut before an answer is waited for, with engine threads.
        alone: Whether the backend is called once at a time; see `Backend.infer_alone`.
    """

    backend: Backend
    recipe: Recipe
    weights: Sequence[float]
    cascade: int = 0
    ahead: int = 1
    alone: bool = False

    def views(self, plan: Plan) -> int:
        """Return how many tiles the networks see of an image, each under each symmetry."""
        return len(plan.tiles) * len(self.recipe.tta) * len(self.weights)

    @cached_property
    def _networks(self) -> KnownAnswers:
        return KnownAnswers(self.backend, self.alone)

    def rows(
        self,
        show: Show,
        plan: Plan,
        bands: Sequence[Band],
        most_rows: int,
        clock: StageClock,
        engine: Executor | None = None,
        check: Callable[[], None] | None = None,
        coefficients: CoefficientRows | None = None,
    ) -> Generator[HostMaps, None, None]:
        """Yield the maps of an image from top to bottom.

        Args:
            show: Returns rows of the image: N×W×3 RGB, valid until the next call.
            plan: Its tiles.
            bands: The same in bands.
            most_rows: How many rows to yield at once.
            clock: Takes the time of `decode`, `gather`, `engine` and `merge`.
            engine: Where the backend is called: while a batch is there, the next one is gathered
                and the last one merged. `None` for this thread, one after the other.
            check: Called with each answer; what it raises ends the work, and tiles that wait for
                the engine are called off.
            coefficients: Of the image, where the networks take them.

        Raises:
            ImageUnreadable: If the image is truncated or damaged.
            EngineFailed: If the engine fails or gives values that are not finite.
        """
        merger = merger_for(self.recipe, plan, self.weights)
        work = (cut for band in bands for cut in self._cut(show, plan, band, clock, coefficients))
        present: Band | None = None
        again = ComingAgain({}, 0, 0)
        answered = answers_in_order(self._networks, work, clock, engine, self.ahead)
        with closing(answered):
            for of, answers in answered:
                if check is not None:
                    check()
                if of.band is not present:
                    if present is not None:
                        yield from _finished(merger, most_rows, clock, again)
                    with clock.stage("merge"):
                        merger.open(of.band)
                    present, again = of.band, of.again
                with clock.stage("merge"):
                    self._merge(of, answers, merger, plan)
        yield from _finished(merger, most_rows, clock, again)

    def _cut(
        self,
        show: Show,
        plan: Plan,
        band: Band,
        clock: StageClock,
        coefficients: CoefficientRows | None = None,
    ) -> Iterator[Cut[_Of] | None]:
        """Yield every batch of a band; its rows are read when its first one is wanted."""
        with clock.stage("decode"):
            pixels = show(band.needs)
        top = band.needs.top
        with clock.stage("gather"):
            # Of two tiles that look alike, coefficients may differ.
            again, read, first = ComingAgain({}, 0, 0), None, band.tiles[0].top
            if coefficients is None:
                again = find_coming_again(pixels, band.tiles, top)
            else:
                read = coefficients.of_rows(first, pixels[first - top :])

        def cut(batch: Batch, unclear: list[Tile] | None = None) -> Cut[_Of]:
            beside = None
            with clock.stage("gather"):
                tiles = gather_batch(pixels, batch, top)
                if read is not None:
                    beside = gather_coefficients(read.dct, read.quantization, batch, first)
            of = _Of(band, batch, again, unclear)
            return Cut(of, batch.member, tiles, again.of(batch.views), beside)

        size, seen = self.backend.capabilities.batch, replace(plan, tiles=band.tiles)
        if self.recipe.exit_threshold is not None:
            unclear: list[Tile] = []
            for batch in schedule(seen, ("identity",), [self.cascade], size):
                yield cut(batch, unclear)
            yield None  # all are answered now, and `unclear` is whole
            seen = replace(plan, tiles=tuple(unclear))
        for batch in schedule(seen, self.recipe.tta, range(len(self.weights)), size):
            yield cut(batch)

    def _merge(self, of: _Of, answers: Answers, merger: Merger, plan: Plan) -> None:
        for view, answer in zip(of.batch.views, answers, strict=True):
            if of.unclear is None:
                merger.add(of.batch.member, view, answer)
            elif answer[inside_image(plan, view.tile)].max() < (self.recipe.exit_threshold or 0.0):
                merger.settle(view.tile, answer)
            else:
                of.unclear.append(view.tile)


@dataclass(frozen=True, eq=False)
class _Of:
    """What a batch belongs to."""

    band: Band
    batch: Batch
    again: ComingAgain
    unclear: list[Tile] | None = None  # of a first look: takes the tiles that the members must see


def _finished(
    merger: Merger, most_rows: int, clock: StageClock, again: ComingAgain
) -> Iterator[HostMaps]:
    rows, counts = merger.rows(most_rows), (again.constant, again.repeated)
    while True:
        with clock.stage("merge"):
            maps = next(rows, None)
        if maps is None:
            return
        yield replace(maps, constant_tiles=counts[0], repeated_tiles=counts[1])
        counts = 0, 0
