"""The report on a job: made once, on request, by a process with limits."""

from __future__ import annotations

import multiprocessing
from contextlib import suppress
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path

from forensics_rt.errors import ForensicsError
from forensics_rt.io.isolated.limits import limit_memory
from forensics_rt.report.facts.run import run_facts
from forensics_rt.report.writing import ReportKind
from forensics_rt.serve.jobs.job import Job
from forensics_rt.serve.jobs.report_work import ReportedPage, ReportWork, make_report
from forensics_rt.serve.problems import Problem
from forensics_rt.serve.service import Service

_DONE = b""
# What lays a PDF out holds all of its pictures, a few megabytes for each page.
_TIMES_THE_MEMORY = 2


def reports_can_be_made() -> bool:
    """Return whether the packages of the extra `report` are there."""
    return all(find_spec(package) is not None for package in ("jinja2", "typst"))


def job_report(service: Service, job: Job, kind: ReportKind) -> Path:
    """Return the report on a job that is done, made now if it was not made before.

    Raises:
        Problem: 422 if it cannot be made, 504 if it takes too long.
    """
    out = job.folder / f"report.{kind}"
    if not out.exists():
        limits = service.settings
        most = _TIMES_THE_MEMORY * limits.decode_bytes
        _make_apart(_work_of(service, job, kind, out), limits.limits.deadline_seconds, most)
    return out


def _work_of(service: Service, job: Job, kind: ReportKind, out: Path) -> ReportWork:
    conclusions = job.decision.setup_of(service.detector).conclusions
    name = job.name or "upload"
    pages = (
        ReportedPage(
            job.base_of(number),
            f"{name}-page{number}",
            None if page.state == "done" else page.problem.detail if page.problem else page.state,
        )
        for number, page in sorted(job.pages.items())
    )
    return ReportWork(
        kind,
        out,
        job.document,
        tuple(pages),
        job.reading.options_of(service.detector),
        conclusions,
        run_facts(service.detector, conclusions),
    )


def _make_apart(work: ReportWork, seconds: float, most_bytes: int) -> None:
    # Of the document only a child reads anything, and what the child says is text.
    spawn = multiprocessing.get_context("spawn")
    near, far = spawn.Pipe(duplex=False)
    child = spawn.Process(target=_child, args=(far, work, most_bytes), daemon=True)
    with near:
        child.start()
        far.close()
        try:
            if not near.poll(seconds):
                raise Problem(
                    504,
                    "DeadlineExceeded",
                    f"the report was not made within {seconds:g} s; choose fewer pages, or ask for "
                    "format=html, which is sooner made",
                )
            said = near.recv_bytes()
        except EOFError:
            said = b"the process that makes it ended; choose fewer pages, or ask for format=html"
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            child.join()
    if said != _DONE:
        raise Problem(422, "ReportFailed", f"no report can be made: {said.decode()}")


def _child(channel: Connection, work: ReportWork, most_bytes: int) -> None:
    limit_memory(most_bytes)
    try:
        make_report(work)
    except ForensicsError as error:
        channel.send_bytes(str(error).encode())
    except MemoryError:
        channel.send_bytes(b"it takes too much memory; choose fewer pages")
    else:
        channel.send_bytes(_DONE)
