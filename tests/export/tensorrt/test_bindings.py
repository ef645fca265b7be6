"""Every name that is said to TensorRT, held against NVIDIA's own bindings.

The bindings install everywhere; the libraries below them do not. Empty ones in their place are
enough to import the module and to look at what it has, and nothing of it can be called.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BINDINGS = "tensorrt_bindings"
pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec(BINDINGS) is None, reason=f"needs {BINDINGS}"),
    pytest.mark.skipif(sys.platform != "linux" or not shutil.which("gcc"), reason="needs gcc"),
]
REPOSITORY = Path(__file__).parents[3]
SPEAKERS = ("export/tensorrt", "forensics_rt/backends/tensorrt")
ENTRANCES = (
    "createInferBuilder_INTERNAL", "createInferRefitter_INTERNAL", "createInferRuntime_INTERNAL",
    "createNvOnnxParser_INTERNAL", "createNvOnnxParserRefitter_INTERNAL",
    "getBuilderPluginRegistry", "getNvOnnxParserVersion", "getPluginRegistry",
    "initLibNvInferPlugins",
)  # fmt: skip
# What is called or read of its objects, with the arguments that are given.
OBJECTS = {
    "Builder": ("create_network", "create_builder_config", "create_optimization_profile",
                "build_serialized_network"),
    "OnnxParser": ("parse_from_file", "num_errors", "get_error"),
    "IBuilderConfig": ("clear_flag", "set_flag", "profiling_verbosity", "set_memory_pool_limit",
                       "builder_optimization_level", "hardware_compatibility_level",
                       "add_optimization_profile", "create_timing_cache(serialized_timing_cache",
                       "set_timing_cache(cache, ignore_mismatch", "get_timing_cache"),
    "IOptimizationProfile": ("set_shape(input, min, opt, max",),
    "ITimingCache": ("combine(input_cache, ignore_mismatch", "serialize"),
    "INetworkDefinition": ("num_layers", "get_layer(index"),
    "ILayer": ("name", "type", "num_inputs", "get_input(index", "get_output(index"),
    "ITensor": ("name", "dtype"),
    "Runtime": ("engine_host_code_allowed", "deserialize_cuda_engine"),
    "ICudaEngine": ("num_io_tensors", "get_tensor_name(index", "get_tensor_mode(name",
                    "get_tensor_dtype(name", "get_tensor_profile_shape(name, profile_index",
                    "device_memory_size_v2", "create_execution_context",
                    "create_engine_inspector"),
    "IExecutionContext": ("active_optimization_profile", "set_input_shape",
                          "set_optimization_profile_async(profile_index, stream_handle",
                          "set_tensor_address(name, memory", "set_device_memory(memory, size",
                          "execute_async_v3(stream_handle"),
    "EngineInspector": ("get_engine_information(format",),
}  # fmt: skip
# TensorRT for RTX has these and is spoken to in its own terms; its tests build with it.
RTX_ALONE = {"ComputeCapability", "DynamicShapesKernelSpecializationStrategy", "CudaGraphStrategy"}
LOOK = """
import json, sys, tensorrt_bindings as trt
found = {}
for chain in json.load(sys.stdin):
    thing = trt
    for name in chain.split("."):
        thing = getattr(thing, name, None)
    found[chain] = None if thing is None else str(getattr(thing, "__doc__", ""))
json.dump({"version": trt.__version__, "found": found}, sys.stdout)
"""


def said_to_the_module() -> set[str]:
    """Chains such as `MemoryPoolType.WORKSPACE` in all files that speak to TensorRT."""
    chains: set[str] = set()
    for folder in SPEAKERS:
        for path in (REPOSITORY / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and (chain := _after_trt(node)):
                    chains.add(chain)
    return {chain for chain in chains if chain.split(".")[0] not in RTX_ALONE}


def _after_trt(node: ast.expr) -> str | None:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        if node.attr == "trt":
            break
        names.append(node.attr)
        node = node.value
    is_module = isinstance(node, ast.Attribute) or (isinstance(node, ast.Name) and node.id == "trt")
    return ".".join(reversed(names)) if is_module and names else None


@pytest.fixture(scope="module")
def bindings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """What the bindings say of each chain; nothing for what they do not have."""
    folder = tmp_path_factory.mktemp("empty-libraries")
    source = folder / "empty.c"
    source.write_text("".join(f"void *{name}(void) {{ return 0; }}\n" for name in ENTRANCES))
    for library in ("nvinfer", "nvinfer_plugin", "nvonnxparser"):
        for major in (10, 11):
            built = folder / f"lib{library}.so.{major}"
            subprocess.run(["gcc", "-shared", "-fPIC", source, "-o", built], check=True)
    chains = sorted(said_to_the_module() | {
        f"{owner}.{use.split('(')[0]}" for owner, uses in OBJECTS.items() for use in uses
    })  # fmt: skip
    looked = subprocess.run(
        [sys.executable, "-c", LOOK], input=json.dumps(chains), capture_output=True, text=True,
        env={**os.environ, "LD_LIBRARY_PATH": str(folder)},
    )  # fmt: skip
    assert looked.returncode == 0, looked.stderr
    told: dict[str, dict[str, str | None]] = json.loads(looked.stdout)
    return told["found"]


def test_the_files_do_speak_to_tensorrt() -> None:
    said = said_to_the_module()
    assert {"Builder", "MemoryPoolType.WORKSPACE", "ILogger.Severity.ERROR", "Runtime"} <= said


def test_every_name_is_there(bindings: dict[str, str | None]) -> None:
    assert [chain for chain, told in bindings.items() if told is None] == []


@pytest.mark.parametrize(
    ("owner", "use"),
    [(owner, use) for owner, uses in OBJECTS.items() for use in uses if "(" in use],
)
def test_methods_take_what_they_are_given(
    bindings: dict[str, str | None], owner: str, use: str
) -> None:
    name, _, arguments = use.partition("(")
    told = bindings[f"{owner}.{name}"]
    assert told is not None
    taken = [part.split(":")[0].strip() for part in told.split("->")[0].split("(", 1)[1].split(",")]
    assert taken == ["self", *arguments.split(", ")]
