"""The C library, built once a machine for the sources as they are."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "native"
PLAYED_GPU = ROOT / "tests" / "native" / "played_gpu"


@dataclass(frozen=True)
class Built:
    """Where the parts of the build are.

    Attributes:
        folder: Of the build.
        installed: What `cmake --install` wrote.
        library: The shared object, installed.
    """

    folder: Path
    installed: Path

    @property
    def library(self) -> Path:
        return self.installed / "lib" / "libforensics_rt.so"

    def program(self, name: str) -> Path:
        """Return an example, a tool or a fuzz target."""
        kinds = {"detect": "examples", "fuzz": "fuzz"}
        return self.folder / kinds.get(name.partition("_")[0], "tools") / name


@cache
def built(*settings: str, targets: tuple[str, ...] = ()) -> Built:
    """Build the library, with warnings as errors; skip where a machine cannot, saying why.

    Args:
        settings: Of CMake, such as `FRT_EXAMPLES=OFF`, beside those of every build.
        targets: What to build; nothing for all of it, which is then installed.
    """
    skip_without_a_compiler()
    folder = Path(tempfile.gettempdir()) / f"forensics_rt-native-{os.getuid()}-{_digest(settings)}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = Built(folder / "build", folder / "installed")
    with FileLock(folder / "lock"):
        if not (folder / "done").exists():
            _build(found, settings, targets)
            (folder / "done").touch()
    return found


def skip_without_a_compiler() -> None:
    """Skip a test where the machine cannot build, saying why."""
    for program, package in {"cmake": "cmake", "c++": "g++", "make": "make"}.items():
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: apt install {package}")
    if sys.platform != "linux" or importlib.util.find_spec("openvino") is None:
        pytest.skip("needs Linux and the openvino package, whose wheel has the headers")
    header = ["c++", "-fsyntax-only", "-include", "openssl/evp.h", "-x", "c++", os.devnull]
    if subprocess.run(header, capture_output=True, check=False).returncode:
        pytest.skip("needs OpenSSL's headers: apt install libssl-dev")


def _digest(settings: tuple[str, ...]) -> str:
    """Tell the sources, and what else a build depends on, apart from others."""
    openvino = importlib.metadata.version("openvino")
    version = Path(__file__).read_text(encoding="utf-8")  # how it is built
    told = f"{sys.executable} {openvino} {SOURCES} {settings} {version}"
    digest = hashlib.sha256(told.encode())
    played = [*PLAYED_GPU.rglob("*"), *(ROOT / "tests" / "cuda").rglob("*.[ch]*")]
    kernels = ROOT / "forensics_rt" / "cuda" / "kernels.cu"
    for file in sorted([*SOURCES.rglob("*"), *played, kernels]):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _build(into: Built, settings: tuple[str, ...], targets: tuple[str, ...]) -> None:
    configured = subprocess.run(
        [
            *("cmake", "-S", SOURCES, "-B", into.folder, "-DFRT_TOOLS=ON"),
            *("-DFRT_WARNINGS_AS_ERRORS=ON", f"-DPython3_EXECUTABLE={sys.executable}"),
            *(f"-DCMAKE_INSTALL_PREFIX={into.installed}", "-DCMAKE_INSTALL_LIBDIR=lib"),
            # A little optimized: compiling takes most of the time of these tests.
            *("-DCMAKE_BUILD_TYPE=None", "-DCMAKE_CXX_FLAGS=-O1"),
            # Twelve files at once read their headers once. Wheels are built file by file.
            *("-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_UNITY_BUILD_BATCH_SIZE=12"),
            # The GPU is played beside it, also where there is a real TensorRT.
            *("-DFRT_TENSORRT=OFF", f"-DFRT_PLAYED_GPU={'' if targets else PLAYED_GPU}"),
            *(f"-D{setting}" for setting in settings),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if configured.returncode and "Could NOT find OpenSSL" in configured.stderr:
        pytest.skip("needs the headers of OpenSSL: apt install libssl-dev")
    assert configured.returncode == 0, configured.stdout + configured.stderr
    chosen = ["--target", *targets] if targets else []
    steps = [["--build", into.folder, "--parallel", "2", *chosen]]
    for step in steps if targets else [*steps, ["--install", into.folder]]:
        done = subprocess.run(["cmake", *step], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
