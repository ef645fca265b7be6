"""From a typed ONNX graph to a plan file, in TensorRT's own terms."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from export.errors import ExportError
from export.tensorrt.dialect import Dialect
from export.tensorrt.order import EngineAnswer, EngineOrder
from export.tensorrt.plan import constant_bytes
from export.tensorrt.timing_cache import TimingCache
from forensics_rt.bundle.manifest import Contract
from forensics_rt.cuda.driver import probe_driver
from forensics_rt.plan.coefficients import DCT, QUANTIZATION

_CONTRACT = Contract()
_FORMATS = {"FLOAT": "fp32", "HALF": "fp16", "BF16": "bf16", "INT8": "int8", "FP8": "fp8"}
# Layers that move or name values, and compute nothing whose precision could matter.
_SILENT = {"CONSTANT", "CAST", "SHUFFLE", "IDENTITY", "SHAPE", "QUANTIZE", "DEQUANTIZE"}


def build(dialect: Dialect, order: EngineOrder) -> EngineAnswer:
    """Build one engine and write its plan, TensorRT's bytes and nothing else.

    Raises:
        ExportError: With TensorRT's own words, if it cannot parse or build the graph, or if what it
            built for the GPU that is here does not load on it.
    """
    trt = dialect.trt
    logger, complaints = _logger(trt)
    builder = trt.Builder(logger)
    network = dialect.create_network(builder)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(order.graph):
        reasons = [parser.get_error(index).desc() for index in range(parser.num_errors)]
        raise ExportError(f"{order.kind} cannot read the graph: {_joined(reasons or complaints)}")
    config = _configure(dialect, builder, network, order)
    formats = dict(_layer_formats(network))
    with _timing_cache(dialect, config, order) as cache:
        plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise ExportError(f"{order.kind} cannot build the engine: {_joined(complaints)}")
    data = bytes(plan)
    Path(order.plan).write_bytes(data)
    there = probe_driver().usable
    engine = _inspect(trt, logger, data) if there else None
    # TensorRT for RTX builds on a GPU that it does not know, as on Hopper, and refuses to load.
    if there and engine is None and not order.capabilities:
        raise ExportError(
            f"{order.kind} {dialect.version} builds no engine that this GPU can load: "
            f"{_joined(complaints)}. Name the GPUs that it is for by --compute-capability, or "
            "build with --engine tensorrt"
        )
    return EngineAnswer(
        version=dialect.version,
        network=formats,
        engine=engine,
        weight_bytes=constant_bytes(data),
        timing_cache=cache,
    )


def _logger(trt: Any) -> tuple[Any, list[str]]:
    complaints: list[str] = []

    class Logger(trt.ILogger):  # type: ignore[misc]
        """Passes warnings on to the child's log, and keeps what went wrong."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, message: str) -> None:
            """Take a message."""
            if severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR):
                complaints.append(message)
            if severity not in (trt.ILogger.Severity.VERBOSE, trt.ILogger.Severity.INFO):
                sys.stderr.write(f"{severity}: {message}\n")
                sys.stderr.flush()

    return Logger(), complaints


def _joined(reasons: list[str]) -> str:
    return "; ".join(" ".join(text.split()) for text in reasons[:3]) or "it gave no reason"


def _configure(dialect: Dialect, builder: Any, network: Any, order: EngineOrder) -> Any:
    trt = dialect.trt
    config = builder.create_builder_config()
    # Float32 means float32: TensorFloat-32 keeps 10 bits of the fraction.
    config.clear_flag(trt.BuilderFlag.TF32)
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    if order.workspace_mib is not None:
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, order.workspace_mib << 20)
    if order.optimization_level is not None:
        config.builder_optimization_level = order.optimization_level
    dialect.set_targets(config, order.capabilities)
    dialect.set_compatible(
        config, hardware=order.hardware_compatible, version=order.version_compatible
    )
    profile = builder.create_optimization_profile()
    sides = {
        _CONTRACT.input_name: (order.tile, order.tile, 3),
        DCT: (order.tile, order.tile),
        QUANTIZATION: (8, 8),
    }
    for name in (network.get_input(index).name for index in range(network.num_inputs)):
        profile.set_shape(name, *((batch, *sides[name]) for batch in order.batch))
    if config.add_optimization_profile(profile) < 0:
        raise ExportError(f"{order.kind} refuses batches {order.batch} at {order.tile} pixels")
    return config


@contextlib.contextmanager
def _timing_cache(dialect: Dialect, config: Any, order: EngineOrder) -> Iterator[str]:
    if order.timing_cache is None:
        yield "none"
        return
    if not dialect.has_timing_cache:
        yield f"none: {dialect.kind} measures nothing while it builds"
        return
    cache = TimingCache(Path(order.timing_cache))
    cache.load_into(config)
    yield order.timing_cache
    cache.keep_from(config)


def _layer_formats(network: Any) -> Iterator[tuple[str, str]]:
    """Give each computing layer's number format; a strongly typed builder has to keep to it."""
    layers = [network.get_layer(index) for index in range(network.num_layers)]
    dequantized = {layer.get_output(0).name for layer in layers if layer.type.name == "DEQUANTIZE"}
    for layer in layers:
        if layer.type.name in _SILENT or not layer.num_inputs:
            continue
        read = layer.get_input(0)
        found = _FORMATS.get(read.dtype.name)
        if found is not None:
            yield layer.name, "int8" if read.name in dequantized else found


def _inspect(trt: Any, logger: Any, data: bytes) -> dict[str, Any] | None:
    """Return the inspector's report of the engine; `None` if this GPU cannot load it.

    Without a driver a runtime may bring the process down.
    """
    runtime = trt.Runtime(logger)
    # Built a moment ago, by this process.
    runtime.engine_host_code_allowed = True
    engine = runtime.deserialize_cuda_engine(data)
    if engine is None:
        return None
    text = engine.create_engine_inspector().get_engine_information(trt.LayerInformationFormat.JSON)
    report: dict[str, Any] = json.loads(text)
    return report
