"""What is answered, as models: the service's OpenAPI is made of them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from forensics_rt.calibration.verdict import VerdictName
from forensics_rt.io.medium.kinds import MediumName
from forensics_rt.io.pdf.page_report import PageReport
from forensics_rt.results.detection import Detection
from forensics_rt.results.provenance import Provenance
from forensics_rt.serve.problems import ProblemDetails

JobState = Literal["waiting", "running", "done", "failed", "canceled"]
PageState = Literal["waiting", "done", "failed", "canceled"]


class MediumAnswer(BaseModel):
    """What kind of picture it is."""

    name: MediumName
    evidence: str


class RegionAnswer(BaseModel):
    """One connected part of the mask."""

    polygon: list[tuple[int, int]] = Field(description="Outer contour, (x, y) in pixels.")
    box: tuple[int, int, int, int] = Field(description="Left, top, width, height in pixels.")
    area: int = Field(ge=1, description="Pixels.")
    mean_probability: float = Field(ge=0, le=1)
    page_box: tuple[float, float, float, float] | None = Field(
        description="Left, bottom, right, top in units of the PDF page, y upwards."
    )


class ResultAnswer(BaseModel):
    """The result of one image: what `forensics-rt detect` writes as `NAME.json`."""

    schema_: int = Field(alias="schema", description="Of this document.")
    name: str = Field(description="As the client calls the file, with `-page2` for a page.")
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    raw_score: float = Field(ge=0, le=1)
    score: float = Field(ge=0, le=1)
    calibrated: bool
    verdict: VerdictName | None
    reason: str | None
    medium: MediumAnswer | None
    threshold: float
    high_threshold: float | None
    high_area: int = Field(ge=1)
    forged_share: float = Field(ge=0, le=1)
    exif_orientation: int = Field(ge=1, le=8)
    regions: list[RegionAnswer]
    page_report: PageReport | None
    provenance: Provenance
    seconds: dict[str, float]


class BatchLine(BaseModel):
    """One line of a batch: an image's result, or why it has none."""

    file: int = Field(ge=0, description="Which file of the request, from 0.")
    name: str | None = Field(description="As the client calls it.")
    page: int = Field(ge=1, description="Which page of it.")
    pages: int = Field(ge=1, description="How many pages it has.")
    result: ResultAnswer | None = None
    problem: ProblemDetails | None = None


class JobPage(BaseModel):
    """One page of a job."""

    page: int = Field(ge=1)
    state: PageState
    verdict: VerdictName | None = None
    score: float | None = None
    forged_share: float | None = None
    regions: int | None = None
    exif_orientation: int | None = Field(default=None, ge=1, le=8)
    problem: ProblemDetails | None = None


class JobAnswer(BaseModel):
    """How far a job is."""

    id: str
    state: JobState
    name: str | None = Field(description="As the client calls the file.")
    bytes: int = Field(ge=0)
    created: str = Field(description="Date and time, UTC.")
    expires: str | None = Field(description="When its results are removed; null until it ends.")
    pages: list[JobPage] = Field(description="Those that are examined; empty until counted.")
    examined: int = Field(ge=0, description="How many pages have a result or a problem.")
    problem: ProblemDetails | None = Field(description="Why the whole job failed.")


def document_of(detection: Detection, name: str | None) -> dict[str, object]:
    """Return a result ready for JSON, under the name that the client gave the file.

    Args:
        detection: Its own name is that of the service.
        name: Of the file; `None` where the client did not say.
    """
    document = detection.to_dict()
    if name:
        page = detection.provenance.page
        document["name"] = name if page is None else f"{name}-page{page}"
    return document
