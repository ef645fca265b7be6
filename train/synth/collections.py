"""Collections of authentic images: where they are, what they are, and their shares of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass as pydantic_dataclass

from train.ranges import STRICT, Positive, UnitShare
from train.synth.known_edits import KnownEdit
from train.synth.scene.base import Scene
from train.synth.scene.scans import ScanLibrary, find_images

Domain = Literal["scan", "photo", "screen", "digital"]
DOMAINS: tuple[Domain, ...] = ("scan", "photo", "screen", "digital")


@pydantic_dataclass(frozen=True, config=STRICT)
class Collection:
    """Authentic images of one kind.

    Attributes:
        folders: Where the images lie.
        domain: What made the pixels: a scanner, a camera, a screenshot, or a computer that drew a
            page.
        share: How often it is drawn from, relative to the other collections; the number of its
            images does not count.
        lines: Folders of one CSV of text lines per image, as `python -m train lines` writes them;
            where an image has none, words are looked for.
        trim: Share of the height that is left out at the bottom, such as a strip that a library
            adds to its scans.
        unused: Never trains: kept for the cross test.
        tested: False if all its images train and none is held out, so that the held-out test stays
            what it was before there was this collection.
    """

    folders: tuple[str, ...]
    domain: Domain
    share: Positive = 1.0
    lines: tuple[str, ...] = ()
    trim: UnitShare = 0.0
    unused: bool = False
    tested: bool = True


@dataclass(frozen=True)
class OpenCollection:
    """A collection and those of its files that belong to one part of the data.

    Attributes:
        scans: The files.
        domain: What made the pixels.
        share: How often it is drawn from.
    """

    scans: ScanLibrary
    domain: Domain
    share: float

    def scene(self, rng: np.random.Generator) -> Scene:
        """Return a random image of it."""
        scene = self.scans.scene(self.scans.pick(rng))
        return replace(scene, domain=self.domain)


def open_collections(
    collections: Sequence[Collection],
    held_out: bool | None,
    edited: Mapping[str, tuple[KnownEdit, ...]],
) -> tuple[OpenCollection, ...]:
    """List the files of the training part, or of the held-out part.

    Args:
        collections: All of them.
        held_out: True for the held-out tenth of each, False for the rest, None for all.
        edited: Files that are left out.

    Raises:
        ValueError: If a folder is missing or holds fewer than two images.
    """
    opened = []
    for one in collections:
        for folder in (*one.folders, *one.lines):
            if not Path(folder).is_dir():
                raise ValueError(
                    f"[[sources.collections]] names {folder}, but there is no such folder; name "
                    "your own, or leave the collection out"
                )
        if held_out and not one.tested:
            continue
        if len(find_images(one.folders, None)) < 2:
            raise ValueError(
                "a collection must hold at least 2 images, one of which is held out, but that of "
                f"{', '.join(one.folders)} does not; add images, or leave it out"
            )
        part = held_out if one.tested else None
        files = tuple(f for f in find_images(one.folders, part) if f not in edited)
        if files:
            scans = ScanLibrary(files, one.lines, trim=one.trim, spread=True)
            opened.append(OpenCollection(scans, one.domain, one.share))
    return tuple(opened)


def pick_collection(
    rng: np.random.Generator, collections: Sequence[OpenCollection]
) -> OpenCollection:
    """Return a random collection, each as often as its share says."""
    shares = np.array([one.share for one in collections])
    return collections[int(rng.choice(len(collections), p=shares / shares.sum()))]
