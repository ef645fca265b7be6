"""One process that fuzzes one target: `python -m tests.fuzz.worker TARGET FOLDER [libFuzzer's]`.

The package and Pillow's Python are instrumented before they are imported; codecs in C are not.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import sys
import tempfile
import warnings
from pathlib import Path

import atheris

from tests.fuzz.json_mutator import mutate_json

_READERS = ("forensics_rt.io", "forensics_rt.report.facts", "forensics_rt.bundle",
            "forensics_rt.calibration", "forensics_rt.results")  # fmt: skip


def main() -> None:
    """Fuzz until libFuzzer ends the process."""
    name, folder, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["forensics_rt", "PIL", "tomllib"]):
        _import_readers()
        from tests.fuzz.targets import TARGETS
    from tests.fuzz.watching import Watch

    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    target = TARGETS[name]
    with tempfile.TemporaryDirectory() as scratch:
        watch = Watch(target.open(Path(scratch)), Path(folder, "findings"), target.refuses)
        mutator = _mutate if target.json else None
        atheris.Setup([sys.argv[0], *options], watch, custom_mutator=mutator)
        atheris.Fuzz()


def _mutate(data: bytes, most: int, seed: int) -> bytes:
    return mutate_json(data, most, seed, atheris.Mutate)


def _import_readers() -> None:
    """Import what is read with, also what the package imports only when it is needed."""
    for name in _READERS:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if module.name != "forensics_rt.io.isolated.child":
                importlib.import_module(module.name)


if __name__ == "__main__":
    main()
