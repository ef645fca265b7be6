"""What an earlier run finished: found again by the bytes of the image and all that decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, FiniteFloat, model_validator
from pydantic_core import from_json

from forensics_rt.backends.number_formats import FLOAT32
from forensics_rt.cli.outcome import Outcome
from forensics_rt.detector import Detector
from forensics_rt.errors import ImageError
from forensics_rt.io.damage import tells_of_damage
from forensics_rt.io.file_source import digest_of
from forensics_rt.io.inputs import name_of
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.names import printable
from forensics_rt.io.pdf.attachment import Attachment
from forensics_rt.io.pdf.signature import PDF
from forensics_rt.io.sources import Source
from forensics_rt.results.saving import RESULT_SCHEMA, beside
from forensics_rt.results.schema import in_todays_schema

_DECIDES = ("bundle_id", "recipe", "calibration", "operating_point", "prevalence")


class _Region(BaseModel):
    box: tuple[int, int, int, int]


class _Provenance(BaseModel):
    image_sha256: str
    image_format: str
    conversions: list[str]
    frames: int
    page: int | None


class _Look(BaseModel):
    change: str
    kept: FiniteFloat | None
    appeared: FiniteFloat


class _Robust(BaseModel):
    agreement: FiniteFloat | None
    looks: list[_Look]
    regions: list[FiniteFloat]

    @model_validator(mode="after")
    def _shares_are_of_one_mask(self) -> _Robust:
        if any((look.kept is None) != (self.agreement is None) for look in self.looks):
            raise ValueError("all shares of an empty mask must be null, and no others")
        return self


class _Written(BaseModel):
    """What is read again of a result; validated, as another program may have written it."""

    result_schema: int = Field(RESULT_SCHEMA, alias="schema", ge=RESULT_SCHEMA, le=RESULT_SCHEMA)
    name: str
    raw_score: FiniteFloat
    score: FiniteFloat
    verdict: str | None
    forged_share: FiniteFloat
    regions: list[_Region]
    provenance: _Provenance
    seconds: dict[str, FiniteFloat]
    robust: _Robust | None = None


class EarlierResults:
    """Finds the results of an earlier run, one at a time. Thread-safe.

    Args:
        detector: Whose bundle, recipe and calibration results must come from.
        out: Where they are.
        overlay: Whether the overlay must be there.
        annotate: Whether results of PDFs must say where on the page their regions lie.
        robust: Whether results must hold the examination of changed copies.
    """

    def __init__(
        self,
        detector: Detector,
        out: Path,
        overlay: bool,
        annotate: bool = False,
        robust: bool = False,
    ) -> None:
        """Read nothing yet."""
        self._out = out
        self._annotate = annotate
        self._robust = robust
        self._password = detector.read_options.password
        self._pool = detector.decoders
        self._pictures = [".probability.png", ".mask.png", *([".overlay.jpg"] if overlay else [])]
        # Float32 is as exact as it gets. Another format that rounds than this run's would mix two.
        self._precisions = (detector.capabilities.precision, FLOAT32)
        self._refuses_damage = detector.read_options.damaged == "refuse"
        used = detector.conclusions
        recipe = used.decided(detector.recipe)
        self._wanted = [
            detector.bundle.id,
            json.loads(json.dumps(recipe.as_record())),
            used.calibration_id,
            used.operating_point_name,
            used.expected_share,
        ]

    def find(self, source: Source) -> Outcome | None:
        """Return the result for the same bytes, bundle and recipe; `None` where there is none.

        The image is read only if all else fits.
        """
        image = source.image
        if not isinstance(image, (Path, MemoryFile, Attachment)):
            return None
        if isinstance(image, Path) and image.is_fifo():
            return None
        base = self._out / source.stem
        document = self._document(beside(base, ".json"))
        # A run without overlays, or one of `detect-large`, leaves the same JSON with other files.
        if document is None or not all(_is_whole(beside(base, kind)) for kind in self._pictures):
            return None
        if source.page != document["provenance"]["page"]:
            return None
        try:
            there = (
                digest_of(image, self._password).result()
                if self._pool is None
                else self._pool.digest(image, self._password)
            )
        except ImageError:
            return None
        if there != document["provenance"]["image_sha256"]:
            return None
        # What it is called now: the same scan may lie in tonight's folder.
        document = {**document, "name": name_of(source.input)}
        document.setdefault("page_report", None)
        return Outcome(document["name"], printable(source.stem), document, skipped=True)

    def _document(self, file: Path) -> dict[str, Any] | None:
        try:
            # Not by json: nesting without end is an error of another kind there.
            document: dict[str, Any] = in_todays_schema(from_json(file.read_bytes()))
            _Written.model_validate_json(json.dumps(document), strict=True)
            there = [document["provenance"][key] for key in _DECIDES]
        except (OSError, ValueError, KeyError):
            return None
        is_pdf = document["provenance"]["image_format"] == PDF
        if self._annotate and is_pdf and document.get("page_report") is None:
            return None
        looked_at = document.get("robust") or document["verdict"] == "not_applicable"
        if self._robust and not looked_at:
            return None
        # Whoever refuses damaged images takes no result of one.
        if self._refuses_damage and tells_of_damage(document["provenance"]["conversions"]):
            return None
        if document["provenance"].get("precision") not in self._precisions:
            return None
        return document if there == self._wanted else None


def _is_whole(picture: Path) -> bool:
    # A machine that lost its power may leave a name without content.
    return picture.is_file() and picture.stat().st_size > 0
