"""The report on a job, made by a process of its own, which reads the document again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forensics_rt.calibration.verdict import Conclusions
from forensics_rt.io.decode import decode
from forensics_rt.io.pages import Page
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.writers import write_atomically_with
from forensics_rt.report.collect import ReportFolder
from forensics_rt.report.exhibit import Exhibit
from forensics_rt.report.facts.run import RunFacts
from forensics_rt.report.writing import ReportKind, ReportOptions, render
from forensics_rt.serve.jobs.saving import read_map, read_page


@dataclass(frozen=True)
class ReportedPage:
    """One page of a job.

    Attributes:
        base: Where its files begin.
        name: What the report calls it.
        failed: Why it has no result; `None` if it has one.
    """

    base: Path
    name: str
    failed: str | None


@dataclass(frozen=True)
class ReportWork:
    """What a process needs to make a report.

    Attributes:
        kind: `pdf` or `html`.
        out: Where to write it.
        document: The file.
        pages: Of it.
        read_options: How it is read.
        conclusions: What the results were concluded by.
        run: How the pages were examined.
    """

    kind: ReportKind
    out: Path
    document: Path
    pages: tuple[ReportedPage, ...]
    read_options: ReadOptions
    conclusions: Conclusions
    run: RunFacts


def make_report(work: ReportWork) -> None:
    """Write a report.

    Raises:
        ReportError: If there are too many pages.
        ForensicsError: If it cannot be written.
    """
    options = ReportOptions(password=work.read_options.password)
    with ReportFolder(work.conclusions, [work.kind], options.password) as folder:
        for place, page in enumerate(work.pages, 1):
            if page.failed is not None:
                folder.fail(place, page.name, page.failed)
            else:
                folder.add(place, _exhibit(work, page))
        write_atomically_with(
            work.out, lambda out: render(folder, work.run, work.kind, options, out)
        )


def _exhibit(work: ReportWork, page: ReportedPage) -> Exhibit:
    document: dict[str, Any] = read_page(page.base)
    number = document["provenance"]["page"]
    image = work.document if number is None else Page(work.document, number)
    # The picture that was kept for the page of the service is a JPEG: these are the stored pixels.
    pixels = decode(image, page.name, work.read_options).pixels
    probability = read_map(page.base).astype(np.float32) / np.float32(65535)
    return Exhibit(document, pixels, probability, work.document)
