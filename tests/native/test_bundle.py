"""A bundle that is missing, altered or half-written is refused, with a message that helps."""

import hashlib
import json
import shutil

import pytest

from forensics_rt import Bundle
from forensics_rt.errors import ManifestInvalid
from tests.native.library import NativeError


def refusal(native, folder, **options):
    with pytest.raises(NativeError) as caught, native.open(folder, **options):
        pass
    return caught.value


def changed(bundle, change):
    """Write the manifest of a bundle anew."""
    file = bundle.path / "manifest.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    change(said)
    file.write_text(json.dumps(said), encoding="utf-8")
    return bundle.path


def test_a_folder_without_a_manifest_is_no_bundle(native, tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere", tmp_path / "file"):
        (tmp_path / "file").touch()
        error = refusal(native, folder)
        assert error.status == "FRT_BUNDLE_NOT_FOUND"
        assert "give the folder" in error.message


def test_a_manifest_that_cannot_be_read_is_said(native, tmp_path):
    (tmp_path / "manifest.json").mkdir()

    error = refusal(native, tmp_path)
    assert error.status == "FRT_BUNDLE_NOT_FOUND"
    assert "Is a directory" in error.message


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_half_a_manifest_is_refused(native, bundle, share):
    file = bundle.path / "manifest.json"
    text = file.read_bytes()
    file.write_bytes(text[: int(share * len(text))])

    assert refusal(native, bundle.path).status == "FRT_MANIFEST_INVALID"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda said: said.update(schema=3), "schema: found 3, expected a whole number"),
        (lambda said: said.update(schema=2), "schema: found 2, expected 2 where the contract has"),
        (lambda said: said.pop("schema"), "schema: found nothing"),
        (lambda said: said.update(extra=1), "extra: found 1, expected no key of that name"),
        (lambda said: said.update(members=[]), "members: found [], expected one network"),
        (lambda said: said.update(tile_sizes=[20]), "tile_sizes: found [20], expected rising"),
        (lambda said: said.update(tile_sizes=[64, 32]), "tile_sizes"),
        (lambda said: said.update(tile_sizes=[64.5]), "expected a list of whole numbers"),
        (lambda said: said.update(tile_sizes="all"), "expected a list of numbers"),
        (lambda said: said["thresholds"].update(pixel=1.5), "thresholds.pixel: found 1.5"),
        (lambda said: said["members"][0].update(weight=0), "members.0.weight: found 0"),
        (lambda said: said["members"][0]["graph"].update(path="../x"), "inside the bundle"),
        (lambda said: said["members"][0]["graph"].update(path="/x"), "inside the bundle"),
        (lambda said: said["members"][0]["graph"].update(sha256="no"), "64 hexadecimal digits"),
        (lambda said: said["members"].append(said["members"][0]), "names that differ"),
        (lambda said: said["contract"].update(input_dtype="float32"), "contract.input_dtype"),
        (lambda said: said["contract"].update(coefficients={"limit": 20}), "schema: found 1"),
        (lambda said: said["contract"].update(coefficients={"limit": 0}), "coefficients.limit"),
        (
            lambda said: said["contract"].update(coefficients={"limit": 20, "component": "chroma"}),
            "contract.coefficients.component",
        ),
        (lambda said: said["recipes"].update(mine={"name": "other"}), "the key of the recipe"),
        (lambda said: said["recipes"].update(mine={"name": "mine", "overlap": -1}), "overlap"),
        (lambda said: said["recipes"].update(mine={"name": "mine", "tta": ["x"]}), "symmetries"),
        (
            lambda said: said["recipes"].update(mine={"name": "mine", "high_area": 0}),
            "recipes.mine.high_area: found 0, expected a whole number from 1",
        ),
        (lambda said: said["recipes"].update(mine={"name": "mine", "high_area": "9"}), "high_area"),
        (lambda said: said["recipes"].update(mine={"name": "mine", "high_area": 1.5}), "high_area"),
    ],
)
def test_what_is_not_of_the_schema_is_named(native, bundle, change, expected):
    error = refusal(native, changed(bundle, change))

    assert error.status == "FRT_MANIFEST_INVALID"
    assert expected in error.message


def test_brackets_without_end_are_refused(native, tmp_path):
    (tmp_path / "manifest.json").write_text('{"name": ' + "[" * 500_000, encoding="utf-8")

    error = refusal(native, tmp_path)
    assert error.status == "FRT_MANIFEST_INVALID"
    assert "too many brackets" in error.message


def test_a_file_that_is_missing_or_altered_is_named(native, bundle):
    graph = bundle.file(bundle.manifest.members[0].graph)
    whole = graph.read_bytes()

    graph.write_bytes(whole[:-1] + b"?")
    error = refusal(native, bundle.path)
    assert error.status == "FRT_BUNDLE_ALTERED"
    assert "has SHA-256" in error.message

    graph.write_bytes(whole[:-1])
    assert f"{len(whole) - 1} bytes, the manifest says {len(whole)}" in (
        refusal(native, bundle.path).message
    )

    graph.unlink()
    assert f"{graph.name} is missing" in refusal(native, bundle.path).message


def test_a_network_that_changes_after_the_bundle_was_opened_is_refused(native, bundle, page):
    with native.open(bundle.path, precision="float32") as detector:
        bundle.file(bundle.manifest.members[0].graph).write_bytes(b"something else")

        with pytest.raises(NativeError, match="changed since") as caught:
            detector.detect(page)
    assert caught.value.status == "FRT_BUNDLE_ALTERED"


def test_a_graph_whose_weights_lie_elsewhere_is_refused(native, bundle, page):
    record = bundle.manifest.members[0].graph
    graph = bundle.file(record)
    graph.write_bytes(graph.read_bytes() + b"\n\x08location\x12")

    def vouch(said):
        said["members"][0]["graph"].update(
            bytes=graph.stat().st_size, sha256=hashlib.sha256(graph.read_bytes()).hexdigest()
        )

    with (
        pytest.raises(NativeError, match="keeps weights in another file"),
        native.open(changed(bundle, vouch), precision="float32") as detector,
    ):
        detector.detect(page)


@pytest.mark.parametrize(
    ("variable", "value", "refused"),
    [
        ("FORENSICS_RT_REQUIRE_SIGNATURE", "1", True),
        ("FORENSICS_RT_REQUIRE_SIGNATURE", "0", False),
        ("FORENSICS_RT_MINIMUM_VERSIONS", "tiny=2", True),
        ("FORENSICS_RT_KEYS", "release.pub", False),
    ],
)
def test_what_the_environment_requires_and_c_cannot_check_is_refused(
    native, bundle, monkeypatch, variable, value, refused
):
    monkeypatch.setenv(variable, value)
    if refused:
        error = refusal(native, bundle.path)
        assert error.status == "FRT_BUNDLE_UNTRUSTED" and variable in error.message
    else:
        with native.open(bundle.path):
            pass


def test_an_encrypted_bundle_is_refused(native, bundle):
    record = {"cipher": "AES-256-GCM", "key_id": "0" * 16}

    error = refusal(native, changed(bundle, lambda said: said.update(encryption=record)))

    assert error.status == "FRT_BUNDLE_UNTRUSTED" and "is encrypted" in error.message


def test_a_calibration_of_other_networks_is_refused(native, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(Bundle.open("fast").path, folder)
    bundle = Bundle.open(folder)

    error = refusal(
        native, changed(bundle, lambda said: said["calibration"]["fitted_on"].update(networks="x"))
    )
    assert error.status == "FRT_MANIFEST_INVALID"
    assert "fitted with the networks of the bundle" in error.message


@pytest.mark.parametrize(
    ("key", "value"),
    [*(("high_area", area) for area in (0, -1, 1.5, "many", None)), ("of_a_later_version", 1)],
)
def test_a_decision_that_cannot_be_read_is_refused(native, tmp_path, key, value):
    folder = tmp_path / "copy"
    shutil.copytree(Bundle.open("fast").path, folder)
    changed(Bundle.open(folder), lambda said: said["calibration"]["pixel"].update({key: value}))

    error = refusal(native, folder)
    assert error.status == "FRT_MANIFEST_INVALID"
    assert f"calibration.pixel.{key}: found" in error.message
    with pytest.raises(ManifestInvalid):
        Bundle.open(folder)


@pytest.mark.parametrize(
    ("options", "status", "expected"),
    [
        ({"recipe": "none"}, "FRT_RECIPE_INVALID", "there are: balanced, fast, max"),
        ({"recipe": "tianchi-fft2"}, "FRT_RECIPE_INVALID", "needs tiles of 384"),
        ({"backend": "none"}, "FRT_BACKEND_UNAVAILABLE", "openvino"),
        ({"device": "cuda"}, "FRT_BACKEND_UNAVAILABLE", "device must be 'cpu'"),
        ({"precision": "fp8"}, "FRT_BACKEND_UNAVAILABLE", "auto, float32, bf16, int8"),
        ({"precision": "int8"}, "FRT_BACKEND_UNAVAILABLE", "the bundle has no int8 graphs"),
        ({"operating_point": "x"}, "FRT_CALIBRATION_INVALID", "has no calibration"),
        ({"prevalence": 0.1}, "FRT_CALIBRATION_INVALID", "has no calibration"),
        ({"threshold": 1.0}, "FRT_INVALID_ARGUMENT", "between 0 and 1"),
        ({"high_area": -1}, "FRT_INVALID_ARGUMENT", "high_area must be 1 or more"),
        ({"threads": -1}, "FRT_INVALID_ARGUMENT", "threads must be 1 or more"),
        ({"max_pixels": -1}, "FRT_INVALID_ARGUMENT", "max_pixels must be 1 or more"),
    ],
    ids=str,
)
def test_an_option_that_cannot_be_had_is_refused(native, bundle, options, status, expected):
    error = refusal(native, bundle.path, **options)

    assert error.status == status
    assert expected in error.message
