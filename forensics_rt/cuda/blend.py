"""The computing part of the device path: the twin of `plan.merge.BlendMerger` and its schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from forensics_rt.cuda.launch import Kernels, Views
from forensics_rt.cuda.port import Device, Stream
from forensics_rt.cuda.request import MapRequest, ResultLayout
from forensics_rt.cuda.workspace import Workspace
from forensics_rt.plan.schedule import schedule
from forensics_rt.plan.score import BLOCK
from forensics_rt.plan.tiling import Plan
from forensics_rt.plan.view_table import tile_box
from forensics_rt.plan.window import window
from forensics_rt.recipe import Recipe

# Bytes of a row of `plan.view_table`.
_ROW = 16
# Every pixel of the box looks at every tile of a launch: few of them, so that boxes stay small.
_TILES_A_LAUNCH = 64


class Infer(Protocol):
    """Runs one member on a batch on the device, in the order of a stream, without waiting."""

    def __call__(
        self, member: int, images: int, probability: int, shape: tuple[int, int, int], stream: int
    ) -> None:
        """Run it.

        Args:
            member: Index of the member.
            images: Address of N×H×W×3 uint8 RGB.
            probability: Address of N×H×W float32, to be written.
            shape: (N, H, W).
            stream: Address of the driver's stream.
        """


@dataclass(eq=False)
class DeviceBlend:
    """Queues all that is computed for one image on a stream.

    Attributes:
        device: Where.
        stream: In whose order.
        infer: What runs the members.
        recipe: Window and symmetries.
        weights: Of the members that vote.
        batch_size: Most views in one call of the engine.
    """

    device: Device
    stream: Stream
    infer: Infer
    recipe: Recipe
    weights: tuple[float, ...]
    batch_size: int

    def __post_init__(self) -> None:
        """Take nothing yet."""
        self._kernels = Kernels(self.device, self.stream)
        self._workspace = Workspace(self.device, self.stream)
        self._covered: Plan | None = None

    def __call__(
        self,
        plan: Plan,
        image: int,
        table: int,
        request: MapRequest,
        layout: ResultLayout,
        result: int,
    ) -> None:
        """Queue one image.

        Args:
            plan: Its tiles.
            image: Address of its pixels.
            table: Address of the rows of its views: all tiles under the first symmetry, and so on.
            request: What is wanted.
            layout: Where it is wanted.
            result: Address of the memory that the layout is of.
        """
        covered = self._cover(plan, table)
        sums, squares = self._accumulate(plan, image, table)
        count = plan.height * plan.width
        # float32 is written to where it is handed out; else it is worked on in place, then encoded.
        direct = request.kind == "float32"
        probability = result + layout.probability if direct else sums
        uncertainty = None
        if squares is not None:
            uncertainty = result + layout.uncertainty if direct else squares
        mask = result + layout.mask if request.mask else None
        self._kernels.finish(
            (sums, squares, covered),
            sum(self.weights) * len(self.recipe.tta),
            request.threshold,
            count,
            (probability, uncertainty, mask),
        )
        self._score(plan, probability, result)
        if mask is not None and (high := request.of_regions) is not None:
            work = self._workspace.regions.at_least(8 * count).pointer
            shape = (plan.height, plan.width)
            self._kernels.keep_convincing(mask, probability, high, request.high_area, shape, work)
        if not direct:
            encode, kind = self._kernels.encode, request.kind
            encode(probability, kind, count, result + layout.probability)
            if uncertainty is not None:
                encode(uncertainty, kind, count, result + layout.uncertainty)

    def _cover(self, plan: Plan, table: int) -> int:
        size = 4 * plan.height * plan.width
        covered = self._workspace.covered.at_least(size).pointer
        if self._covered == plan:
            return covered
        self._covered = None
        self.device.clear(covered, size, self.stream)
        for first in range(0, len(plan.tiles), _TILES_A_LAUNCH):
            tiles = plan.tiles[first : first + _TILES_A_LAUNCH]
            views = Views(table + _ROW * first, len(tiles), plan.side, tile_box(tiles, plan))
            self._kernels.cover(views, self._window(plan), plan.width, covered)
        self._covered = plan
        return covered

    def _accumulate(self, plan: Plan, image: int, table: int) -> tuple[int, int | None]:
        size, side, tta = 4 * plan.height * plan.width, plan.side, self.recipe.tta
        sums, squares = self._workspace.sums.at_least(size).pointer, None
        self.device.clear(sums, size, self.stream)
        if len(self.weights) * len(tta) > 1:
            squares = self._workspace.sums_of_squares.at_least(size).pointer
            self.device.clear(squares, size, self.stream)
        most = min(self.batch_size, len(plan.tiles) * len(tta))
        images = self._workspace.batch.at_least(most * side * side * 3).pointer
        answers = self._workspace.answers.at_least(most * side * side * 4).pointer
        done = 0
        for batch in schedule(plan, tta, range(len(self.weights)), self.batch_size):
            count = len(batch.views)
            # Every member sees the same views in the same order.
            first = done % (len(plan.tiles) * len(tta))
            box = tile_box([view.tile for view in batch.views], plan)
            views = Views(table + _ROW * first, count, side, box)
            self._kernels.gather(image, plan.height, plan.width, views, images)
            self.infer(batch.member, images, answers, (count, side, side), self.stream.handle)
            self._kernels.scatter(
                answers, views, self._window(plan), self.weights[batch.member], plan.width,
                sums, squares,
            )  # fmt: skip
            done += count
        return sums, squares

    def _score(self, plan: Plan, probability: int, largest: int) -> None:
        size = 4 * -(-plan.height // BLOCK) * plan.width
        rows = self._workspace.block_rows.at_least(size).pointer
        self.device.clear(largest, 4, self.stream)
        self._kernels.score(probability, plan.height, plan.width, rows, largest)

    def _window(self, plan: Plan) -> int:
        name, size = self.recipe.window, plan.side
        return self._workspace.constant((name, size), window(name, size))
