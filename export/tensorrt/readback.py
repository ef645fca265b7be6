"""Whether an engine computes in what was asked for.

A peer of this project once shipped engines that computed in float32 because the flag they set had
vanished from TensorRT. So nobody is believed: the layers that multiply activations with weights
are looked up by name, in the engine where a GPU can load it and otherwise in the typed network that
the builder took, and the plan's constants are weighed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from export.errors import ExportError
from export.tensorrt.order import EngineAnswer

# The plan may fold small tensors into others; float32 in place of float16 shows far beyond this.
_WEIGHT_SHARE = 0.9
_SHOWN = 4
_WORDS = {"fp16": ("fp16", "half"), "bf16": ("bf16", "bfloat16"), "int8": ("int8",)}


@dataclass(frozen=True)
class Readback:
    """What an engine computes in.

    Attributes:
        layer_types: How many layers compute in each number format.
        weight_bytes: Bytes of constants in each format; empty where the plan does not tell.
        read_from: Where `layer_types` comes from.
    """

    layer_types: dict[str, int]
    weight_bytes: dict[str, int]
    read_from: Literal["engine", "network"]


def read_back(answer: EngineAnswer, asked: dict[str, str], precision: str) -> Readback:
    """Compare what was built with what was asked for.

    Raises:
        ExportError: Naming the layers that differ, with both formats.
    """
    problems = [*_plan_problems(answer, precision), *_network_problems(answer.network, asked)]
    layers: dict[str, int] = dict(Counter(answer.network.values()))
    read_from: Literal["engine", "network"] = "network"
    if precision not in asked.values():
        problems.append(f"no layer with weights is left to compute in {precision}")
    if answer.engine is not None:
        found = dict(_engine_formats(answer.engine))
        problems += _engine_problems(answer.engine, asked)
        if found:
            layers, read_from = dict(Counter(found.values())), "engine"
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise ExportError(
            f"the engine is not what was asked for: {'; '.join(problems[:_SHOWN])}{more}. The "
            "graph decides: every layer must be typed as the precision says"
        )
    return Readback(layers, dict(answer.weight_bytes), read_from)


def _network_problems(network: dict[str, str], asked: dict[str, str]) -> Iterator[str]:
    for name, wanted in asked.items():
        found = network.get(name)
        if found is None:
            yield f"layer {name} is not in the network"
        elif found != wanted:
            yield f"layer {name} computes in {found}, asked was {wanted}"


def _plan_problems(answer: EngineAnswer, precision: str) -> Iterator[str]:
    floats = {kind: size for kind, size in answer.weight_bytes.items() if kind != "int8"}
    total = sum(floats.values())
    # int8 weights may be folded to either type; their layers are judged by name.
    if precision == "int8" or not total:
        return
    share = floats.get(precision, 0) / total
    if share < _WEIGHT_SHARE:
        yield (
            f"{share:.0%} of the plan's weights are {precision}, at least {_WEIGHT_SHARE:.0%} "
            f"expected ({', '.join(f'{k} {v} bytes' for k, v in sorted(floats.items()))})"
        )


def _engine_formats(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for layer in _layers(report):
        formats = _formats(layer, "Inputs", report) or _formats(layer, "Outputs", report)
        if formats:
            yield str(layer.get("Name")), sorted(formats, key=_narrowest)[0]


def _engine_problems(report: dict[str, Any], asked: dict[str, str]) -> Iterator[str]:
    """Look at each engine layer that a node with weights went into; fused ones hold several."""
    for layer in _layers(report):
        said = f"{layer.get('Name', '')} {layer.get('Metadata', '')}"
        inside = set(re.findall(r"[^\s\[\]+:,\x1e\x1f]+", said)) & set(asked)
        found = _formats(layer, "Inputs", report) | _formats(layer, "Outputs", report)
        for name in sorted(inside):
            if found and asked[name] not in found:
                yield f"layer {name} computes in {'/'.join(sorted(found))}, asked was {asked[name]}"


def _layers(report: dict[str, Any]) -> Iterable[dict[str, Any]]:
    # Without detail, layers are names alone.
    return [layer for layer in report.get("Layers", ()) if isinstance(layer, dict)]


def _formats(layer: dict[str, Any], side: str, report: dict[str, Any]) -> set[str]:
    """Return the formats of a layer's tensors, which versions name differently.

    Those of the engine's own ends are the contract's, bytes in and float32 out, whatever the layer
    computes in.
    """
    found = set()
    ends = report.get("Bindings", ())
    for tensor in layer.get(side, ()):
        if not isinstance(tensor, dict) or tensor.get("Name") in ends:
            continue
        keys = ("DataType", "Datatype", "Format/Datatype", "Format/DataType", "Format")
        said = next((str(tensor[key]) for key in keys if key in tensor), "").lower()
        said = said.replace("uint8", "")  # pixels on their way in, in which nothing computes
        names = [name for name, words in _WORDS.items() if any(word in said for word in words)]
        if names:
            found.add(names[0])
        elif "fp32" in said or "float" in said:
            found.add("fp32")
    return found


def _narrowest(name: str) -> int:
    return ("int8", "fp16", "bf16", "fp32").index(name)
