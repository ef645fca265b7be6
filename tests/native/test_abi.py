"""A change of what compiled programs rely on is noticed."""

import ctypes
import json
import shutil

import pytest

from tests.native import abi, library

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc: apt install gcc")


def test_functions_structures_and_constants_are_as_they_were_written_down():
    found, kept = abi.measured(), json.loads(abi.KEPT.read_text(encoding="utf-8"))

    assert found == kept, (
        "programs that were compiled before rely on this. Members may be added at the end of a "
        "structure, and functions and constants may be added: then write it down again with "
        "`python -m tests.native.abi > tests/native/abi.json`. Any other change needs another "
        "FRT_VERSION_MAJOR"
    )


def test_structures_begin_with_their_size_but_for_those_in_arrays():
    first = {name: members[0] for name, members in abi.structures().items()}
    assert {name for name, member in first.items() if member != "size"} == {
        "frt_point",
        "frt_region",
    }


@pytest.mark.parametrize(
    ("name", "structure"),
    {
        "frt_options": library.Options,
        "frt_description": library.Description,
        "frt_coefficients": library.Coefficients,
        "frt_image": library.Image,
        "frt_point": library.Point,
        "frt_region": library.Region,
        "frt_detection": library.Found,
    }.items(),
)
def test_the_tests_see_the_structures_as_the_compiler_does(name, structure):
    kept = json.loads(abi.KEPT.read_text(encoding="utf-8"))["structures"][name]

    assert ctypes.sizeof(structure) == kept["size"]
    assert {field: getattr(structure, field).offset for field, _ in structure._fields_} == kept[
        "at"
    ]
