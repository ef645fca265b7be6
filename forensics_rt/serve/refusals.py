"""What is refused because it is too much: each with its status and what to do."""

from __future__ import annotations

from forensics_rt.serve.problems import Problem


def too_large(found: int, limit: int) -> Problem:
    """413: the body has more bytes than the limit."""
    # What still comes is not read.
    return Problem(
        413,
        "BodyTooLarge",
        f"the body has {found} bytes or more, the limit is {limit}; send fewer or smaller files",
        {"Connection": "close"},
    )


def too_slow(seconds: float) -> Problem:
    """408: the body does not arrive."""
    return Problem(
        408,
        "UploadTooSlow",
        f"the body did not arrive within {seconds:g} s; send it again, or smaller files",
        {"Connection": "close"},
    )


def too_much_held(limit: int) -> Problem:
    """503: all bodies together take too much memory."""
    return Problem(
        503,
        "TooManyUploads",
        f"uploads of more than {limit} bytes are in memory; send it again later",
        {"Retry-After": "5", "Connection": "close"},
    )


def queue_full(waiting: int, most: int, age: float) -> Problem:
    """429: too many images wait; the first of them has done so for `age` seconds."""
    return Problem(
        429,
        "QueueFull",
        f"{waiting} images wait, the limit is {most}; ask again later",
        {"Retry-After": str(max(1, round(age)))},
    )
