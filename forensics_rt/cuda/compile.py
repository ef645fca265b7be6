"""From `kernels.cu` to a binary for one GPU generation, kept on disk."""

from __future__ import annotations

import hashlib
import importlib
import logging
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from forensics_rt.errors import CudaUnavailable
from forensics_rt.system.cache import cache_folder

_log = logging.getLogger(__name__)
CUDA_CORE = ("cuda.core", "cuda-core", "gpu")
_SOURCE = Path(__file__).with_name("kernels.cu")

# No contraction to fused multiply-add, IEEE division and square root: numpy's arithmetic.
OPTIONS = {"std": "c++17", "fma": False, "prec_div": True, "prec_sqrt": True, "ftz": False}


@cache
def source() -> str:
    """Return the text of the kernels."""
    return _SOURCE.read_text(encoding="utf-8")


@cache
def kernel_names() -> tuple[str, ...]:
    """Return the names of the kernels in the source."""
    return tuple(re.findall(r'extern "C" __global__ .*\n(\w+)\(', source()))


def load_cubin(architecture: str) -> bytes:
    """Return the kernels compiled for a GPU generation, from the cache if they are there.

    The key is the SHA-256 of the source, the options, the compiler's version and the architecture.
    The file starts with the SHA-256 of the rest: a damaged one is compiled anew.

    Args:
        architecture: Such as `sm_90`.

    Raises:
        CudaUnavailable: If cuda-core or the compiler is missing, or does not know the architecture.
    """
    version = compiler_version()
    parts = (source(), repr(sorted(OPTIONS.items())), version, architecture)
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    folder = cache_folder("cuda")
    if folder is None:
        return compile_kernels(architecture)
    path = folder / f"{key}.cubin"
    kept = _read(path)
    if kept is None:
        kept = compile_kernels(architecture)
        _write(path, kept)
    return kept


def compile_kernels(architecture: str) -> bytes:
    """Compile the kernels; needs no GPU and no driver.

    Args:
        architecture: Such as `sm_90`.

    Returns:
        The cubin, an ELF file.

    Raises:
        CudaUnavailable: As for `load_cubin`.
    """
    core = import_package(*CUDA_CORE)
    try:
        options = core.ProgramOptions(name="forensics_rt", arch=architecture, **OPTIONS)
        program = core.Program(source(), "c++", options)
        return bytes(program.compile("cubin").code)
    except Exception as error:  # cuda-core has no public base of its errors
        said = " ".join(str(error).replace("\0", " ").split())
        raise CudaUnavailable(
            f"NVRTC {compiler_version()} cannot compile the kernels for {architecture}: {said}. "
            "A GPU newer than the compiler needs a newer nvidia-cuda-nvrtc"
        ) from error


def compiler_version() -> str:
    """Return the version of NVRTC, such as `13.5`.

    Raises:
        CudaUnavailable: If it is missing.
    """
    import_package(*CUDA_CORE)
    try:
        nvrtc = importlib.import_module("cuda.bindings.nvrtc")
        code, major, minor = nvrtc.nvrtcVersion()
    except Exception as error:  # the library is loaded late, and its loader has errors of its own
        raise CudaUnavailable(
            f"NVRTC does not load: {error}. pip install 'forensics_rt[gpu]'"
        ) from error
    if int(code):
        raise CudaUnavailable(f"NVRTC does not report its version: {code}")
    return f"{major}.{minor}"


def import_package(module: str, package: str, extra: str) -> Any:
    """Import what no import of forensics_rt does by itself.

    Args:
        module: Its module.
        package: What it is called where it is installed from.
        extra: The extra of forensics_rt that installs it.

    Raises:
        CudaUnavailable: If it is missing or broken.
    """
    try:
        return importlib.import_module(module)
    except (ImportError, OSError, RuntimeError) as error:
        raise CudaUnavailable(
            f"package {package!r} cannot be imported: {error}. pip install 'forensics_rt[{extra}]'"
        ) from error


def _read(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, cubin = content[:32], content[32:]
    return cubin if hashlib.sha256(cubin).digest() == digest else None


def _write(path: Path, cubin: bytes) -> None:
    # Whole or not at all: several processes may start at once.
    try:
        # Binaries run on the GPU as they are, so nobody else may write to where they lie.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            part = Path(folder) / path.name
            part.write_bytes(hashlib.sha256(cubin).digest() + cubin)
            part.replace(path)
    except OSError as error:
        reason = f"{path.parent}: {error.strerror}: every start compiles the kernels again"
        _log.warning("%s; name a folder in FORENSICS_RT_CACHE", reason)
