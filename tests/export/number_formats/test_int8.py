"""Graphs in int8 beside those in float32: written behind the gate, taken where they are faster."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from export.build_engines import main
from forensics_rt import Bundle, Detector
from forensics_rt.backends.openvino import OpenVINOBackend
from forensics_rt.bundle.copying import copy_files
from forensics_rt.bundle.goldens import check_goldens
from tests.bundles import file_record
from tests.conftest import set_speeds
from tests.export.conftest import Processor, damage, files, unrecorded
from tests.export.played import Coarse

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"
VNNI = "flags\t: avx2 avx512f avx512_vnni\n"


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half of the samples, as somebody's own scans."""
    folder = tmp_path_factory.mktemp("scans")
    for path in sorted(SAMPLES.glob("*.jpg"))[::2]:
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The shipped `fast` without its graphs in int8."""
    folder = tmp_path_factory.mktemp("plain") / "fast"
    shipped = Bundle.open("fast")
    members = tuple(one.model_copy(update={"int8": None}) for one in shipped.manifest.members)
    manifest = shipped.manifest.model_copy(update={"members": members, "parity": ()})
    copy_files(shipped, manifest, folder)
    (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return Bundle.open(folder)


@pytest.fixture(scope="module")
def made(plain: Bundle, images: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    out = tmp_path_factory.mktemp("int8") / "fast"
    command = ["--bundle", str(plain.path), "--precision", "int8"]
    command += ["--calibration-images", str(images)]
    assert main([*command, "--out", str(out)]) == 0
    return Bundle.open(out)


def test_it_is_the_same_bundle_with_a_graph_more(made: Bundle, plain: Bundle) -> None:
    ours, theirs = made.manifest, plain.manifest

    assert ours.networks_id == theirs.networks_id and ours.calibration == theirs.calibration
    assert ours.members[0].graph == theirs.members[0].graph
    record = ours.members[0].int8
    assert record is not None and record.bytes < 0.6 * ours.members[0].graph.bytes
    assert record in ours.files(), "its hash is checked like all others"
    assert "torch int8 graph" in {row.engine for row in ours.parity}
    assert all(row.passed for row in ours.parity)
    assert len(ours.built_with["int8 member-1 tiles"]) == 64


def test_few_layers_stay_in_float32(made: Bundle) -> None:
    graph = onnx.load_from_string(made.graph(made.manifest.members[0], int8=True)).graph
    makers = {name: node for node in graph.node for name in node.output}
    kernels = [node for node in graph.node if node.op_type == "Conv"]
    quantized = {
        node.name
        for node in kernels
        if node.input[0] in makers and makers[node.input[0]].op_type == "DequantizeLinear"
    }

    assert len(quantized) >= 0.5 * len(kernels)
    share = made.manifest.built_with["int8 member-1 in float32"]
    assert 0.0 <= float(share.removesuffix("%")) <= 25.0
    others = {name for node in graph.node if node.op_type != "Conv" for name in node.input}
    rounded = {name for name, node in makers.items() if node.op_type == "DequantizeLinear"}
    assert not others & rounded, "a residual connection adds what was not rounded"


def convert(plain: Bundle, images: Path, out: Path) -> Bundle:
    command = ["--bundle", str(plain.path), "--precision", "int8"]
    command += ["--calibration-images", str(images)]
    assert main([*command, "--out", str(out)]) == 0
    return Bundle.open(out)


def allowed(bundle: Bundle) -> dict[str, bool]:
    """Return each engine, with whether all of its rows passed."""
    rows = bundle.manifest.parity
    return {
        name: all(row.passed for row in rows if row.engine == name)
        for name in {row.engine for row in rows}
    }


def test_whether_it_is_written_does_not_depend_on_the_builders_processor(
    plain: Bundle, images: Path, tmp_path: Path, processor: Processor, monkeypatch
) -> None:
    """With instructions for it, the engine that uses it is measured; here it answers badly."""
    processor("FP32 INT8", "avx2")
    without = convert(plain, images, tmp_path / "without")
    processor("FP32 INT8", "avx2 avx512_vnni")
    monkeypatch.setattr(OpenVINOBackend, "unjudged", lambda bundle, precision: Coarse(bundle))
    with_vnni = convert(plain, images, tmp_path / "with")

    assert allowed(without) == {"torch int8 graph": True}
    assert allowed(with_vnni) == {"torch int8 graph": True, "openvino int8": False}
    assert files(without.path) == files(with_vnni.path)
    assert unrecorded(without.path) == unrecorded(with_vnni.path)


def precision_with(monkeypatch, tmp_path, bundle, flags, **how):
    info = tmp_path / "cpuinfo"
    info.write_text(flags)
    monkeypatch.setattr("forensics_rt.system.processor._CPUINFO", info)
    set_speeds(monkeypatch, int8=2.0)
    with OpenVINOBackend(bundle, **how) as backend:
        checks = list(check_goldens(bundle, backend.infer, backend.capabilities.precision))
        assert checks and all(check.passed for check in checks)
        return backend.capabilities.precision, max(one.found.mean_difference for one in checks)


def test_it_is_taken_where_the_processor_has_instructions_for_it(
    made, plain, tmp_path, monkeypatch
):
    with_vnni = precision_with(monkeypatch, tmp_path, made, VNNI)
    without = precision_with(monkeypatch, tmp_path, made, "flags\t: avx2\n")
    exact = precision_with(monkeypatch, tmp_path, made, VNNI, precision="float32")
    no_graph = precision_with(monkeypatch, tmp_path, plain, VNNI)

    assert [with_vnni[0], without[0], exact[0], no_graph[0]] == ["int8", "f32", "f32", "f32"]
    assert with_vnni[1] > 10 * without[1], "another graph answers"
    assert without[1] == exact[1] == no_graph[1]


def test_what_it_finds_stands(made: Bundle, on_vnni: None) -> None:
    page = SAMPLES / "receipt.jpg"
    with Detector(made) as quick, Detector(made, precision="float32") as exact:
        one, two = quick(page), exact(page)

    assert (one.provenance.precision, two.provenance.precision) == ("int8", "f32")
    assert np.abs(one.probability - two.probability).mean() < 5e-3
    assert (one.mask != two.mask).mean() < 5e-3 and one.verdict == two.verdict


def test_a_graph_that_answers_otherwise_is_not_written(
    plain: Bundle, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy_files(plain, plain.manifest, tmp_path / "fast")
    record = plain.manifest.members[0].graph
    damage(tmp_path / "fast" / record.path, 2.0)
    manifest = json.loads(plain.manifest.to_json())
    manifest["members"][0]["graph"] = file_record(tmp_path / "fast", record.path).model_dump()
    manifest["calibration"] = None
    (tmp_path / "fast" / "manifest.json").write_text(json.dumps(manifest))

    command = ["--bundle", str(tmp_path / "fast"), "--precision", "int8"]
    out = tmp_path / "out"
    assert main([*command, "--calibration-images", str(images), "--out", str(out)]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "the int8 graph does not answer as PyTorch does, so nothing was written" in said
    assert not out.exists()


def test_a_graph_of_another_network_is_not_overwritten(
    plain: Bundle, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (member,) = plain.manifest.members
    other = member.model_copy(update={"name": "other", "graph": renamed(member.graph)})
    copy_files(plain, plain.manifest, tmp_path / "two")
    (tmp_path / "two" / other.graph.path).write_bytes(plain.graph(member))
    two = plain.manifest.model_copy(update={"members": (member, other), "calibration": None})
    (tmp_path / "two" / "manifest.json").write_text(two.to_json())

    command = ["--bundle", str(tmp_path / "two"), "--precision", "int8"]
    assert (
        main([*command, "--calibration-images", str(images), "--out", str(tmp_path / "out")]) == 1
    )
    assert "is the graph of another network" in " ".join(capsys.readouterr().err.split())


def renamed(record):
    """Where int8 of the first network would go."""
    return record.model_copy(update={"path": record.path.replace(".onnx", "-int8.onnx")})


def test_images_too_small_for_any_tile_are_an_error(
    plain: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (100, 100)).save(tmp_path / "small.png")
    command = ["--bundle", str(plain.path), "--precision", "int8", "--out", str(tmp_path / "out")]
    assert main([*command, "--calibration-images", str(tmp_path)]) == 1
    assert "384" in capsys.readouterr().err
