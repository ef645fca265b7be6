"""The date of a report: now, or the one that was set, so that reports can be made again."""

from __future__ import annotations

import os
from datetime import datetime, timezone

from forensics_rt.errors import ReportError

VARIABLE = "SOURCE_DATE_EPOCH"


def report_date(given: str | datetime | None = None) -> datetime:
    """Return the date of a report, in UTC and whole seconds.

    Args:
        given: A date such as `2026-11-30` or `2026-11-30T14:05:00+01:00`, UTC without a zone;
            `None` for the variable SOURCE_DATE_EPOCH, or else for now.

    Raises:
        ReportError: If it is no date.

    Example:
        >>> report_date("2026-11-30").isoformat()
        '2026-11-30T00:00:00+00:00'
    """
    if given is None:
        seconds = os.environ.get(VARIABLE)
        return _now() if seconds is None else _from_seconds(seconds)
    try:
        found = given if isinstance(given, datetime) else datetime.fromisoformat(_zoned(given))
        if found.tzinfo is None:
            found = found.replace(tzinfo=timezone.utc)
        return found.astimezone(timezone.utc).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise ReportError(
            f"the date of a report must be like 2026-11-30 or 2026-11-30T14:05:00+01:00, "
            f"but is {given!r}"
        ) from error


def _zoned(text: str) -> str:
    # Python 3.10 does not know Z.
    return text.removesuffix("Z") + "+00:00" if text.endswith("Z") else text


def _from_seconds(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(text), timezone.utc)
    except (ValueError, OverflowError, OSError) as error:
        raise ReportError(
            f"{VARIABLE} must be whole seconds since 1970, but is {text!r}"
        ) from error


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)
