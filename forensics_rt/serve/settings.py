"""How the service is run: what it refuses, how long it waits, and who may ask."""

from __future__ import annotations

from dataclasses import dataclass, field

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What is refused, and how long is waited.

    Attributes:
        bytes: Largest body of a request.
        held_bytes: Most bytes of all uploads that are in memory together.
        pages: Most pages of a document that are examined.
        requests: Most requests at a time that send, wait or are computed.
        waiting: Most images that wait for the engine, those of jobs not counted.
        jobs: Most jobs that are not finished.
        kept_jobs: Most jobs that are kept, finished or not.
        upload_seconds: For the body of a request to arrive.
        deadline_seconds: From the body of a request to its answer.
        keep_seconds: How long the results of a job are kept.
        drain_seconds: From SIGTERM to the end, at the most.
    """

    bytes: int = 64 * MIB
    held_bytes: int = 1024 * MIB
    pages: int = 500
    requests: int = 256
    waiting: int = 64
    jobs: int = 16
    kept_jobs: int = 200
    upload_seconds: float = 60.0
    deadline_seconds: float = 120.0
    keep_seconds: float = 900.0
    drain_seconds: float = 60.0


@dataclass(frozen=True)
class Settings:
    """How the service is run.

    Attributes:
        limits: What is refused.
        token: What a request must bring as `Authorization: Bearer TOKEN`; `None` for no token. It
            is not shown.
        log_names: Whether the log says how files are called.
        decoders: How many images are decoded at a time; `None` for half of the CPUs.
        isolate: Whether files are decoded in child processes.
        decode_seconds: How long a child may take for a page.
        decode_bytes: How much memory a child may take for a page, beside what it has at its start.
    """

    limits: Limits = field(default_factory=Limits)
    token: str | None = field(default=None, repr=False)
    log_names: bool = False
    decoders: int | None = None
    isolate: bool = True
    decode_seconds: float = 30.0
    decode_bytes: int = 2048 * MIB
