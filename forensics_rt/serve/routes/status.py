"""Whether the service lives, is ready, and what it is."""

from __future__ import annotations

import anyio
from fastapi import APIRouter
from pydantic import BaseModel, Field

from forensics_rt.serve.openapi import problems
from forensics_rt.serve.problems import Problem
from forensics_rt.serve.service import Service
from forensics_rt.version import __version__


class HealthAnswer(BaseModel):
    """The process answers."""

    status: str = "alive"


class ReadyAnswer(BaseModel):
    """A small image was examined, and more are taken."""

    status: str = "ready"


class VersionAnswer(BaseModel):
    """What computes the results, and what is refused."""

    version: str
    bundle_id: str
    bundle_name: str
    backend: str
    device: str
    precision: str
    recipe: str
    calibrated: bool
    max_bytes: int = Field(description="Largest body of a request.")
    max_pixels: int = Field(description="Largest width × height of an image.")
    max_pages: int = Field(description="Most pages of a document.")
    deadline_seconds: float = Field(description="Longest wait for an answer.")
    versions: dict[str, str]


def status_routes(service: Service) -> APIRouter:
    """Return `/health`, `/ready` and `/version`."""
    router = APIRouter(tags=["status"])

    @router.get("/health", summary="Whether the process answers")
    async def health() -> HealthAnswer:
        return HealthAnswer()

    @router.get(
        "/ready",
        summary="Whether images are taken: a small one was examined a short time ago",
        responses=problems(503),
    )
    async def ready() -> ReadyAnswer:
        if service.draining.is_set():
            raise Problem(503, "Draining", "the service ends and takes nothing new; ask another")
        await anyio.to_thread.run_sync(service.readiness.check)
        return ReadyAnswer()

    @router.get("/version", summary="What computes the results", responses=problems(401, 403, 429))
    async def version() -> VersionAnswer:
        detector = service.detector
        limits = service.settings.limits
        manifest, uses = detector.bundle.manifest, detector.capabilities
        return VersionAnswer(
            version=__version__,
            bundle_id=detector.bundle.id,
            bundle_name=f"{manifest.name} {manifest.version}",
            backend=uses.name,
            device=uses.device,
            precision=uses.precision,
            recipe=detector.recipe.name,
            calibrated=detector.conclusions.calibrates_scores,
            max_bytes=limits.bytes,
            max_pixels=detector.read_options.max_pixels,
            max_pages=limits.pages,
            deadline_seconds=limits.deadline_seconds,
            versions=dict(uses.versions),
        )

    return router
