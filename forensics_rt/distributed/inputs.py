"""From folders, lists, Parquet files and datasets to the files of a run."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from forensics_rt.distributed.places import Place, is_address, load_pyarrow
from forensics_rt.distributed.stores import place_of
from forensics_rt.errors import ImageNotFound
from forensics_rt.io.names import printable
from forensics_rt.io.sources import STANDARD_INPUT, SUFFIXES, find_sources

COLUMN = "path"
_PARQUET = ".parquet"


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file of a run.

    Attributes:
        name: What rows call it: an absolute path, or an address.
        place: Where it is.
        size: In bytes; -1 where it is not there.
        modified: When it was written, in nanoseconds since 1970; -1 where it is not there.
    """

    name: str
    place: Place
    size: int = -1
    modified: int = -1


@dataclass
class Inputs:
    """The files of a run, each once.

    Attributes:
        files: Sorted by name.
        passed_over: How many files of folders are no images, by suffix or other reason.
        repeated: How many were named more than once.
    """

    files: list[InputFile] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    repeated: int = 0


def list_inputs(paths: Any, out: Place) -> Inputs:
    """List the files that paths stand for.

    Args:
        paths: One or several of: a file, a folder, a pattern of local files, an address of an
            object store, a Parquet file with a column `path`; or a `ray.data.Dataset` with one.
        out: The results; what lies in it is no input.

    Raises:
        ImageNotFound: If a folder cannot be listed, a Parquet file cannot be read or has no such
            column, or standard input is named.
    """
    found = Inputs()
    by_name: dict[str, InputFile] = {}
    for file in _expand(_names_in(paths), out, found.passed_over):
        found.repeated += file.name in by_name
        by_name.setdefault(file.name, file)
    found.files = [by_name[name] for name in sorted(by_name)]
    return found


def _names_in(paths: Any) -> Iterator[str | Path]:
    if isinstance(paths, (str, Path)):
        yield paths
    elif hasattr(paths, "iter_batches"):  # a dataset; all of it, before workers take the CPUs
        if COLUMN not in paths.columns():
            raise _no_column("the dataset", paths.columns())
        for batch in paths.select_columns([COLUMN]).iter_batches(batch_format="pyarrow"):
            yield from batch[COLUMN].to_pylist()
    else:
        yield from paths


def _expand(
    names: Iterable[str | Path], out: Place, passed_over: Counter[str]
) -> Iterator[InputFile]:
    results = Path(out.path) if out.is_local else None
    for name in names:
        if name == STANDARD_INPUT:
            raise ImageNotFound("<stdin>", "is not on other machines; name files or folders")
        if str(name).endswith(_PARQUET):
            yield from _expand(_listed_in(place_of(name)), out, passed_over)
        elif is_address(name):
            yield from _of_store(place_of(name), out, passed_over)
        else:
            for source in find_sources([name], results, passed_over):
                if isinstance(source.image, Path):
                    yield _local(source.image)


def _listed_in(file: Place) -> list[str]:
    try:
        table = load_pyarrow("parquet").read_table(io.BytesIO(file.read()))
    except (OSError, ValueError) as error:
        raise ImageNotFound(file.name, f"cannot be read as Parquet: {error}") from error
    if COLUMN not in table.column_names:
        raise _no_column(file.name, table.column_names)
    return [str(name) for name in table[COLUMN].to_pylist()]


def _no_column(name: str, there: Iterable[str]) -> ImageNotFound:
    return ImageNotFound(
        name, f"must have a column {COLUMN!r} with the paths, but has {sorted(there)}; rename one"
    )


def _of_store(place: Place, out: Place, passed_over: Counter[str]) -> Iterator[InputFile]:
    fs = load_pyarrow("fs")
    try:
        info = place.filesystem.get_file_info(place.path)
        if info.type != fs.FileType.Directory:
            there = info.type == fs.FileType.File
            known = (info.size, info.mtime_ns or 0) if there else (-1, -1)
            yield InputFile(place.name, place, *known)
            return
        files = place.files()
    except OSError as error:
        raise ImageNotFound(
            place.name, f"cannot be listed: {error}; look at the address and the credentials"
        ) from error
    for file, size, modified in files:
        suffix = PurePosixPath(file.path).suffix.lower()
        if file.name.startswith(out.name + "/"):
            continue
        if suffix in SUFFIXES:
            yield InputFile(file.name, file, size, modified)
        else:
            passed_over[printable(suffix) or "without a suffix"] += 1


def _local(path: Path) -> InputFile:
    place = place_of(path)
    try:
        status = os.stat(place.path)
    except OSError:  # reading it says why
        return InputFile(place.name, place)
    return InputFile(place.name, place, status.st_size, status.st_mtime_ns)
