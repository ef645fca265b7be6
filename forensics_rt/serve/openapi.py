"""What the OpenAPI document says beside what the routes' own types say."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from forensics_rt.serve.answers import BatchLine, ResultAnswer
from forensics_rt.serve.examples import EXAMPLES
from forensics_rt.serve.gate import CLOSED
from forensics_rt.serve.problem_examples import PROBLEMS
from forensics_rt.serve.problems import MEDIA_TYPE, Problem, ProblemDetails
from forensics_rt.serve.uploads import MULTIPART, RAW

_BINARY = {"type": "string", "format": "binary"}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the errors of a route, each with an example."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    error, detail = PROBLEMS[status]
    details = Problem(status, error, detail).details("3f2a9c0d5e6b4c1f8a7d2e9b0c4f6a1d")
    schema = {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}
    found: dict[str, Any] = {
        "description": details.title,
        "content": {MEDIA_TYPE: {"schema": schema, "example": details.model_dump()}},
    }
    if status in (429, 503):
        found["headers"] = {
            "Retry-After": {
                "description": "Seconds after which to ask again.",
                "schema": {"type": "integer"},
            }
        }
    return found


def _add_examples(contents: dict[str, Any]) -> None:
    for kind, content in contents.items():
        schema = content["schema"]
        named = schema.get("items", schema).get("$ref", "").rpartition("/")[2] or kind
        if "example" not in content and named in EXAMPLES:
            one = EXAMPLES[named]
            content["example"] = [one] if "items" in schema else one


def one_file(several: bool = False) -> dict[str, Any]:
    """Return what the body of a route is."""
    part = {"type": "array", "items": _BINARY, "minItems": 1} if several else _BINARY
    form = {"type": "object", "required": ["file"], "properties": {"file": part}}
    content: dict[str, Any] = {} if several else {kind: {"schema": _BINARY} for kind in RAW}
    if not several:
        content |= {f"image/{kind}": {"schema": _BINARY} for kind in ("jpeg", "png", "tiff")}
    content[MULTIPART] = {"schema": form}
    return {"requestBody": {"required": True, "content": content}}


def describe(app: FastAPI, token: bool) -> Callable[[], dict[str, Any]]:
    """Return what makes the OpenAPI document of an application, once.

    Args:
        app: With all its routes.
        token: Whether requests must bring one.
    """

    @cache
    def made() -> dict[str, Any]:
        document = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        schemas = document["components"]["schemas"]
        line = BatchLine.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= {**line.pop("$defs"), BatchLine.__name__: line, **schemas}
        for methods in document["paths"].values():
            for operation in methods.values():
                for answer in operation["responses"].values():
                    _add_examples(answer.get("content", {}))
        if token:
            bearer = {"type": "http", "scheme": "bearer"}
            document["components"]["securitySchemes"] = {"bearer": bearer}
            for path, methods in document["paths"].items():
                for operation in methods.values():
                    if path.startswith(CLOSED):
                        operation["security"] = [{"bearer": []}]
        return document

    return made


PICTURES_200: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The result, as the client accepts it.",
        "model": ResultAnswer,
        "content": {
            "image/png": {"schema": _BINARY},
            "application/pdf": {"schema": _BINARY},
        },
    }
}
LINES_200: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A line of JSON for each page, each a `BatchLine`, as soon as it is there.",
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
    }
}
RESULTS_200: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The results of all pages that have one.",
        "model": list[ResultAnswer],
        "content": {"application/pdf": {"schema": _BINARY}},
    }
}
REPORTS_200: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report.",
        "content": {"application/pdf": {"schema": _BINARY}, "text/html": {"schema": _BINARY}},
    }
}
JOB_PICTURES_200: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture.",
        "content": {"image/png": {"schema": _BINARY}, "image/jpeg": {"schema": _BINARY}},
    }
}
