"""The C library through ctypes: what the tests call it by."""

from __future__ import annotations

import ctypes as c
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FORMATS = ("RGB", "BGR", "RGBA", "BGRA", "GRAY")
VERDICTS = (None, "authentic", "uncertain", "forged")


LogFunction = c.CFUNCTYPE(None, c.c_int32, c.c_char_p, c.c_void_p)


class Options(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("recipe", c.c_char_p),
        ("backend", c.c_char_p),
        ("device", c.c_char_p),
        ("precision", c.c_char_p),
        ("operating_point", c.c_char_p),
        ("threshold", c.c_double),
        ("high_threshold", c.c_double),
        ("prevalence", c.c_double),
        ("threads", c.c_int32),
        ("high_area", c.c_int32),
        ("max_pixels", c.c_int64),
        ("log", LogFunction),
        ("log_user", c.c_void_p),
    ]


class Description(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("bundle_name", c.c_char_p),
        ("bundle_version", c.c_char_p),
        ("bundle_id", c.c_char_p),
        ("license", c.c_char_p),
        ("recipe", c.c_char_p),
        ("backend", c.c_char_p),
        ("backend_version", c.c_char_p),
        ("device", c.c_char_p),
        ("precision", c.c_char_p),
        ("precision_reason", c.c_char_p),
        ("tile_sizes", c.POINTER(c.c_int32)),
        ("tile_size_count", c.c_size_t),
        ("member_count", c.c_int32),
        ("tta_count", c.c_int32),
        ("threshold", c.c_double),
        ("high_threshold", c.c_double),
        ("calibrated", c.c_int32),
        ("reads_coefficients", c.c_int32),
        ("high_area", c.c_int32),
        ("reserved", c.c_int32),
    ]


class Coefficients(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("blocks", c.c_void_p),
        ("columns", c.c_int32),
        ("rows", c.c_int32),
        ("stride", c.c_ssize_t),
        ("quantization", c.c_void_p),
    ]


class Image(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("pixels", c.c_void_p),
        ("width", c.c_int32),
        ("height", c.c_int32),
        ("stride", c.c_ssize_t),
        ("format", c.c_int32),
        ("memory", c.c_int32),
        ("coefficients", c.POINTER(Coefficients)),
    ]


class Point(c.Structure):
    _fields_ = [("x", c.c_int32), ("y", c.c_int32)]


class Region(c.Structure):
    _fields_ = [
        *((name, c.c_int32) for name in ("left", "top", "width", "height")),
        ("area", c.c_int64),
        ("mean_probability", c.c_double),
        ("polygon", c.POINTER(Point)),
        ("polygon_count", c.c_size_t),
    ]


class Found(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("width", c.c_int32),
        ("height", c.c_int32),
        ("probability", c.POINTER(c.c_float)),
        ("uncertainty", c.POINTER(c.c_float)),
        ("mask", c.POINTER(c.c_uint8)),
        ("regions", c.POINTER(Region)),
        ("region_count", c.c_size_t),
        ("raw_score", c.c_double),
        ("score", c.c_double),
        ("verdict", c.c_int32),
        ("tile_count", c.c_int32),
        ("threshold", c.c_double),
        ("high_threshold", c.c_double),
        ("forged_share", c.c_double),
        ("constant_tiles", c.c_int32),
        ("repeated_tiles", c.c_int32),
        ("settled_tiles", c.c_int32),
        ("high_area", c.c_int32),
        ("seconds", c.c_double),
    ]


@dataclass(frozen=True)
class Detection:
    """What the library found, copied."""

    probability: npt.NDArray[np.float32]
    uncertainty: npt.NDArray[np.float32] | None
    mask: npt.NDArray[np.bool_]
    regions: tuple[tuple[Any, ...], ...]  # as of `forensics_rt.results.regions.Region`
    numbers: dict[str, Any]


class NativeError(Exception):
    """A status that is not FRT_OK, with the message."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class Native:
    """The loaded library.

    Args:
        path: The shared object.
    """

    def __init__(self, path: Path) -> None:
        self.lib = lib = c.CDLL(str(path))
        lib.frt_last_error.restype = lib.frt_status_name.restype = c.c_char_p
        lib.frt_version.restype = c.c_char_p
        lib.frt_open.argtypes = [c.c_char_p, c.c_void_p, c.c_void_p]
        lib.frt_close.argtypes = lib.frt_result_free.argtypes = [c.c_void_p]
        lib.frt_close.restype = lib.frt_result_free.restype = None
        lib.frt_warm_up.argtypes = [c.c_void_p, c.c_int32, c.c_int32]
        for name in ("describe", "result_get"):
            getattr(lib, f"frt_{name}").argtypes = [c.c_void_p, c.c_void_p]
        lib.frt_detect.argtypes = [c.c_void_p] * 3

    def check(self, status: int) -> None:
        """Raise what a status says."""
        if status:
            name = self.lib.frt_status_name(status).decode()
            raise NativeError(name, self.lib.frt_last_error().decode())

    @contextmanager
    def open(self, folder: str | Path, **options: Any) -> Iterator[NativeDetector]:
        """Open a bundle; `options` are members of frt_options, `log` a function."""
        given = Options(size=c.sizeof(Options))
        for name, value in options.items():
            kept = value.encode() if isinstance(value, str) else value
            setattr(given, name, LogFunction(kept) if name == "log" else kept)
        handle = c.c_void_p()
        self.check(self.lib.frt_open(str(folder).encode(), c.byref(given), c.byref(handle)))
        try:
            yield NativeDetector(self, handle)
        finally:
            self.lib.frt_close(handle)


class NativeDetector:
    """An open detector of the library."""

    def __init__(self, native: Native, handle: c.c_void_p) -> None:
        self.native, self.handle = native, handle

    def describe(self) -> dict[str, Any]:
        """Return what it is."""
        said = Description(size=c.sizeof(Description))
        self.native.check(self.native.lib.frt_describe(self.handle, c.byref(said)))
        found = {name: getattr(said, name) for name, _ in Description._fields_}
        found["tile_sizes"] = [said.tile_sizes[i] for i in range(said.tile_size_count)]
        return {k: v.decode() if isinstance(v, bytes) else v for k, v in found.items()}

    def detect(self, pixels: npt.NDArray[np.uint8], kind: str = "RGB") -> Detection:
        """Find the forged pixels of H×W×channels, or of H×W gray; any stride of rows."""
        image = Image(
            size=c.sizeof(Image),
            pixels=pixels.ctypes.data,
            width=pixels.shape[1],
            height=pixels.shape[0],
            stride=pixels.strides[0],
            format=FORMATS.index(kind),
        )
        return self.detect_image(image)

    def detect_image(self, image: Image) -> Detection:
        """Find the forged pixels of an image as the library has it."""
        lib, result = self.native.lib, c.c_void_p()
        self.native.check(lib.frt_detect(self.handle, c.byref(image), c.byref(result)))
        try:
            found = Found(size=c.sizeof(Found))
            self.native.check(lib.frt_result_get(result, c.byref(found)))
            return _copied(found)
        finally:
            lib.frt_result_free(result)


def _copied(found: Found) -> Detection:
    shape = found.height, found.width

    def plane(pointer: Any) -> npt.NDArray[Any]:
        return np.ctypeslib.as_array(pointer, shape).copy()

    regions = tuple(
        (
            tuple((one.polygon[i].x, one.polygon[i].y) for i in range(one.polygon_count)),
            (one.left, one.top, one.width, one.height),
            one.area,
            one.mean_probability,
        )
        for one in (found.regions[i] for i in range(found.region_count))
    )
    numbers = ("raw_score", "score", "threshold", "high_threshold", "high_area", "forged_share")
    counts = ("tile_count", "constant_tiles", "repeated_tiles", "settled_tiles", "seconds")
    return Detection(
        plane(found.probability),
        plane(found.uncertainty) if found.uncertainty else None,
        plane(found.mask).astype(bool),
        regions,
        {
            **{name: getattr(found, name) for name in (*numbers, *counts)},
            "verdict": VERDICTS[found.verdict],
        },
    )
