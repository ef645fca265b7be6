"""ONNX Runtime under the C library: the answers of Python's backend of that name."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from forensics_rt import Bundle, Detector
from tests.native.build import ROOT, built
from tests.native.library import NativeError
from tests.native.test_parity import assert_same, random_images

NAMED_BY = "FORENSICS_RT_ONNXRUNTIME"
FAST = str(Bundle.open("fast").path)


@pytest.fixture(scope="module")
def engine():
    """The library in the Python package, which other platforms link statically."""
    package = find_spec("onnxruntime")
    found = sorted(Path(package.origin).parent.glob("capi/libonnxruntime.so.*")) if package else []
    if not found:
        pytest.skip("needs a package onnxruntime that has libonnxruntime.so")
    return found[0]


@pytest.fixture
def native_ort(native, engine, monkeypatch):
    # The C library reads the environment of the process, which this changes, too.
    monkeypatch.setenv(NAMED_BY, str(engine))
    return native


@pytest.mark.parametrize("recipe", ["fast", "balanced", "max"])
def test_c_and_python_agree_to_the_bit(native_ort, recipe):
    with (
        Detector("fast", "onnxruntime", recipe, threads=2) as detector,
        native_ort.open(FAST, backend="onnxruntime", recipe=recipe, threads=2) as twin,
    ):
        for image in random_images(4, seed=len(recipe), most=500):
            assert_same(detector(image), twin.detect(image))


def test_it_says_what_it_is(native_ort):
    with native_ort.open(FAST, backend="onnxruntime", precision="float32") as detector:
        said = detector.describe()

    assert said["backend"] == "onnxruntime"
    assert said["backend_version"][0].isdigit()
    assert (said["device"], said["precision"], said["precision_reason"]) == ("cpu", "f32", "")


def test_it_computes_in_float32_alone(native_ort):
    with pytest.raises(NativeError, match="onnxruntime computes in float32 here") as caught:
        with native_ort.open(FAST, backend="onnxruntime", precision="int8"):
            pass
    assert caught.value.status == "FRT_BACKEND_UNAVAILABLE"


def detect_in_a_fresh_process(**environment):
    """Detect in a fresh process, in which nothing has loaded ONNX Runtime."""
    code = (
        "import sys, numpy as np\n"
        "from tests.native.library import Native, NativeError\n"
        "try:\n"
        "    with Native(sys.argv[1]).open(sys.argv[2], backend='onnxruntime') as detector:\n"
        "        print(detector.detect(np.zeros((40, 40, 3), np.uint8)).probability.shape)\n"
        "except NativeError as error:\n"
        "    print(error)\n"
    )
    kept = {k: v for k, v in os.environ.items() if k not in (NAMED_BY, "ORT_DISABLE_TELEMETRY")}
    done = subprocess.run(
        [sys.executable, "-c", code, built().library, FAST],
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_without_its_library_the_message_says_what_to_name(native):
    said = detect_in_a_fresh_process()

    assert said.startswith("FRT_BACKEND_UNAVAILABLE: backend 'onnxruntime' cannot run here")
    assert NAMED_BY in said


def test_another_library_is_refused(native):
    other = built().library
    said = detect_in_a_fresh_process(**{NAMED_BY: str(other)})

    assert said.startswith("FRT_BACKEND_UNAVAILABLE")
    assert f"{other} is not ONNX Runtime" in said


def test_it_leaves_nothing_in_the_home_folder(engine, native, tmp_path):
    said = detect_in_a_fresh_process(
        HOME=str(tmp_path), XDG_CACHE_HOME="", **{NAMED_BY: str(engine)}
    )

    assert said == "(40, 40)\n"
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_threads_share_a_session(native_ort):
    image = next(random_images(1, seed=7))
    with native_ort.open(FAST, backend="onnxruntime") as detector:
        first = detector.detect(image).probability
        with ThreadPoolExecutor(4) as pool:
            again = list(pool.map(lambda _: detector.detect(image).probability, range(12)))
    assert all(np.array_equal(first, other) for other in again)
