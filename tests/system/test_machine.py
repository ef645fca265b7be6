"""What this machine is."""

from dataclasses import replace

from forensics_rt.system import processor
from forensics_rt.system.machine import this_machine


def test_the_machine_says_what_it_is(monkeypatch, tmp_path):
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel name\t: Some CPU 9000\nflags\t\t: fpu avx2 amx_bf16\n")
    monkeypatch.setattr(processor, "_CPUINFO", info)

    found = this_machine("NVIDIA H100 80GB HBM3", "580.65.06")

    assert (found.cpu, found.features) == ("Some CPU 9000", ("avx2", "amx_bf16"))
    assert found.cores >= 1 and found.gpu == "NVIDIA H100 80GB HBM3"
    assert {"forensics_rt", "numpy", "opencv", "NVIDIA driver"} <= found.versions.keys()
    assert "Some CPU 9000" in found.describe() and "NVIDIA H100" in found.describe()


def test_what_decides_its_speed_is_kept_with_a_result():
    machine = replace(this_machine(), cpu="A Processor", features=("avx2", "amx_bf16"))
    facts = machine.facts()

    assert (facts["processor"], facts["instructions"]) == ("A Processor", "avx2 amx_bf16")
    assert {"numpy", "opencv", "python", "system", "forensics_rt"} < set(facts)
    assert replace(machine, features=()).facts()["instructions"] == "not known"
