"""The report on a job, for people."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import anyio
from fastapi import APIRouter, Query, Response
from starlette.responses import FileResponse

from forensics_rt.report.writing import ReportKind
from forensics_rt.serve.jobs.report import job_report
from forensics_rt.serve.jobs.store import JobStore
from forensics_rt.serve.openapi import REPORTS_200, problems
from forensics_rt.serve.problems import Problem
from forensics_rt.serve.service import Service

_TYPES: dict[ReportKind, str] = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}
# A report is a page of its own, whoever opens it in a browser: it loads and runs nothing.
_CLOSED = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"


def report_routes(service: Service, store: JobStore) -> APIRouter:
    """Return `/v1/jobs/{id}/report`."""
    router = APIRouter(tags=["jobs"])
    # Laying a report out takes memory, and a core that the engine would use.
    one_at_a_time = anyio.Lock()

    @router.get(
        "/v1/jobs/{job_id}/report",
        summary="A report on all pages, for people",
        response_class=Response,
        responses={**REPORTS_200, **problems(401, 403, 404, 409, 422, 429, 504)},
    )
    async def report(job_id: str, format: Annotated[ReportKind, Query()] = "pdf") -> Response:
        job = store.find(job_id)
        if job.state != "done":
            raise Problem(
                409, "JobNotDone", f"the job must be done, but is {job.state}; ask again later"
            )
        async with one_at_a_time:
            made = await anyio.to_thread.run_sync(job_report, service, job, format)
        name = quote(f"{job.name or 'upload'}.report.{format}", safe="")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Content-Security-Policy": _CLOSED,
        }
        job.answered = True
        return FileResponse(made, headers=headers, media_type=_TYPES[format])

    return router
