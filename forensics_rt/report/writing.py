"""Reports from detections: to a file, or as bytes for a service."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias, get_args

from forensics_rt.detector import Detector
from forensics_rt.errors import ReportError
from forensics_rt.io.file_source import FileInput
from forensics_rt.io.names import printable
from forensics_rt.io.optional import load_optional
from forensics_rt.io.writers import write_atomically_with
from forensics_rt.report.build import build_view
from forensics_rt.report.collect import ReportFolder
from forensics_rt.report.dates import report_date
from forensics_rt.report.exhibit import exhibit_of
from forensics_rt.report.facts.run import RunFacts, run_facts
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure

ReportKind = Literal["pdf", "html"]
# A result and the file that it was found in.
Examined: TypeAlias = "tuple[Detection | Failure, FileInput | None]"
_NEEDS = {"pdf": "typst", "html": "jinja2"}
_SUFFIXES: dict[str, ReportKind] = {".pdf": "pdf", ".html": "html", ".htm": "html"}


@dataclass(frozen=True)
class ReportOptions:
    """What may be chosen of a report.

    Attributes:
        title: Its heading, such as the number of a case; `None` for the usual one.
        date: When it is made, such as `2026-11-30`; `None` for SOURCE_DATE_EPOCH, or else for now.
        password: What opens locked PDFs; `None` for no password. It is not shown.
    """

    title: str | None = None
    date: str | datetime | None = None
    password: str | None = field(default=None, repr=False)


def write_report(
    path: str | Path,
    examined: Iterable[Examined],
    detector: Detector,
    options: ReportOptions | None = None,
) -> Path:
    """Write one report on images, as PDF or HTML by the suffix; the file is whole or not there.

    Args:
        path: Where to, such as `case.pdf` or `case.html`.
        examined: Each result with its file (a path, bytes, a `MemoryFile` or an attachment; `None`
            for an array). It is read lazily, and no result is kept. At most 1,000 as HTML, and
            300 as PDF.
        detector: What gave the results.
        options: Title, date and password; `None` for the defaults.

    Returns:
        The path.

    Raises:
        ReportError: If the suffix, the date or the number of images is not possible.
        OptionalDependency: If `forensics_rt[report]` is not installed.
        OutputError: If the file cannot be written.

    Example:
        >>> with Detector() as detector:  # doctest: +SKIP
        ...     write_report("case.pdf", [(detector("scan.jpg"), "scan.jpg")], detector)
    """
    path = Path(path)
    kind = report_kind(path)
    options = options or ReportOptions()
    check_report(kind, options)
    with ReportFolder(detector.conclusions, [kind], options.password, detector.decoders) as folder:
        gather(folder, examined)
        run = run_facts(detector)
        write_atomically_with(path, lambda out: render(folder, run, kind, options, out))
    return path


def report_bytes(
    examined: Iterable[Examined],
    detector: Detector,
    kind: ReportKind = "pdf",
    options: ReportOptions | None = None,
) -> bytes:
    """Return one report on images as bytes.

    Args:
        examined: As of `write_report`.
        detector: What gave the results.
        kind: `pdf` or `html`.
        options: Title, date and password; `None` for the defaults.

    Raises:
        ReportError: As `write_report`.
        OptionalDependency: If `forensics_rt[report]` is not installed.

    Example:
        >>> with Detector() as detector:  # doctest: +SKIP
        ...     report_bytes([(detector(data, "upload.jpg"), data)], detector, "html")
    """
    options = options or ReportOptions()
    check_report(kind, options)
    out = io.BytesIO()
    with ReportFolder(detector.conclusions, [kind], options.password, detector.decoders) as folder:
        gather(folder, examined)
        render(folder, run_facts(detector), kind, options, out)
    return out.getvalue()


def report_kind(path: Path) -> ReportKind:
    """Return the format that a file name asks for.

    Raises:
        ReportError: If it is neither PDF nor HTML.

    Example:
        >>> report_kind(Path("case.htm"))
        'html'
    """
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise ReportError(f"{printable(path)}: a report must be called .pdf or .html")
    return kind


def check_report(kind: str, options: ReportOptions) -> None:
    """Find out before the work begins whether a report can be made.

    Raises:
        ReportError: If there is no such format, or the date is none.
        OptionalDependency: If the package that writes it is not installed.
    """
    if kind not in get_args(ReportKind):
        raise ReportError(f"a report must be 'pdf' or 'html', but is {kind!r}")
    report_date(options.date)
    load_optional(_NEEDS[kind], "report", f"a report as {kind.upper()}")


def gather(folder: ReportFolder, examined: Iterable[Examined]) -> None:
    """Take all results in, one at a time.

    Raises:
        OutputError: If the disk is full.
        ReportError: If there are too many.
    """
    for number, (result, file) in enumerate(examined, 1):
        if isinstance(result, Failure):
            folder.fail(number, result.name, str(result.error))
        else:
            folder.add(number, exhibit_of(result, file))


def render(
    folder: ReportFolder,
    run: RunFacts,
    kind: ReportKind,
    options: ReportOptions,
    out: BinaryIO,
) -> None:
    """Write the report on what a folder holds to a stream.

    Raises:
        ReportError: If it cannot be laid out.
    """
    date = report_date(options.date)
    view = build_view(folder.sections(), folder.failures(), run, date, options.title)
    if kind == "pdf":
        from forensics_rt.report.render.pdf import write_pdf

        write_pdf(view, folder.path, date, out)
    else:
        from forensics_rt.report.render.html import write_html

        write_html(view, folder.path, out)
