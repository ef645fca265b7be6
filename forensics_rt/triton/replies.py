"""What Triton answers over HTTP, taken apart."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass

JSON_LENGTH = "Inference-Header-Content-Length"


@dataclass(frozen=True)
class Reply:
    """What the server said.

    Attributes:
        status: Of HTTP, such as 200.
        text: The reason, where that is no 200; else the JSON of the answer.
        outputs: What an inference gave, by name.
    """

    status: int
    text: str
    outputs: dict[str, bytes]


def reply_of(status: int, data: bytes, length: int | None) -> Reply:
    """Read an answer.

    Args:
        status: Of HTTP.
        data: The body: JSON, and behind it the outputs of an inference.
        length: Bytes of that JSON, as the header `JSON_LENGTH` says; `None` without outputs.
    """
    text = data[:length].decode("utf-8", "replace")
    if status != http.client.OK or length is None:
        return Reply(status, _reason(text) if status != http.client.OK else text, {})
    outputs: dict[str, bytes] = {}
    place = length
    for output in json.loads(text)["outputs"]:
        size = output["parameters"]["binary_data_size"]
        outputs[output["name"]] = data[place : place + size]
        place += size
    return Reply(status, text, outputs)


def _reason(text: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text.strip()
