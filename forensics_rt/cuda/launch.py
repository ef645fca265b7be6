"""One typed function for each kernel: pointers and numbers in, a launch on a stream out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forensics_rt.cuda.port import Argument, Device, Extent, Stream
from forensics_rt.plan.score import BLOCK
from forensics_rt.plan.view_table import Box

# A block of 32×8 threads: a warp works along a row, and a turned tile, which it reads along a
# column, is read by the eight warps together in whole 32-byte sectors.
_BLOCK: Extent = (32, 8, 1)
_LINE: Extent = (256, 1, 1)
# Loops in the kernels are grid-stride, so a grid may be smaller than the work.
_MOST_ACROSS, _MOST_DOWN = 2**31 - 1, 65535
_INT32_MAX = 2**31 - 1


@dataclass(frozen=True)
class Views:
    """Views of one tile size on the device.

    Attributes:
        table: Address of their rows of `plan.view_table`.
        count: How many.
        size: Side of a tile in pixels, a multiple of 4.
        box: What they see of the image.
    """

    table: int
    count: int
    size: int
    box: Box

    def __post_init__(self) -> None:
        """Refuse what the kernels cannot index.

        Raises:
            ValueError: If the side is no multiple of 4 or there is no view.
        """
        if self.size % 4 or self.size <= 0:
            raise ValueError(f"a tile's side must be a multiple of 4, but is {self.size}")
        if self.count < 1:
            raise ValueError(f"there must be 1 view or more, but there are {self.count}")


@dataclass(frozen=True)
class Kernels:
    """The kernels on one device and stream.

    Addresses are ints. Images are H×W×3 uint8, maps H×W float32, both without gaps. Nothing here
    waits: the work is done in the order of the stream.

    Attributes:
        device: Where they run.
        stream: In whose order.
    """

    device: Device
    stream: Stream

    def to_rgb(
        self,
        pixels: int,
        stride: int,
        step: int,
        channels: tuple[int, int, int],
        shape: tuple[int, int],
        image: int,
    ) -> None:
        """Write pixels of any order as H×W×3 RGB without gaps; the C library takes them so.

        Args:
            pixels: Address of the upper left pixel.
            stride: Bytes from a row to the one below, negative for rows from bottom to top.
            step: Bytes of a pixel.
            channels: Where red, green and blue are inside a pixel.
            shape: Height and width.
            image: Address of the RGB pixels.
        """
        height, width = shape
        self._launch(
            "to_rgb", _grid(width, height), _BLOCK,
            pixels, np.int64(stride), _int(step), *map(_int, channels),
            _int(height), _int(width), image,
        )  # fmt: skip

    def gather(self, image: int, height: int, width: int, views: Views, batch: int) -> None:
        """Cut views out of an image into a batch, N×size×size×3 uint8; see `plan.gather`."""
        grid = (*_grid(views.size // 4, views.size)[:2], min(views.count, _MOST_DOWN))
        self._launch(
            "gather", grid, _BLOCK,
            image, _int(height), _int(width),
            views.table, _int(views.count), _int(views.size), batch,
        )  # fmt: skip

    def cover(self, views: Views, window: int, width: int, covered: int) -> None:
        """Add the window of each view to a map, without turning it: what a tile is weighted by."""
        self._launch(
            "cover", _grid_of(views.box), _BLOCK,
            views.table, _int(views.count), _int(views.size), window,
            _int(width), *_corners(views.box), covered,
        )  # fmt: skip

    def scatter(
        self,
        answers: int,
        views: Views,
        window: int,
        member_weight: float,
        width: int,
        sums: int,
        sums_of_squares: int | None,
    ) -> None:
        """Turn answers, N×size×size float32, back and add them, weighted, to maps.

        Args:
            answers: Address of the batch.
            views: What was seen.
            window: Address of the weights of a tile, size×size float32.
            member_weight: Weight of the member that answered.
            width: Of the image in pixels.
            sums: Map of Σwp.
            sums_of_squares: Map of Σwp²; `None` if it is not wanted.
        """
        self._launch(
            "scatter", _grid_of(views.box), _BLOCK,
            answers, views.table, _int(views.count), _int(views.size), window,
            np.float32(member_weight), _int(width), *_corners(views.box),
            sums, sums_of_squares or 0,
        )  # fmt: skip

    def finish(
        self,
        maps: tuple[int, int | None, int],
        scale: float,
        threshold: float,
        count: int,
        out: tuple[int, int | None, int | None],
    ) -> None:
        """Divide by the weights, and threshold; see `plan.merge.BlendMerger.finish`.

        Args:
            maps: Σwp, Σwp² or `None`, and the coverage by windows.
            scale: Sum of the members' weights times the number of symmetries.
            threshold: Probability from which a pixel is in the mask.
            count: Number of pixels.
            out: Probability; uncertainty or `None`; mask, uint8 0 or 1, or `None`. The first two
                may be the first two of `maps`.
        """
        sums, squares, covered = maps
        probability, uncertainty, mask = out
        self._line(
            "finish", count,
            sums, squares or 0, covered, np.float32(scale), np.float32(threshold),
            np.int64(count), probability, uncertainty or 0, mask or 0,
        )  # fmt: skip

    def encode(self, values: int, kind: str, count: int, out: int) -> None:
        """Write a map as `uint8` or `float16`; see `plan.finish.encode`."""
        self._line(f"encode_{kind}", count, values, np.int64(count), out)

    def score(self, probability: int, height: int, width: int, rows: int, largest: int) -> None:
        """Find the largest sum of a 16×16 block; see `plan.score.image_score`.

        Args:
            probability: The map.
            height: Of the map in pixels.
            width: Of the map in pixels.
            rows: Address of ⌈height / 16⌉ × width float32 to work in.
            largest: Address of a float32 that is 0, or larger than every block, before.
        """
        down = -(-height // BLOCK)
        sides = (_int(height), _int(width))
        self._launch("column_sums", _grid(width, down), _BLOCK, probability, *sides, rows)
        across = _grid(-(-width // BLOCK), down)
        self._launch("block_maxima", across, _BLOCK, rows, *sides, largest)

    def keep_convincing(
        self,
        mask: int,
        probability: int,
        high_threshold: float,
        high_area: int,
        shape: tuple[int, int],
        work: int,
    ) -> None:
        """Take out of a mask the regions with too few pixels at a high threshold; see `plan.mask`.

        Args:
            mask: H×W uint8, 0 or 1, changed in place.
            probability: The map.
            high_threshold: What a region must reach.
            high_area: With how many pixels, 1 or more.
            shape: Height and width of the map in pixels.
            work: Address of 8 bytes a pixel to work in: int32 labels, then int32 counts.
        """
        height, width = shape
        count = height * width
        if count > _INT32_MAX:
            raise ValueError(
                f"regions can be distinguished in up to 2^31 - 1 pixels, but there are {count}"
            )
        convincing, number = work + 4 * count, np.int64(count)
        self._line("start_labels", count, mask, number, work, convincing)
        sides = (_int(height), _int(width))
        self._launch("join_labels", _grid(width, height), _BLOCK, mask, *sides, work)
        high = np.float32(high_threshold)
        needed = np.int64(min(high_area, count + 1))  # as good as any number that none can have
        self._line("find_convincing", count, probability, high, needed, number, work, convincing)
        self._line("keep_convincing", count, work, convincing, needed, number, mask)

    def _line(self, kernel: str, count: int, *arguments: Argument) -> None:
        grid = (min(-(-count // _LINE[0]), _MOST_ACROSS), 1, 1)
        self._launch(kernel, grid, _LINE, *arguments)

    def _launch(self, kernel: str, grid: Extent, block: Extent, *arguments: Argument) -> None:
        self.device.launch(kernel, grid, block, arguments, self.stream)


def _int(value: int) -> np.int32:
    if not 0 <= value <= _INT32_MAX:
        raise ValueError(f"a side or count must be from 0 to 2^31 - 1, but is {value}")
    number: np.int32 = np.int32(value)
    return number


def _grid(columns: int, rows: int) -> Extent:
    across, down = -(-columns // _BLOCK[0]), -(-rows // _BLOCK[1])
    return (min(across, _MOST_ACROSS), min(down, _MOST_DOWN), 1)


def _grid_of(box: Box) -> Extent:
    return _grid(box.right - box.left, box.bottom - box.top)


def _corners(box: Box) -> tuple[np.int32, ...]:
    return (_int(box.top), _int(box.left), _int(box.bottom), _int(box.right))
