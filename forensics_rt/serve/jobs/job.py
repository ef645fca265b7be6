"""One job: its document, its pages, and how far it is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from forensics_rt.io.page_selection import PageSelection
from forensics_rt.serve.answers import JobAnswer, JobPage, JobState
from forensics_rt.serve.options import Decision, Reading
from forensics_rt.serve.places import Place
from forensics_rt.serve.problems import ProblemDetails


@dataclass(eq=False)
class Job:
    """A document that is examined page by page. Used on the event loop alone.

    Attributes:
        folder: Where the document and its results are.
        name: As the client calls the document.
        bytes: How large it is.
        decision: What is concluded.
        reading: How it is read.
        selection: Which pages; `None` for all.
        id: Nobody can guess it.
        state: How far it is.
        pages: Those that are examined, by number.
        places: Of the pages that are in the queue.
        problem: Why the whole job failed.
        answered: Whether its client has fetched a result since it ended.
        canceled: Whether it is to end before all pages are examined.
    """

    folder: Path
    name: str | None
    bytes: int
    decision: Decision
    reading: Reading
    selection: PageSelection | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    state: JobState = "waiting"
    pages: dict[int, JobPage] = field(default_factory=dict)
    places: set[Place] = field(default_factory=set)
    problem: ProblemDetails | None = None
    canceled: bool = False
    answered: bool = False
    created: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    expires: datetime | None = None

    @property
    def document(self) -> Path:
        """Where the document is."""
        return self.folder / "document"

    @property
    def finished(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("done", "failed", "canceled")

    def base_of(self, page: int) -> Path:
        """Return where the files of a page begin."""
        return self.folder / f"page{page}"

    def note_done(self, page: int, document: dict[str, Any]) -> None:
        """Note the result of a page."""
        self.pages[page] = JobPage(
            page=page,
            state="done",
            verdict=document["verdict"],
            score=document["score"],
            forged_share=document["forged_share"],
            regions=len(document["regions"]),
            exif_orientation=document["exif_orientation"],
        )

    def note_failed(self, page: int, problem: ProblemDetails) -> None:
        """Note why a page has no result."""
        self.pages[page] = JobPage(page=page, state="failed", problem=problem)

    def note_canceled(self, page: int) -> None:
        """Note that a page was called off."""
        self.pages[page] = JobPage(page=page, state="canceled")

    def answer(self) -> JobAnswer:
        """Return how far it is."""
        pages = [self.pages[number] for number in sorted(self.pages)]
        return JobAnswer(
            id=self.id,
            state=self.state,
            name=self.name,
            bytes=self.bytes,
            created=self.created.isoformat(timespec="seconds"),
            expires=None if self.expires is None else self.expires.isoformat(timespec="seconds"),
            pages=pages,
            examined=sum(page.state in ("done", "failed") for page in pages),
            problem=self.problem,
        )
