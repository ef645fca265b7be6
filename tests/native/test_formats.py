"""C and Python choose the number format by the same rules, from the same figures."""

import hashlib
import json

import pytest

from forensics_rt import Bundle
from forensics_rt.backends.format_timing import measured_ratios
from forensics_rt.backends.openvino import formats_here, load_openvino
from forensics_rt.system.cpu import usable_cores
from tests.native.library import NativeError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path))
    return tmp_path / "openvino"


@pytest.fixture
def formats():
    """The number formats that this processor may choose among."""
    core, bundle = load_openvino().Core(), Bundle.open("fast")
    able = [name for name, reason in formats_here(core, bundle).items() if reason is None]
    if not able:
        pytest.skip("this processor computes in float32 alone")
    return ["f32", *able]


def versions():
    openvino = load_openvino()
    name = openvino.Core().get_property("CPU", "FULL_DEVICE_NAME")
    return f"{openvino.__version__.split('-')[0]} {name} {usable_cores()} threads, shared"


def not_again(batch):
    raise AssertionError("must not be measured again")


def test_python_reads_what_c_measured(native, cache, formats):
    bundle = Bundle.open("fast")
    with native.open(bundle.path) as detector:
        said = detector.describe()

    ratios = measured_ratios(bundle, dict.fromkeys(formats, not_again), versions(), cache)
    assert set(ratios) == set(formats)
    assert ratios["f32"] == 1.0
    assert said["precision"] in formats
    assert said["precision_reason"]


@pytest.mark.skipif(usable_cores() == 1, reason="one thread runs one tile at a time")
def test_python_reads_how_many_tiles_c_runs_at_once(native, bundle, cache):
    # Of another number of threads than other tests: what was measured stands for the process.
    with native.open(bundle.path, precision="float32", threads=57) as detector:
        native.check(native.lib.frt_warm_up(detector.handle, 300, 300))

    asked = versions().replace(f" {usable_cores()} threads, shared", " 57 threads f32")
    ratios = measured_ratios(bundle, dict.fromkeys(("one", "two"), not_again), asked, cache)
    assert ratios["one"] == 1.0 and ratios["two"] > 0


@pytest.mark.parametrize("fast", ["bf16", "int8"])
def test_c_takes_what_python_measured(native, cache, formats, fast):
    if fast not in formats:
        pytest.skip(f"this processor does not compute in {fast}")
    bundle = Bundle.open("default")
    # Of another number of threads for each test: what was measured stands for the process.
    threads = 60 + formats.index(fast)
    ratios = {name: 3.0 if name == fast else 1.0 for name in formats}
    key = f"{bundle.id} {' '.join(sorted(formats))} {versions()}"
    key = key.replace(f" {usable_cores()} threads", f" {threads} threads")
    cache.mkdir()
    file = cache / f"{_digest(key)}.speed.json"
    file.write_text(json.dumps({"ratios": ratios, "tile": 128, "seconds": 0.1}), encoding="utf-8")

    with native.open(bundle.path, threads=threads) as detector:
        said = detector.describe()
    assert said["precision"] == fast
    assert said["precision_reason"].startswith(f"{fast}: 3.00 times as fast as f32")


def test_a_format_that_the_gate_did_not_pass_is_refused(native, bundle):
    with (
        pytest.raises(NativeError, match="bf16") as caught,
        native.open(bundle.path, precision="bf16"),
    ):
        pass
    assert caught.value.status == "FRT_BACKEND_UNAVAILABLE"


def _digest(text):

    return hashlib.sha256(text.encode()).hexdigest()[:16]
