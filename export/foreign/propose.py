"""A contract proposed from a graph, as TOML with a comment on whatever no graph says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import onnx

from export.foreign.confirm import stride_of
from export.foreign.contract import GraphContract
from export.foreign.ends import network_input
from export.foreign.facts import (
    Value,
    gives_probability,
    inputs_of,
    normalizes_itself,
    opset_of,
    outputs_of,
)
from export.foreign.settle import USUAL_MULTIPLE, Settled, class_axis, settle
from export.foreign.sources import Source
from export.parity.probes import probe_tiles
from train.networks.smp_options import IMAGENET_MEAN, IMAGENET_STD

_NORMALIZING = frozenset({"Sub", "Div", "Mul", "Add"})


def proposed(source: Source) -> str:
    """Return the text of a `contract.toml` that can be used as it is.

    Args:
        source: The file. It answers one tile, which shows if its map is smaller.

    Raises:
        ExportError: If no contract fits the graph, such as one of two inputs.
    """
    model, place = source.model, str(source.path)
    output = _map_among(outputs_of(model))
    guess = GraphContract(
        output_name=None if output is None else output.name,
        range=None if _takes_bytes(model) else "0..1",
        forged=_class(output),
    )
    found = settle(model, _in_layout(model, guess), place)
    return "\n".join([*_lines(model, found, place), *_size_of_answer(source, found)]) + "\n"


def _size_of_answer(source: Source, found: Settled) -> Iterator[str]:
    side = found.tile or 2 * USUAL_MULTIPLE
    pixels = network_input(probe_tiles(side)[:1], found)
    try:
        answer = source.open(found.input.name, found.output.name)(pixels)
        output = replace(found.output, sides=tuple(answer.shape))
        found = replace(found, class_axis=class_axis(output, found.contract))
    except Exception as error:  # engines share no base of their errors
        yield f"# It did not answer {side}×{side} pixels: {' '.join(str(error).split())[:200]}"
        return
    stride = stride_of(found, answer.shape, pixels.shape)
    if stride is not None and stride > 1:
        yield f"output_stride = {stride}  # its answer is so many times smaller"
        yield 'upsampling = "half_pixel"  # not in the graph: or "align_corners"'


def _lines(model: onnx.ModelProto, found: Settled, place: str) -> Iterator[str]:
    said = found.contract
    outputs = outputs_of(model)
    yield f"# {place}: opset {opset_of(model)}, input {found.input}, output {found.output}"
    yield f"input_name = {json.dumps(said.input_name)}"
    yield f'layout = "{said.layout}"'
    order = "" if found.channels == 1 else '  # not in the graph: "RGB", or "BGR" as OpenCV reads'
    yield f'color_order = "{said.color_order}"{order}'
    yield from _pixels(model, found)
    if said.fixed_size is not None:
        yield f"fixed_size = [{said.fixed_size[0]}, {said.fixed_size[1]}]  # the only one it takes"
    else:
        yield (
            f"size_multiple = {said.size_multiple}  # not in the graph: of height and width; most "
            "networks that halve five times take multiples of 32"
        )
    several = f"  # of {', '.join(one.name for one in outputs)}" if len(outputs) > 1 else ""
    yield f"output_name = {json.dumps(said.output_name)}{several}"
    sure = gives_probability(model, found.output.name)
    why = "the graph ends in a sigmoid or softmax" if sure else "no sigmoid or softmax at its end"
    yield f'values = "{said.values}"  # {why}'
    if said.forged is not None:
        yield (
            f'forged = "{said.forged}"  # not in the graph: which of {found.classes} classes; '
            '"1-0" is the difference of two logits'
        )


def _pixels(model: onnx.ModelProto, found: Settled) -> Iterator[str]:
    if _takes_bytes(model):
        yield "# The input is uint8: the graph normalizes pixels itself."
        return
    if _NORMALIZING & set(normalizes_itself(model, found.input.name)):
        yield "# The graph begins with arithmetic of its own, so it may normalize pixels itself."
        yield 'range = "0..255"  # not in the graph: "0..1" or "0..255"'
        return
    usual = slice(0, 3) if found.channels == 3 else slice(1, 2)
    yield "# No graph says how its pixels were made. These are the numbers of ImageNet."
    yield 'range = "0..1"  # or "0..255"'
    yield f"mean = {list(IMAGENET_MEAN[usual])}"
    yield f"std = {list(IMAGENET_STD[usual])}"


def _takes_bytes(model: onnx.ModelProto) -> bool:
    return any(one.kind == onnx.TensorProto.UINT8 for one in inputs_of(model))


def _map_among(outputs: list[Value]) -> Value | None:
    maps = [one for one in outputs if len(one.sides) in (3, 4)]
    return maps[0] if maps else None


def _in_layout(model: onnx.ModelProto, guess: GraphContract) -> GraphContract:
    """Take the usual layout where the graph leaves the axis of colors open."""
    sides = next((one.sides for one in inputs_of(model)), ())
    if len(sides) == 4 and (sides[1] in (1, 3)) == (sides[3] in (1, 3)):
        return guess.model_copy(update={"layout": "NCHW"})
    return guess


def _class(output: Value | None) -> str | None:
    if output is None or len(output.sides) != 4:
        return None
    few = [side for side in (output.sides[1], output.sides[3]) if side is not None and side < 16]
    return "1" if few and min(few) > 1 else None
