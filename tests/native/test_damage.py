"""No damage to a bundle ends the program or passes: a status and a message say what it is."""

import json
import random
import shutil

import pytest

from forensics_rt import Bundle
from forensics_rt.bundle.opening import EMBEDDED
from forensics_rt.errors import BundleError
from tests.counts import count
from tests.native.library import NativeError

FLOAT32 = {"precision": "float32"}
MUTATIONS = count(100, 300)
# No manifest is an internal error.
ANSWERS = {
    "FRT_OK", "FRT_MANIFEST_INVALID", "FRT_BUNDLE_ALTERED", "FRT_CALIBRATION_INVALID",
    "FRT_RECIPE_INVALID",
}  # fmt: skip
VALUES = (
    None, True, 0, -1, 1, 2, 64, 1.5, 1e300, 10**20, -0.0, 0.999999, "", "x", "../x", "1", "nan",
    [], [1], [64, 32], {}, {"x": 1}, "é" * 3000,
)  # fmt: skip
# What decides nothing about a result is not read.
UNREAD = {
    "architecture", "batch", "built_with", "created", "limits", "parameters", "probes", "iou_loss",
    "ece", "ece_of_raw_score", "log_loss", "recall", "false_positive_rate", "date", "description",
    "images", "precision", "medium", "at_half", "before", "best", "decision", "fitted", "abstain",
    "origin",
}  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    """A bundle that is calibrated."""
    shutil.copytree(EMBEDDED / "fast", tmp_path / "copy")
    return Bundle.open(tmp_path / "copy")


def outcome(native, folder):
    """Return the status and the message of opening; "" for none."""
    try:
        with native.open(folder, **FLOAT32):
            return "FRT_OK", ""
    except NativeError as error:
        return error.status, error.message


@pytest.mark.parametrize("damage", ["missing", "empty", "half", "one bit", "one byte more"])
def test_damage_to_any_file_is_noticed(native, copy, damage):
    for record in copy.manifest.files():
        file = copy.file(record)
        whole = file.read_bytes()
        place = len(whole) // 3
        file.write_bytes(
            {
                "missing": b"",
                "empty": b"",
                "half": whole[: len(whole) // 2],
                "one bit": whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :],
                "one byte more": whole + b"\n",
            }[damage]
        )
        if damage == "missing":
            file.unlink()

        status, message = outcome(native, copy.path)
        assert (status, record.path in message) == ("FRT_BUNDLE_ALTERED", True), record.path
        file.write_bytes(whole)
    assert outcome(native, copy.path) == ("FRT_OK", "")


def places_in(value, at=()):
    """Return where something is in a document, as rows of keys and indices."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inside:
        yield (*at, key)
        if isinstance(one, dict | list):
            yield from places_in(one, (*at, key))


def changed(seeded, document):
    """Change one value of a document, take it out, or add one; return where, and the JSON."""
    document = json.loads(json.dumps(document))
    place = seeded.choice(list(places_in(document)))
    around = document
    for key in place[:-1]:
        around = around[key]
    kind = seeded.choice(["set", "set", "set", "drop", "add"])
    if kind == "drop":
        del around[place[-1]]
    elif kind == "add" and isinstance(around, dict):
        around["extra"] = 1
        place = (*place[:-1], "extra")
    else:
        around[place[-1]] = seeded.choice(VALUES)
    return place, json.dumps(document)


def is_read(place):
    """Whether the library reads what is there; extra keys beside what it does not read pass."""
    return not UNREAD & set(place) and place[-1] != "extra"


def test_a_manifest_that_python_refuses_is_refused(native, copy):
    seeded = random.Random(20)
    file = copy.path / "manifest.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    # Notes on where weights come from may say nearly anything: that is half of this document.
    document["members"][0].pop("origin", None)
    document["calibration"]["fitted_on"].pop("origin", None)
    refused = 0
    for _ in range(MUTATIONS):
        place, text = changed(seeded, document)
        file.write_text(text, encoding="utf-8")
        status, message = outcome(native, copy.path)
        assert status in ANSWERS, (place, message)
        assert status == "FRT_OK" or str(copy.path) in message or "recipe" in message
        try:
            Bundle.open(copy.path)
        except BundleError:
            refused += 1
            assert status != "FRT_OK" or not is_read(place), place
    assert refused > MUTATIONS / 2


def test_any_bytes_as_a_manifest_are_refused(native, copy):
    seeded = random.Random(21)
    file = copy.path / "manifest.json"
    whole = file.read_bytes()
    for _ in range(MUTATIONS):
        damaged = bytearray(whole)
        for _ in range(seeded.randint(1, 4)):
            damaged[seeded.randrange(len(damaged))] = seeded.randrange(256)
        file.write_bytes(damaged[: seeded.choice([len(damaged), seeded.randrange(len(damaged))])])

        status, message = outcome(native, copy.path)
        assert status in ANSWERS, message


@pytest.mark.parametrize("inside", ["[", '{"a":'])
def test_a_manifest_that_is_nested_without_end_is_refused(native, tmp_path, inside):
    """The stack of a program must not depend on what a file says."""
    outside = {"[": "]", '{"a":': "}"}[inside]
    deep = inside * 300_000 + "1" + outside * 300_000
    (tmp_path / "manifest.json").write_text(f'{{"schema": {deep}}}', encoding="utf-8")

    status, message = outcome(native, tmp_path)
    assert status == "FRT_MANIFEST_INVALID"
    assert "too many brackets in one another" in message


def test_a_fraction_of_a_tile_size_is_refused(native, copy):
    file = copy.path / "manifest.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    document["tile_sizes"][0] += 0.5
    file.write_text(json.dumps(document), encoding="utf-8")

    status, message = outcome(native, copy.path)
    assert status == "FRT_MANIFEST_INVALID"
    assert "expected a list of whole numbers" in message
