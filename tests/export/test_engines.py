"""The engines of the parity gate."""

from __future__ import annotations

import subprocess
import sys

from export.engines import engines_here


def test_two_engines_are_float32_and_a_third_only_where_the_cpu_prefers_less() -> None:
    exact = [engine.name for engine in engines_here() if engine.exact]
    reduced = [engine.name for engine in engines_here() if not engine.exact]
    assert exact == ["onnxruntime fp32", "openvino f32"]
    assert reduced in ([], ["openvino bf16"], ["openvino f16"])


def test_a_build_asks_nothing_of_the_network() -> None:
    program = """
import socket, sys

def refuse(*arguments, **options):
    raise SystemExit("the network was asked for")

socket.socket.connect = socket.getaddrinfo = refuse
import export.build
from train.networks import build_network

export.build.engines_here()
export.build.versions()
build_network("smp:Unet/resnet18")
print([name for name in sys.modules if name.startswith("openvino_telemetry")])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
