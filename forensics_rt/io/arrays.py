"""Arrays of any library and order, as far as they are 8-bit images: to H×W×3 RGB."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.errors import InvalidArray
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.digest import sha256_beside
from forensics_rt.io.limits import check_size
from forensics_rt.io.medium.rules import measure_medium

_WANTED = "an array must be H×W×3 RGB, H×W×4 RGBA or H×W gray, of dtype uint8 with values 0–255"
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_STEPS = {1: ("gray to RGB",), 3: (), 4: ("alpha dropped, colors as stored",)}


def is_array_like(image: object) -> bool:
    """Tell whether something is an array of another library, or a list, and no file."""
    if isinstance(image, (list, tuple)):
        return True
    return not hasattr(image, "read") and (
        hasattr(image, "__array__") or hasattr(image, "__cuda_array_interface__")
    )


def plain_input(image: Any, name: str) -> Any:
    """Return a numpy array for other kinds of arrays.

    Args:
        image: Whatever was given; what is no array comes back as it is.
        name: What to call it.

    Raises:
        InvalidArray: If it lies on a GPU, is several images, or no array of numbers.

    Example:
        >>> plain_input([[0, 255]], "<array>").dtype
        dtype('uint8')
    """
    if isinstance(image, (np.ndarray, Image.Image)) or not is_array_like(image):
        return image
    if isinstance(image, (list, tuple)):
        return _from_list(image, name)
    _refuse_gpu(image, name)
    try:
        detached = image.detach() if hasattr(image, "detach") else image
        return np.asarray(detached)
    except Exception as error:  # each library has errors of its own
        raise InvalidArray(
            name, f"numpy cannot read this {_kind(image)}: {error}; {_WANTED}"
        ) from error


def decode_array(array: npt.NDArray[Any], name: str, max_pixels: int) -> DecodedImage:
    """Copy an array into 8-bit RGB.

    Args:
        array: H×W, H×W×1, H×W×3 or H×W×4 uint8.
        name: What to call it.
        max_pixels: Largest width × height accepted.

    Raises:
        InvalidArray: If it has another shape or type, or masked values, with what would bring it
            into order.
        ImageTooLarge: If it is larger.

    Example:
        >>> decode_array(np.zeros((2, 3), np.uint8), "<array>", 100).conversions
        ('gray to RGB',)
    """
    if np.ma.is_masked(array):
        raise InvalidArray(
            name,
            f"an array must have no masked values, but {int(np.ma.getmaskarray(array).sum())} of "
            f"{array.size} are masked; give array.filled(255), with the value they are to have",
        )
    gray = array[..., None] if array.ndim == 2 else array
    if array.dtype != np.uint8 or gray.ndim != 3 or gray.shape[2] not in _MODES or not array.size:
        raise InvalidArray(name, _refusal(array))
    # A copy: the caller may fill the array with the next image, and results show this one.
    stored = np.array(gray, order="C")
    channels = stored.shape[2]
    colors = np.repeat(stored, 3, axis=2) if channels == 1 else stored[..., :3]
    pixels = np.ascontiguousarray(colors)
    check_size(name, (array.shape[1], array.shape[0]), max_pixels)
    digest = sha256_beside(stored.data.cast("B"))
    return DecodedImage(
        pixels=pixels,
        name=name,
        digest=digest,
        format="raw",
        mode=_MODES[channels],
        conversions=_STEPS[channels],
        medium=measure_medium(pixels),
    )


def _refusal(array: npt.NDArray[Any]) -> str:
    found = f"{_WANTED}, got shape {array.shape} of dtype {array.dtype}"
    shape, kind = array.shape, array.dtype.kind
    if kind == "f" and not bool(np.isfinite(array).all()):
        return f"{found} with NaN or infinity in it"
    if len(shape) == 4:
        return f"{found}; for {shape[0]} images take detector.stream(list(images))"
    if len(shape) == 3 and shape[0] in _MODES and shape[2] not in _MODES:
        return (
            f"{found}; bring the channels to the end: tensor.permute(1, 2, 0), "
            "array.transpose(1, 2, 0)"
        )
    if kind == "f":
        return f"{found}; if its values are 0–1: (255 * array).round().astype('uint8')"
    if kind == "b":
        return f"{found}; give array.astype('uint8') * 255"
    if kind in "iu" and array.dtype != np.uint8:
        return f"{found}; if its values are 0–255: array.astype('uint8')"
    return found


def _from_list(values: Any, name: str) -> npt.NDArray[np.uint8]:
    first: Any = values
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if first is not values and not isinstance(first, (int, float, np.generic, list, tuple)):
        raise InvalidArray(name, f"is a list of {len(values)} images; take detector.stream(images)")
    try:
        array = np.array(values)
    except ValueError as error:  # of rows that differ in length
        raise InvalidArray(name, f"its lists do not form an image: {error}; {_WANTED}") from error
    if array.dtype.kind in "iu" and array.size and 0 <= array.min() and array.max() <= 255:
        return array.astype(np.uint8)
    return array


def _refuse_gpu(image: Any, name: str) -> None:
    device = str(getattr(image, "device", "a GPU"))
    if hasattr(image, "__cuda_array_interface__") or device.startswith(("cuda", "mps", "xpu")):
        raise InvalidArray(
            name,
            f"is a {_kind(image)} on {device}; detector.maps(image) leaves it there, "
            "detector(image.cpu()) brings it here",
        )


def _kind(image: object) -> str:
    return f"{type(image).__module__.split('.')[0]} {type(image).__name__}"
