"""One image in, its result out."""

from __future__ import annotations

from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import JSONResponse

from forensics_rt.io.pages import Page
from forensics_rt.serve.accepting import JSON, PDF, PNG, wanted
from forensics_rt.serve.annotated import annotated_page
from forensics_rt.serve.answers import document_of
from forensics_rt.serve.openapi import PICTURES_200, one_file, problems
from forensics_rt.serve.options import Decision, Picture, Reading
from forensics_rt.serve.pictures import map_png, mask_png, overlay_png
from forensics_rt.serve.problems import Problem
from forensics_rt.serve.service import Service
from forensics_rt.serve.uploads import Upload
from forensics_rt.serve.waiting import detection_of

_DRAW = {"overlay": overlay_png, "map": map_png, "mask": mask_png}


def detect_routes(service: Service) -> APIRouter:
    """Return `/v1/detect`."""
    router = APIRouter(tags=["detect"])
    most = service.settings.limits.deadline_seconds

    @router.post(
        "/v1/detect",
        summary="Examine one image, or one page of a document",
        openapi_extra=one_file(),
        responses={
            **PICTURES_200,
            **problems(400, 401, 403, 406, 408, 413, 415, 422, 429, 500, 503, 504),
        },
    )
    async def detect(
        request: Request,
        decision: Annotated[Decision, Depends()],
        reading: Annotated[Reading, Depends()],
        page: Annotated[int | None, Query(ge=1, le=100_000)] = None,
        picture: Annotated[Picture, Query()] = "overlay",
        deadline: Annotated[float | None, Query(ge=1, le=86_400)] = None,
    ) -> Response:
        kind = wanted(request, (JSON, PNG, PDF))
        service.queue.check_room()
        async with service.uploads.files_of(request) as files:
            upload = only(files)
            image = upload.data if page is None else Page(upload.data, page)
            place = service.submit(image, decision, reading)
            detection = await detection_of(service, request, place, min(deadline or most, most))
            if kind == JSON:
                document = await anyio.to_thread.run_sync(document_of, detection, upload.name)
                return JSONResponse(document)
            if kind == PDF:
                return Response(
                    await anyio.to_thread.run_sync(annotated_page, service.files, detection),
                    200,
                    None,
                    PDF,
                )
            return Response(
                await anyio.to_thread.run_sync(_DRAW[picture], detection), 200, None, PNG
            )

    return router


def only(files: list[Upload]) -> Upload:
    """Return the one file of a request.

    Raises:
        Problem: 422 if there are several.
    """
    if len(files) != 1:
        raise Problem(
            422,
            "OneFileExpected",
            f"the request has {len(files)} files, but must have one; send several to /v1/batch",
        )
    return files[0]
