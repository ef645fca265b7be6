"""The Parquet files of a run: a row a page, each file whole or not there."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from forensics_rt.distributed.places import Place, load_pyarrow
from forensics_rt.distributed.rows import KEY, OF_THE_RUN, row_schema
from forensics_rt.distributed.stores import place_of
from forensics_rt.errors import OutputError

FOLDER = "parts"
_SUFFIX = ".parquet"


def parts_in(folder: Place) -> list[Place]:
    """List the Parquet files of a folder, in the order of their numbers."""
    return [part for part, _, _ in folder.files() if part.path.endswith(_SUFFIX)]


def part_of(folder: Place, number: int) -> Place:
    """Return where the file of a number is."""
    return folder.below(f"part-{number:06d}{_SUFFIX}")


def number_of(part: Place) -> int:
    """Return the number of a file; -1 for one that another program wrote."""
    number = part.path.rpartition("-")[2].removesuffix(_SUFFIX)
    return int(number) if number.isdigit() else -1


def write_part(part: Place, rows: Any) -> None:
    """Write a file.

    Args:
        part: Where to.
        rows: A list of rows, or a table of pyarrow.

    Raises:
        OutputError: If it cannot be written.
    """
    table = load_pyarrow().Table.from_pylist(rows, row_schema()) if isinstance(rows, list) else rows
    stream = io.BytesIO()
    load_pyarrow("parquet").write_table(table, stream, compression="zstd")
    part.write(stream.getvalue())


def read_part(part: Place, **how: Any) -> Any:
    """Return a table of pyarrow.

    Args:
        part: The file.
        how: As of `pyarrow.parquet.read_table`.

    Raises:
        pyarrow.ArrowInvalid: If it is not whole.
    """
    return load_pyarrow("parquet").read_table(io.BytesIO(part.read()), **how)


def rows_in(part: Place) -> int:
    """Return how many rows a file has, as its footer says."""
    with part.filesystem.open_input_file(part.path) as stream:
        return int(load_pyarrow("parquet").read_metadata(stream).num_rows)


def read_results(out: str | Path, run_columns: bool = True) -> Any:
    """Return all rows of a run as a `pyarrow.Table`, sorted by path and page.

    Args:
        out: Where the results are.
        run_columns: Whether to keep the columns that two runs over the same files do not share:
            the seconds.

    Raises:
        OutputError: If there are none.
    """
    folder = place_of(out).below(FOLDER)
    parts = parts_in(folder)
    if not parts:
        raise OutputError(f"{folder.name}: has no results; look at the path")
    tables = [read_part(part, schema=row_schema()) for part in parts]
    table = load_pyarrow().concat_tables(tables)
    table = table.sort_by([(name, "ascending") for name in KEY])
    return table if run_columns else table.drop_columns(list(OF_THE_RUN))
