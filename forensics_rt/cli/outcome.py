"""What became of one image of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forensics_rt.results.saving import RESULT_SCHEMA


@dataclass(frozen=True)
class Outcome:
    """What became of one image.

    Attributes:
        name: The image.
        stem: Where its results are, relative to the output folder and without a suffix.
        document: What its JSON file holds; `None` for a failure.
        error: Why there is no result; `None` where there is one.
        error_type: Name of the error's class, such as `ImageUnreadable`; `None` likewise.
        skipped: Whether the result is that of an earlier run.
        unforeseen: Whether the image cannot be blamed: the engine failed, or what no check foresaw.
    """

    name: str
    stem: str
    document: dict[str, Any] | None = None
    error: str | None = None
    error_type: str | None = None
    skipped: bool = False
    unforeseen: bool = False

    def to_line(self) -> dict[str, Any]:
        """Return what a line of `results.jsonl` says: enough to sort and choose by.

        Example:
            >>> list(Outcome("a.jpg", "a.jpg", error="a.jpg: the file is empty").to_line())
            ['schema', 'image', 'results', 'error', 'error_type']
        """
        line: dict[str, Any] = {
            "schema": RESULT_SCHEMA,
            "image": self.name,
            "results": self.stem,
        }
        if self.document is None:
            return line | {"error": self.error, "error_type": self.error_type}
        regions, provenance = self.document["regions"], self.document["provenance"]
        page = self.document.get("page_report") or {}
        robust = self.document.get("robust")
        if robust is not None:
            line |= {"agreement": robust["agreement"]}
        return line | {
            "raw_score": self.document["raw_score"],
            "score": self.document["score"],
            "verdict": self.document["verdict"],
            "reason": self.document.get("reason"),  # not in the files of earlier versions
            "medium": (self.document.get("medium") or {}).get("name"),
            "forged_share": self.document["forged_share"],
            "regions": len(regions),
            "largest_box": regions[0]["box"] if regions else None,
            "overlays": len(page.get("overlays", ())),
            "hidden": len(page.get("hidden", ())),
            "seconds": round(sum(self.document["seconds"].values()), 6),
            "frames": provenance["frames"],
            "page": provenance["page"],
            "sha256": provenance["image_sha256"],
        }
