"""Several files in, a line of JSON out for each page as soon as it is examined."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from forensics_rt.io.page_selection import PageSelection
from forensics_rt.serve.batch import Batch
from forensics_rt.serve.openapi import LINES_200, one_file, problems
from forensics_rt.serve.options import Decision, Reading
from forensics_rt.serve.routes.jobs import PagesOption
from forensics_rt.serve.service import Service

NDJSON = "application/x-ndjson"


def batch_routes(service: Service) -> APIRouter:
    """Return `/v1/batch`."""
    router = APIRouter(tags=["detect"])

    @router.post(
        "/v1/batch",
        summary="Examine several files, all pages of each",
        openapi_extra=one_file(several=True),
        response_class=Response,
        responses={
            **LINES_200,
            **problems(400, 401, 403, 408, 413, 415, 422, 429, 500, 503),
        },
    )
    async def batch(
        request: Request,
        decision: Annotated[Decision, Depends()],
        reading: Annotated[Reading, Depends()],
        pages: PagesOption = None,
    ) -> Response:
        selection = None if pages is None else PageSelection.parse(pages)
        decision.setup_of(service.detector)  # what does not fit is refused before the first line
        service.queue.check_room()
        held = AsyncExitStack()
        files = await held.enter_async_context(service.uploads.files_of(request))
        lines = Batch(service, files, decision, reading, selection).lines()
        return _Lines(lines, held)

    return router


class _Lines(StreamingResponse):
    """Lines of JSON; gives the uploads back at the end, however it comes."""

    def __init__(self, lines: AsyncGenerator[str, None], held: AsyncExitStack) -> None:
        super().__init__(lines, media_type=NDJSON)
        self._lines = lines
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held, aclosing(self._lines):
            await super().__call__(scope, receive, send)
