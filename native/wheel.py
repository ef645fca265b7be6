"""What a wheel carries of the C library: its sources, and on request the library itself.

    FORENSICS_RT_NATIVE=1 pip wheel . --no-deps --no-build-isolation

builds it with CMake and the OpenVINO package that is installed; the wheel is then one for this
platform. Without the variable the wheel is for any platform, and carries headers and sources: two
builds of the same sources are equal to the byte.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

SOURCES = Path(__file__).parent
CARRIED = ("CMakeLists.txt", "cmake", "include", "src", "third_party", "examples")
# From forensics_rt/native/lib to the package `openvino` beside forensics_rt.
RUNPATH = "$ORIGIN/../../../openvino/libs"
# Of all files, unless the environment has another: the earliest that a ZIP file can tell.
# https://reproducible-builds.org/specs/source-date-epoch
os.environ.setdefault("SOURCE_DATE_EPOCH", "315532800")


def is_wanted() -> bool:
    """Return whether the library is to be built."""
    return os.environ.get("FORENSICS_RT_NATIVE", "0") not in ("", "0")


class BuildWithSources(build_py):
    """Copies the sources into the package, and builds the library there if it is wanted."""

    def run(self) -> None:
        """Copy and build, from nothing: what an earlier build left is none of the sources."""
        into = Path(self.build_lib).resolve()
        if not self.editable_mode and into != SOURCES.resolve().parent:
            for name in {package.partition(".")[0] for package in self.packages or ()}:
                shutil.rmtree(into / name, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            _fill(Path(self.build_lib) / "forensics_rt" / "native")


class PlatformWheel(bdist_wheel):
    """Names the platform of a wheel that has the library."""

    def finalize_options(self) -> None:
        """Say that the wheel is not for all platforms."""
        if is_wanted():
            self.distribution.has_ext_modules = lambda: True
        super().finalize_options()

    def write_wheelfile(self, wheelfile_base: str, *rest: str, **named: str) -> None:
        """Write the last of the files, and give all of them the permissions of no builder."""
        super().write_wheelfile(wheelfile_base, *rest, **named)
        for path in Path(self.bdist_dir).rglob("*"):
            programs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if programs else 0o644)

    def get_tag(self) -> tuple[str, str, str]:
        """Return what the wheel is for: any Python on what runs here."""
        return ("py3", "none", super().get_tag()[2])


def _fill(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in CARRIED:
        source = SOURCES / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / name)
    if is_wanted():
        with tempfile.TemporaryDirectory() as build:
            _build(Path(build), folder)


def _build(build: Path, into: Path) -> None:
    settings = {
        "CMAKE_INSTALL_PREFIX": into.resolve(),
        "CMAKE_INSTALL_LIBDIR": "lib",
        # A wheel holds no symbolic links, so the library has one name.
        "CMAKE_PLATFORM_NO_VERSIONED_SONAME": "ON",
        "FRT_RUNPATH": RUNPATH,
        "FRT_EXAMPLES": "OFF",
        "Python3_EXECUTABLE": sys.executable,
    }
    defined = [f"-D{name}={value}" for name, value in settings.items()]
    jobs = str(os.cpu_count() or 1)
    for step in (
        ["-S", str(SOURCES), "-B", str(build), *defined],
        ["--build", str(build), "--parallel", jobs],
        ["--install", str(build), "--strip"],
    ):
        subprocess.run(["cmake", *step], check=True)
