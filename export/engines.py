"""The CPU engines that an exported graph is measured on."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.onnxruntime import load_onnxruntime
from forensics_rt.backends.openvino import load_openvino
from forensics_rt.bundle.manifest import Contract

onnxruntime = load_onnxruntime()

Run = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]

_CONTRACT = Contract()


@dataclass(frozen=True)
class Engine:
    """One way to run a graph.

    Attributes:
        name: The engine and the number format of its arithmetic, such as `openvino bf16`.
        exact: The arithmetic is float32.
        bonus: The runtime takes it only where the gate lets it pass, and else float32; a bundle is
            built either way.
        load: Takes the graph's path, gives a function from N×H×W×3 uint8 to N×H×W float32. Both
            raise RuntimeError where the engine refuses.
    """

    name: str
    exact: bool
    load: Callable[[Path], Run]
    bonus: bool = False


def engines_here() -> tuple[Engine, ...]:
    """Return ONNX Runtime and OpenVINO in float32, and OpenVINO in what it prefers on this CPU.

    That is bf16 or f16 where the processor computes in it; where it is f32 there are only two
    engines. The runtime computes in it too, but for bf16 on a processor without matrix units.

    Example:
        >>> [engine.name for engine in engines_here()][:2]
        ['onnxruntime fp32', 'openvino f32']
    """
    preferred = (
        load_openvino().Core().get_property("CPU", "INFERENCE_PRECISION_HINT").get_type_name()
    )
    engines = [
        Engine("onnxruntime fp32", exact=True, load=_load_onnxruntime),
        Engine("openvino f32", exact=True, load=lambda path: _load_openvino(path, "f32")),
    ]
    if preferred != "f32":
        engines.append(
            Engine(
                f"openvino {preferred}",
                exact=False,
                load=lambda path: _load_openvino(path, preferred),
                bonus=True,
            )
        )
    return tuple(engines)


def onnxruntime_on(precision: str) -> Engine:
    """Return ONNX Runtime on the CPU, for a graph that was typed."""
    return Engine(f"onnxruntime {precision} graph", precision == "fp32", load=_load_onnxruntime)


def openvino_on_int8() -> Engine:
    """Return OpenVINO as it runs a graph in int8: whatever is not quantized in float32."""
    return Engine("openvino int8", exact=False, load=lambda path: _load_openvino(path, "f32"))


def _load_onnxruntime(path: Path) -> Run:
    with _as_runtime_error():
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def run(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        with _as_runtime_error():
            answers = session.run([_CONTRACT.output_name], {_CONTRACT.input_name: images})
        return np.asarray(answers[0], dtype=np.float32)

    return run


@contextlib.contextmanager
def _as_runtime_error() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # ONNX Runtime's errors have no other base in common
        raise RuntimeError(str(error)) from error


def _load_openvino(path: Path, precision: str) -> Run:
    core = load_openvino().Core()
    settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": precision}

    @functools.lru_cache(maxsize=1)  # batches of a shape follow each other
    def compiled(shape: tuple[int, ...]) -> Any:
        # The runtime compiles for fixed shapes; a free shape may choose other kernels.
        model = core.read_model(path)
        model.reshape(list(shape))
        return core.compile_model(model, "CPU", settings)

    def run(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        answers = compiled(images.shape)({_CONTRACT.input_name: images})
        return np.array(answers[_CONTRACT.output_name])

    return run
