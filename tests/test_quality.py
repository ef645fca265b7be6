"""The house rules that a machine can check."""

import doctest
import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import forensics_rt
from tests.slow_tests import slow_tests

ROOT = Path(__file__).parents[1]
MODULES = [
    module.name
    for module in pkgutil.walk_packages(forensics_rt.__path__, "forensics_rt.")
    if not module.name.endswith("__main__")
]


def passes(*command: str) -> None:
    program = shutil.which(command[0], path=str(Path(sys.executable).parent)) or command[0]
    done = subprocess.run(
        [program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing():
    passes("ruff", "check", "--no-cache", ".")


def test_the_code_is_formatted():
    passes("ruff", "format", "--check", "--no-cache", ".")


def test_mypy_is_content_with_the_packages_that_setup_cfg_names():
    passes("mypy")


def test_imports_keep_their_direction():
    passes("lint-imports", "--no-cache")


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_every_test_that_is_called_slow_exists():
    for name in slow_tests():
        file, _, test = name.partition("::")
        assert f"def {test or 'test_'}" in (ROOT / file).read_text(encoding="utf-8"), name


def test_the_readme_s_test_command_is_the_one_that_ci_runs():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"```sh\n(.*?)```", readme, flags=re.DOTALL)
    tests = [command.strip() for command in commands if "pytest" in command]

    assert len(tests) == 1
    assert tests[0] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
