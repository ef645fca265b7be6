"""Long documents: a job that is asked how far it is."""

from __future__ import annotations

from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import JSONResponse

from forensics_rt.io.file_source import PdfFile
from forensics_rt.io.page_selection import PageSelection
from forensics_rt.serve.accepting import JSON, PDF, wanted
from forensics_rt.serve.annotated import annotated_pages, no_pdf
from forensics_rt.serve.answers import JobAnswer, ResultAnswer
from forensics_rt.serve.jobs.job import Job
from forensics_rt.serve.jobs.saving import JobPicture, read_page, read_picture
from forensics_rt.serve.jobs.store import JobStore
from forensics_rt.serve.openapi import JOB_PICTURES_200, RESULTS_200, one_file, problems
from forensics_rt.serve.options import Decision, Reading
from forensics_rt.serve.problems import Problem
from forensics_rt.serve.routes.detect import only
from forensics_rt.serve.service import Service

PagesOption = Annotated[str | None, Query(max_length=200, examples=["1-3,7"])]


def job_routes(service: Service, store: JobStore) -> APIRouter:
    """Return `/v1/jobs` and what is below."""
    router = APIRouter(tags=["jobs"])

    @router.post(
        "/v1/jobs",
        status_code=202,
        summary="Begin to examine a document page by page",
        openapi_extra=one_file(),
        response_model=JobAnswer,
        responses=problems(400, 401, 403, 408, 413, 415, 422, 429, 500, 503),
    )
    async def start(
        request: Request,
        decision: Annotated[Decision, Depends()],
        reading: Annotated[Reading, Depends()],
        pages: PagesOption = None,
    ) -> Response:
        selection = None if pages is None else PageSelection.parse(pages)
        async with service.uploads.files_of(request) as files:
            job = await store.start(only(files), decision, reading, selection)
        return _answer(job, 202)

    @router.get(
        "/v1/jobs/{job_id}",
        summary="How far a job is",
        response_model=JobAnswer,
        responses=problems(401, 403, 404, 422, 429),
    )
    async def show(job_id: str) -> Response:
        return _answer(store.find(job_id))

    @router.delete(
        "/v1/jobs/{job_id}",
        status_code=204,
        summary="Cancel a job, and remove its results",
        responses=problems(401, 403, 404, 422, 429),
    )
    async def remove(job_id: str) -> Response:
        await store.remove(store.find(job_id))
        return Response(status_code=204)

    @router.get(
        "/v1/jobs/{job_id}/result",
        summary="The results of all pages, or an annotated copy of the PDF",
        responses={**RESULTS_200, **problems(401, 403, 404, 406, 409, 422, 429)},
    )
    async def result(request: Request, job_id: str) -> Response:
        kind = wanted(request, (JSON, PDF))
        job = store.find(job_id)
        if job.state != "done":
            raise Problem(
                409, "JobNotDone", f"the job must be done, but is {job.state}; ask again later"
            )
        job.answered = True
        documents = await anyio.to_thread.run_sync(_results, job)
        if kind == JSON:
            return JSONResponse(documents)
        if not documents or documents[0]["page_report"] is None:
            raise no_pdf("none, or no page of it could be examined")
        pdf_file = PdfFile(job.document, job.reading.pdf_password)
        return Response(
            await anyio.to_thread.run_sync(annotated_pages, service.files, pdf_file, documents),
            200,
            None,
            PDF,
        )

    @router.get(
        "/v1/jobs/{job_id}/pages/{page}",
        summary="The result of one page",
        response_model=ResultAnswer,
        responses=problems(401, 403, 404, 409, 422, 429),
    )
    async def page_result(job_id: str, page: int) -> Response:
        job = _with_page(store.find(job_id), page)
        job.answered = job.finished
        return JSONResponse(await anyio.to_thread.run_sync(read_page, job.base_of(page)))

    @router.get(
        "/v1/jobs/{job_id}/pages/{page}/{picture}",
        summary="A picture of one page",
        response_class=Response,
        responses={**JOB_PICTURES_200, **problems(401, 403, 404, 409, 422, 429)},
    )
    async def page_picture(job_id: str, page: int, picture: JobPicture) -> Response:
        job = _with_page(store.find(job_id), page)
        data, kind = await anyio.to_thread.run_sync(read_picture, job.base_of(page), picture)
        return Response(data, 200, {"Cache-Control": "private, max-age=600"}, kind)

    return router


def _answer(job: Job, status: int = 200) -> Response:
    headers = {"Location": f"/v1/jobs/{job.id}"} if status == 202 else None
    return JSONResponse(job.answer().model_dump(mode="json"), status, headers)


def _with_page(job: Job, page: int) -> Job:
    found = job.pages.get(page)
    if found is None:
        raise Problem(404, "PageNotFound", f"the job has no page {page}")
    if found.state != "done":
        raise Problem(
            409, "PageNotDone", f"page {page} must be done, but is {found.state}; ask the job why"
        )
    return job


def _results(job: Job) -> list[dict[str, object]]:
    done = [number for number in sorted(job.pages) if job.pages[number].state == "done"]
    return [read_page(job.base_of(number)) for number in done]
