"""Waiting for an image, as long as its client does and the deadline allows."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request

from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure
from forensics_rt.serve.places import Place
from forensics_rt.serve.problems import Problem
from forensics_rt.serve.service import Service


class ClientLeft(Exception):
    """Nobody is there to be answered."""


async def detection_of(
    service: Service, request: Request, place: Place, seconds: float
) -> Detection:
    """Return what became of an image.

    Args:
        service: Whose queue it is in.
        request: Its body has been read; if its client leaves, the work on the image ends.
        place: Of the image.
        seconds: How long to wait.

    Raises:
        ForensicsError: If it gives no result.
        Problem: 504 if the time is over.
        ClientLeft: If the client left.
    """
    result = asyncio.ensure_future(asyncio.wrap_future(place.result))
    gone = asyncio.ensure_future(_left(request))
    try:
        both: set[asyncio.Future[Any]] = {result, gone}
        await asyncio.wait(both, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not result.done():
            left = gone.done()
            service.queue.stop(place, "left" if left else "deadline")
            raise ClientLeft if left else too_late(seconds)
        return detection_in(result.result())
    finally:
        gone.cancel()
        result.cancel()


def detection_in(outcome: Detection | Failure) -> Detection:
    """Return the detection, or raise why there is none."""
    if isinstance(outcome, Failure):
        raise outcome.error
    return outcome


def too_late(seconds: float) -> Problem:
    """Return the answer for a request whose time is over."""
    return Problem(
        504,
        "DeadlineExceeded",
        f"there was no answer within {seconds:g} s; ask again with a larger `deadline`, send a "
        "smaller image, or start a job",
    )


async def _left(request: Request) -> None:
    # After the body nothing comes but this.
    while (await request.receive())["type"] != "http.disconnect":
        pass
