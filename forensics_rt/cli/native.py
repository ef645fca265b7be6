"""`forensics-rt native`: where the C library is, for the build of a program."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

import forensics_rt
from forensics_rt.cli.plain_help import FLAG
from forensics_rt.errors import OptionalDependency

_PACKAGE = Path(forensics_rt.__file__).parent
# In a wheel inside the package, in the repository beside it.
_PLACES = (_PACKAGE / "native", _PACKAGE.parent / "native")
_LIBRARY = "libforensics_rt.so"


def native(
    source_dir: Annotated[
        bool, typer.Option("--source-dir", metavar=FLAG, help="Print where CMakeLists.txt is.")
    ] = False,
    include_dir: Annotated[
        bool, typer.Option("--include-dir", metavar=FLAG, help="Print where the headers are.")
    ] = False,
    library_dir: Annotated[
        bool, typer.Option("--library-dir", metavar=FLAG, help=f"Print where {_LIBRARY} is.")
    ] = False,
    cmake_dir: Annotated[
        bool,
        typer.Option("--cmake-dir", metavar=FLAG, help="Print what forensics_rt_DIR is for CMake."),
    ] = False,
    pkg_config_dir: Annotated[
        bool,
        typer.Option("--pkg-config-dir", metavar=FLAG, help="Print where forensics_rt.pc is."),
    ] = False,
) -> None:
    """Print where the C library is, for programs in C and C++."""
    sources = source_folder()
    asked = [
        folder
        for is_asked, folder in (
            (source_dir, sources),
            (include_dir, sources / "include"),
            (library_dir, sources / "lib"),
            (cmake_dir, sources / "lib" / "cmake" / "forensics_rt"),
            (pkg_config_dir, sources / "lib" / "pkgconfig"),
        )
        if is_asked
    ]
    if library_dir or cmake_dir or pkg_config_dir:
        check_library(sources)
    for folder in asked or [sources]:
        typer.echo(folder)


def source_folder() -> Path:
    """Return the folder with the headers and sources of the C library.

    Raises:
        OptionalDependency: They are not there.
    """
    for place in _PLACES:
        if (place / "CMakeLists.txt").is_file():
            return place
    raise OptionalDependency(
        "the headers and sources of the C library are neither in "
        f"{_PLACES[0]} nor in {_PLACES[1]}; install the package again from its wheel"
    )


def check_library(sources: Path) -> None:
    """Check that the library was built, and for the OpenVINO that is installed.

    Raises:
        OptionalDependency: It was not; the message says how to build it.
    """
    library = sources / "lib" / _LIBRARY
    build = (
        f"build it: cmake -S {sources} -B build && cmake --build build --parallel && "
        "cmake --install build --prefix WHERE"
    )
    if not library.is_file():
        raise OptionalDependency(f"this installation has no {_LIBRARY}, only its sources; {build}")
    needed = _openvino_needed_by(library)
    found = _installed_openvino()
    if needed and needed != found:
        raise OptionalDependency(
            f"{library} needs the OpenVINO library with the number {needed}, but the one that is "
            f"installed has {found or 'none'}; install the release of the build, or {build}"
        )


def _openvino_needed_by(library: Path) -> str:
    """Return the number in the name of the OpenVINO library that it is linked with."""
    found = re.search(rb"libopenvino_c\.so\.(\d+)\x00", library.read_bytes())
    return found[1].decode() if found else ""


def _installed_openvino() -> str:
    """Return the number that libraries of the installed OpenVINO have in their names."""
    try:
        year, minor, patch = version("openvino").split(".")[:3]
    except (PackageNotFoundError, ValueError):
        return ""
    return f"{year[2:]}{minor}{patch}"
