"""What the service consists of, opened once and shared by all requests."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import anyio
import numpy as np

from forensics_rt.detector import Detector
from forensics_rt.image_task import ImageTask
from forensics_rt.inference.ahead import default_threads
from forensics_rt.io.file_source import FileSource
from forensics_rt.io.inputs import ImageInput
from forensics_rt.io.page_selection import PageSelection
from forensics_rt.io.pages import Page
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure
from forensics_rt.serve.calls import Call
from forensics_rt.serve.files import open_files
from forensics_rt.serve.observer import Observer
from forensics_rt.serve.options import Decision, Reading
from forensics_rt.serve.places import Outcome, Place
from forensics_rt.serve.problems import Problem
from forensics_rt.serve.readiness import Readiness
from forensics_rt.serve.settings import Settings
from forensics_rt.serve.uploads import Uploads
from forensics_rt.serve.work_queue import WorkQueue
from forensics_rt.system.closing import Closing

_SMALL = 256
# What files are called inside: what the client calls them is in no message and no log.
NAME = "upload"


class Service(Closing):
    """The detector, its queue, and what is known of the requests.

    Args:
        detector: Runs everything; it stays the caller's to close.
        settings: How the service is run.

    Attributes:
        uploads: Reads the bodies.
        files: What reads files.
        queue: Of images.
        requests_inside: How many requests are under way, those about its state not counted.
        observer: Counts and logs.
        readiness: Whether images can be examined.
        draining: Whether the service is about to end, and takes nothing new.
    """

    def __init__(self, detector: Detector, settings: Settings | None = None) -> None:
        """Start the threads."""
        self.detector = detector
        self.settings = settings or Settings()
        limits = self.settings.limits
        self.uploads = Uploads(limits, self.settings.log_names)
        decoders = self.settings.decoders or default_threads()
        self.files = open_files(self.settings, decoders)
        self.queue = WorkQueue(detector.inferer, decoders, limits.waiting)
        self.requests_inside = 0
        self.draining = threading.Event()
        self.observer = Observer(detector)
        self.readiness = Readiness(self.try_out)

    def submit(
        self,
        image: ImageInput,
        decision: Decision,
        reading: Reading,
        name: str = NAME,
        bounded: bool = True,
    ) -> Place:
        """Put an image into the queue.

        Args:
            image: Bytes, or a page of them.
            decision: What is concluded.
            reading: How it is read.
            name: What it is called in the result.
            bounded: As of `WorkQueue.submit`.

        Raises:
            Problem: 429 if too many wait.
            RecipeError, CalibrationError: If the decision does not fit the bundle.
        """
        call = Call()
        task = ImageTask(
            image,
            name,
            decision.setup_of(self.detector),
            reading.options_of(self.detector),
            self.files.decode,
            check=call.check,
        )
        place = self.queue.submit(task, call, bounded)
        place.result.add_done_callback(self._note)
        return place

    async def pages_of(
        self, document: FileSource, reading: Reading, selection: PageSelection | None = None
    ) -> dict[int, FileSource | Page]:
        """Return the pages of a document that are wanted, by number; of one page, the document.

        Args:
            document: A file: its path, or its bytes.
            reading: With its password.
            selection: Which pages; `None` for all.

        Raises:
            Problem: 422 if there are too many, or no such page.
        """
        count = self.files.count_pages
        found = await anyio.to_thread.run_sync(count, document, reading.pdf_password)
        there, missing = (
            (list(range(1, found + 1)), []) if selection is None else selection.of(found)
        )
        if missing:
            raise Problem(
                422,
                "PageSelectionError",
                f"the document has {found} pages, but `pages` asks for page {missing[0]}",
            )
        most = self.settings.limits.pages
        if len(there) > most:
            raise Problem(
                422,
                "TooManyPages",
                f"{len(there)} pages are asked for, the limit is {most}; choose some with `pages`, "
                "such as 1-100",
            )
        return {number: document if found == 1 else Page(document, number) for number in there}

    def try_out(self) -> None:
        """Run a small image through everything that a request goes through.

        Raises:
            ForensicsError: If it gives no result.
        """
        noise = np.random.default_rng().integers(0, 256, (_SMALL, _SMALL, 3), dtype=np.uint8)
        outcome = self.submit(noise, Decision(), Reading(), bounded=False).result.result()
        if isinstance(outcome, Failure):
            raise outcome.error

    def _note(self, result: Future[Outcome]) -> None:
        if result.exception() is None and isinstance(detection := result.result(), Detection):
            self.observer.image_examined(detection)
            self.readiness.note_examined()

    def close(self) -> None:
        """End the threads and child processes."""
        self.queue.close()
        self.files.close()
