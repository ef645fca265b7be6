"""The table of backends: those of this package, and those that other packages add.

Another package adds one by an entry point of the group `forensics_rt.backends`, whose value is
`module:Class`:

    [project.entry-points."forensics_rt.backends"]
    toy = "toy_backend:ToyBackend"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata

GROUP = "forensics_rt.backends"


@dataclass(frozen=True)
class Adapter:
    """Where a backend's adapter is, without importing it.

    Attributes:
        module: Its module; one that begins with a dot is in this folder. The module has `DEVICES`,
            what it runs on, its own choice first; `PACKAGE`, what must be installed; and
            `unavailable(device)`, which says why it cannot run here, or returns `None`.
        class_name: The class in it, a `Backend` that takes a bundle and a device.
        extra: The extra of forensics_rt that installs it; `None` if there is none.
        automatic: Whether `auto` may choose it.
        tuning: Which of `open_backend`'s `threads`, `requests` and `precision` it takes.
        own_format: Whether its engines compute in a number format that they were built in.
        coefficients: Whether it runs, on the CPU, networks that read the coefficients of JPEG.
    """

    module: str
    class_name: str
    extra: str | None = None
    automatic: bool = True
    tuning: tuple[str, ...] = ()
    own_format: bool = False
    coefficients: bool = False


# In the order in which `auto` tries them.
_BUILT_IN: Mapping[str, Adapter] = {
    "openvino": Adapter(
        ".openvino",
        "OpenVINOBackend",
        tuning=("threads", "requests", "precision"),
        coefficients=True,
    ),
    "tensorrt": Adapter(".tensorrt", "TensorRTBackend", "tensorrt", own_format=True),
    "tensorrt-rtx": Adapter(".tensorrt_rtx", "TensorRTRTXBackend", "tensorrt-rtx", own_format=True),
    "onnxruntime": Adapter(
        ".onnxruntime",
        "ONNXRuntimeBackend",
        "onnxruntime",
        tuning=("threads",),
        coefficients=True,
    ),
    "torch": Adapter(".torch", "TorchBackend", "torch", coefficients=True),
    # These build engines of their own whenever a session opens, which takes minutes.
    "onnxruntime-tensorrt": Adapter(
        ".onnxruntime_tensorrt",
        "ONNXRuntimeTensorRTBackend",
        "gpu",
        automatic=False,
        own_format=True,
    ),
    "onnxruntime-tensorrt-rtx": Adapter(
        ".onnxruntime_tensorrt_rtx",
        "ONNXRuntimeTensorRTRTXBackend",
        "onnxruntime-rtx",
        automatic=False,
        own_format=True,
    ),
    "numpy": Adapter(".numpy", "NumpyBackend", "export", automatic=False),
}


def find_adapters() -> Mapping[str, Adapter]:
    """Return the backends of this package and those of the packages installed beside it.

    No module of theirs is imported. `auto` never chooses a backend of another package, and none can
    take the name of one in this package.

    Example:
        >>> list(find_adapters())[:2]
        ['openvino', 'tensorrt']
    """
    others = {
        point.name: Adapter(point.module, point.attr, automatic=False)
        for point in metadata.entry_points(group=GROUP)
    }
    return {**_BUILT_IN, **{name: others[name] for name in others if name not in _BUILT_IN}}


class _Adapters(Mapping[str, Adapter]):
    """Looks for those of other packages once one is asked for that is none of this package's."""

    @cached_property
    def _all(self) -> Mapping[str, Adapter]:
        return find_adapters()

    def __getitem__(self, name: str) -> Adapter:
        return _BUILT_IN[name] if name in _BUILT_IN else self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


ADAPTERS: Mapping[str, Adapter] = _Adapters()
# Those that `auto` may choose, in its order.
AUTOMATIC = tuple(name for name, adapter in _BUILT_IN.items() if adapter.automatic)
