"""The shipped bundles in float16: what they find stands, and what does not pass is not written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from export.build_engines import main
from export.errors import ExportError
from export.number_formats.half import bundle_in_half
from forensics_rt import Bundle, Detector
from forensics_rt.backends.registry import open_backend
from forensics_rt.bundle.goldens import check_goldens
from forensics_rt.io.decode import decode
from tests.bundles import brightness_graph, golden, write_bundle
from tests.export.tensorrt.bundles import Log

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    out = tmp_path_factory.mktemp("half") / "fast"
    assert main(["--bundle", "fast", "--precision", "fp16", "--out", str(out)]) == 0
    return Bundle.open(out)


def kernel_formats(bundle: Bundle) -> set[int]:
    """Number formats of the convolutions' weights."""
    graph = onnx.load_from_string(bundle.graph(bundle.manifest.members[0])).graph
    kernels = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    return {tensor.data_type for tensor in graph.initializer if tensor.name in kernels}


def test_the_networks_are_the_same_in_half_the_bytes(half: Bundle) -> None:
    whole = Bundle.open("fast").manifest
    ours, theirs = half.manifest.members[0], whole.members[0]

    assert (ours.precision, theirs.precision) == ("fp16", "fp32")
    assert ours.graph.bytes < 0.6 * theirs.graph.bytes
    assert kernel_formats(half) == {TensorProto.FLOAT16}
    assert ours.goldens == theirs.goldens
    assert half.manifest.calibration is not None
    assert "the same networks in float32" in half.manifest.calibration.fitted_on.description
    engines = {row.engine for row in half.manifest.parity}
    in_int8 = {row.engine for row in whole.parity if "int8" in row.engine}
    assert in_int8 and {"openvino f32", "onnxruntime fp16", *in_int8} <= engines
    assert "torch fp16" not in engines, "which would take minutes"
    assert ours.int8 == theirs.int8 is not None
    assert half.manifest.built_with["float16 of bundle"] == Bundle.open("fast").id


def test_its_calibration_is_in_force_and_finds_the_same(half: Bundle) -> None:
    # One tile with the edit in it: a processor without float16 takes minutes for the whole page.
    page = decode(SAMPLES / "certificate.jpg").pixels[208:592, 360:744]
    with (
        Detector("fast", precision="float32") as whole,
        Detector(half, "torch", device="cpu") as ours,
    ):
        assert ours.conclusions.calibration_id is not None
        assert (ours.threshold, ours.high_threshold) == (whole.threshold, whole.high_threshold)
        one, two = ours(page), whole(page)

    assert ours.capabilities.precision == "fp16"
    assert one.calibrated and one.verdict == two.verdict
    assert one.regions and len(one.regions) == len(two.regions)
    assert np.abs(one.probability - two.probability).mean() < 1e-3
    assert (one.mask != two.mask).mean() < 1e-3


def test_it_stands_before_its_goldens_on_every_engine_of_the_cpu(half: Bundle) -> None:
    for name in ("openvino", "onnxruntime"):
        with open_backend(half, name, "cpu") as backend:
            assert all(
                check.passed
                for check in check_goldens(half, backend.infer, backend.capabilities.precision)
            )


def test_members_weights_and_cascade_keep_their_places(tmp_path: Path) -> None:
    graphs = [brightness_graph() for _ in range(3)]
    made = write_bundle(tmp_path / "plain", graphs, (64,), [2.0, 1.0, 1.0], goldens=[golden()])
    *members, small = made.manifest.members
    manifest = made.manifest.model_copy(update={"members": tuple(members), "cascade": small})
    (made.path / "manifest.json").write_text(manifest.to_json())

    log = Log()
    plain = Bundle.open(made.path)
    half = Bundle.open(bundle_in_half(plain, tmp_path / "half", log))

    assert [member.name for member in half.manifest.networks] == ["fold1", "fold2", "fold3"]
    assert half.manifest.cascade is not None and half.manifest.cascade.name == "fold3"
    assert [member.weight for member in half.manifest.members] == [2.0, 1.0]
    assert {member.precision for member in half.manifest.networks} == {"fp16"}
    assert len([what for what in log.said if "casting" in what]) == 3


def test_one_that_does_not_pass_the_gate_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    strict = ["--flipped-share", "0"]
    assert main(["--bundle", "fast", "--precision", "fp16", "--out", str(out), *strict]) == 1

    said = " ".join(capsys.readouterr().err.split())
    assert "the fp16 graph does not answer as PyTorch does, so nothing was written" in said
    assert "--keep-fp32" in said
    assert list(tmp_path.iterdir()) == []


def test_what_stays_in_float32_can_be_said(tmp_path: Path) -> None:
    out = tmp_path / "out"
    kept = ["--keep-fp32", "op:Conv"]
    assert main(["--bundle", "fast", "--precision", "fp16", "--out", str(out), *kept]) == 0
    assert kernel_formats(Bundle.open(out)) == {TensorProto.FLOAT}


def test_a_pattern_that_is_none_is_refused_and_one_without_a_node_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--bundle", "fast", "--precision", "fp16", "--out", str(tmp_path / "out")]
    assert main([*command, "--keep-fp32", "Conv"]) == 1
    assert "takes op:TYPE or name:GLOB" in capsys.readouterr().err
    assert main([*command, "--keep-fp32", "name:nope*"]) == 0
    assert "name:nope*: there is no such node" in caplog.text


def test_without_goldens_there_is_nothing_to_judge_by(tmp_path: Path) -> None:
    blind = write_bundle(tmp_path / "blind", [brightness_graph()])
    with pytest.raises(ExportError, match="holds no goldens to measure float16 by for fold1"):
        bundle_in_half(blind, tmp_path / "out", Log())


def test_nothing_is_halved_twice_or_replaced_unasked(half: Bundle, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="is in float16 already"):
        bundle_in_half(half, tmp_path / "again", Log())
    with pytest.raises(ExportError, match="exists already"):
        bundle_in_half(Bundle.open("fast"), half.path, Log())
