"""The application: routes, errors and the page, around one service."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from forensics_rt.detector import Detector
from forensics_rt.errors import ForensicsError
from forensics_rt.serve.drain import Drain
from forensics_rt.serve.gate import Gate
from forensics_rt.serve.jobs.report import reports_can_be_made
from forensics_rt.serve.jobs.store import JobStore
from forensics_rt.serve.observer import LEFT
from forensics_rt.serve.openapi import describe
from forensics_rt.serve.page_files import page_routes
from forensics_rt.serve.problems import Problem, problem_of, status_problem
from forensics_rt.serve.routes.batch import batch_routes
from forensics_rt.serve.routes.detect import detect_routes
from forensics_rt.serve.routes.jobs import job_routes
from forensics_rt.serve.routes.metrics import metrics_routes
from forensics_rt.serve.routes.reports import report_routes
from forensics_rt.serve.routes.status import status_routes
from forensics_rt.serve.service import Service
from forensics_rt.serve.settings import Settings
from forensics_rt.serve.waiting import ClientLeft
from forensics_rt.version import __version__

_log = logging.getLogger(__name__)


def create_app(detector: Detector, settings: Settings | None = None) -> FastAPI:
    """Return the application, for uvicorn or any other server of ASGI; one process runs it.

    Args:
        detector: Runs everything; it stays the caller's to close.
        settings: How the service is run; `None` for the defaults.

    Example:
        >>> import uvicorn  # doctest: +SKIP
        >>> with Detector() as detector:  # doctest: +SKIP
        ...     uvicorn.run(create_app(detector), port=8000)
    """
    service = Service(detector, settings)
    store = JobStore(service)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service.readiness.begin()
        yield
        service.draining.set()
        await store.close()
        service.close()

    # The pages of Swagger and ReDoc load from elsewhere.
    app = FastAPI(
        title="forensics_rt",
        version=__version__,
        summary="Finds which pixels of a document image were forged.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.drain = Drain(service, store)
    for routes in (
        detect_routes(service),
        batch_routes(service),
        job_routes(service, store),
        status_routes(service),
        metrics_routes(service, store),
    ):
        app.include_router(routes)
    if reports_can_be_made():
        app.include_router(report_routes(service, store))
    app.router.routes.extend(page_routes())
    app.add_middleware(Gate, service=service)
    for kind in (Problem, ForensicsError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(ClientLeft, _nobody)
    app.add_exception_handler(ClientDisconnect, _nobody)
    app.add_exception_handler(Exception, _answer)
    app.openapi = describe(app, service.settings.token is not None)  # type: ignore[method-assign]
    return app


def _answer(request: Request, error: Exception) -> Response:
    problem = _problem(error)
    if problem.status == 405:
        problem.headers["Allow"] = ", ".join(_methods_of(request))
        problem.detail = f"the method must be {problem.headers['Allow']}, but is {request.method}"
    request_id = request.scope.get("state", {}).get("request_id")
    if problem.status == 500:
        _log.error("request failed", exc_info=error, extra={"fields": {"request_id": request_id}})
    return problem.response(request_id)


def _problem(error: Exception) -> Problem:
    if isinstance(error, HTTPException):
        problem = status_problem(error.status_code, str(error.detail))
        problem.headers.update(error.headers or {})
        return problem
    if isinstance(error, RequestValidationError):
        told = "; ".join(
            f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}, got {one.get('input')!r:.80}"
            for one in error.errors()
        )
        return Problem(422, "OptionInvalid", f"{told}; see /openapi.json for what is allowed")
    return problem_of(error)


def _methods_of(request: Request) -> list[str]:
    """Return what the address of a request can be asked for: its routes have a method each."""
    found: set[str] = set()
    for path, methods in request.app.openapi()["paths"].items():
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
        if re.fullmatch(pattern, request.scope["path"]):
            found |= {method.upper() for method in methods}
    return sorted(found) or ["GET"]


def _nobody(request: Request, error: Exception) -> Response:
    return Response(status_code=LEFT)
