"""The run of one job: its pages are counted, examined a few at a time, and saved."""

from __future__ import annotations

import asyncio
import logging

import anyio

from forensics_rt.io.inputs import ImageInput
from forensics_rt.serve.answers import JobPage
from forensics_rt.serve.jobs.job import Job
from forensics_rt.serve.jobs.saving import save_page
from forensics_rt.serve.problems import problem_of
from forensics_rt.serve.service import NAME, Service
from forensics_rt.serve.waiting import detection_in

_log = logging.getLogger(__name__)
# Pages of one job that are in the queue: one more than the engine takes at a time, so that it never
# waits for the next one, and others wait for no more than these.
_PAGES_AT_A_TIME = 3


async def run_job(service: Service, job: Job) -> None:
    """Examine the pages of a job; whatever fails is noted there."""
    try:
        job.state = "running"
        pages = await service.pages_of(job.document, job.reading, job.selection)
        job.pages = {number: JobPage(page=number, state="waiting") for number in pages}
        window = asyncio.Semaphore(_PAGES_AT_A_TIME)
        async with anyio.create_task_group() as group:
            for number, image in pages.items():
                await window.acquire()
                if job.canceled:
                    break
                group.start_soon(_examine, service, job, number, image, window)
    except Exception as error:
        job.problem = problem_of(error).details()
        if job.problem.status >= 500:
            _log.exception("a job failed")
        job.state = "failed"
        return
    job.state = "canceled" if job.canceled else "done"


async def _examine(
    service: Service, job: Job, number: int, image: ImageInput, window: asyncio.Semaphore
) -> None:
    place = service.submit(image, job.decision, job.reading, f"{NAME}-page{number}", bounded=False)
    job.places.add(place)
    try:
        detection = detection_in(await asyncio.wrap_future(place.result))
        base = job.base_of(number)
        job.note_done(number, await anyio.to_thread.run_sync(save_page, detection, base, job.name))
    except Exception as error:
        if place.call.reason is None:
            job.note_failed(number, problem_of(error).details())
        else:
            job.note_canceled(number)
    finally:
        job.places.discard(place)
        window.release()
