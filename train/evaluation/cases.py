"""What is asked: named sets of images whose truth is known, loaded one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from forensics_rt.io.decode import decode
from forensics_rt.io.pairs import IGNORE, LabeledImage, load_mask
from train.synth.finished import finished_page
from train.synth.forgery import kind_names
from train.synth.known_edits import EDITED, SUSPECTED, KnownEdit
from train.synth.page import PageConfig
from train.synth.scene.base import Image
from train.synth.scene.scans import ScanLibrary
from train.synth.sources import SourceFolders, Sources, known_edits


@dataclass(frozen=True)
class Case:
    """One image and what is known of it.

    Attributes:
        name: What to call it in tables.
        image: H×W×3 uint8 RGB.
        mask: H×W uint8; 0 authentic, 255 not counted, else the number of the kind of edit.
        kinds: Names of the kinds 1, 2, …; empty if kinds are not known.
        real: True if made on a real scan or photograph, False if drawn; `None` if not known.
        life: What happened to the file after the edit; `None` if not known.
        origin: What it was made from, such as a scan: images of one origin are not independent.
            `None` if it stands alone.
    """

    name: str
    image: Image
    mask: npt.NDArray[np.uint8]
    kinds: tuple[str, ...] = ()
    real: bool | None = None
    life: str | None = None
    origin: str | None = None


class ImageSet(Protocol):
    """A named collection whose members are made or read again whenever they are asked for."""

    @property
    def name(self) -> str:
        """Name of the set."""
        ...

    def __len__(self) -> int:
        """Return the number of images."""
        ...

    def load(self, index: int) -> Case:
        """Return one image; the same index gives the same case."""
        ...


@dataclass(frozen=True)
class SyntheticSet:
    """Fresh pages of the generator.

    Attributes:
        name: Name of the set.
        sources: Typefaces and scans, those held out from training.
        config: What pages are like.
        seed: Seed of the pages.
        count: Number of pages.
        strength: Of the after-life, 0 to 1.
    """

    name: str
    sources: Sources
    config: PageConfig
    seed: int
    count: int
    strength: float = 1.0

    def __len__(self) -> int:
        """Return the number of pages."""
        return self.count

    def load(self, index: int) -> Case:
        """Make one page."""
        page = finished_page(self.seed, index, self.sources, self.config, self.strength)
        name = f"{index:04d} {page.origin}"
        origin = page.origin if page.real else None
        return Case(name, page.image, page.mask, kind_names(), page.real, page.life, origin)


@dataclass(frozen=True)
class LabeledSet:
    """Images with masks on disk.

    Attributes:
        name: Name of the set.
        pairs: Images and masks; an image without a mask is authentic.
    """

    name: str
    pairs: Sequence[LabeledImage]

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.pairs)

    def load(self, index: int) -> Case:
        """Read one image and its mask, as stored.

        Raises:
            ImageError: If the image cannot be read.
            LabelError: If the mask does not fit it.
        """
        pair = self.pairs[index]
        image = decode(Path(pair.image)).pixels
        mask = load_mask(pair, *image.shape[:2])
        return Case(pair.image.name, image, mask, origin=pair.group)


@dataclass(frozen=True)
class ScanSet:
    """Authentic scans of the raw material, whole and as they are.

    Attributes:
        name: Name of the set.
        files: Each library with one of its files.
    """

    name: str
    files: Sequence[tuple[ScanLibrary, str]]

    @classmethod
    def held_out(cls, name: str, sources: Sources, most: int | None = None) -> ScanSet:
        """List the scans of some sources.

        Args:
            name: Name of the set.
            sources: The held-out part of the raw material.
            most: Largest number of scans, spread evenly over all; `None` for all.
        """
        files = [(lib, f) for lib in (sources.scans, sources.plain_scans) for f in lib.files]
        if most is not None and most < len(files):
            files = [files[i * len(files) // most] for i in range(most)]
        return cls(name, tuple(files))

    def __len__(self) -> int:
        """Return the number of scans."""
        return len(self.files)

    def load(self, index: int) -> Case:
        """Read one scan at its own size; nothing in it is marked."""
        library, file = self.files[index]
        image = library.load(file, shrink=False)
        return Case(Path(file).name, image, np.zeros(image.shape[:2], np.uint8))


@dataclass(frozen=True)
class EditedScanSet:
    """Scans of a collection that passes for authentic, with the edits that are known to be on them.

    Attributes:
        name: Name of the set.
        files: Files, each with its edits.
    """

    name: str
    files: Sequence[tuple[str, tuple[KnownEdit, ...]]]

    @classmethod
    def listed(cls, name: str, folders: SourceFolders) -> EditedScanSet:
        """List the scans on which an edit is certain, of both parts.

        A network that was trained with the same list has seen none of them.

        Raises:
            ValueError: If the folders name no list of edits, one that does not fit, or one in which
                none is certain.
        """
        known = known_edits(folders).items()
        sure = [(f, edits) for f, edits in known if any(edit.what in EDITED for edit in edits)]
        if not sure:
            raise ValueError(f"{folders.edited} must hold certain edits, but all are {SUSPECTED}")
        return cls(name, tuple(sure))

    def __len__(self) -> int:
        """Return the number of scans."""
        return len(self.files)

    def load(self, index: int) -> Case:
        """Read one scan at its own size; what is only suspected is not counted."""
        file, edits = self.files[index]
        image = ScanLibrary((file,)).load(file, shrink=False)
        mask = np.zeros(image.shape[:2], np.uint8)
        for edit in edits:
            x0, y0, x1, y1 = edit.box
            kind = EDITED.index(edit.what) + 1 if edit.what in EDITED else IGNORE
            mask[y0:y1, x0:x1] = kind
        return Case(Path(file).name, image, mask, EDITED, real=True)
