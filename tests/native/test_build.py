"""What is built and installed: its symbols, its examples, and how other projects find it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from forensics_rt import __version__
from forensics_rt.bundle.opening import EMBEDDED
from tests.native.build import ROOT, SOURCES, built

SAMPLE = ROOT / "docs" / "samples" / "invoice.jpg"


def output_of(*command: object, **settings) -> str:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, **settings
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_only_the_functions_of_the_header_are_visible():
    lines = output_of("nm", "-D", "--defined-only", built().library).splitlines()
    header = (SOURCES / "include" / "forensics_rt.h").read_text(encoding="utf-8")

    assert sorted(line.split()[-1] for line in lines) == sorted(
        re.findall(r"^FRT_API [^(]*?(frt_\w+)\(", header, re.MULTILINE)
    )


def test_the_header_is_plain_c(tmp_path):
    program = tmp_path / "program.c"
    program.write_text("#include <forensics_rt.h>\nint main(void) { return FRT_OK; }\n")

    include = f"-I{built().installed / 'include'}"
    output_of("cc", "-std=c99", "-Wall", "-Wpedantic", "-Werror", include, "-c", program,
              "-o", tmp_path / "program.o")  # fmt: skip


@pytest.mark.parametrize("standard", ["c++17", "c++20"])
def test_the_wrapper_compiles_as_both_standards(tmp_path, standard):
    program = tmp_path / "program.cpp"
    program.write_text(
        "#include <forensics_rt.hpp>\n"
        "float first(const frt::Detection &found) { return found.probability()[0]; }\n"
        "std::size_t count(const frt::Detection &found) { return found.regions().size(); }\n"
    )

    include = f"-I{built().installed / 'include'}"
    output_of("c++", f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", include,
              "-c", program, "-o", tmp_path / "program.o")  # fmt: skip


@pytest.mark.parametrize("example", ["detect_c", "detect_cpp"])
def test_the_examples_find_the_edit(example):
    printed = output_of(built().program(example), EMBEDDED / "fast", SAMPLE)

    score = re.search(r"score (\d\.\d+)", printed)
    assert score is not None and float(score[1]) > 0.8
    assert re.search(r"\b[1-9]\d* regions", printed)


def test_an_example_says_what_failed(tmp_path):
    done = subprocess.run(
        [built().program("detect_c"), tmp_path, SAMPLE], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stderr.startswith("FRT_BUNDLE_NOT_FOUND: ")


def test_another_project_finds_the_installed_package(tmp_path):
    shutil.copytree(SOURCES / "examples", tmp_path / "native" / "examples")
    shutil.copytree(SOURCES / "third_party" / "stb", tmp_path / "native" / "third_party" / "stb")
    build = tmp_path / "build"

    output_of("cmake", "-S", tmp_path / "native" / "examples", "-B", build,
              f"-DCMAKE_PREFIX_PATH={built().installed}")  # fmt: skip
    output_of("cmake", "--build", build)

    assert "regions" in output_of(build / "detect_c", EMBEDDED / "fast", SAMPLE)


@pytest.mark.skipif(shutil.which("pkg-config") is None, reason="needs pkg-config")
def test_pkg_config_finds_it():
    folder = built().installed / "lib" / "pkgconfig"
    environment = {**os.environ, "PKG_CONFIG_PATH": str(folder)}

    assert output_of("pkg-config", "--modversion", "forensics_rt", env=environment).strip() == (
        __version__
    )
    flags = output_of("pkg-config", "--cflags", "--libs", "forensics_rt", env=environment).split()
    places = [Path(flag[2:]).resolve() for flag in flags if flag[:2] in ("-I", "-L")]
    assert places == [built().installed / "include", built().installed / "lib"]


def test_the_library_tells_the_version_of_the_package(native):
    assert native.lib.frt_version().decode() == __version__
