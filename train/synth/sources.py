"""Everything pages are made from: typefaces, scans, photographs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from train.synth.scene.fonts import FontBook, find_fonts
from train.synth.scene.scans import ScanLibrary, find_images


@dataclass(frozen=True)
class SourceFolders:
    """Where the raw material lies; folders are named by the user.

    Attributes:
        fonts: Folders with font files.
        scans: Folders with scanned documents that come with boxes.
        boxes: Folder with the CSV files of `scans`, or empty.
        plain_scans: Folders with scanned documents without boxes.
        photos: Folders with photographs.
    """

    fonts: tuple[str, ...] = ("/usr/share/fonts",)
    scans: tuple[str, ...] = ()
    boxes: str = ""
    plain_scans: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sources:
    """Raw material of one part of the data, opened.

    Attributes:
        fonts: Typefaces.
        scans: Scans with boxes.
        plain_scans: Scans without boxes.
        photos: Photographs.
    """

    fonts: FontBook
    scans: ScanLibrary
    plain_scans: ScanLibrary
    photos: ScanLibrary


def open_sources(folders: SourceFolders, held_out: bool) -> Sources:
    """List the files of the training part or of the held-out part.

    Raises:
        ValueError: If a folder is missing, the font folders lack a script, or folders of images
            hold fewer than two.
    """
    _require(folders)
    return Sources(
        scans=ScanLibrary(_images("scans", folders.scans, held_out), folders.boxes or None),
        plain_scans=ScanLibrary(_images("plain_scans", folders.plain_scans, held_out)),
        photos=ScanLibrary(_images("photos", folders.photos, held_out)),
        fonts=find_fonts(folders.fonts, held_out),
    )


def _require(folders: SourceFolders) -> None:
    for field in fields(folders):
        named = getattr(folders, field.name)
        for folder in (named,) if isinstance(named, str) else named:
            if folder and not Path(folder).is_dir():
                raise ValueError(
                    f"[sources] {field.name} of the configuration names {folder}, but there is no "
                    "such folder; these folders are yours to fill (docs/training.md): name your "
                    f"own, or leave {field.name} out"
                )


def _images(name: str, folders: tuple[str, ...], held_out: bool) -> tuple[str, ...]:
    found = find_images(folders, None)
    if folders and len(found) < 2:
        raise ValueError(
            f"the folders of {name} must hold at least 2 images, one of which is held out, but "
            f"{', '.join(folders)}: found {len(found)}; add images, or leave {name} out"
        )
    return find_images(folders, held_out)
