"""What is said of the pixels of a foreign graph, checked against its input."""

from __future__ import annotations

import onnx

from export.errors import ExportError
from export.foreign.contract import GraphContract
from export.foreign.facts import PIXEL_TYPES, Value


def layout_of(image: Value, contract: GraphContract) -> str:
    """Return the order of the axes, `NCHW` or `NHWC`.

    Raises:
        ExportError: If the input is no image, or not of the layout that was said.
    """
    if len(image.sides) != 4:
        raise ExportError(f"the input is {image}, expected 4 axes: batch, channels and two sides")
    if image.kind not in PIXEL_TYPES:
        kind = onnx.TensorProto.DataType.Name(image.kind)
        raise ExportError(f"the input {image.name} is of type {kind}, expected float or uint8")
    second, last = (image.sides[axis] in (1, 3) for axis in (1, 3))
    if contract.layout is None:
        if second == last:
            raise ExportError(f"the input is {image}; say which axis has the colors with --layout")
        return "NCHW" if second else "NHWC"
    channels, other = (
        image.sides[one] for one in ((1, 3) if contract.layout == "NCHW" else (3, 1))
    )
    if channels not in (1, 3, None) or (channels is None and other in (1, 3)):
        raise ExportError(
            f"--layout {contract.layout} does not fit the input {image}: its axis of colors would "
            f"have {channels or 'any'}, expected 3, or 1 for gray"
        )
    return contract.layout


def channels_of(image: Value, contract: GraphContract, layout: str) -> tuple[int, str]:
    """Return how many channels the input has, and their order.

    Raises:
        ExportError: If the input has another number than the order that was said.
    """
    found = image.sides[1 if layout == "NCHW" else 3]
    said = None if contract.color_order is None else 1 if contract.color_order == "GRAY" else 3
    if found is not None and said is not None and found != said:
        raise ExportError(
            f"--color-order {contract.color_order} has {said} channels, but the input is {image}"
        )
    channels = found or said or 3
    return channels, contract.color_order or ("GRAY" if channels == 1 else "RGB")


def check_numbers(contract: GraphContract, channels: int, image: Value) -> None:
    """Refuse a normalization that is missing, or that can only be a mistake.

    Raises:
        ExportError: Naming the option.
    """
    if image.kind == onnx.TensorProto.UINT8:
        if (contract.scale_of_pixels, {*contract.mean}, {*contract.std}) != (1.0, {0.0}, {1.0}):
            raise ExportError(
                "the input is uint8, so the graph normalizes pixels itself; leave out --range, "
                "--scale, --mean and --std"
            )
        return
    if contract.range is None and contract.scale is None:
        raise ExportError(
            "no graph says how its pixels are made; give --range 0..1 or --range 0..255, and "
            "--mean and --std where there are some"
        )
    for option, numbers in (("--mean", contract.mean), ("--std", contract.std)):
        if len(numbers) not in (1, channels):
            raise ExportError(
                f"{option} must be one number, or one for each of {channels} channels, got "
                f"{list(numbers)}"
            )
    if contract.range == "0..1" and max(contract.mean) > 2:
        raise ExportError(
            f"--mean {' '.join(map(str, contract.mean))} is that of pixels in 0..255, but --range "
            "says 0..1; give --range 0..255, or divide --mean and --std by 255"
        )
    if contract.range == "0..255" and any(contract.mean) and max(contract.mean) <= 1:
        raise ExportError(
            f"--mean {' '.join(map(str, contract.mean))} is that of pixels in 0..1, but --range "
            "says 0..255; give --range 0..1, or multiply --mean and --std by 255"
        )
