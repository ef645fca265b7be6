"""TensorRT under the C library: engines and machines as in Python, and a whole GPU that is played.

The library is compiled against headers of the tests, and against NVIDIA's own cuda.h where there is
one. It was not run on a GPU.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from forensics_rt.bundle.engines.match import mismatches, rebuild_command
from tests.bundle.engines.records import L4, engine_record, rtx_record
from tests.native.build import PLAYED_GPU, ROOT, SOURCES, built
from tests.native.library import NativeError

CUDA = Path(os.environ.get("CUDA_HOME", "/usr/local/cuda"))
MACHINES = {
    "same": L4,
    "no GPU": replace(L4, gpu=None, compute_capability=None, driver=None, cuda=None),
    "other GPU": replace(L4, gpu="NVIDIA A10", compute_capability="8.6"),
    "old GPU": replace(L4, gpu="Tesla T4", compute_capability="7.5"),
    "old driver": replace(L4, driver="570.10", cuda="12.8"),
    "unknown driver": replace(L4, driver=None),
    "later TensorRT": replace(L4, tensorrt={"tensorrt": "11.9", "tensorrt-rtx": "1.8"}),
    "older TensorRT": replace(L4, tensorrt={"tensorrt": "11.3.9", "tensorrt-rtx": "1.7.1.9"}),
    "next TensorRT": replace(L4, tensorrt={"tensorrt": "12.0", "tensorrt-rtx": "2.0"}),
}
RECORDS = {
    "plain": engine_record(),
    "rtx": rtx_record(),
    "any GPU": engine_record(hardware_compatible=True, workspace_mib=512),
    "any later": engine_record(version_compatible=True, optimization_level=3),
    "int8": engine_record(precision="int8", calibration_sha256="c" * 64),
    "kept": engine_record(keep_fp32=("op:Resize", "name:/a b/it's")),
}


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("machine", MACHINES)
def test_c_and_python_agree_on_what_fits(twin, record, machine):
    found = twin(
        {
            "engine": RECORDS[record].model_dump(mode="json"),
            "machine": asdict(MACHINES[machine]),
            "bundle": "/my bundle",
        }
    )

    assert found["mismatches"] == mismatches(RECORDS[record], MACHINES[machine])
    assert found["rebuild"] == rebuild_command(RECORDS[record], Path("/my bundle"))


def test_on_a_played_gpu_it_answers_as_numpy_does():
    build = built()
    places = {
        "FORENSICS_RT_PLAYED": build.program("played_gpu") / "libplayed_forensics_rt.so",
        "FORENSICS_RT_TENSORRT": build.program("played_gpu") / "libnvinfer.so",
        "LD_LIBRARY_PATH": build.program("played_gpu"),
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            ROOT / "tests" / "native" / "on_played_gpu.py",
        ],
        env={**os.environ, **{name: str(place) for name, place in places.items()}},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) >= 50


def test_without_a_driver_it_says_so():
    code = (
        "import sys\n"
        "from tests.native.library import Native, NativeError\n"
        "try:\n"
        "    with Native(sys.argv[1]).open(sys.argv[2], backend='tensorrt'): pass\n"
        "except NativeError as error: print(error)\n"
    )
    library = built().program("played_gpu") / "libplayed_forensics_rt.so"
    done = subprocess.run(
        [sys.executable, "-c", code, library, ROOT / "forensics_rt" / "bundles" / "fast"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.startswith("FRT_BACKEND_UNAVAILABLE")


def test_a_build_without_it_names_what_is_built_in(native):
    with pytest.raises(NativeError, match=r"one of those built in \(openvino, onnxruntime\)"):
        with native.open(ROOT / "forensics_rt" / "bundles" / "fast", backend="tensorrt"):
            pass


@pytest.mark.skipif(not (CUDA / "include" / "cuda.h").exists(), reason="needs CUDA's headers")
@pytest.mark.parametrize("source", ["driver", "device"])
def test_the_sources_compile_against_the_real_cuda_header(source):
    done = subprocess.run(
        [
            *("c++", "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Wconversion", "-Werror"),
            *(f"-I{SOURCES / 'src'}", f"-I{SOURCES / 'include'}"),
            *("-isystem", CUDA / "include", SOURCES / "src" / "cuda" / f"{source}.cpp"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_tensorrt_that_is_asked_for_and_not_found_is_an_error(tmp_path):
    if shutil.which("cmake") is None:
        pytest.skip("needs cmake")
    done = subprocess.run(
        [
            *("cmake", "-S", SOURCES, "-B", tmp_path, "-DFRT_TENSORRT=ON", "-DFRT_OPENVINO=OFF"),
            *("-DFRT_TENSORRT_INCLUDE=FRT_TENSORRT_INCLUDE-NOTFOUND", "-DFRT_EXAMPLES=OFF"),
            f"-DFRT_CUDA_INCLUDE={PLAYED_GPU / 'include'}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if (CUDA / "include" / "NvInfer.h").exists():
        pytest.skip("this machine has TensorRT")
    assert done.returncode != 0 and "set FRT_TENSORRT_INCLUDE" in done.stderr
