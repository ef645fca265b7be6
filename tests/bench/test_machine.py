"""What a measurement ran on, and what it took."""

import subprocess
import sys

import pytest

from forensics_rt.bench.gpu import gpu_state
from forensics_rt.bench.machine import this_machine
from forensics_rt.system import processor
from forensics_rt.system.memory import peak_bytes

ANSWER = (
    "NVIDIA H100 80GB HBM3, 580.65.06, 81559, 1024, 1980, 1980, 2619, 34, 121.53\n"
    "NVIDIA L4, 580.65.06, 23034, 0, 210, 2040, 405, 30, 12.0\n"
)


def test_the_first_gpu_is_read_from_nvidia_smi():
    state = gpu_state(lambda: ANSWER)

    assert (state.name, state.driver) == ("NVIDIA H100 80GB HBM3", "580.65.06")
    assert (state.memory_total_mib, state.memory_used_mib) == (81559.0, 1024.0)
    assert (state.clock_mhz, state.clock_max_mhz, state.clock_memory_mhz) == (1980, 1980, 2619)
    assert (state.temperature_c, state.power_w) == (34.0, 121.53)


def test_what_a_gpu_does_not_tell_is_none():
    state = gpu_state(lambda: "Tesla, 535.1, 16384, 3, [N/A], [Not Supported], 405, 30, [N/A]")

    assert state.clock_mhz is state.clock_max_mhz is state.power_w is None
    assert state.memory_used_mib == 3


@pytest.mark.parametrize("answer", [None, "", "No devices were found\n"])
def test_no_gpu_is_none(answer):
    assert gpu_state(lambda: answer) is None


def test_the_machine_says_what_it_is(monkeypatch, tmp_path):
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel name\t: Some CPU 9000\nflags\t\t: fpu avx2 amx_bf16\n")
    monkeypatch.setattr(processor, "_CPUINFO", info)

    found = this_machine(gpu_state(lambda: ANSWER))

    assert (found.cpu, found.features) == ("Some CPU 9000", ("avx2", "amx_bf16"))
    assert found.cores >= 1 and found.gpu == "NVIDIA H100 80GB HBM3"
    assert {"forensics_rt", "numpy", "opencv", "NVIDIA driver"} <= found.versions.keys()
    assert "Some CPU 9000" in found.describe() and "NVIDIA H100" in found.describe()


def test_the_peak_of_a_process_is_its_own_and_outlives_what_it_held():
    script = (
        "from forensics_rt.system.memory import peak_bytes\n"
        "before = peak_bytes()\n"
        "held = bytearray(64 << 20)\n"
        "held[::4096] = b'x' * len(held[::4096])\n"
        "del held\n"
        "print(before, peak_bytes())"
    )
    mine = bytearray(200 << 20)
    mine[::4096] = b"x" * len(mine[::4096])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    before, after = map(int, done.stdout.split())
    assert after - before > 60 << 20
    assert before < len(mine) < peak_bytes(), "a child does not begin at its parent's peak"
