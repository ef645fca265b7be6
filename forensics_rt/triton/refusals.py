"""Errors as Triton tells them to a client: a code, and a text without paths of the server."""

from __future__ import annotations

import traceback
from typing import Any

from forensics_rt.errors import (
    EngineOutOfMemory,
    ForensicsError,
    ImageError,
    ImageFailed,
    RecipeError,
    RequestInvalid,
    ServerBusy,
)

# What over HTTP is 400, 503 and 500.
INVALID, UNAVAILABLE, INTERNAL = "INVALID_ARG", "UNAVAILABLE", "INTERNAL"


def code_of(error: Exception) -> str:
    """Return the name of Triton's code for an error.

    The client's fault is `INVALID_ARG`, what may pass with time `UNAVAILABLE`, all else `INTERNAL`.

    Example:
        >>> code_of(RequestInvalid("options must be JSON"))
        'INVALID_ARG'
    """
    if isinstance(error, (ServerBusy, EngineOutOfMemory, MemoryError)):
        return UNAVAILABLE
    if isinstance(error, ImageFailed):  # a bug, or a file that nobody has seen the like of
        return INTERNAL
    if isinstance(error, (RequestInvalid, ImageError, RecipeError)):
        return INVALID
    return INTERNAL


def refusal(backend: Any, error: Exception) -> Any:
    """Return the response of a request that failed, and log what is not the client's fault.

    Args:
        backend: Triton's module `triton_python_backend_utils`.
        error: Why it failed.
    """
    code = code_of(error)
    if code == INTERNAL:
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        backend.Logger.log_error(f"forensics_rt: a request failed: {trace}")
    known = isinstance(error, ForensicsError)
    text = str(error) if known else f"{type(error).__name__}, see the log of the server"
    number = getattr(backend.TritonError, code)
    return backend.InferenceResponse(error=backend.TritonError(f"forensics_rt: {text}", number))
