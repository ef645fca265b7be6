"""What every way is asked: the same networks, the same tiles, from a file to a map."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.errors import ImageNotFound
from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.recipe import PRESETS, Recipe, WindowName

ORIGINAL_SIZES = PRESETS["tianchi-fft2"].tile_sizes or ()


@dataclass(frozen=True)
class Networks:
    """The same weights in both forms that the ways take.

    Attributes:
        checkpoints: One PyTorch checkpoint for each member.
        bundle: Folder of the bundle that was built from them.
    """

    checkpoints: tuple[Path, ...]
    bundle: Path


@dataclass(frozen=True)
class WaySetting:
    """What the ways must agree on.

    Attributes:
        tile: Side in pixels of the square tiles of every way that takes one size.
        overlap: Pixels that their neighbors share.
        threads: Threads that each way computes with.
        sizes: Sides in pixels that the ways that choose may choose from.
    """

    tile: int
    overlap: int
    threads: int
    sizes: tuple[int, ...] = ORIGINAL_SIZES


class Way(ABC):
    """One way from the file of a page to its map.

    Attributes:
        name: What it is asked for by.
        title: What it is called in tables and charts.
        packages: Distributions whose versions matter.
        equal: Name of our way that computes equal tiles; `None` for our ways.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    equal: ClassVar[str | None] = "ours-equal"

    @classmethod
    def why_not(cls) -> str | None:
        """Say why this way cannot be run here; `None` where it can."""
        for package in cls.packages:
            try:
                metadata.version(package)
            except metadata.PackageNotFoundError:
                return f"{package} is not installed; pip install --no-deps {package}"
        return None

    def versions(self) -> dict[str, str]:
        """Return the version of each package that matters."""
        return {package: metadata.version(package) for package in self.packages}

    @property
    def pass_seconds(self) -> float:
        """What a pass over a folder of images costs on top of the images themselves."""
        return 0.0

    @abstractmethod
    def open(self, networks: Networks, setting: WaySetting) -> None:
        """Load the networks and whatever else lasts from image to image."""

    @abstractmethod
    def plan(self, height: int, width: int) -> Plan:
        """Return the tiles that this way computes of an image."""

    @abstractmethod
    def merging(self) -> Recipe:
        """Return the recipe whose merging is this way's."""

    @abstractmethod
    def __call__(self, path: Path) -> npt.NDArray[np.float32]:
        """Take a page from its file, JPEG or PNG, to its map: H×W float32 in [0, 1]."""

    def close(self) -> None:  # noqa: B027  most ways hold nothing that must be given back
        """Give back what it holds; the way must not be called after."""


def read_rgb(path: Path) -> npt.NDArray[np.uint8]:
    """Read an image as most scripts do: OpenCV, then channels in the order of RGB.

    Raises:
        ImageNotFound: If OpenCV reads nothing there.
    """
    image = cv2.imread(str(path))
    if image is None:
        raise ImageNotFound(str(path), "no image that OpenCV can read")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def flush_plan(height: int, width: int, tile: int, stride: int) -> Plan:
    """Cut in even steps, the last tile moved back to end at the edge: what most libraries do.

    Args:
        height: Height of the image in pixels, `tile` or more.
        width: Width of the image in pixels, `tile` or more.
        tile: Side of the square tiles in pixels.
        stride: Pixels from one start to the next.

    Raises:
        ValueError: If the image is smaller than a tile.

    Example:
        >>> [one.left for one in flush_plan(512, 1000, 512, 384).tiles]
        [0, 384, 488]
    """
    if min(height, width) < tile:
        raise ValueError(f"both sides must be {tile} or more, but are {width}×{height}")
    tiles = tuple(
        Tile(top, left, tile, tile)
        for top in _flush_starts(height, tile, stride)
        for left in _flush_starts(width, tile, stride)
    )
    return Plan(height, width, tile, tiles)


def _flush_starts(length: int, tile: int, stride: int) -> list[int]:
    steps = -(-(length - tile) // stride)
    return [min(step * stride, length - tile) for step in range(steps + 1)]


def merged_by(window: WindowName, setting: WaySetting) -> Recipe:
    """Return a recipe of our own with a library's tile size, overlap and window."""
    return Recipe(
        f"{setting.tile}, overlap {setting.overlap}, {window}",
        tile_sizes=(setting.tile,),
        overlap=setting.overlap,
        window=window,
    )
