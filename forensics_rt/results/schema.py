"""Saved results of every schema, read as those of today."""

from __future__ import annotations

from typing import Any

from forensics_rt.io.old_words import in_todays_words
from forensics_rt.results.saving import RESULT_SCHEMA


def in_todays_schema(document: Any) -> Any:
    """Return what a result's JSON holds under the names of today's schema.

    Args:
        document: Of schema 1, of before there were schemas, or of today; it is not changed. What is
            no result comes back as it is.

    Example:
        >>> in_todays_schema({"schema": 1, "verdict": "untouched", "evidence": 0.1})
        {'schema': 2, 'verdict': 'authentic', 'raw_score': 0.1}
    """
    if not isinstance(document, dict) or document.get("schema", 1) != 1:
        return document
    renamed: dict[str, Any] = {"schema": RESULT_SCHEMA}
    renamed |= in_todays_words({key: document[key] for key in document if key != "schema"})
    if renamed.get("verdict") == "untouched":
        renamed["verdict"] = "authentic"
    if isinstance(provenance := renamed.get("provenance"), dict):
        names = {"clear_tiles": "settled_tiles"}
        provenance = {names.get(key, key): value for key, value in provenance.items()}
        provenance["recipe"] = in_todays_words(provenance.get("recipe"))
        renamed["provenance"] = provenance
    if isinstance(files := renamed.get("files"), dict):
        names = {"disagreement": "uncertainty"}
        renamed["files"] = {names.get(kind, kind): name for kind, name in files.items()}
    return renamed
