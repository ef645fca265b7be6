"""All jobs: accepted, run, kept for a time, removed."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import anyio

from forensics_rt.io.page_selection import PageSelection
from forensics_rt.serve.jobs.job import Job
from forensics_rt.serve.jobs.run import run_job
from forensics_rt.serve.options import Decision, Reading
from forensics_rt.serve.problems import Problem
from forensics_rt.serve.service import Service
from forensics_rt.serve.uploads import Upload

# A document with the pictures of its pages takes a few times its bytes.
_SPARE = 4


class JobStore:
    """The jobs of a service. Used on the event loop alone.

    Args:
        service: Runs them.
    """

    def __init__(self, service: Service) -> None:
        """Make a folder that only this user can read."""
        self._service = service
        self._limits = service.settings.limits
        self._folder = Path(tempfile.mkdtemp(prefix="forensics_rt-jobs-"))
        self._jobs: dict[str, Job] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def unfinished(self) -> int:
        """How many jobs are not finished."""
        return sum(not job.finished for job in self._jobs.values())

    @property
    def unanswered(self) -> int:
        """How many jobs are not finished, or nobody has fetched the results of."""
        return sum(not job.answered for job in self._jobs.values() if job.state != "failed")

    async def start(
        self,
        upload: Upload,
        decision: Decision,
        reading: Reading,
        selection: PageSelection | None = None,
    ) -> Job:
        """Accept a document and begin.

        Raises:
            Problem: 429 if there are too many jobs, 503 if there is too little room on the disk.
        """
        self._check_room()
        decision.setup_of(self._service.detector)  # what does not fit is refused now
        job = Job(self._folder, upload.name, len(upload.data), decision, reading, selection)
        job.folder = self._folder / job.id
        self._jobs[job.id] = job
        try:
            job.folder.mkdir(mode=0o700)
            await anyio.to_thread.run_sync(job.document.write_bytes, upload.data)
        except BaseException:
            self._remove(job)
            raise
        task = asyncio.create_task(run_job(self._service, job))
        self._running[job.id] = task
        task.add_done_callback(lambda _: self._finish(job))
        return job

    def find(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            Problem: 404 if there is none, or no longer.
        """
        job = self._jobs.get(job_id)
        if job is None:
            keep = self._limits.keep_seconds
            raise Problem(
                404,
                "JobNotFound",
                f"there is no job of this id; results are kept for {keep:g} s after the job ends",
            )
        return job

    async def remove(self, job: Job) -> None:
        """Cancel a job that is not finished, and remove it with its results."""
        self._cancel(job)
        if job.id in self._running:
            await asyncio.wait({self._running[job.id]})
        self._remove(job)

    def cancel_all(self) -> None:
        """Have all jobs end at their next tile."""
        for job in self._jobs.values():
            self._cancel(job)

    async def close(self) -> None:
        """Cancel all jobs, and remove all results."""
        for job in list(self._jobs.values()):
            await self.remove(job)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _cancel(self, job: Job) -> None:
        job.canceled = not job.finished
        for place in list(job.places):
            self._service.queue.stop(place, "canceled")

    def _check_room(self) -> None:
        for found, most, what in (
            (self.unfinished, self._limits.jobs, "that are not finished"),
            (len(self._jobs), self._limits.kept_jobs, "whose results are kept"),
        ):
            if found >= most:
                raise Problem(
                    429,
                    "TooManyJobs",
                    f"there are {found} jobs {what}, the limit is {most}; delete one, or ask again "
                    "later",
                    {"Retry-After": "10"},
                )

        free = shutil.disk_usage(self._folder).free
        if free < _SPARE * self._limits.bytes:
            raise Problem(
                503,
                "StorageFull",
                f"there are {free / 1e6:.0f} MB free for documents and results, but there must be "
                f"{_SPARE * self._limits.bytes / 1e6:.0f}; delete jobs, or ask again later",
                {"Retry-After": "30"},
            )

    def _finish(self, job: Job) -> None:
        self._running.pop(job.id, None)
        keep = self._limits.keep_seconds
        job.expires = datetime.now(timezone.utc) + timedelta(seconds=keep)
        asyncio.get_running_loop().call_later(keep, self._remove, job)

    def _remove(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        shutil.rmtree(job.folder, ignore_errors=True)
