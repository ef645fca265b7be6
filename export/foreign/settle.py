"""A contract checked against the graph: what was not said is filled in, what is wrong refused."""

from __future__ import annotations

import math
from dataclasses import dataclass

import onnx

from export.errors import ExportError
from export.foreign.contract import GraphContract
from export.foreign.facts import Value, gives_probability, inputs_of, outputs_of
from export.foreign.input_checks import channels_of, check_numbers, layout_of
from forensics_rt.plan.tiling import JPEG_BLOCK

USUAL_MULTIPLE = 32


@dataclass(frozen=True)
class Settled:
    """A contract in which nothing is open.

    Attributes:
        contract: Names, layout, color order, values and size rule are all there.
        input: The graph's.
        output: The graph's.
        channels: Of the input.
        batch: That the graph is fixed to; `None` for any.
        class_axis: Of the output; `None` where it has no axis for classes.
    """

    contract: GraphContract
    input: Value
    output: Value
    channels: int
    batch: int | None
    class_axis: int | None

    @property
    def classes(self) -> int:
        """How many classes the output has; 1 where it has no axis for them."""
        return 1 if self.class_axis is None else self.output.sides[self.class_axis] or 1

    @property
    def tile(self) -> int | None:
        """Side of the only tile, of a graph of fixed size: within it, and in step with JPEG."""
        size = self.contract.fixed_size
        return None if size is None else min(size) // JPEG_BLOCK * JPEG_BLOCK


def settle(model: onnx.ModelProto, contract: GraphContract, place: str) -> Settled:
    """Check a contract against a graph.

    Args:
        model: The graph; weights may be missing.
        contract: What was said.
        place: The file, for messages.

    Raises:
        ExportError: Naming the option that is wrong or missing, and what the graph has.
    """
    try:
        image = _named(inputs_of(model), contract.input_name, "input", "--input-name")
        output = _named(outputs_of(model), contract.output_name, "output", "--output-name")
        layout = layout_of(image, contract)
        channels, order = channels_of(image, contract, layout)
        check_numbers(contract, channels, image)
        values = _values(model, contract, output)
        batch = image.sides[0]
        if batch is not None and batch != 1:
            raise ExportError(
                f"the graph is fixed to batches of {batch}, which tiles cannot fill; export it "
                "with a free batch, or with 1"
            )
        filled = contract.model_copy(
            update={
                "input_name": image.name,
                "output_name": output.name,
                "layout": layout,
                "color_order": order,
                "values": values,
                **_size(image, contract, layout),
            }
        )
        axis = class_axis(output, filled)
        return Settled(filled, image, output, channels, batch, axis)
    except ExportError as error:
        raise ExportError(f"{place}: {error}") from error


def _named(there: list[Value], name: str | None, what: str, option: str) -> Value:
    listed = ", ".join(map(str, there)) or "none"
    if name is None and len(there) == 1:
        return there[0]
    if name is None and what == "output" and there:
        raise ExportError(f"the graph has several outputs; say which it is with {option}: {listed}")
    if name is None:
        raise ExportError(
            f"the graph has the inputs {listed}, expected one, of pixels; other inputs cannot be "
            f"filled, so {option} does not help"
        )
    found = next((one for one in there if one.name == name), None)
    if found is None:
        raise ExportError(f"the graph has no {what} {name!r} ({option}); there are: {listed}")
    if what == "input" and len(there) > 1:
        raise ExportError(f"the graph has the inputs {listed}, expected {name!r} alone")
    return found


def _values(model: onnx.ModelProto, contract: GraphContract, output: Value) -> str:
    ends = gives_probability(model, output.name)
    if contract.values == "logits" and ends:
        raise ExportError(
            f"--values logits, but the output {output.name} comes from a sigmoid or softmax; give "
            "--values probability"
        )
    return contract.values or ("probability" if ends else "logits")


def _size(image: Value, contract: GraphContract, layout: str) -> dict[str, object]:
    height, width = image.sides[2:] if layout == "NCHW" else image.sides[1:3]
    fixed = contract.fixed_size
    if height is None or width is None:
        if fixed is not None:
            return {}
        return {
            "size_multiple": contract.size_multiple or math.lcm(USUAL_MULTIPLE, contract.stride)
        }
    if contract.size_multiple is not None:
        raise ExportError(
            f"--size-multiple {contract.size_multiple}, but the graph takes only {height}×{width}; "
            f"give --fixed-size {height} {width}"
        )
    if fixed not in (None, (height, width)):
        raise ExportError(
            f"--fixed-size {fixed[0]} {fixed[1]}, but the graph takes only {height}×{width}"
        )
    # What is left of a side is mirrored, which needs as many pixels beside it.
    if min(height, width) < JPEG_BLOCK or max(height, width) >= 2 * (min(height, width) - 7):
        raise ExportError(
            f"the graph takes only {height}×{width}; tiles are squares, and one side must not be "
            "twice the other. Export it with another --fixed-size"
        )
    return {"fixed_size": (height, width)}


def class_axis(output: Value, contract: GraphContract) -> int | None:
    """Return the axis of classes of an output; `None` where it has none.

    Raises:
        ExportError: If the class of forged pixels is not said, or cannot be.
    """
    count = len(output.sides)
    if count == 3:
        if contract.forged is not None:
            raise ExportError(
                f"--forged {contract.forged}, but the output {output} has no axis of classes; "
                "leave it out"
            )
        return None
    if count != 4:
        raise ExportError(
            f"the output is {output}, expected a map: 4 axes, or 3 without one of classes; choose "
            "another with --output-name"
        )
    axis = 1 if contract.layout == "NCHW" else 3
    classes = output.sides[axis]
    if classes is None:
        return axis
    if classes > 1 and contract.forged is None:
        raise ExportError(
            f"the output {output} has {classes} classes; say which is that of forged pixels with "
            "--forged, such as 1, or 1-0 for the difference of two logits"
        )
    if max(contract.classes) >= classes:
        raise ExportError(
            f"--forged {contract.forged}, but the output {output} has {classes} classes, counted "
            "from 0"
        )
    if len(contract.classes) > 1 and contract.values == "probability":
        raise ExportError(
            f"--forged {contract.forged} is a difference of logits, but the graph gives "
            f"probabilities (--values); give --forged {contract.classes[0]}"
        )
    return axis
