"""A row for each page: the schema of the results, and how rows are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forensics_rt.distributed.inputs import InputFile
from forensics_rt.distributed.places import load_pyarrow

# Another number once a column goes or changes meaning.
ROW_SCHEMA = 1
# What differs between two runs over the same files.
OF_THE_RUN = ("seconds",)
KEY = ("path", "page")

Row = dict[str, Any]


def row_schema() -> Any:
    """Return the schema of the Parquet files, as pyarrow has it."""
    pa = load_pyarrow()
    region = pa.struct(
        [
            ("box", pa.list_(pa.int32())),
            ("area", pa.int64()),
            ("mean_probability", pa.float64()),
            ("polygon", pa.list_(pa.list_(pa.int32()))),
            ("page_box", pa.list_(pa.float64())),
        ]
    )
    columns = {
        "schema": pa.int16(),
        "path": pa.string(),
        "page": pa.int32(),
        "size": pa.int64(),
        "modified": pa.int64(),
        "content": pa.string(),
        "settings": pa.string(),
        "bundle": pa.string(),
        "recipe": pa.string(),
        "width": pa.int32(),
        "height": pa.int32(),
        "raw_score": pa.float64(),
        "score": pa.float64(),
        "calibrated": pa.bool_(),
        "verdict": pa.string(),
        "reason": pa.string(),
        "medium": pa.string(),
        "forged_share": pa.float64(),
        "regions": pa.list_(region),
        "overlays": pa.int32(),
        "hidden": pa.int32(),
        "format": pa.string(),
        "conversions": pa.list_(pa.string()),
        "exif_orientation": pa.int16(),
        "map": pa.string(),
        "mask": pa.string(),
        "error": pa.string(),
        "error_type": pa.string(),
        "seconds": pa.float64(),
    }
    return pa.schema(list(columns.items()), metadata={"forensics_rt.rows": str(ROW_SCHEMA)})


def row_of(document: Mapping[str, Any], settings: str, files: Mapping[str, str]) -> Row:
    """Return the row of a detection, without what its file brings.

    Args:
        document: What `Detection.to_dict` returns.
        settings: Id of the settings of the run.
        files: Where `map` and `mask` are, relative to the results; empty for none.
    """
    provenance, page = document["provenance"], document["page_report"] or {}
    return {
        "schema": ROW_SCHEMA,
        "page": provenance["page"],
        "settings": settings,
        "bundle": provenance["bundle_id"],
        "recipe": provenance["recipe"]["name"],
        **{name: document[name] for name in ("width", "height", "raw_score", "score")},
        **{name: document[name] for name in ("calibrated", "verdict", "reason")},
        "medium": (document["medium"] or {}).get("name"),
        "forged_share": document["forged_share"],
        "regions": document["regions"],
        "overlays": len(page.get("overlays", ())),
        "hidden": len(page.get("hidden", ())),
        "format": provenance["image_format"],
        "conversions": list(provenance["conversions"]),
        "exif_orientation": document["exif_orientation"],
        **files,
        "seconds": round(sum(document["seconds"].values()), 6),
    }


def error_row(settings: str, error: str, error_type: str) -> Row:
    """Return the row of a page, or of a whole file, that has no result.

    Args:
        settings: Id of the settings of the run.
        error: What is wrong, without the name of the file.
        error_type: Name of the error's class.
    """
    return {
        "schema": ROW_SCHEMA,
        "page": None,
        "settings": settings,
        "error": error,
        "error_type": error_type,
    }


def fatal_row(settings: str, why: str) -> Row:
    """Return the row of a file that ends the process that decodes it."""
    return error_row(settings, f"the process that decoded it {why}", "WorkerDied")


def of_file(row: Row, file: InputFile, content: str | None) -> Row:
    """Return a row with what its file brings: equal bytes have equal rows but for this.

    Args:
        row: Of `row_of` or `error_row`, or of another file of the same bytes.
        file: Whose row it becomes.
        content: SHA-256 of its bytes; `None` where they could not be read.
    """
    return {
        **row,
        "path": file.name,
        "size": file.size,
        "modified": file.modified,
        "content": content,
    }
