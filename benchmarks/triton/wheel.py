"""A Triton server and its client where no container is: from wheels in a folder.

`pip install --no-deps --target FOLDER nvidia-pytriton==0.7.0` brings the server, an environment
`FOLDER/client` has the client. `FORENSICS_RT_TRITON` names the folder.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

FOLDER = "FORENSICS_RT_TRITON"
INSTALL = "pip install --no-deps --target FOLDER nvidia-pytriton==0.7.0"


def why_not() -> str | None:
    """Say why no server can be started here; `None` where one can."""
    named = os.environ.get(FOLDER)
    if not named:
        return f"{FOLDER} names no folder with a Triton server ({INSTALL})"
    if not binary(Path(named)).is_file():
        return f"{FOLDER}={named} has no Triton server ({INSTALL})"
    return None


def binary(home: Path) -> Path:
    """Return the program of the server in a folder."""
    return home / "pytriton" / "tritonserver" / "bin" / "tritonserver"


def backends(home: Path, scratch: Path, python: Path) -> Path:
    """Make a folder of backends with the stub of the interpreter's minor version."""
    release = subprocess.run(
        [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    server = home.resolve() / "pytriton" / "tritonserver"
    folder = scratch / "backends" / "python"
    folder.mkdir(parents=True, exist_ok=True)
    stub = server / "python_backend_stubs" / release / "triton_python_backend_stub"
    for file in (*(server / "backends" / "python").iterdir(), stub):
        link = folder / file.name
        link.unlink(missing_ok=True)
        link.symlink_to(file)  # links keep what the stub finds beside itself
    return folder.parent
