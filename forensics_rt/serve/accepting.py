"""Which kind of answer a client wants: the `Accept` header."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request

from forensics_rt.serve.problems import Problem

JSON = "application/json"
PNG = "image/png"
PDF = "application/pdf"


def wanted(request: Request, offered: Sequence[str]) -> str:
    """Return the kind among those offered that the client likes best.

    Args:
        request: Its `Accept` header is read; none is as good as `*/*`.
        offered: Kinds, that which is answered to `*/*` first.

    Raises:
        Problem: 406 if none of them is accepted.
    """
    header = request.headers.get("accept") or "*/*"
    ranges = [_range(part) for part in header.split(",")]
    best = max(offered, key=lambda kind: (_quality(kind, ranges), -offered.index(kind)))
    if _quality(best, ranges) > 0:
        return best
    raise Problem(
        406,
        "NotAcceptable",
        f"Accept must allow one of {', '.join(offered)}, but is {header[:200]!r}",
    )


def _range(part: str) -> tuple[str, float]:
    kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
    try:
        return kind, float(quality)
    except ValueError:
        return kind, 0.0


def _quality(kind: str, ranges: Sequence[tuple[str, float]]) -> float:
    # What names a kind outright counts before image/*, and that before */*.
    for pattern in (kind, f"{kind.split('/')[0]}/*", "*/*"):
        found = [quality for name, quality in ranges if name == pattern]
        if found:
            return max(found)
    return 0.0
