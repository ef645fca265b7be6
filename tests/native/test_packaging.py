"""How programs find the library: from a wheel, from an installed folder, with and without OpenVINO.

The wheel is built as `FORENSICS_RT_NATIVE=1 pip wheel . --no-build-isolation` builds it.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from filelock import FileLock

from forensics_rt.bundle.opening import EMBEDDED
from forensics_rt.cli.native import check_library
from forensics_rt.errors import OptionalDependency
from tests.counts import needs_full
from tests.native.build import ROOT, SOURCES, built, skip_without_a_compiler
from tests.native.test_build import SAMPLE, output_of

PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(service LANGUAGES C)
find_package(forensics_rt 0.2 REQUIRED)
add_executable(service service.c)
target_link_libraries(service PRIVATE forensics_rt::forensics_rt)
"""
SERVICE = r"""
#include <forensics_rt.h>
#include <stdio.h>
int main(int count, char **words) {
  frt_detector *detector = NULL;
  frt_status status = frt_open(count > 1 ? words[1] : "", NULL, &detector);
  frt_close(detector);
  puts(status == FRT_OK ? "opened" : frt_last_error());
  return status;
}
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A copy of what a wheel is built from: setuptools writes beside its sources."""
    folder = tmp_path_factory.mktemp("repository")
    without = shutil.ignore_patterns("__pycache__", "bundles")
    for name in ("forensics_rt", "export", "train", "native"):
        shutil.copytree(ROOT / name, folder / name, ignore=without)
    for name in ("pyproject.toml", "setup.cfg", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, folder)
    return folder


def wheel_of(repository: Path, into: Path, **environment: str) -> Path:
    """Build a wheel and unpack it; return where, with its name as that of the folder."""
    pytest.importorskip("setuptools", minversion="77")
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("FORENSICS_RT_NATIVE", "PYTHONPATH")} | environment  # fmt: skip
    output_of(sys.executable, "-m", "pip", "wheel", repository, "--no-deps", "--wheel-dir", into,
              "--no-build-isolation", env=environment)  # fmt: skip
    (wheel,) = into.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(into / wheel.stem)
    return into / wheel.stem


@pytest.fixture(scope="module")
def site(repository, tmp_path_factory):
    """The packages of a Python with the wheel of this platform, beside OpenVINO."""
    skip_without_a_compiler()
    found = wheel_of(repository, tmp_path_factory.mktemp("site"), FORENSICS_RT_NATIVE="1")
    openvino = importlib.util.find_spec("openvino").submodule_search_locations[0]
    (found / "openvino").symlink_to(openvino)
    return found


def command(site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `forensics-rt native` of an unpacked wheel."""
    script = "from forensics_rt.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, "native", *words],
        env={**os.environ, "PYTHONPATH": str(site)}, cwd=site, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(PROJECT)
    (tmp_path / "service.c").write_text(SERVICE)
    return tmp_path


def test_any_wheel_carries_headers_and_sources(repository, tmp_path):
    site = wheel_of(repository, tmp_path)

    assert site.name.endswith("-py3-none-any")
    sources = site / "forensics_rt" / "native"
    assert command(site).stdout.strip() == str(sources)
    assert command(site, "--include-dir").stdout.strip() == str(sources / "include")
    carried = [path.relative_to(SOURCES) for path in (SOURCES / "src").rglob("*.*")]
    assert [path for path in carried if not (sources / path).is_file()] == []
    refused = command(site, "--cmake-dir")
    assert refused.returncode == 2
    assert "has no libforensics_rt.so, only its sources; build it: cmake -S" in refused.stderr


@needs_full
def test_two_builds_in_two_folders_are_equal_to_the_byte(repository, tmp_path):
    pytest.importorskip("setuptools", minversion="77")
    one, two = tmp_path / "one", tmp_path / "another" / "two"
    for folder, umask in ((one, 0o022), (two, 0o077)):
        shutil.copytree(repository, folder, copy_function=shutil.copyfile,
                        ignore=shutil.ignore_patterns("build", "*.egg-info"))  # fmt: skip
        build = (f"import os; os.umask({umask}); from setuptools import build_meta as b; "
                 "b.build_wheel('made'); b.build_sdist('made')")  # fmt: skip
        if folder == two:
            for path in two.rglob("*.py"):
                os.utime(path, (1e9, 1e9))
            (two / "build/lib/forensics_rt").mkdir(parents=True)
            (two / "build/lib/forensics_rt/left_by_an_earlier_build.py").touch()
        output_of(sys.executable, "-c", build, cwd=folder)
    made = sorted((one / "made").iterdir())
    assert {path.suffix for path in made} == {".whl", ".gz"}
    for path in made:
        assert path.read_bytes() == (two / "made" / path.name).read_bytes(), path.name


def test_the_sources_of_a_wheel_can_be_configured(repository, tmp_path):
    skip_without_a_compiler()
    shutil.copytree(repository / "native", tmp_path / "forensics_rt" / "native")
    shutil.copy(repository / "forensics_rt" / "version.py", tmp_path / "forensics_rt")

    said = output_of("cmake", "-S", tmp_path / "forensics_rt" / "native", "-B", tmp_path / "build",
                     f"-DPython3_EXECUTABLE={sys.executable}")  # fmt: skip
    assert "Configuring done" in said


@needs_full
def test_a_project_finds_the_library_of_a_wheel(site, project):
    assert "-py3-none-linux_" in site.name
    folder = command(site, "--cmake-dir").stdout.strip()

    output_of("cmake", "-S", project, "-B", project / "build", f"-Dforensics_rt_DIR={folder}")
    output_of("cmake", "--build", project / "build")
    opened = output_of("env", "-i", project / "build" / "service", EMBEDDED / "fast")
    assert opened == "opened\n"


@needs_full
@pytest.mark.skipif(shutil.which("pkg-config") is None, reason="needs pkg-config")
def test_pkg_config_finds_the_library_of_a_wheel(site, project):
    folder, library = command(site, "--pkg-config-dir", "--library-dir").stdout.split()[::-1]
    environment = {**os.environ, "PKG_CONFIG_PATH": folder}
    flags = output_of("pkg-config", "--cflags", "--libs", "forensics_rt", env=environment).split()

    output_of("cc", project / "service.c", "-o", project / "service", *flags)
    opened = output_of("env", "-i", f"LD_LIBRARY_PATH={library}", project / "service",
                       EMBEDDED / "fast")  # fmt: skip
    assert opened == "opened\n"


def test_a_library_for_another_openvino_is_refused(tmp_path, monkeypatch):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libforensics_rt.so").write_bytes(b"\0libopenvino_c.so.2520\0")
    monkeypatch.setattr("forensics_rt.cli.native.version", lambda name: "2026.4.1")

    with pytest.raises(OptionalDependency, match=r"number 2520, but .* has 2641; install"):
        check_library(tmp_path)
    (tmp_path / "lib" / "libforensics_rt.so").write_bytes(b"\0libopenvino_c.so.2641\0")
    check_library(tmp_path)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """What native/Dockerfile puts into the runtime image, in a folder that has nothing else."""
    build, folder = built(), tmp_path_factory.mktemp("image")
    # Nothing is compiled again: what is installed, and where it looks, is all that changes.
    configure = ("cmake", "-S", SOURCES, "-B", build.folder)
    with FileLock(build.folder.parent / "lock"):
        try:
            output_of(*configure, "-DFRT_INSTALL_OPENVINO=ON")
            output_of("cmake", "--install", build.folder, "--prefix", folder / "built")
        finally:
            output_of(*configure, "-DFRT_INSTALL_OPENVINO=OFF")
    (folder / "built").rename(folder / "forensics_rt")
    shutil.copytree(EMBEDDED / "fast", folder / "bundle")
    shutil.copy(SAMPLE, folder / "page.jpg")
    return folder


def test_an_installed_folder_with_openvino_can_be_moved_and_needs_no_python(image):
    said = subprocess.run(
        ["env", "-i", "PATH=/nowhere", f"FORENSICS_RT_CACHE={image / 'cache'}", "LD_DEBUG=files",
         image / "forensics_rt" / "bin" / "detect_c", "bundle", "page.jpg"],
        cwd=image, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert said.returncode == 0, said.stderr[-1000:]
    assert re.search(r"score 0\.\d+ .*, [1-9] regions in", said.stdout)
    loaded = {Path(found) for found in re.findall(r"calling init: (/\S+)", said.stderr)}
    ours = {path for path in loaded if path.is_relative_to(image)}
    assert "libopenvino_intel_cpu_plugin.so" in {path.name for path in ours}
    systems = ("/lib", "/usr/lib")
    assert [path for path in loaded - ours if not str(path).startswith(systems)] == []
    assert [path for path in loaded if "python" in str(path)] == []
