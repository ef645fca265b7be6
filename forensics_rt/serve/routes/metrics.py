"""Figures for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from forensics_rt.serve.jobs.store import JobStore
from forensics_rt.serve.openapi import problems
from forensics_rt.serve.service import Service


def metrics_routes(service: Service, store: JobStore) -> APIRouter:
    """Return `/metrics`."""
    router = APIRouter(tags=["status"])
    observer, queue = service.observer, service.queue
    for name, meaning, read in (
        ("queue_depth", "Images that wait.", lambda: queue.depth),
        ("queue_age_seconds", "How long the first of them has waited.", lambda: queue.age),
        ("images_under_way", "Images that are decoded or computed.", lambda: queue.under_way),
        ("upload_bytes", "Bytes of uploads in memory.", lambda: service.uploads.held),
        ("jobs_unfinished", "Jobs that are not finished.", lambda: store.unfinished),
        ("draining", "1 while the service ends.", service.draining.is_set),
    ):
        observer.gauge(name, meaning, read)

    @router.get(
        "/metrics",
        summary="Figures for Prometheus",
        response_class=Response,
        responses={
            200: {
                "description": "The text format of Prometheus.",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            },
            **problems(401, 403, 429),
        },
    )
    def metrics() -> Response:
        return Response(generate_latest(observer.registry), media_type=CONTENT_TYPE_LATEST)

    return router
