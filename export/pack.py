"""Writing a bundle's folder: whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from forensics_rt.bundle import Bundle
from forensics_rt.errors import ExportError
from forensics_rt.io.digest import sha256_of
from forensics_rt.manifest import MANIFEST_FILE, FileRecord, GoldenRecord, Manifest


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
def staged(out: Path) -> Iterator[Path]:
    """Give a folder beside `out` to write into, which takes its place at the end.

    When the body raises, the folder is removed, with the parents that were made for it.

    Example:
        >>> with staged(Path("bundle")) as folder:  # doctest: +SKIP
        ...     (folder / "manifest.json").write_text("{}")
    """
    made = [parent for parent in out.absolute().parents if not parent.exists()]
    staging = out.absolute().parent / f".{out.name}.partial-{os.getpid()}"
    try:
        staging.mkdir(parents=True)
        yield staging
        _take_the_place(staging, out)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        for parent in made:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise


def _take_the_place(staging: Path, out: Path) -> None:
    if not out.exists():
        staging.rename(out)
        return
    replaced = staging.with_name(f"{staging.name}-replaced")
    out.rename(replaced)
    try:
        staging.rename(out)
    except OSError:
        replaced.rename(out)
        raise
    shutil.rmtree(replaced)


def record_of(folder: Path, file: Path) -> FileRecord:
    """Return path, length and hash of a file in the bundle's folder."""
    return FileRecord(
        path=file.relative_to(folder).as_posix(),
        bytes=file.stat().st_size,
        sha256=sha256_of(file),
    )


def write_golden(
    folder: Path, name: str, image: npt.NDArray[np.uint8], probability: npt.NDArray[np.float32]
) -> GoldenRecord:
    """Write a tile and PyTorch's answer.

    The answer is stored as float16: at most 2.5e-4 away, a quarter of the tightest tolerance, at
    half the size.

    Args:
        folder: The bundle's.
        name: Of the member.
        image: S×S×3 RGB uint8.
        probability: S×S float32 in [0, 1].
    """
    tile = image.shape[0]
    path = folder / "goldens" / f"{name}-{tile}.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(path, image=image, probability=probability.astype(np.float16))
    return GoldenRecord(tile=tile, file=record_of(folder, path))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, and open the bundle as a runtime would."""
    (folder / MANIFEST_FILE).write_text(manifest.to_json(), encoding="utf-8")
    Bundle.open(folder)
