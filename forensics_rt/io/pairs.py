"""Labeled images: pairs of an image and its mask, from folders or from a list."""

from __future__ import annotations

import codecs
import csv
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.errors import LabelError
from forensics_rt.io.masks import AUTHENTIC_BELOW, FORGED_FROM, read_levels
from forensics_rt.io.sources import SUFFIXES

IGNORE = 255
MASK_ENDINGS = ("", "_mask", "_gt", "_edge", "_forged")
_COLUMNS = frozenset({"image", "mask", "group"})
_SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True)
class LabeledImage:
    """One image with what is known of it.

    Attributes:
        image: Its file.
        mask: Gray image of the same size, bright where forged; `None` for an authentic image.
        group: Images of one origin share a group, and a split never tears a group apart.
    """

    image: Path
    mask: Path | None
    group: str


def find_pairs(images: Path, masks: Path | None, authentic: bool = False) -> list[LabeledImage]:
    """Pair the images of a folder with the masks of another one by their stems.

    `scan.jpg` belongs to `scan.png`, `scan_mask.png` or `scan_gt.png`, whichever is there. If both
    folders are one, files whose stem ends like a mask are masks.

    Args:
        images: Folder of images; sub-folders are not entered.
        masks: Folder of masks, or `None` if all images are authentic.
        authentic: Take an image without a mask for authentic instead of refusing it.

    Returns:
        Sorted by name; every image is its own group.

    Raises:
        LabelError: If a folder is missing or empty, an image has no mask or several, two have the
            same, or two masks differ in the suffix alone; with `authentic` also if a mask is that
            of no image.

    Example:
        >>> find_pairs(Path("scans"), Path("masks"))[0].mask  # doctest: +SKIP
        PosixPath('masks/scan.png')
    """
    same = masks is not None and masks.resolve() == images.resolve()
    files = [file for file in _image_files(images) if not (same and _ends_like_mask(file))]
    there = [] if masks is None else _image_files(masks)
    by_stem = _by_stem([file for file in there if not same or _ends_like_mask(file)])
    stems = {file.stem for file in files}
    pairs = []
    for file in files:
        mask = _mask_of(file, by_stem, stems)
        if mask is None and masks is not None and not authentic:
            raise LabelError(
                f"{file} must have a mask named {file.stem}.png or {file.stem}_mask.png in "
                f"{masks}, but none is there; add a black one, or say that images without a mask "
                "are authentic"
            )
        pairs.append(LabeledImage(file, mask, file.stem))
    _refuse_shared_masks(pairs)
    if authentic:
        _refuse_stray_masks(images, by_stem, stems)
    return pairs


def _ends_like_mask(file: Path) -> bool:
    return file.stem.endswith(MASK_ENDINGS[1:])


def _by_stem(masks: list[Path]) -> dict[str, Path]:
    by_stem: dict[str, Path] = {}
    for file in masks:
        if by_stem.setdefault(file.stem, file) != file:
            raise LabelError(
                f"{by_stem[file.stem]} and {file} must differ in more than the suffix, because an "
                "image has one mask; remove one of them, or name the masks in a list"
            )
    return by_stem


def _mask_of(image: Path, by_stem: Mapping[str, Path], stems: set[str]) -> Path | None:
    called = [image.stem + ending for ending in MASK_ENDINGS if image.stem + ending in by_stem]
    # The mask of an image scan_forged may look like one of scan.
    own = [stem for stem in called if stem == image.stem or stem not in stems]
    if len(own) > 1:
        raise LabelError(
            f"{image} must have one mask, but {by_stem[own[0]]} and {by_stem[own[1]]} are called "
            "like it; remove one of them, or name the masks in a list"
        )
    return by_stem[(own or called)[0]] if called else None


def _refuse_shared_masks(pairs: list[LabeledImage]) -> None:
    of_mask: dict[Path, Path] = {}
    for pair in pairs:
        if pair.mask is not None and of_mask.setdefault(pair.mask, pair.image) != pair.image:
            raise LabelError(
                f"{of_mask[pair.mask]} and {pair.image} must have a mask each, but share "
                f"{pair.mask.name}; give them different names, or name the masks in a list"
            )


def _refuse_stray_masks(images: Path, by_stem: Mapping[str, Path], stems: set[str]) -> None:
    stray = [
        file
        for stem, file in by_stem.items()
        if not any(stem.endswith(e) and stem.removesuffix(e) in stems for e in MASK_ENDINGS)
    ]
    if stray:
        raise LabelError(
            f"{stray[0]} must be the mask of an image in {images}: named like it, or with one of "
            f"{', '.join(MASK_ENDINGS[1:])} after its name, but no image has that name "
            f"({len(stray)} such masks). Its image would count as authentic: rename one of them, "
            "remove the mask, or name the pairs in a list"
        )


def read_pairs(path: Path) -> list[LabeledImage]:
    r"""Read a list of labeled images: CSV with a header, or JSON with a list of objects.

    Keys are `image`, `mask` (empty or absent for an authentic image) and `group` (the stem of the
    image if absent). Paths are relative to the folder of the list; `/` and `\` both stand between
    folders. A CSV may have `,`, `;` or a tab between its columns, and either file may be UTF-8 or
    UTF-16, as spreadsheets write them.

    Raises:
        LabelError: If the list cannot be read, is empty, or names a file that does not exist.
    """
    rows = _rows(path)
    pairs = []
    for number, row in enumerate(rows, 1):
        if not row.get("image") or set(row) - _COLUMNS:
            raise LabelError(
                f"entry {number} of {path} must hold image and may hold mask and group, "
                f"but holds {sorted(str(key) for key in row)}"
            )
        image = _named(path.parent, str(row["image"]))
        mask = _named(path.parent, str(row["mask"])) if row.get("mask") else None
        for file in (image, mask):
            # Of a name that no system takes pathlib raises.
            if file is not None and not os.path.isfile(file):
                raise LabelError(f"entry {number} of {path} names {file}, which does not exist")
        pairs.append(LabeledImage(image, mask, str(row.get("group") or image.stem)))
    if not pairs:
        raise LabelError(f"{path} must list at least one image, but is empty")
    return pairs


def load_mask(pair: LabeledImage, height: int, width: int) -> npt.NDArray[np.uint8]:
    """Read the mask of an image as classes: 0 authentic, 1 forged, 255 ignored.

    Levels 0–63 mean authentic and 192–255 forged; 64–191 mean that nobody can tell, as the
    generator writes it. `masks.read_levels` says how other files become levels, and which do not.

    Args:
        pair: The labeled image.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        H×W uint8.

    Raises:
        LabelError: If the mask cannot be read or understood, or has another size.
    """
    if pair.mask is None:
        return np.zeros((height, width), np.uint8)
    gray = read_levels(pair.mask)
    if gray.shape != (height, width):
        raise LabelError(
            f"{pair.mask} must be {width}×{height} like {pair.image}, "
            f"but is {gray.shape[1]}×{gray.shape[0]}"
        )
    mask = np.full(gray.shape, IGNORE, np.uint8)
    mask[gray < AUTHENTIC_BELOW] = 0
    mask[gray >= FORGED_FROM] = 1
    return mask


def _image_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise LabelError(f"{folder} must be a folder of images, but is not")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files:
        raise LabelError(f"{folder} must hold images, but holds none")
    return files


def _named(folder: Path, name: str) -> Path:
    path = folder / name
    # A backslash may be a part of a name, though hardly any has one.
    if "\\" not in name or os.path.isfile(path):
        return path
    return folder / name.replace("\\", "/")


def _rows(path: Path) -> list[Mapping[str, Any]]:
    try:
        data = path.read_bytes()
        is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = data.decode("utf-16" if is_utf_16 else "utf-8-sig")
        if path.suffix.lower() == ".json":
            table = json.loads(text)
            if not isinstance(table, list) or not all(isinstance(row, dict) for row in table):
                raise LabelError(
                    f"{path} must hold a JSON list of objects, but holds something else"
                )
            return table
        lines = text.splitlines()
        header = lines[0] if lines else ""
        # The names of the columns hold none of the separators.
        return list(csv.DictReader(lines, delimiter=max(_SEPARATORS, key=header.count)))
    except UnicodeDecodeError as error:
        raise LabelError(
            f"{path} must be UTF-8 or UTF-16, but its byte {error.start + 1} is neither; save it "
            'as UTF-8, which spreadsheets call "CSV UTF-8"'
        ) from error
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise LabelError(f"{path} must be a CSV or JSON list of images: {error}") from error
