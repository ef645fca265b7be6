"""The kernels, and what runs them here, as shared libraries of the CPU."""

import shutil
import subprocess
from pathlib import Path

import pytest

from forensics_rt.cuda import compile as compiler

HERE = Path(__file__).parent
KERNELS = Path(compiler.__file__).with_name("kernels.cu")
DRIVER = "libcuda.so.1"


def compiled(source, built):
    """Compile without contraction to fused multiply-add, as NVRTC compiles kernels.

    Args:
        source: C++ that includes the kernels as `KERNELS`.
        built: The library to write; its file's name becomes its name for the loader.
    """
    compile_with = shutil.which("g++")
    if compile_with is None:
        pytest.skip("needs g++ to run the kernels on the CPU")
    command = [compile_with, "-std=c++17", "-O2", "-ffp-contract=off", "-shared", "-fPIC"]
    command += ["-pthread", f'-DKERNELS="{KERNELS}"', f"-Wl,-soname,{built.name}", str(source)]
    done = subprocess.run([*command, "-o", str(built)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return built


def compiled_driver(folder):
    """Compile the played driver (see `played_driver`)."""
    return compiled(HERE / "played_driver" / "libcuda.cpp", Path(folder) / DRIVER)
