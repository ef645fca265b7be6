"""What an ONNX graph would have an engine load: operators of others, weights in other files.

Reads the wire format of protobuf, and of it what names such things; package onnx is not needed.
The numbers of the fields are those of `onnx.proto`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forensics_rt.errors import BundleAltered

_DEPTH = 64
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
# Of each kind of message, which fields hold messages, and of which kind.
_INSIDE: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 8: "opset", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
    "opset": {},
}
# Where a node names its operator and its domain, and a function itself.
_NAMED: Mapping[str, tuple[int, int]] = {"node": (4, 7), "function": (1, 10)}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14


@dataclass(frozen=True)
class GraphContents:
    """What was found.

    Attributes:
        domains: Of the operators that nodes use, but for functions that the model brings itself.
        elsewhere: Whether a tensor keeps its values in another file.
    """

    domains: frozenset[str]
    elsewhere: bool


def contents_of(graph: bytes, place: object) -> GraphContents:
    """Look through a model.

    Args:
        graph: Its bytes.
        place: What to call it in errors.

    Raises:
        BundleAltered: If it is no protobuf, or nested too deeply.
    """
    used: set[tuple[str, str]] = set()
    own: set[tuple[str, str]] = set()
    elsewhere = False
    stack = [("model", memoryview(graph), 0)]
    try:
        while stack:
            kind, message, depth = stack.pop()
            if depth > _DEPTH:
                raise ValueError("it is nested too deeply")
            inside, named, said = _INSIDE[kind], _NAMED.get(kind, ()), {}
            for number, value in _fields(message):
                if isinstance(value, memoryview):
                    if number in inside:
                        stack.append((inside[number], value, depth + 1))
                    elif number in named:
                        said[number] = bytes(value).decode()
                if kind == "tensor" and number in (_EXTERNAL_DATA, _DATA_LOCATION) and value != 0:
                    elsewhere = True
            if named:
                name_and_domain = said.get(named[0], ""), said.get(named[1], "")
                (used if kind == "node" else own).add(name_and_domain)
    except (ValueError, IndexError) as error:
        raise BundleAltered(f"{place}: cannot be read as an ONNX graph: {error}") from error
    return GraphContents(frozenset(domain for _, domain in used - own), elsewhere)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        wire = key & 7
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        length = {_FIXED64: 8, _FIXED32: 4}.get(wire)
        if wire == _BYTES:
            length, at = _varint(message, at)
        if length is None or length > end - at:
            raise ValueError("it is cut off, or no protobuf")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    byte = message[place]
    if byte < 0x80:
        return byte, place + 1
    value, shift = 0, 0
    while shift < 70:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
        shift += 7
    raise ValueError("a number in it is too long")
