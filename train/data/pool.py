"""A pool of ready pages: made by one process, read by another, refreshed slowly.

Pages are costly to make and cheap to cut, so each is used many times with other crops and
other after-lives. The maker writes numbered shards; the reader keeps the newest in memory.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.io.coefficients import Coefficients
from train.synth.page import PageConfig, SyntheticPage, make_page
from train.synth.scene.base import Image
from train.synth.sources import Sources

PAGES_PER_SHARD = 32
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredPage:
    """A page whose twin is kept as the few pixels that differ.

    Attributes:
        image: H×W×3 uint8 RGB.
        mask: H×W uint8, as in `SyntheticPage`.
        changed: Flat pixel numbers where the twin differs; without a twin, some of the edits.
        original: `len(changed)×3` uint8, the twin there.
        has_twin: False for a real pair: nobody knows what its page was before the edit.
        coefficients: Of the JPEG that it is, for networks that read them; a page of a pool has
            none, because only its after-life saves it.
    """

    image: Image
    mask: npt.NDArray[np.uint8]
    changed: npt.NDArray[np.int64]
    original: npt.NDArray[np.uint8]
    has_twin: bool = True
    coefficients: Coefficients | None = None

    def twin(self) -> Image:
        """Rebuild the authentic page.

        Raises:
            ValueError: If the page has no twin.
        """
        if not self.has_twin:
            raise ValueError("the page must have a twin to rebuild it, but is a real pair")
        twin: Image = self.image.copy()
        twin.reshape(-1, 3)[self.changed] = self.original
        return twin


def stored(page: SyntheticPage) -> StoredPage:
    """Pack a page."""
    changed = np.flatnonzero((page.image != page.twin).any(2))
    return StoredPage(page.image, page.mask, changed, page.twin.reshape(-1, 3)[changed])


def save_shard(path: Path, pages: list[StoredPage]) -> None:
    """Write pages to one file; the file appears complete or not at all."""
    parts: dict[str, npt.NDArray[Any]] = {}
    for index, page in enumerate(pages):
        parts[f"image_{index}"] = page.image
        parts[f"mask_{index}"] = page.mask
        parts[f"changed_{index}"] = page.changed
        parts[f"original_{index}"] = page.original
    partial = path.with_suffix(".partial")
    with partial.open("wb") as handle:
        np.savez(handle, **parts)  # type: ignore[arg-type]
    os.replace(partial, path)


def load_shard(path: Path) -> list[StoredPage]:
    """Read the pages of one file."""
    with np.load(path) as parts:
        kind = "mask" if "mask_0" in parts else "marks"  # of earlier versions
        return [
            StoredPage(
                parts[f"image_{i}"],
                parts[f"{kind}_{i}"],
                parts[f"changed_{i}"],
                parts[f"original_{i}"],
            )
            for i in range(len(parts.files) // 4)
        ]


def fill_pool(
    folder: Path,
    sources: Sources,
    config: PageConfig,
    seed: int,
    first: int,
    step: int,
    shards: int,
    keep: int,
    seconds_between: float = 0.0,
) -> None:
    """Make shards `first`, `first + step`, ... and delete the oldest beyond `keep`.

    Args:
        folder: Where shards go; made if missing.
        sources: Raw material.
        config: What pages are like.
        seed: Seed of the collection.
        first: Number of the first shard.
        step: Distance between numbers, for several makers side by side.
        shards: How many to make.
        keep: How many shards may lie in the folder.
        seconds_between: Rest after each shard, to leave the processor to others.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + step * shards, step):
        path = folder / f"shard_{number:06d}.npz"
        newest = sorted(folder.glob("shard_*.npz"))[-keep:]
        if path.exists() or (len(newest) == keep and path < newest[0]):
            continue  # made by an earlier run, and perhaps gone since
        started = time.monotonic()
        begin = number * PAGES_PER_SHARD
        pages = [
            stored(make_page(seed, index, sources, config))
            for index in range(begin, begin + PAGES_PER_SHARD)
        ]
        save_shard(path, pages)
        _log.info("%s made in %.1f s", path.name, time.monotonic() - started)
        for old in sorted(folder.glob("shard_*.npz"))[:-keep]:
            old.unlink(missing_ok=True)
        time.sleep(seconds_between)


class PagePool:
    """The newest shards of a folder, in memory.

    Args:
        folder: Folder that a maker fills.
        capacity: Most pages to hold.
        refresh_steps: Steps between looks for new shards.
        set_aside: Names of shards that do not belong to training.
    """

    def __init__(
        self,
        folder: Path,
        capacity: int,
        refresh_steps: int = 50,
        set_aside: frozenset[str] = frozenset(),
    ) -> None:
        """Start empty; `refresh` loads."""
        self.folder = folder
        self._most = max(1, capacity // PAGES_PER_SHARD)
        self._refresh_steps = refresh_steps
        self._set_aside = set_aside
        self._shards: dict[str, list[StoredPage]] = {}
        self.pages: list[StoredPage] = []

    def at(self, step: int) -> list[StoredPage]:
        """Return the pages for a step; looks for new shards now and then, waits for the first."""
        if not self.pages:
            self.wait()
        elif step % self._refresh_steps == 0:
            self.refresh(at_most=1)
        return self.pages

    def wait(self) -> None:
        """Load what is there; wait while there is nothing."""
        while self.refresh() == 0 and not self.pages:
            _log.info("waiting for pages in %s", self.folder)
            time.sleep(2)

    def refresh(self, at_most: int | None = None) -> int:
        """Load shards that are new, drop the oldest beyond the capacity.

        Args:
            at_most: Most shards to load in this call; None for no limit.

        Returns:
            Number of shards that were loaded.
        """
        files = sorted(self.folder.glob("shard_*.npz"))
        newest = [path for path in files if path.name not in self._set_aside][-self._most :]
        fresh = [path for path in newest if path.name not in self._shards][:at_most]
        for path in fresh:
            try:
                self._shards[path.name] = load_shard(path)
            except FileNotFoundError:  # the maker has deleted it meanwhile
                continue
        for name in sorted(self._shards)[: -self._most]:
            del self._shards[name]
        if fresh:
            self.pages = [page for name in sorted(self._shards) for page in self._shards[name]]
        return len(fresh)

    def close(self) -> None:
        """Forget the pages."""
        self._shards, self.pages = {}, []
