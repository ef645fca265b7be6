"""A run in a few numbers and rows, however many images it has."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from typing import Any

from forensics_rt.cli.outcome import Outcome
from forensics_rt.io.frames import leaves_pictures_out

MOST_ROWS = 20
# So many images one after the other may be what an engine fails on, and it be sound.
_CHANCE = 9
# Where several images are under way these two never overlap with themselves.
_BUSY = ("engine", "device")


class Tally:
    """Adds up outcomes and keeps a few: the first failures, the most suspicious images.

    Attributes:
        done: Images with a result, those of earlier runs among them.
        failed: Images without.
        skipped: Images that an earlier run had done.
        several_frames: Images that are the first of several frames of their file.
        errors: Of the first failures.
        verdicts: How often each was given.
        media: How many images of each medium there were; `unknown` for none named.
        reasons: Why verdicts are `not_applicable`, and how often.
        overlaid: Pages of PDFs on which something was painted over the scan.
        hiding: Pages of PDFs that hold something they do not show.
        stages: Seconds by stage, of the images computed in this run.
        last_error: Of the last image that failed; empty for none.
        failed_in_a_row: Images, up to the last, that failed one after the other without being to
            blame; those of earlier runs do not count.
        passed_over: Files of the folders named that are no images of the run, by suffix or other
            reason.
        attachments_left: Attachments of PDFs that are not examined.

    Example:
        >>> tally = Tally()
        >>> tally.add(Outcome("a.jpg", "a.jpg", error="a.jpg: the file is empty"))
        >>> tally.failed, tally.errors
        (1, ['a.jpg: the file is empty'])
    """

    def __init__(self, passed_over: Counter[str] | None = None, attachments_left: int = 0) -> None:
        """Start with no image.

        Args:
            passed_over: What `find_sources` passed over; `None` for nothing.
            attachments_left: How many attachments `expand_documents` left out.
        """
        self.attachments_left = attachments_left
        self.passed_over = passed_over or Counter()
        self.done = self.failed = self.skipped = self.several_frames = self.failed_in_a_row = 0
        self.overlaid = self.hiding = 0
        self.errors: list[str] = []
        self.last_error = ""
        self.verdicts: Counter[str] = Counter()
        self.media: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.stages: dict[str, float] = defaultdict(float)
        self._rows: list[tuple[float, float, int, dict[str, Any]]] = []

    @property
    def images(self) -> int:
        """How many outcomes there were."""
        return self.done + self.failed

    @property
    def computed(self) -> int:
        """How many images were computed in this run."""
        return self.done - self.skipped

    @property
    def engine_is_broken(self) -> bool:
        """Whether it answers to no image any more, as far as this run saw."""
        return self.failed_in_a_row > (0 if self.computed == 0 else _CHANCE)

    @property
    def engine_seconds(self) -> float:
        """Time in which the engine was at work for images of this run."""
        return sum(self.stages.get(stage, 0.0) for stage in _BUSY)

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        if outcome.document is None:
            self.failed += 1
            self.failed_in_a_row += outcome.unforeseen
            said = outcome.error or outcome.name
            # An error of a recipe or an engine does not know the image.
            self.last_error = said if outcome.name in said else f"{outcome.name}: {said}"
            if len(self.errors) < MOST_ROWS:
                self.errors.append(self.last_error)
            return
        self.done += 1
        self.skipped += outcome.skipped
        if not outcome.skipped:
            self.failed_in_a_row = 0
        provenance = outcome.document["provenance"]
        frames = provenance["frames"] if provenance["page"] is None else 1
        self.several_frames += leaves_pictures_out(frames, provenance["image_format"])
        line = outcome.to_line()
        self.media[line["medium"] or "unknown"] += 1
        self.overlaid += line["overlays"] > 0
        self.hiding += line["hidden"] > 0
        if line["reason"] is not None:
            self.reasons[line["reason"]] += 1
        if line["verdict"] is not None:
            self.verdicts[line["verdict"]] += 1
        if not outcome.skipped:
            for stage, seconds in outcome.document["seconds"].items():
                self.stages[stage] += seconds
        keep = heapq.heappush if len(self._rows) < MOST_ROWS else heapq.heappushpop
        row = {**line, "seconds": None} if outcome.skipped else line
        # Of equal ones the first.
        keep(self._rows, (row["score"], row["raw_score"], -self.done, row))

    def rows(self) -> list[dict[str, Any]]:
        """Return all images in order if they are few, or else those of the highest scores.

        Of equal scores the one with the higher raw score comes first: it tells apart what a
        calibration gives the same score.

        Returns:
            `Outcome.to_line` of each; `seconds` is `None` if an earlier run did it.
        """
        if self.done <= MOST_ROWS:
            return [row for *_, row in sorted(self._rows, key=lambda entry: -entry[2])]
        return [row for *_, row in sorted(self._rows, reverse=True)]

    def figures(self, wall: float) -> dict[str, Any]:
        """Return the numbers of the run for `summary.json`.

        Args:
            wall: Seconds from the first image to the last file.
        """
        return {
            "images": self.images,
            "done": self.done,
            "failed": self.failed,
            "done_before": self.skipped,
            "passed_over": dict(self.passed_over),
            "attachments_not_examined": self.attachments_left,
            "verdicts": dict(self.verdicts),
            "media": dict(self.media),
            "pages_with_overlays": self.overlaid,
            "pages_with_hidden_parts": self.hiding,
            "wall_seconds": round(wall, 3),
            "images_per_second": round(self.computed / wall, 3),
            "engine_seconds": round(self.engine_seconds, 3),
            "engine_busy": round(self.engine_seconds / wall, 4),
            "stage_seconds": {stage: round(value, 3) for stage, value in self.stages.items()},
        }
