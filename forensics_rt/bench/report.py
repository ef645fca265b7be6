"""A measurement as a document, for later runs to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forensics_rt.bench.compare import Comparison
from forensics_rt.bench.figures import Figures, figures_of
from forensics_rt.bench.measure import BenchJob, Measured, NotRun
from forensics_rt.bench.noise import Ratio, paired_ratio
from forensics_rt.bench.parity import ReferenceFacts
from forensics_rt.bench.samples import Samples
from forensics_rt.errors import BenchmarkError
from forensics_rt.system.machine import Machine

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class PageRecord:
    """An image that was measured on.

    Attributes:
        name: The path, or what it was made up as.
        sha256: Of its bytes.
    """

    name: str
    sha256: str


@dataclass(frozen=True)
class ReportRow:
    """One setting.

    Attributes:
        label: What it is called.
        figures: In numbers.
        to_first: Its latency as a multiple of the first setting's, by rounds.
        samples: All that was measured of it.
    """

    label: str
    figures: Figures
    to_first: Ratio
    samples: Samples


class Report(BaseModel):
    """All of a measurement.

    Attributes:
        schema_version: Of this document; `schema` in the file.
        created: When, UTC.
        machine: Where.
        bundle: Name and version.
        bundle_id: What tells its files from others.
        pages: On what.
        reference: What accuracy was measured against; `None` if it was left out.
        rows: The settings that ran.
        not_run: Those that did not.
        comparison: With an earlier run, if that was asked for.
    """

    schema_version: Literal[1] = Field(default=1, alias="schema")
    created: str
    machine: Machine
    bundle: str
    bundle_id: str
    pages: tuple[PageRecord, ...]
    reference: ReferenceFacts | None
    rows: tuple[ReportRow, ...]
    not_run: tuple[NotRun, ...]
    comparison: Comparison | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def to_json(self) -> str:
        """Return the text of the file."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"


def report_of(job: BenchJob, measured: Measured, machine: Machine) -> Report:
    """Put a measurement together.

    Args:
        job: What was asked for.
        measured: What came of it.
        machine: Where it ran.
    """
    manifest = job.bundle.manifest
    return Report(
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        machine=machine,
        bundle=f"{manifest.name} {manifest.version}",
        bundle_id=job.bundle.id,
        pages=tuple(PageRecord(page.name, page.sha256) for page in job.pages),
        reference=measured.reference,
        rows=tuple(
            ReportRow(
                label=samples.setting.label,
                figures=figures_of(samples),
                to_first=paired_ratio(samples.latencies, measured.samples[0].latencies),
                samples=samples,
            )
            for samples in measured.samples
        ),
        not_run=measured.not_run,
    )


def read_report(path: Path) -> Report:
    """Read what an earlier run wrote.

    Raises:
        BenchmarkError: If the file is missing or is no such document.
    """
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BenchmarkError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise BenchmarkError(
            f"{path}: not a report of `forensics-rt bench --json`, schema {SCHEMA_VERSION}: "
            f"{place}: {first['msg']}; measure again with this version"
        ) from error
