"""TensorRT's execution context: made, bound and run, with a reason where it says no."""

from __future__ import annotations

from typing import Any

from forensics_rt.backends.tensorrt.loader import Engine, EngineLoader
from forensics_rt.bundle.manifest import Contract
from forensics_rt.cuda.port import Stream
from forensics_rt.errors import EngineFailed

_CONTRACT = Contract()


class Context:
    """An execution context of an engine. Not thread-safe.

    Args:
        loader: What loaded the engine.
        engine: The engine.
        scratch: Address and size of memory to compute in, shared by contexts that never run at the
            same time; `None` to have TensorRT take its own.

    Raises:
        EngineFailed: If TensorRT makes no context, as when memory is short.
    """

    def __init__(
        self, loader: EngineLoader, engine: Engine, scratch: tuple[int, int] | None
    ) -> None:
        """Make it."""
        self._loader = loader
        self._engine = engine
        self._context: Any = self._make(scratch is not None)
        if self._context is None:
            raise EngineFailed(
                f"{engine.record.file.path}: {loader.kind} cannot make a context: {loader.said()}. "
                "If memory is short, build with a smaller --batch or --workspace"
            )
        if scratch is not None:
            self._context.set_device_memory(*scratch)

    def bind(self, images: int, probability: int, size: int, stream: Stream) -> None:
        """Say where a batch of a size is and where its answers go.

        Raises:
            EngineFailed: If TensorRT refuses one of them.
        """
        context, side = self._context, self._engine.record.tile
        shape = (size, side, side, 3)
        pixels, answers = _CONTRACT.input_name, _CONTRACT.output_name
        if context.active_optimization_profile != 0:
            chosen = context.set_optimization_profile_async(0, stream.handle)
            self._demand(chosen, "select its profile")
        self._demand(context.set_input_shape(pixels, shape), f"take shape {shape}")
        self._demand(context.set_tensor_address(pixels, images), "read from its input")
        self._demand(context.set_tensor_address(answers, probability), "write to its output")

    def execute(self, stream: Stream) -> None:
        """Queue what is bound.

        Raises:
            EngineFailed: If TensorRT refuses.
        """
        self._demand(self._context.execute_async_v3(stream.handle), "run")

    def _make(self, with_scratch: bool) -> Any:
        trt, handle = self._loader.trt, self._engine.handle
        if self._loader.kind == "tensorrt-rtx":
            # Kernels for the shape at hand at once and not in the background, so that times do not
            # drift; graphs are its own affair, because it alone knows when kernels are final.
            config = handle.create_runtime_config()
            config.dynamic_shapes_kernel_specialization_strategy = (
                trt.DynamicShapesKernelSpecializationStrategy.EAGER
            )
            config.cuda_graph_strategy = trt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
            return handle.create_execution_context(config)
        if with_scratch:
            return handle.create_execution_context(
                trt.ExecutionContextAllocationStrategy.USER_MANAGED
            )
        return handle.create_execution_context()

    def _demand(self, done: bool, what: str) -> None:
        if not done:
            path, said = self._engine.record.file.path, self._loader.said()
            raise EngineFailed(f"{path} cannot {what}: {said}")
