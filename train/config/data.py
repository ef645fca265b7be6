"""What a run trains on and is measured on: the parts of its configuration that name data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from train.ranges import STRICT, AtLeastOne, NotNegative, NotNegativeInt, Positive, UnitShare

# The field that an entry of each kind cannot do without.
_NEEDED = {"pool": "folder", "pairs": "images", "list": "file"}


@dataclass(frozen=True, config=STRICT)
class PoolConfig:
    """Where ready pages come from; short for one `[[data]]` entry of the kind `pool`.

    Attributes:
        folder: Folder that `python -m train pool` fills.
        capacity: Most pages in memory.
        refresh_steps: Steps between looks for new shards.
    """

    folder: str
    capacity: AtLeastOne = 2400
    refresh_steps: AtLeastOne = 50


@dataclass(frozen=True, config=STRICT)
class DataConfig:
    """One entry of the mix.

    Attributes:
        kind: `pool` (shards that another process makes), `pairs` (folders of images and masks),
            `list` (a CSV or JSON file of pairs) or `synthetic` (pages made beside the training,
            from `[sources]` and `[page]` of the same file).
        weight: Share of the crops, relative to the other entries.
        folder: `pool`: folder of the shards.
        images: `pairs`: folder of images.
        masks: `pairs`: folder of masks; empty if all images are authentic.
        authentic: `pairs`: take an image without a mask for authentic; a mask of no image is
            refused then.
        file: `list`: the list; columns `image`, `mask`, `group`.
        capacity: `pool`, `synthetic`: most pages in memory.
        refresh_steps: `pool`: steps between looks for new shards.
        memory_gib: `pairs`, `list`: decoded images to keep in memory, in GiB.
        makers: `synthetic`: processes that make pages.
        first_pages: `synthetic`: pages to wait for before the first step.
        pages_per_step: `synthetic`: new pages a step. Above 0 the run is the same every time, and
            waits for pages if they are made too slowly; at 0 it takes what is ready.
    """

    kind: Literal["pool", "pairs", "list", "synthetic"]
    weight: Positive = 1.0
    folder: str = ""
    images: str = ""
    masks: str = ""
    authentic: bool = False
    file: str = ""
    capacity: AtLeastOne = 2400
    refresh_steps: AtLeastOne = 50
    memory_gib: NotNegative = 2.0
    makers: AtLeastOne = 1
    first_pages: AtLeastOne = 256
    pages_per_step: NotNegative = 0.0

    def __post_init__(self) -> None:
        """Refuse entries that name no data."""
        needed = _NEEDED.get(self.kind)
        if needed and not getattr(self, needed):
            raise ValueError(f"data of the kind {self.kind} must name {needed}, but it is empty")


@dataclass(frozen=True, config=STRICT)
class FoldsConfig:
    """Which part of the real pairs is left out of training and measured on.

    Attributes:
        count: Number of parts.
        index: The part that is left out, from 0.
        seed: Seed of the division.
    """

    count: Annotated[int, Field(ge=2)]
    index: NotNegativeInt = 0
    seed: NotNegativeInt = 0

    def __post_init__(self) -> None:
        """Refuse a part that there is not."""
        if self.index >= self.count:
            raise ValueError(
                f"folds.index must be below folds.count, {self.count}, but is {self.index}"
            )


@dataclass(frozen=True, config=STRICT)
class ValidationConfig:
    """Measuring during the run, on pages that never train.

    With `[folds]` these are the pairs of the fold that is left out, and none may be named here;
    else those named here, none of which may train; else fresh pages of held-out typefaces and scans
    (`synthetic`); else the first shards (`pool`).

    Attributes:
        pages: Most pages to measure on; 0 for all that are left out or named, and for no others.
        minutes: Time between measurements; 0 for every checkpoint.
        steps: Steps between measurements; 0 to go by the clock.
        images: Folder of images of your own.
        masks: Folder of their masks; empty if all are authentic.
        authentic: Take an image without a mask for authentic.
        file: A list of pairs instead of folders.
        after_life: Strength of the after-life of synthetic pages, 0 to 1.
    """

    pages: NotNegativeInt = 0
    minutes: NotNegative = 0.0
    steps: NotNegativeInt = 0
    images: str = ""
    masks: str = ""
    authentic: bool = False
    file: str = ""
    after_life: UnitShare = 1.0
