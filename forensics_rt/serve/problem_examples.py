"""Examples of errors, for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping

# An example a status: the error, and its words.
PROBLEMS: Mapping[int, tuple[str, str]] = {
    400: (
        "BodyMalformed",
        "the body is no multipart/form-data with files: no part of it is a file with a file name; "
        "send each file as a part with a file name, as `curl -F file=@scan.jpg` does",
    ),
    401: ("Unauthorized", "the token is missing or wrong; send `Authorization: Bearer TOKEN`"),
    403: (
        "CrossSite",
        "a page of another site must not ask from a browser; open the page of this service",
    ),
    404: (
        "JobNotFound",
        "there is no job of this id; results are kept for 900 s after the job ends",
    ),
    406: (
        "NotAcceptable",
        "Accept must allow one of application/json, image/png, application/pdf, but is 'text/html'",
    ),
    408: ("UploadTooSlow", "the body did not arrive within 60 s; send it again, or smaller files"),
    409: ("JobNotDone", "the job must be done, but is running; ask again later"),
    413: (
        "BodyTooLarge",
        "the body has 80000000 bytes or more, the limit is 67108864; send fewer or smaller files",
    ),
    415: (
        "UnsupportedMediaType",
        "the body must be image/*, application/octet-stream, application/pdf or "
        "multipart/form-data, but is 'text/plain'; send the file as it is, with one of these as "
        "Content-Type",
    ),
    422: ("ImageUnreadable", "the file is empty"),
    429: ("QueueFull", "64 images wait, the limit is 64; ask again later"),
    500: (
        "InternalError",
        "something failed that no check foresaw; the log has it under the request id",
    ),
    503: ("Draining", "the service ends and takes nothing new; ask another"),
    504: (
        "DeadlineExceeded",
        "there was no answer within 120 s; ask again with a larger `deadline`, send a smaller "
        "image, or start a job",
    ),
}
