"""The run of one batch: the pages of several files, a few at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

import anyio

from forensics_rt.io.inputs import ImageInput
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.page_selection import PageSelection
from forensics_rt.serve.answers import document_of
from forensics_rt.serve.options import Decision, Reading
from forensics_rt.serve.places import Place
from forensics_rt.serve.problems import Problem, problem_of
from forensics_rt.serve.service import NAME, Service
from forensics_rt.serve.uploads import Upload
from forensics_rt.serve.waiting import detection_in

# Images of one batch that are in the queue, so that the engine never waits for the next one and
# other requests wait for no more than these.
_IMAGES_AT_A_TIME = 4


@dataclass(frozen=True, eq=False)
class _Item:
    """One page of one file."""

    file: int
    upload: Upload
    image: ImageInput
    page: int
    pages: int
    problem: Problem | None = None

    def line(self, **told: object) -> dict[str, object]:
        """Return what is answered; see `answers.BatchLine`."""
        return {
            "file": self.file,
            "name": self.upload.name,
            "page": self.page,
            "pages": self.pages,
            "result": None,
            "problem": None,
            **told,
        }


class Batch:
    """Examines the pages of several files, a few at a time."""

    def __init__(
        self,
        service: Service,
        files: list[Upload],
        decision: Decision,
        reading: Reading,
        selection: PageSelection | None,
    ) -> None:
        self._service = service
        self._files = files
        self._decision = decision
        self._reading = reading
        self._selection = selection
        self._places: set[Place] = set()

    async def lines(self) -> AsyncGenerator[str, None]:
        """Yield a line for each page, as soon as it is there."""
        pending: set[asyncio.Task[dict[str, object]]] = set()
        try:
            async for item in self._items():
                pending.add(asyncio.create_task(self._examine(item)))
                if len(pending) >= _IMAGES_AT_A_TIME:
                    done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                    for one in done:
                        yield _text(one.result())
            for following in asyncio.as_completed(pending):
                yield _text(await following)
        finally:  # also of a client that leaves
            for place in list(self._places):
                self._service.queue.stop(place, "left")
            for one in pending:
                one.cancel()

    async def _items(self) -> AsyncIterator[_Item]:
        for number, upload in enumerate(self._files):
            document = MemoryFile(upload.data, NAME)
            try:
                pages = await self._service.pages_of(document, self._reading, self._selection)
            except Exception as error:
                yield _Item(number, upload, document, 1, 1, problem_of(error))
                continue
            for page, image in pages.items():
                yield _Item(number, upload, image, page, len(pages))

    async def _examine(self, item: _Item) -> dict[str, object]:
        try:
            if item.problem is not None:
                raise item.problem
            return item.line(result=await self._result_of(item))
        except Exception as error:
            return item.line(problem=problem_of(error).details().model_dump())

    async def _result_of(self, item: _Item) -> dict[str, object]:
        place = self._service.submit(item.image, self._decision, self._reading, bounded=False)
        self._places.add(place)
        try:
            detection = detection_in(await asyncio.wrap_future(place.result))
            return await anyio.to_thread.run_sync(document_of, detection, item.upload.name)
        finally:
            self._places.discard(place)


def _text(line: dict[str, object]) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"
