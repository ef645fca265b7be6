"""ONNX operators in terms of torch, as far as this project's networks need them (opset 18)."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch.nn import functional

Attributes = dict[str, Any]
Operator = Callable[..., Any]


def operator(function: Operator) -> Operator:
    """Enter a function under its own name as the ONNX operator of that name."""
    OPERATORS[function.__name__] = function
    return function


def _ints(tensor: Any) -> list[int]:
    return [int(value) for value in tensor.tolist()]


def _alike(name: str) -> Operator:
    return lambda attributes, *tensors: getattr(torch, name.lower())(*tensors)


# Called alike in both, but for capital letters.
_ALIKE = ("Abs", "Add", "Erf", "Exp", "Floor", "Log", "MatMul", "Mul", "Neg", "Pow", "Relu",
          "Sigmoid", "Sqrt", "Sub", "Tanh", "Where")  # fmt: skip

OPERATORS: dict[str, Operator] = {name: _alike(name) for name in _ALIKE} | {
    "BatchNormalization": lambda attributes, image, scale, bias, mean, variance: (
        functional.batch_norm(
            image, mean, variance, scale, bias, eps=attributes.get("epsilon", 1e-5)
        )
    ),
    "Clip": lambda attributes, tensor, *limits: torch.clamp(tensor, *limits),
    "Concat": lambda attributes, *tensors: torch.cat(
        [tensor.to(tensors[-1].device) for tensor in tensors], attributes["axis"]
    ),
    "Expand": lambda attributes, tensor, shape: tensor.expand(
        torch.broadcast_shapes(tensor.shape, tuple(_ints(shape)))
    ),
    "GlobalAveragePool": lambda attributes, image: image.mean(dim=(2, 3), keepdim=True),
    "Identity": lambda attributes, tensor: tensor,
    "LeakyRelu": lambda attributes, tensor: functional.leaky_relu(
        tensor, attributes.get("alpha", 0.01)
    ),
    "Max": lambda attributes, *tensors: reduce(torch.maximum, tensors),
    "MaxPool": lambda attributes, image: functional.max_pool2d(
        *_pooled(attributes, image, float("-inf"))
    ),
    "Min": lambda attributes, *tensors: reduce(torch.minimum, tensors),
    "Mod": lambda attributes, left, right: (
        torch.fmod(left, right) if attributes.get("fmod") else torch.remainder(left, right)
    ),
    "Range": lambda attributes, start, limit, step: torch.arange(
        start.item(), limit.item(), step.item(), dtype=start.dtype
    ),
    "ReduceMean": lambda attributes, tensor, axes=None: tensor.mean(
        dim=attributes.get("axes") if axes is None else _ints(axes),
        keepdim=bool(attributes.get("keepdims", 1)),
    ),
    "Reshape": lambda attributes, tensor, shape: tensor.reshape(
        [size or tensor.shape[axis] for axis, size in enumerate(_ints(shape))]
    ),
    "Shape": lambda attributes, tensor: torch.tensor(
        tensor.shape[attributes.get("start", 0) : attributes.get("end")], dtype=torch.int64
    ),
    "Squeeze": lambda attributes, tensor, axes=None: (
        tensor.squeeze() if axes is None else tensor.squeeze(tuple(_ints(axes)))
    ),
    "Transpose": lambda attributes, tensor: tensor.permute(
        attributes.get("perm", list(range(tensor.ndim))[::-1])
    ),
}


@operator
def Div(attributes: Attributes, left: Any, right: Any) -> Any:
    whole = not left.is_floating_point() and not right.is_floating_point()
    return torch.div(left, right, rounding_mode="trunc" if whole else None)


@operator
def Cast(attributes: Attributes, tensor: Any) -> Any:
    import onnx

    kind = onnx.helper.tensor_dtype_to_np_dtype(attributes["to"]).name
    return tensor.to(getattr(torch, kind))


@operator
def Conv(attributes: Attributes, image: Any, weight: Any, bias: Any = None) -> Any:
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    padding = (top, left)
    if padding != (bottom, right):  # which a convolution does not do by itself
        image, padding = functional.pad(image, (left, right, top, bottom)), (0, 0)
    return functional.conv2d(
        image,
        weight,
        bias,
        padding=padding,
        stride=attributes.get("strides", [1, 1]),
        dilation=attributes.get("dilations", [1, 1]),
        groups=attributes.get("group", 1),
    )


def _pooled(attributes: Attributes, image: Any, fill: float) -> tuple[Any, list[int], list[int]]:
    """Pad for pooling, beyond the end too where `ceil_mode` lets a window begin there."""
    kernel = attributes["kernel_shape"]
    strides = attributes.get("strides", [1, 1])
    pads = list(attributes.get("pads", [0, 0, 0, 0]))
    if attributes.get("ceil_mode", 0):
        for axis in (0, 1):
            length = image.shape[2 + axis] + pads[axis] + pads[2 + axis]
            pads[2 + axis] += -(length - kernel[axis]) % strides[axis]
    padded = functional.pad(image, (pads[1], pads[3], pads[0], pads[2]), value=fill)
    return padded, kernel, strides


@operator
def AveragePool(attributes: Attributes, image: Any) -> Any:
    padded, kernel, strides = _pooled(attributes, image, 0.0)
    pool = functional.avg_pool2d
    total = pool(padded, kernel, strides)
    if attributes.get("count_include_pad", 0):
        return total
    inside, _, _ = _pooled(attributes, torch.ones_like(image), 0.0)
    return total / pool(inside, kernel, strides)


def _along(attributes: Attributes, tensor: Any, parameter: Any) -> Any:
    """Shape a scale or a zero point so that it lies along its axis of a tensor."""
    if parameter is None or parameter.ndim != 1:
        return parameter
    sides = [1] * tensor.ndim
    sides[attributes.get("axis", 1)] = -1
    return parameter.reshape(sides)


@operator
def QuantizeLinear(attributes: Attributes, tensor: Any, scale: Any, zero: Any) -> Any:
    limits = torch.iinfo(zero.dtype)
    steps = (tensor / _along(attributes, tensor, scale)).round()
    shifted = steps + _along(attributes, tensor, zero).to(steps)
    return shifted.clamp(limits.min, limits.max).to(zero.dtype)


@operator
def DequantizeLinear(attributes: Attributes, tensor: Any, scale: Any, zero: Any = None) -> Any:
    steps = tensor.to(scale)
    if zero is not None:
        steps = steps - _along(attributes, tensor, zero).to(scale)
    return steps * _along(attributes, tensor, scale)


@operator
def Split(attributes: Attributes, tensor: Any, sizes: Any = None) -> Any:
    axis = attributes.get("axis", 0)
    if sizes is not None:
        return torch.split(tensor, _ints(sizes), axis)
    return torch.tensor_split(tensor, attributes["num_outputs"], axis)


@operator
def Gather(attributes: Attributes, tensor: Any, indices: Any) -> Any:
    axis = attributes.get("axis", 0)
    # Indices are constants of the host: to send them to the tensor's device would wait for it.
    parts = [tensor.select(axis, index) for index in _ints(indices.reshape(-1))]
    taken = torch.stack(parts, axis)
    return taken.reshape([*tensor.shape[:axis], *indices.shape, *tensor.shape[axis + 1 :]])


@operator
def Unsqueeze(attributes: Attributes, tensor: Any, axes: Any) -> Any:
    places = [axis % (tensor.ndim + axes.numel()) for axis in _ints(axes)]
    for axis in sorted(places):
        tensor = tensor.unsqueeze(axis)
    return tensor


@operator
def Slice(
    attributes: Attributes, tensor: Any, starts: Any, ends: Any, axes: Any = None, steps: Any = None
) -> Any:
    where = [slice(None)] * tensor.ndim
    places = list(range(starts.numel())) if axes is None else _ints(axes)
    strides = [1] * starts.numel() if steps is None else _ints(steps)
    for axis, start, end, step in zip(places, _ints(starts), _ints(ends), strides, strict=True):
        where[axis] = slice(start, min(end, tensor.shape[axis]), step)
    return tensor[tuple(where)]


@operator
def Pad(attributes: Attributes, tensor: Any, pads: Any, value: Any = None, axes: Any = None) -> Any:
    amounts, half = _ints(pads), pads.numel() // 2
    places = range(half) if axes is None else _ints(axes)
    pairs = [0, 0] * tensor.ndim  # of the last axis first
    for axis, before, after in zip(places, amounts[:half], amounts[half:], strict=True):
        place = 2 * (tensor.ndim - 1 - axis % tensor.ndim)
        pairs[place : place + 2] = before, after
    mode = attributes.get("mode", b"constant").decode()
    if mode == "constant":
        return functional.pad(tensor, pairs, value=0.0 if value is None else value.item())
    return functional.pad(tensor, pairs[:4], {"edge": "replicate"}.get(mode, mode))


@operator
def Resize(
    attributes: Attributes, image: Any, region: Any = None, scales: Any = None, sizes: Any = None
) -> Any:
    mode = {b"nearest": "nearest", b"linear": "bilinear"}[attributes.get("mode", b"nearest")]
    corners = attributes.get("coordinate_transformation_mode") == b"align_corners"
    size = _ints(sizes)[2:] if sizes is not None else None
    factors = None if size else [float(value) for value in scales.tolist()[2:]]
    return functional.interpolate(
        image,
        size=size,
        scale_factor=factors,
        mode=mode,
        align_corners=corners if mode == "bilinear" else None,
    )


@operator
def DepthToSpace(attributes: Attributes, image: Any) -> Any:
    block = attributes["blocksize"]
    if attributes.get("mode", b"DCR") == b"CRD":
        return functional.pixel_shuffle(image, block)
    count, channels, height, width = image.shape
    parts = image.reshape(count, block, block, channels // block**2, height, width)
    spread = parts.permute(0, 3, 4, 1, 5, 2)
    return spread.reshape(count, channels // block**2, height * block, width * block)


@operator
def SpaceToDepth(attributes: Attributes, image: Any) -> Any:
    block = attributes["blocksize"]
    count, channels, height, width = image.shape
    parts = image.reshape(count, channels, height // block, block, width // block, block)
    return parts.permute(0, 3, 5, 1, 2, 4).reshape(
        count, channels * block**2, height // block, width // block
    )
