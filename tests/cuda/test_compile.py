import importlib
import logging

import pytest

from forensics_rt.cuda import compile as compiler
from forensics_rt.cuda.compile import compile_kernels, kernel_names, load_cubin
from forensics_rt.errors import CudaUnavailable

# Ampere (A100; RTX 30), Ada, Hopper, RTX Blackwell.
ARCHITECTURES = ("sm_80", "sm_86", "sm_89", "sm_90", "sm_120")
# ELF, 64 bits, for CUDA (machine 190).
ELF, CUDA_MACHINE = b"\x7fELF\x02", (190).to_bytes(2, "little")


@pytest.fixture
def nvrtc():
    pytest.importorskip("cuda.core", reason="needs cuda-core")
    try:
        compiler.compiler_version()
    except CudaUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path))
    return tmp_path / "cuda"


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_kernels_compile_for_every_generation(nvrtc, architecture):
    cubin = compile_kernels(architecture)

    assert cubin[:5] == ELF
    assert cubin[18:20] == CUDA_MACHINE
    for kernel in kernel_names():
        assert b".text." + kernel.encode() + b"\0" in cubin, f"no code of {kernel}"


def to_ptx(options):
    """The readable form of the kernels; cuda-core itself asks a driver before it makes any."""
    nvrtc = importlib.import_module("cuda.bindings.nvrtc")
    core = compiler.import_package(*compiler.CUDA_CORE)
    flags = core.ProgramOptions(arch="compute_90", **options).as_bytes("nvrtc")
    _, program = nvrtc.nvrtcCreateProgram(compiler.source().encode(), b"kernels.cu", 0, [], [])
    assert int(nvrtc.nvrtcCompileProgram(program, len(flags), flags)[0]) == 0
    text = b" " * nvrtc.nvrtcGetPTXSize(program)[1]
    nvrtc.nvrtcGetPTX(program, text)
    return text.decode()


def test_the_arithmetic_is_that_of_numpy(nvrtc):
    ptx = to_ptx(compiler.OPTIONS)

    assert "fma.rn.f32" not in ptx, "a fused multiply-add rounds once where numpy rounds twice"
    assert "fma.rn.f32" in to_ptx({**compiler.OPTIONS, "fma": True})
    assert "div.rn.f32" in ptx
    assert "sqrt.rn.f32" in ptx
    assert ".ftz" not in ptx
    assert ".approx" not in ptx


def test_an_unknown_generation_is_refused(nvrtc):
    with pytest.raises(CudaUnavailable, match=r"sm_1: .*newer nvidia-cuda-nvrtc"):
        compile_kernels("sm_1")


def test_an_error_in_the_source_is_shown(nvrtc, monkeypatch):
    monkeypatch.setattr(compiler, "source", lambda: "__global__ void broken( {")
    with pytest.raises(CudaUnavailable, match="broken"):
        compile_kernels("sm_90")


@pytest.fixture
def counted(monkeypatch):
    """Compiling, replaced by counting."""
    calls = []

    def compile_(architecture):
        calls.append(architecture)
        return b"cubin of " + architecture.encode()

    monkeypatch.setattr(compiler, "compile_kernels", compile_)
    monkeypatch.setattr(compiler, "compiler_version", lambda: "13.5")
    return calls


def test_it_is_compiled_once(counted, cache):
    first, second = load_cubin("sm_90"), load_cubin("sm_90")

    assert first == second == b"cubin of sm_90"
    assert counted == ["sm_90"]
    assert len(list(cache.iterdir())) == 1, "nothing half-written is left"


def test_whatever_changes_the_result_changes_the_key(counted, cache, monkeypatch):
    load_cubin("sm_90")
    load_cubin("sm_89")
    monkeypatch.setattr(compiler, "compiler_version", lambda: "13.6")
    load_cubin("sm_90")
    monkeypatch.setattr(compiler, "source", lambda: "// another")
    load_cubin("sm_90")
    monkeypatch.setitem(compiler.OPTIONS, "fma", True)
    load_cubin("sm_90")

    assert counted == ["sm_90", "sm_89", "sm_90", "sm_90", "sm_90"]


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:-1] + b"!"])
def test_a_damaged_file_is_compiled_anew(counted, cache, damage):
    load_cubin("sm_90")
    (file,) = cache.iterdir()
    file.write_bytes(damage(file.read_bytes()))

    assert load_cubin("sm_90") == b"cubin of sm_90"
    assert counted == ["sm_90", "sm_90"]


def test_a_cache_that_cannot_be_written_is_a_warning(counted, monkeypatch, tmp_path, caplog):
    (tmp_path / "taken").write_text("a file where the folder should be")
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path / "taken"))

    with caplog.at_level(logging.WARNING):
        assert load_cubin("sm_90") == b"cubin of sm_90"
    assert "name a folder in FORENSICS_RT_CACHE" in caplog.text
