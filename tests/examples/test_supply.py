"""What `.ci/supply` wrote of the container: it fits pyproject.toml, or is to be made anew."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
FILES = ROOT / "examples" / "service"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
IMAGE = {"python_version": "3.11", "sys_platform": "linux", "platform_system": "Linux"}


def blocks_of(name: str) -> dict[str, str]:
    """Return package → its lines in a lock file."""
    text = (FILES / name).read_text(encoding="utf-8")
    blocks = [block for block in re.split(r"\n(?=\S)", text) if not block.startswith("#")]
    return {block.partition("==")[0]: block for block in blocks}


def versions_of(name: str) -> dict[str, str]:
    """Return package → version of a lock file."""
    return {
        package: block.split()[0].partition("==")[2] for package, block in blocks_of(name).items()
    }


def wanted() -> list[Requirement]:
    """Return what pyproject.toml asks for in the image."""
    project = PYPROJECT["project"]
    asked = map(Requirement, project["dependencies"] + project["optional-dependencies"]["serve"])
    return [one for one in asked if one.marker is None or one.marker.evaluate(IMAGE)]


@pytest.mark.parametrize("name", ["requirements.txt", "build-requirements.txt"])
def test_every_package_of_the_image_is_locked_by_hash(name):
    assert blocks_of(name)
    for package, block in blocks_of(name).items():
        assert re.match(r"[\w.-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", block), package


def test_the_lock_fits_pyproject_or_is_made_anew_by_ci_supply_lock():
    blocks, versions = blocks_of("requirements.txt"), versions_of("requirements.txt")
    asked = {package for package, block in blocks.items() if "forensics-rt (pyproject" in block}
    assert asked == {canonicalize_name(one.name) for one in wanted()}
    unfit = [str(one) for one in wanted()
             if not one.specifier.contains(versions[canonicalize_name(one.name)])]  # fmt: skip
    assert unfit == []
    (builder,) = map(Requirement, PYPROJECT["build-system"]["requires"])
    assert builder.specifier.contains(versions_of("build-requirements.txt")[builder.name])


def test_the_bill_of_materials_names_what_is_locked_or_is_made_anew_by_ci_supply_sbom():
    bill = json.loads((FILES / "sbom.json").read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    named = {canonicalize_name(one["name"]): one["version"] for one in bill["components"]}
    assert named == versions_of("requirements.txt")


def test_every_package_has_a_license_or_ci_supply_licenses_makes_the_list_anew():
    lines = (FILES / "licenses.md").read_text(encoding="utf-8").splitlines()[2:]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    named = {canonicalize_name(name): version for name, version, _ in rows}
    assert named == versions_of("requirements.txt")
    assert [name for name, _, license in rows if license in ("", "UNKNOWN")] == []
