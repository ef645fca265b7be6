"""What `nvidia-smi` says of a GPU."""

import pytest

from forensics_rt.bench.gpu import gpu_state

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
