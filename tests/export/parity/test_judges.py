"""Who judges: every backend that `verify` asks, and what the processor computes in besides."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from export.parity.judges import INT8_GRAPH, judge_of_typed_graph, judges_of
from forensics_rt import Bundle
from forensics_rt.backends.registry import usable_backends
from tests.bundles import brightness_graph, write_bundle
from tests.export.conftest import Processor


def required(bundle: Bundle) -> list[str]:
    return [judge.engine for judge in judges_of(bundle) if judge.required]


def optional(bundle: Bundle) -> list[str]:
    return [judge.engine for judge in judges_of(bundle) if not judge.required]


def test_every_backend_that_verify_asks_must_agree_in_float32(bundle: Bundle) -> None:
    assert required(bundle) == ["openvino f32", "onnxruntime fp32", "torch fp32"]
    assert [name.split()[0] for name in required(bundle)] == list(usable_backends(None, bundle))


def test_a_graph_in_float16_is_left_to_backends_that_are_quick_with_it(tmp_path: Path) -> None:
    half = write_bundle(tmp_path, [brightness_graph()], precision="fp16")
    assert required(half) == ["openvino f32", "onnxruntime fp16"]


@pytest.mark.parametrize(
    ("capabilities", "flags", "formats"),
    [
        ("FP32 BF16 INT8", "avx2 avx512_bf16 avx512_vnni", ["openvino bf16"]),
        ("FP32 FP16 INT8", "asimd", ["openvino f16"]),
        ("FP32 INT8", "avx2", []),
    ],
)
def test_other_formats_may_fail_and_depend_on_the_processor(
    processor: Processor, bundle: Bundle, capabilities: str, flags: str, formats: list[str]
) -> None:
    processor(capabilities, flags)
    assert optional(bundle) == formats


def test_int8_is_measured_on_the_engine_where_the_processor_has_instructions_for_it(
    processor: Processor,
) -> None:
    processor("FP32 INT8", "avx2 avx512_vnni")
    assert optional(Bundle.open("fast")) == ["openvino int8"]
    processor("FP32 INT8", "avx2")
    assert optional(Bundle.open("fast")) == []


def test_a_quantized_graph_is_taken_at_its_word_on_every_processor() -> None:
    assert judge_of_typed_graph("int8").engine == INT8_GRAPH
    assert judge_of_typed_graph("fp16").engine == "onnxruntime fp16 graph"


def test_a_network_of_operators_that_torch_lacks_is_left_to_the_others(bundle: Bundle) -> None:
    graph = brightness_graph()
    graph.graph.node[-1].op_type = "Unheard"

    class Odd(Bundle):
        def graph(self, member: object, int8: bool = False) -> bytes:
            return graph.SerializeToString()

    odd = Odd(bundle.path, bundle.manifest, bundle.id)
    assert "torch" not in usable_backends(None, odd)
    assert "torch" in usable_backends(None, replace(bundle))


def test_a_build_asks_nothing_of_the_network() -> None:
    program = """
import socket, sys

def refuse(*arguments, **options):
    raise SystemExit("the network was asked for")

socket.socket.connect = socket.getaddrinfo = refuse
import export.build
from forensics_rt import Bundle
from train.networks import build_network

export.build.judges_of(Bundle.open("fast"))
export.build.versions()
build_network("smp:Unet/resnet18")
print([name for name in sys.modules if name.startswith("openvino_telemetry")])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
