"""Every module of training can be imported first: no circle of imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import train

# One process: torch takes seconds to import, our own modules next to nothing.
SCRIPT = """
import importlib, sys

for name in sys.argv[1:]:
    for loaded in [m for m in sys.modules if m == "train" or m.startswith("train.")]:
        del sys.modules[loaded]
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(f"{name}: {error}")
"""


def _modules() -> list[str]:
    root = Path(train.__file__).parent
    files = [path for path in root.rglob("*.py") if path.stem != "__main__"]
    parts = [path.relative_to(root.parent).with_suffix("").parts for path in files]
    return sorted(".".join(p[:-1] if p[-1] == "__init__" else p) for p in parts)


def test_every_module_can_come_first():
    modules = _modules()
    assert {"train.fit_check", "train.data.views", "train.loop.schedule"} <= set(modules)
    command = [sys.executable, "-c", SCRIPT, *modules]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told == ""
