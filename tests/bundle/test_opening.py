import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import external_data_helper
from typer.testing import CliRunner

from forensics_rt import Bundle, Detector
from forensics_rt.bundle.manifest import FileRecord, GoldenRecord
from forensics_rt.cli.main import app
from forensics_rt.errors import BundleAltered, BundleNotFound, ManifestInvalid
from forensics_rt.io.digest import sha256_of
from forensics_rt.recipe import Recipe
from tests.bundles import brightness_graph, constant_graph, golden, write_bundle


def edit_manifest(bundle, change):
    path = bundle.path / "manifest.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_a_bundle_comes_back_as_it_was_written(tmp_path):
    own = Recipe("own", tile_sizes=(64,), tta=("identity", "transpose"))
    written = write_bundle(tmp_path / "b", [brightness_graph()], recipes={"own": own})

    opened = Bundle.open(tmp_path / "b")

    assert opened.manifest == written.manifest
    assert opened.manifest.recipes["own"] == own
    assert opened.id == written.id and len(opened.id) == 16


def test_the_id_changes_with_anything_in_the_manifest(bundle):
    edit_manifest(bundle, lambda document: document["thresholds"].update(pixel=0.4))

    assert Bundle.open(bundle.path).id != bundle.id


@pytest.mark.parametrize(
    ("architecture", "said", "sides"),
    [
        ("forensic_unet", None, (64, 96, 128)),  # 64, 85, 106 and 138, down to multiples of 32
        ("forensic_unet", True, ()),
        ("seresnext50", None, ()),
        ("seresnext50", False, (64, 96, 128)),
    ],
)
def test_tiles_fit_the_page_where_the_manifest_or_the_architecture_says_so(
    bundle, architecture, said, sides
):
    def change(document):
        document["tile_sizes"] = [64, 128]
        document["members"][0]["architecture"] = architecture
        if said is not None:
            document["members"][0]["pools_over_tile"] = said

    edit_manifest(bundle, change)
    manifest = Bundle.open(bundle.path).manifest

    assert manifest.tile_sides == sides
    written = json.loads(manifest.to_json())["members"][0]
    assert written.get("pools_over_tile") == said and ("pools_over_tile" in written) == (
        said is not None
    ), "what is not said is not written: earlier versions refuse a key that they do not know"


def test_a_cascade_network_that_pools_keeps_all_tiles_square(tmp_path):
    graphs = [brightness_graph(), brightness_graph()]
    manifest = write_bundle(tmp_path / "b", graphs).manifest
    local, pooling = (
        member.model_copy(update={"pools_over_tile": pools})
        for member, pools in zip(manifest.members, (False, True), strict=True)
    )

    assert manifest.model_copy(update={"members": (local,)}).tile_sides
    assert not manifest.model_copy(update={"members": (local,), "cascade": pooling}).tile_sides


def test_a_folder_without_a_manifest_is_no_bundle(tmp_path):
    with pytest.raises(BundleNotFound, match=r"no bundle here, there is no manifest\.json"):
        Bundle.open(tmp_path)


@pytest.mark.parametrize("name", ["default", "fast"])
def test_a_name_stands_for_a_bundle_inside_the_package(name):
    assert Bundle.open(name).manifest.name == f"forensics-rt-{name}"


@pytest.mark.parametrize("path", ["./fast", Path("fast")])
def test_a_folder_called_like_one_inside_is_a_folder(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BundleNotFound, match=r"fast: no bundle here.*one of default, fast"):
        Bundle.open(path)

    written = write_bundle(tmp_path / "fast", [brightness_graph()])

    assert Bundle.open(path).id == written.id


def test_a_missing_file_is_named(bundle):
    (bundle.path / "fold1.onnx").unlink()

    with pytest.raises(BundleAltered, match=r"fold1\.onnx is missing"):
        Bundle.open(bundle.path)


def test_a_file_with_one_altered_byte_is_named(bundle):
    graph = bundle.path / "fold1.onnx"
    flip_a_bit(graph)

    with pytest.raises(BundleAltered, match=r"fold1\.onnx has SHA-256 .* the manifest says"):
        Bundle.open(bundle.path)


def test_a_truncated_file_is_named_with_its_length(bundle):
    graph = bundle.path / "fold1.onnx"
    graph.write_bytes(graph.read_bytes()[:-5])

    with pytest.raises(BundleAltered, match=r"fold1\.onnx has \d+ bytes, the manifest says \d+"):
        Bundle.open(bundle.path)


def flip_a_bit(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_without_hashes_sizes_are_checked_all_the_same(bundle):
    assert Bundle.open(bundle.path, hashes=False) == bundle
    (bundle.path / "fold1.onnx").write_bytes(b"short")

    with pytest.raises(BundleAltered, match=r"fold1\.onnx has 5 bytes"):
        Bundle.open(bundle.path, hashes=False)


def test_a_detector_refuses_an_altered_graph_when_it_is_opened(bundle):
    flip_a_bit(bundle.path / "fold1.onnx")

    for backend in ("openvino", "onnxruntime", "numpy"):
        with pytest.raises(BundleAltered, match=r"fold1\.onnx has SHA-256"):
            Detector(bundle.path, backend)


def test_an_altered_file_that_is_not_used_is_found_by_verify_alone(tmp_path):
    bundle = write_bundle(tmp_path, [brightness_graph()], goldens=[golden()])
    record = bundle.manifest.members[0].goldens[0]
    flip_a_bit(bundle.file(record.file))

    with Detector(bundle.path, "openvino", precision="float32") as detector:
        assert detector(np.zeros((40, 40, 3), np.uint8)).score < 0.5
        with pytest.raises(BundleAltered, match="is not the file that the manifest names"):
            detector.bundle.golden(record)
    done = CliRunner().invoke(app, ["verify", str(bundle.path)])
    assert isinstance(done.exception, BundleAltered) and record.file.path in str(done.exception)


def test_the_graphs_of_the_number_format_are_those_that_are_checked(bundle):
    (network,) = bundle.manifest.members
    graph = bundle.path / "int8.onnx"
    graph.write_bytes(b"as built")
    record = FileRecord(path=graph.name, bytes=8, sha256=sha256_of(graph))
    networks = [network.model_copy(update={"int8": record})]
    opened = replace(bundle, manifest=bundle.manifest.with_networks(networks))
    graph.write_bytes(b"altered!")

    opened.check_used()
    with pytest.raises(BundleAltered, match=r"int8\.onnx has SHA-256"):
        opened.check_used(int8=True)


def test_a_graph_that_was_replaced_since_is_not_run(bundle):
    graph = bundle.path / "fold1.onnx"
    graph.write_bytes(constant_graph(0.9).SerializeToString())

    with pytest.raises(BundleAltered, match="changed since the bundle was opened"):
        bundle.graph(bundle.manifest.members[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(schema=3), "schema: Input should be 1 or 2"),
        (lambda d: d.update(schema=2), "schema: must be 2 where the contract has coefficients"),
        (lambda d: d.pop("license"), "license: Field required"),
        (lambda d: d.update(surprise=1), "surprise: Extra inputs are not permitted"),
        (lambda d: d.update(members=[]), "members: Tuple should have at least 1 item"),
        (lambda d: d.update(tile_sizes=[100]), "rising multiples of 32 up to 8192, got .100"),
        (lambda d: d.update(tile_sizes=[64, 32]), "rising multiples of 32"),
        (lambda d: d.update(tile_sizes=[2**40]), "up to 8192, got .1099511627776"),
        (lambda d: d["members"][0].update(weight=1e40), "members.0.weight: .* less than or equal"),
        (lambda d: d["members"][0].update(weight=1e-40), "members.0.weight: .* greater than"),
        (lambda d: d.update(thresholds={}), "thresholds: must hold 'pixel'"),
        (lambda d: d["thresholds"].update(pixel=1.5), "thresholds.pixel: .* less than 1"),
        (lambda d: d["members"][0]["graph"].update(path="../up"), "inside the bundle"),
        (lambda d: d["members"][0]["graph"].update(path="/etc/passwd"), "inside the bundle"),
        (lambda d: d["members"].append(d["members"][0]), "names must differ"),
        (lambda d: d.update(recipes={"x": {"name": "x", "tiles": 3}}), "recipes.x"),
        (lambda d: d.update(recipes={"x": {"name": "y"}}), "the key and the name must be equal"),
        (lambda d: d.update(recipes={"x": {"name": "x", "overlap": -1}}), "overlap is -1"),
        (lambda d: d["contract"]["batch"].update(min=9), "must grow: min 9"),
    ],
)
def test_a_manifest_that_breaks_its_schema_is_refused_key_by_key(bundle, change, message):
    edit_manifest(bundle, change)

    with pytest.raises(ManifestInvalid, match=message):
        Bundle.open(bundle.path)


def test_a_manifest_that_is_not_json_is_refused(bundle):
    (bundle.path / "manifest.json").write_text("{")

    with pytest.raises(ManifestInvalid, match="not a manifest of schema 1"):
        Bundle.open(bundle.path)


def test_a_graph_whose_weights_are_elsewhere_is_refused(tmp_path):
    """The engine would read them from the working directory, whatever they are."""
    graph = constant_graph(0.3)
    tensor = next(iter(graph.graph.initializer), None) or graph.graph.node[0].attribute[0].t
    external_data_helper.set_external_data(tensor, "weights.bin")
    bundle = write_bundle(tmp_path / "b", [graph])

    with pytest.raises(BundleAltered, match="keeps weights in another file"):
        bundle.graph(bundle.manifest.members[0])


@pytest.mark.parametrize(
    "arrays",
    [
        {"image": np.zeros((64, 64, 3), np.uint8)},
        {"image": np.zeros((64, 64), np.uint8), "probability": np.zeros((64, 64))},
        {"image": np.array([{}], object), "probability": np.zeros((64, 64))},
    ],
)
def test_a_golden_that_is_none_is_refused(bundle, arrays):
    file = bundle.path / "golden.npz"
    np.savez(file, **arrays)
    of_file = FileRecord(path=file.name, bytes=file.stat().st_size, sha256=sha256_of(file))
    record = GoldenRecord(tile=64, file=of_file)

    with pytest.raises(BundleAltered, match=r"golden\.npz: "):
        bundle.golden(record)


def test_a_folder_whose_name_no_system_takes_is_no_bundle():
    with pytest.raises(BundleNotFound, match=r"a\\x00b.*cannot be read"):
        Bundle.open("a\0b")
