"""The files of the page at `/`: what the folder `page` holds, under a strict policy."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.responses import FileResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER = Path(__file__).parent / "page"
# Nothing from elsewhere, nothing inline; blob: is what the browser itself makes of a file.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


def page_routes() -> list[BaseRoute]:
    """Return `/`, and `/page/` with what it needs."""
    files = StaticFiles(directory=FOLDER)
    return [
        Route("/", _WithPolicy(_index), methods=["GET"], include_in_schema=False),
        Mount("/page", _WithPolicy(files), name="page"),
    ]


class _WithPolicy:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = POLICY
                headers["Cache-Control"] = "no-cache"
            await send(message)

        await self._app(scope, receive, send_with_policy)


async def _index(scope: Scope, receive: Receive, send: Send) -> None:
    await FileResponse(FOLDER / "index.html")(scope, receive, send)
