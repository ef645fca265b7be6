"""Everything pages are made from: typefaces, scans, photographs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from pydantic.dataclasses import dataclass as pydantic_dataclass

from train.ranges import STRICT
from train.synth.collections import Collection, Domain, OpenCollection, open_collections
from train.synth.known_edits import KnownEdit, edits_by_file, read_known_edits
from train.synth.scene.fonts import FontBook, find_fonts
from train.synth.scene.scans import ScanLibrary, find_images


@pydantic_dataclass(frozen=True, config=STRICT)
class SourceFolders:
    """Where the raw material lies; folders are named by the user.

    Attributes:
        fonts: Folders with font files.
        scans: Folders with scanned documents that come with boxes.
        boxes: Folder with the CSV files of `scans`, or empty.
        plain_scans: Folders with scanned documents without boxes.
        photos: Folders with photographs.
        collections: Folders with authentic images of any kind, each with a share of its own; they
            take the place of `scans` and `plain_scans`.
        edited: CSV of edits that are known to be on scans of `scans` and `plain_scans`
            (`known_edits.py`), or empty; these scans are left out, of `collections` too.
    """

    fonts: tuple[str, ...] = ("/usr/share/fonts",)
    scans: tuple[str, ...] = ()
    boxes: str = ""
    plain_scans: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    edited: str = ""
    collections: tuple[Collection, ...] = ()


@dataclass(frozen=True)
class Sources:
    """Raw material of one part of the data, opened.

    Attributes:
        fonts: Typefaces.
        scans: Scans with boxes.
        plain_scans: Scans without boxes.
        photos: Photographs.
        collections: Authentic images of any kind.
        unused: Those of the cross test, in the held-out part alone: all of their files.
    """

    fonts: FontBook
    scans: ScanLibrary
    plain_scans: ScanLibrary
    photos: ScanLibrary
    collections: tuple[OpenCollection, ...] = ()
    unused: tuple[OpenCollection, ...] = ()

    def of_domain(self, domain: Domain, crossed: bool = False) -> Sources:
        """Return the same sources with the collections of one domain alone.

        Args:
            domain: Which.
            crossed: Take those that never train, where the domain has any.
        """
        chosen = tuple(one for one in self.collections if one.domain == domain)
        unused = tuple(one for one in self.unused if one.domain == domain)
        return replace(self, collections=(crossed and unused) or chosen)


def open_sources(folders: SourceFolders, held_out: bool) -> Sources:
    """List the files of the training part or of the held-out part.

    Raises:
        ValueError: If a folder is missing, the font folders lack a script, or folders of images
            hold fewer than two; if the list of known edits cannot be read.
    """
    _require(folders)
    scans = _images("scans", folders.scans, held_out)
    plain_scans = _images("plain_scans", folders.plain_scans, held_out)
    given = scans or plain_scans or folders.collections
    edited = known_edits(folders) if folders.edited and given else {}
    return Sources(
        scans=ScanLibrary(_without(scans, edited), folders.boxes or None),
        plain_scans=ScanLibrary(_without(plain_scans, edited)),
        photos=ScanLibrary(_images("photos", folders.photos, held_out)),
        fonts=find_fonts(folders.fonts, held_out),
        collections=open_collections(_named(folders, False), held_out, edited),
        unused=open_collections(_named(folders, True), None, edited) if held_out else (),
    )


def _named(folders: SourceFolders, unused: bool) -> tuple[Collection, ...]:
    return tuple(one for one in folders.collections if one.unused == unused)


def _require(folders: SourceFolders) -> None:
    for field in fields(folders):
        if field.name in ("edited", "collections"):
            continue  # which say so themselves
        named = getattr(folders, field.name)
        for folder in (named,) if isinstance(named, str) else named:
            if folder and not Path(folder).is_dir():
                raise ValueError(
                    f"[sources] {field.name} of the configuration names {folder}, but there is no "
                    "such folder; these folders are yours to fill (docs/how-to/training.md): name "
                    f"your own, or leave {field.name} out"
                )


def known_edits(folders: SourceFolders) -> dict[str, tuple[KnownEdit, ...]]:
    """List the scans of both parts on which edits are known or suspected, with these.

    Raises:
        ValueError: If the folders name no list of edits, or one that does not fit.
    """
    if not folders.edited:
        raise ValueError("[sources] of the configuration must name edited, a list of known edits")
    named = tuple(name for one in folders.collections for name in one.folders)
    files = find_images((*folders.scans, *folders.plain_scans, *named), None)
    return edits_by_file(read_known_edits(Path(folders.edited)), files)


def _without(
    files: tuple[str, ...], edited: Mapping[str, tuple[KnownEdit, ...]]
) -> tuple[str, ...]:
    # After the split, so that the others stay on the side where they were.
    return tuple(file for file in files if file not in edited)


def _images(name: str, folders: tuple[str, ...], held_out: bool) -> tuple[str, ...]:
    found = find_images(folders, None)
    if folders and len(found) < 2:
        raise ValueError(
            f"the folders of {name} must hold at least 2 images, one of which is held out, but "
            f"{', '.join(folders)}: found {len(found)}; add images, or leave {name} out"
        )
    return find_images(folders, held_out)
