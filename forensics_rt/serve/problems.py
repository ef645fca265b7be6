"""Errors as answers: problem details (RFC 9457), with the library's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from pydantic import BaseModel, Field
from starlette.responses import Response

from forensics_rt import errors

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (errors.ImageTooLarge, 413),
    (errors.ImageFailed, 500),
    (errors.ImageError, 422),
    (errors.PageSelectionError, 422),
    (errors.RecipeError, 422),
    (errors.CalibrationError, 422),
    (errors.WorkStopped, 503),
)
# An argument of Python between backticks, as the library writes it.
_QUOTED = re.compile(r"`(\w+)=(['\"]?)([^`'\"]*)\2`")


class ProblemDetails(BaseModel):
    """What an error answers."""

    type: str = Field(description="Which kind of problem: `urn:forensics-rt:` and `error`.")
    title: str = Field(description="The same in words, alike for all of the kind.")
    status: int = Field(description="Status of the answer.", ge=400, le=599)
    detail: str = Field(description="What was found, what was expected, and what to do.")
    error: str = Field(description="Name of the error, such as `ImageUnreadable`.")
    request_id: str | None = Field(default=None, description="Under this the log has the request.")


class Problem(Exception):
    """An error that is an answer.

    Args:
        status: Of the answer.
        error: Its name.
        detail: What was found, what was expected, and what to do.
        headers: More headers of the answer.
    """

    def __init__(
        self, status: int, error: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.error = error
        self.detail = detail
        self.headers = dict(headers or {})

    def details(self, request_id: str | None = None) -> ProblemDetails:
        """Return what is answered."""
        return ProblemDetails(
            type=f"urn:forensics-rt:{self.error}",
            title=_title(self.error),
            status=self.status,
            detail=self.detail,
            error=self.error,
            request_id=request_id,
        )

    def response(self, request_id: str | None = None) -> Response:
        """Return the answer."""
        return Response(
            self.details(request_id).model_dump_json(),
            self.status,
            self.headers,
            MEDIA_TYPE,
        )


def problem_of(error: Exception) -> Problem:
    """Return the answer for an error of the library, or of anything else.

    Example:
        >>> problem_of(errors.ImageUnreadable("a.jpg", "the file is empty")).status
        422
    """
    if isinstance(error, Problem):
        return error
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if not isinstance(error, errors.ForensicsError):
        detail = "something failed that no check foresaw; the log has it under the request id"
        return Problem(status, "InternalError", detail)
    # The name of an upload is the client's own affair, and not repeated in every message.
    said = error.cause if isinstance(error, errors.ImageError) else str(error)
    return Problem(status, type(error).__name__, _in_options(said))


def status_problem(status: int, detail: str) -> Problem:
    """Return the answer for a status that the framework gives, such as 404."""
    phrase = HTTPStatus(status).phrase
    return Problem(status, "".join(word.capitalize() for word in phrase.split()), detail)


def _in_options(message: str) -> str:
    """Return a message with arguments as a query has them: `damaged=examine`."""
    return _QUOTED.sub(r"`\1=\3`", message)


def _title(error: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", error).capitalize()
