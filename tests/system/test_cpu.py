"""How many CPUs may be used, told from made-up control groups."""

import os

import psutil
import pytest

from forensics_rt import Detector
from forensics_rt.inference.ahead import default_threads
from forensics_rt.system.cpu import core_limit, cpu_quota, usable_cores

V1 = "4:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine of 64 CPUs, all of which may be used, with the files of control groups given."""
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(64)), raising=False)

    return lambda groups, files: write_groups(tmp_path, groups, files)


def write_groups(root, groups, files):
    texts = {"proc/self/cgroup": groups}
    texts |= {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("groups", "files", "quota", "cores"),
    [
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2.0, 2),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 1.5, 2),
        ("0::/\n", {"cpu.max": "5000 100000\n"}, 0.05, 1),
        ("0::/\n", {"cpu.max": "max 100000\n"}, None, 64),
        ("0::/\n", {}, None, 64),
        ("", {"cpu.max": "garbage"}, None, 64),
        ("0::/pods/a\n", {"pods/a/cpu.max": "max 100000", "pods/cpu.max": "300000 100000"}, 3.0, 3),
        ("0::/pods/a\n", {"pods/a/cpu.max": "400000 100000", "cpu.max": "800000 100000"}, 4.0, 4),
        ("0::/../host/a\n", {"cpu.max": "500000 100000"}, 5.0, 5),
        (
            V1,
            {
                "cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "250000\n",
                "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
            },
            2.5,
            3,
        ),
        (  # inside the container, where its own group is what is mounted
            V1,
            {"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"},
            2.0,
            2,
        ),
        (V1, {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None, 64),
    ],
)
def test_a_quota_of_the_control_groups_counts(machine, groups, files, quota, cores):
    root = machine(groups, files)

    assert cpu_quota(root) == quota
    assert usable_cores(root) == cores
    assert core_limit(root) == (None if cores == 64 else cores)


def test_the_least_of_affinity_and_quota_counts(machine, monkeypatch):
    root = machine("0::/\n", {"cpu.max": "800000 100000\n"})
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3, 5, 7})

    assert usable_cores(root) == 3 and core_limit(root) == 3


@pytest.fixture
def one_cpu(tmp_path, monkeypatch):
    """Have the package believe that its container grants one CPU of 64."""
    write_groups(tmp_path, "0::/\n", {"cpu.max": "100000 100000\n"})
    monkeypatch.setattr("forensics_rt.system.cpu._ROOT", tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)


def test_openvino_computes_on_no_more_threads_than_the_container_grants(one_cpu, bundle, page):
    with Detector(bundle, "openvino") as detector:
        detector(page)
        for compiled, _ in detector.backend._graphs._compiled.values():
            assert compiled.get_property("INFERENCE_NUM_THREADS") == 1
            assert compiled.get_property("ENABLE_CPU_PINNING") is False


def test_so_does_onnx_runtime(one_cpu, bundle, page):
    with Detector(bundle, "onnxruntime") as detector:
        detector(page)
        for session in detector.backend._sessions.values():
            assert session.get_session_options().intra_op_num_threads == 1


def test_onnx_runtime_counts_two_threads_of_a_core_once(tmp_path, monkeypatch, bundle, page):
    write_groups(tmp_path, "0::/\n", {"cpu.max": "400000 100000\n"})
    monkeypatch.setattr("forensics_rt.system.cpu._ROOT", tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(64)), raising=False)
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: 2)
    with Detector(bundle, "onnxruntime") as detector:
        detector(page)
        (session,) = detector.backend._sessions.values()
        assert session.get_session_options().intra_op_num_threads == 2


def test_so_does_torch(one_cpu, bundle, page):
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with Detector(bundle, "torch") as detector:
            detector(page)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_threads_that_are_asked_for_are_taken_whatever_the_container_grants(
    one_cpu, bundle, page, name
):
    with Detector(bundle, name, threads=2) as detector:
        detector(page)
        if name == "openvino":
            ((compiled, _),) = detector.backend._graphs._compiled.values()
            assert compiled.get_property("INFERENCE_NUM_THREADS") == 2
        else:
            (session,) = detector.backend._sessions.values()
            assert session.get_session_options().intra_op_num_threads == 2


def test_decoders_and_writers_follow_the_quota(one_cpu):
    assert default_threads() == 1
