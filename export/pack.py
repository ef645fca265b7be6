"""Files of a bundle that is being built, and the place where it goes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from export.errors import ExportError
from forensics_rt.bundle.copying import copy_files, staged
from forensics_rt.bundle.manifest import MANIFEST_FILE, FileRecord, GoldenRecord, Manifest
from forensics_rt.bundle.opening import Bundle
from forensics_rt.io.digest import sha256_of
from forensics_rt.plan.coefficients import TileCoefficients


def refuse_occupied(out: Path, force: bool) -> None:
    """Refuse a place that holds something which must not be replaced.

    Raises:
        ExportError: If `out` exists and `force` is not set, or if it is no bundle.
    """
    if not out.exists():
        return
    if not force:
        raise ExportError(
            f"{out}: exists already; choose another --out, or replace it with --force"
        )
    if not out.is_dir() or (any(out.iterdir()) and not (out / MANIFEST_FILE).is_file()):
        raise ExportError(
            f"{out}: is no bundle, there is no {MANIFEST_FILE} in it, so --force does not replace "
            "it; choose another --out"
        )


@contextlib.contextmanager
def copied(bundle: Bundle, manifest: Manifest, out: Path, force: bool) -> Iterator[Path]:
    """Give a folder with the files that a manifest vouches for, to take `out`'s place at the end.

    Args:
        bundle: Whose files.
        manifest: Which of them.
        out: The place; with `force` it may be the bundle's own.
        force: Replace a bundle that is there.

    Raises:
        ExportError: If something is in the way, or the place cannot be written.
    """
    refuse_occupied(out, force)
    try:
        with staged(out, replace=force) as folder:
            copy_files(bundle, manifest, folder)
            yield folder
    except OSError as error:
        raise ExportError(f"{out}: cannot be written: {error}") from error


def record_of(folder: Path, file: Path) -> FileRecord:
    """Return path, length and hash of a file in the bundle's folder."""
    return FileRecord(
        path=file.relative_to(folder).as_posix(),
        bytes=file.stat().st_size,
        sha256=sha256_of(file),
    )


def write_golden(
    folder: Path,
    name: str,
    image: npt.NDArray[np.uint8],
    probability: npt.NDArray[np.float32],
    coefficients: TileCoefficients | None = None,
) -> GoldenRecord:
    """Write a tile and PyTorch's answer.

    The answer is stored as float16: at most 2.5e-4 away, a quarter of the tightest tolerance, at
    half the size.

    Args:
        folder: The bundle's.
        name: Of the member.
        image: S×S×3 RGB uint8.
        probability: S×S float32 in [0, 1].
        coefficients: Of the tile, a batch of one, where the network reads them.
    """
    tile = image.shape[0]
    path = folder / "goldens" / f"{name}-{tile}.npz"
    path.parent.mkdir(exist_ok=True)
    beside = {} if coefficients is None else coefficients.feeds()
    kept = {key: array[0].astype(np.int16) for key, array in beside.items()}
    kept |= {"image": image, "probability": probability.astype(np.float16)}
    np.savez_compressed(path, allow_pickle=False, **kept)
    return GoldenRecord(tile=tile, file=record_of(folder, path))
