"""What holds a bundle to PyTorch's answers: the runtime's own backends, as `verify` opens them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from forensics_rt.backends.base import Backend
from forensics_rt.backends.onnxruntime import ONNXRuntimeBackend
from forensics_rt.backends.openvino import OpenVINOBackend, formats_here, load_openvino
from forensics_rt.backends.registry import open_backend, usable_backends
from forensics_rt.backends.torch import TorchBackend
from forensics_rt.bundle.opening import Bundle

INT8_GRAPH = "torch int8 graph"
INT8_ENGINE = "openvino int8"


@dataclass(frozen=True)
class Judge:
    """One way to run a bundle.

    Attributes:
        engine: Backend and number format as the manifest's rows have them, such as `openvino bf16`.
        arithmetic: The number format alone.
        start: Opens the backend for a bundle.
        required: Whether there is no bundle where its answers differ. Where they may, the manifest
            says that they do, and the runtime computes in float32.
    """

    engine: str
    arithmetic: str
    start: Callable[[Bundle], Backend]
    required: bool = True


def judges_of(bundle: Bundle) -> tuple[Judge, ...]:
    """Return a judge for every way in which this machine may run a bundle.

    Each backend that `forensics-rt verify` asks has to pass in float32, or the format of the
    bundle's graphs. What this processor computes in besides, such as bf16, is measured and may
    fail, whether or not it would be chosen here: a processor that would reads the manifest, too.

    Args:
        bundle: Its graphs are written, its manifest may lack parity rows.

    Example:
        >>> [judge.engine for judge in judges_of(Bundle.open("fast")) if judge.required]
        ['openvino f32', 'onnxruntime fp32', 'torch fp32']
    """
    names = usable_backends(None, bundle)
    required = [_required(bundle, name) for name in names]
    return (*required, *optional_judges(bundle)) if "openvino" in names else tuple(required)


def optional_judges(bundle: Bundle) -> tuple[Judge, ...]:
    """Return a judge for each number format that may fail."""
    return tuple(
        Judge(
            f"openvino {number_format}",
            number_format,
            partial(OpenVINOBackend.unjudged, precision=number_format),
            required=False,
        )
        for number_format, reason in formats_here(load_openvino().Core(), bundle).items()
        if reason is None
    )


def judge_of_typed_graph(number_format: str) -> Judge:
    """Return what runs a graph that TensorRT or OpenVINO is to compute in another number format.

    ONNX Runtime fuses what is quantized into kernels, which run over on processors without VNNI;
    PyTorch takes every node at its word, so int8 is judged alike on every processor.
    """
    if number_format == "int8":
        return Judge(INT8_GRAPH, number_format, TorchBackend)
    return Judge(f"onnxruntime {number_format} graph", number_format, ONNXRuntimeBackend)


def _required(bundle: Bundle, name: str) -> Judge:
    def start(one: Bundle) -> Backend:
        return open_backend(one, name, precision="float32")

    with start(bundle) as backend:
        arithmetic = backend.capabilities.precision
    return Judge(f"{name} {arithmetic}", arithmetic, start)
