"""What every request passes: its id, the token, the limit of requests, the log."""

from __future__ import annotations

import hmac
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forensics_rt.serve.problems import Problem
from forensics_rt.serve.service import Service

_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
# Who may ask without a token: probes, and the files of the page.
CLOSED = ("/v1/", "/metrics", "/version")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Gate:
    """Lets requests in, and notes what became of them.

    Args:
        app: What is behind.
        service: Whose requests they are.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        noted = {"status": 0}
        since = time.perf_counter()

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                noted["status"] = message["status"]
                said = MutableHeaders(scope=message)
                said["X-Request-Id"] = request_id
                for name, value in _SAFE.items():
                    said.setdefault(name, value)
                if self._service.draining.is_set():
                    said["Connection"] = "close"
                if scope["path"].startswith(CLOSED):
                    said.setdefault("Cache-Control", "no-store")
            await send(message)

        counted = scope["path"].startswith("/v1/")
        self._service.requests_inside += counted
        try:
            problem = self._refusal(scope, headers)
            if problem is None:
                await self._app(scope, receive, send_noted)
            else:
                await problem.response(request_id)(scope, receive, send_noted)
        finally:
            self._service.requests_inside -= counted
            self._service.observer.request_ended(
                scope, noted["status"], time.perf_counter() - since
            )

    def _refusal(self, scope: Scope, headers: Headers) -> Problem | None:
        if not scope["path"].startswith(CLOSED):
            return None
        settings = self._service.settings
        if settings.token is not None and not _brings(headers, settings.token):
            return Problem(
                401,
                "Unauthorized",
                "the token is missing or wrong; send `Authorization: Bearer TOKEN`",
                {"WWW-Authenticate": "Bearer"},
            )
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return Problem(
                403,
                "CrossSite",
                "a page of another site must not ask from a browser; open the page of this service",
            )
        inside = self._service.requests_inside
        if inside > settings.limits.requests:
            return Problem(
                429,
                "TooManyRequests",
                f"{inside} requests are under way, the limit is {settings.limits.requests}; "
                "ask again later",
                {"Retry-After": "1", "Connection": "close"},
            )
        if self._service.draining.is_set() and scope["method"] == "POST":
            return Problem(
                503,
                "Draining",
                "the service ends and takes nothing new; ask another",
                {"Retry-After": "5", "Connection": "close"},
            )
        return None


def _brings(headers: Headers, token: str) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    # In the same time whatever is wrong with it.
    same = hmac.compare_digest(given.strip().encode(), token.encode())
    return same and scheme.lower() == "bearer"
