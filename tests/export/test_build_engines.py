"""The command from end to end: checkpoints in, a bundle out, or an error and nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from click.testing import Result
from typer.testing import CliRunner

import export.build
import export.torch_member
from benchmarks.networks.fixed_weights import fill_by_name
from export.build_engines import main
from export.graph.tracing import PixelsToProbability
from export.parity.probes import probe_tiles
from forensics_rt.backends.onnxruntime import ONNXRuntimeBackend
from forensics_rt.backends.openvino import OpenVINOBackend
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.parity import difference
from forensics_rt.cli.main import app
from forensics_rt.system.gpu_platform import GpuPlatform
from tests.conftest import set_speeds
from tests.counts import needs_full
from tests.export.conftest import Processor, damage, files, unrecorded
from tests.export.played import Coarse
from train.networks import build_network

Checkpoint = Callable[[int], Path]
RTX = {"tensorrt-rtx": "1.7.0.33"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, house_checkpoint: Checkpoint) -> Path:
    folder = tmp_path_factory.mktemp("built")
    card = folder / "card.md"
    card.write_text("# Made for tests\n")
    code = main(
        ["--checkpoint", str(house_checkpoint(1)), "--checkpoint", str(house_checkpoint(3)),
         "--tiles", "96", "64", "--batch", "1", "2", "8", "--member-weights", "1", "3",
         "--out", str(folder / "bundle"), "--name", "house", "--bundle-version", "2.1",
         "--license", "CC0-1.0",
         "--model-card", str(card), "--threshold", "0.5"]
    )  # fmt: skip
    assert code == 0
    return folder / "bundle"


@pytest.fixture
def quick_trace(built: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Let builds from the first checkpoint reuse its graph; tracing is the slow part."""
    written: list[Path] = []

    def reuse(whole: PixelsToProbability, path: Path, tile: int | None) -> None:
        written.append(Path(shutil.copy(built / "graphs" / "member-1.onnx", path)))

    monkeypatch.setattr(export.torch_member, "export_graph", reuse)
    return written


def test_the_runtime_opens_what_was_built(built: Path, house_checkpoint: Checkpoint) -> None:
    manifest = Bundle.open(built).manifest
    assert (manifest.name, manifest.version, manifest.license) == ("house", "2.1", "CC0-1.0")
    assert manifest.tile_sizes == (64, 96)
    assert manifest.thresholds == {"pixel": 0.5}
    assert manifest.contract.batch.model_dump() == {"min": 1, "opt": 2, "max": 8}
    assert [(m.name, m.architecture, m.precision, m.weight) for m in manifest.members] == [
        ("member-1", "forensic_unet", "fp32", 1.0),
        ("member-2", "forensic_unet", "fp32", 3.0),
    ]
    assert manifest.members[0].parameters > 1000
    assert manifest.members[0].pools_over_tile is False
    assert [member.origin.seed for member in manifest.members if member.origin] == [1, 3]
    assert manifest.tile_sides == (64, 96)
    assert [golden.tile for golden in manifest.members[0].goldens] == [64, 96]
    assert manifest.model_card is not None
    assert {(r.member, r.tile) for r in manifest.parity} == {
        (member, tile) for member in ("member-1", "member-2") for tile in (64, 96)
    }
    versions = ("python", "torch", "onnx", "onnxscript", "onnxruntime", "openvino", "numpy")
    assert set(manifest.built_with) >= {*versions, "opset"}
    sha256 = hashlib.sha256(house_checkpoint(1).read_bytes()).hexdigest()
    assert manifest.built_with["checkpoint member-1"] == sha256
    age = datetime.now(timezone.utc) - datetime.fromisoformat(manifest.created)
    assert 0 <= age.total_seconds() < 3600


def test_graphs_answer_their_goldens(built: Path) -> None:
    bundle = Bundle.open(built)
    for member in bundle.manifest.members:
        session = onnxruntime.InferenceSession(bundle.graph(member))
        for record in member.goldens:
            image, expected = bundle.golden(record)
            (found,) = session.run(["probability"], {"image": image[None]})
            apart = difference(expected, found[0], 0.5)
            assert apart.max_difference <= 1e-3
            assert expected.max() - expected.min() > 0.5, "a golden must have contrast"


def test_holds_only_what_the_manifest_vouches_for(built: Path) -> None:
    found = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}
    vouched = {record.path for record in Bundle.open(built).manifest.files()}
    assert found == vouched | {"manifest.json"}
    assert [path.name for path in built.parent.iterdir() if path.name.startswith(".")] == []


def test_a_damaged_graph_leaves_no_bundle(
    house_checkpoint: Checkpoint,
    quick_trace: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sound = export.torch_member.export_graph

    def damaged(whole: PixelsToProbability, path: Path, tile: int | None) -> None:
        sound(whole, path, tile)
        damage(path)

    arguments = ["--checkpoint", str(house_checkpoint(1)), "--tiles", "64", "--out"]
    assert main([*arguments, str(tmp_path / "sound")]) == 0
    monkeypatch.setattr(export.torch_member, "export_graph", damaged)
    capsys.readouterr()
    assert main([*arguments, str(tmp_path / "damaged")]) == 1
    told = capsys.readouterr()
    assert "member-1, onnxruntime fp32, tile 64: max |Δp|" in told.err
    assert "the graph is wrong" in told.err and "--precision fp32" not in told.err
    assert "FAILED" in told.err
    assert told.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["sound"]


def build(checkpoint: Path, out: Path, *extra: str) -> int:
    arguments = ["--checkpoint", str(checkpoint), "--tiles", "64", "--name", "house"]
    return main([*arguments, "--out", str(out), *extra])


def passed(bundle: Path) -> dict[str, bool]:
    return {row.engine: row.passed for row in Bundle.open(bundle).manifest.parity}


IN_FLOAT32 = {"openvino f32": True, "onnxruntime fp32": True, "torch fp32": True}


def test_a_failing_optional_format_is_recorded_and_not_fatal(
    house_checkpoint: Checkpoint,
    quick_trace: list[Path],
    processor: Processor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """float32 was asked for and agrees; bf16, in which a processor might compute, does not."""
    processor("FP32 BF16 INT8", "avx2 avx512f avx512_bf16")
    monkeypatch.setattr(OpenVINOBackend, "unjudged", lambda bundle, precision: Coarse(bundle))
    assert build(house_checkpoint(1), tmp_path / "bundle", "--precision", "fp32") == 0

    assert passed(tmp_path / "bundle") == IN_FLOAT32 | {"openvino bf16": False}
    told = capsys.readouterr().err
    assert "unused" in told and "--precision fp32" not in told + caplog.text
    (said,) = [one.message for one in caplog.records if "bf16" in one.message]
    assert said.startswith("openvino bf16 is recorded as not allowed") and "\n" not in said


def test_a_format_that_is_not_allowed_is_not_computed_in_and_verify_passes(
    house_checkpoint: Checkpoint,
    quick_trace: list[Path],
    processor: Processor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the processor would have chosen it."""
    processor("FP32 BF16 INT8", "avx512_bf16 amx_bf16")
    with monkeypatch.context() as played:
        played.setattr(OpenVINOBackend, "unjudged", lambda bundle, precision: Coarse(bundle))
        assert build(house_checkpoint(1), tmp_path / "bundle") == 0
    set_speeds(monkeypatch, bf16=2.0)

    done = verify(tmp_path / "bundle")
    assert done.exit_code == 0, done.stdout
    assert "openvino f32" in done.stdout and "bf16" not in done.stdout


def test_what_passes_the_gate_passes_verify(built: Path) -> None:
    done = verify(built)

    assert done.exit_code == 0, done.stdout
    assert done.stdout.count("passed") == 3 * 2 * 2, "backends, members, tiles"


def test_limits_that_were_widened_are_those_of_verify(
    house_checkpoint: Checkpoint, quick_trace: list[Path], tmp_path: Path
) -> None:
    """What float32 engines round is beyond 1e-7, which stops the build; not so 0.5."""
    assert build(house_checkpoint(1), tmp_path / "strict", "--max-difference", "1e-9") == 1
    assert build(house_checkpoint(1), tmp_path / "wide", "--max-difference", "0.5") == 0
    assert Bundle.open(tmp_path / "wide").manifest.limits.max_difference == 0.5
    assert verify(tmp_path / "wide").exit_code == 0


@pytest.mark.parametrize("bf16", ["good", "bad"])
def test_what_is_written_does_not_depend_on_the_builders_processor(
    house_checkpoint: Checkpoint,
    quick_trace: list[Path],
    processor: Processor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bf16: str,
) -> None:
    """Files are the same bytes with bf16 and without; of the manifest all but the records is."""
    with_bf16 = {"good": ONNXRuntimeBackend, "bad": Coarse}[bf16]
    monkeypatch.setattr(OpenVINOBackend, "unjudged", lambda bundle, precision: with_bf16(bundle))
    processor("FP32 INT8", "avx2")
    assert build(house_checkpoint(1), tmp_path / "plain") == 0
    processor("FP32 BF16 INT8", "avx2 avx512_bf16 amx_bf16 avx512_vnni")
    assert build(house_checkpoint(1), tmp_path / "with-bf16") == 0

    assert passed(tmp_path / "plain") == IN_FLOAT32
    assert passed(tmp_path / "with-bf16") == IN_FLOAT32 | {"openvino bf16": bf16 == "good"}
    assert files(tmp_path / "plain") == files(tmp_path / "with-bf16")
    assert unrecorded(tmp_path / "plain") == unrecorded(tmp_path / "with-bf16")


def verify(bundle: Path) -> Result:
    return CliRunner().invoke(app, ["verify", str(bundle)], env={"COLUMNS": "200"})


def test_replaces_a_bundle_only_by_force(
    house_checkpoint: Checkpoint,
    quick_trace: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--checkpoint", str(house_checkpoint(1)), "--tiles", "64"]
    arguments += ["--out", str(tmp_path / "bundle")]
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"built: {tmp_path / 'bundle'}\n"
    before = (tmp_path / "bundle" / "manifest.json").read_bytes()
    assert main(arguments) == 1
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "bundle" / "manifest.json").read_bytes() == before
    assert main([*arguments, "--force", "--name", "second"]) == 0
    assert json.loads((tmp_path / "bundle" / "manifest.json").read_text())["name"] == "second"


def test_own_probes_are_measured_and_stay_out_of_the_bundle(
    house_checkpoint: Checkpoint, quick_trace: list[Path], tmp_path: Path
) -> None:
    own = np.random.default_rng(2).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    (tmp_path / "own").mkdir()
    cv2.imwrite(str(tmp_path / "own" / "secret.png"), own)
    arguments = ["--checkpoint", str(house_checkpoint(1)), "--tiles", "64", "96"]
    arguments += ["--probes", str(tmp_path / "own"), "--out", str(tmp_path / "bundle")]
    assert main(arguments) == 0
    bundle = Bundle.open(tmp_path / "bundle")
    assert {(row.tile, row.probes) for row in bundle.manifest.parity} == {(64, 3), (96, 2)}
    for record in bundle.manifest.members[0].goldens:
        image, _ = bundle.golden(record)
        assert any(np.array_equal(image, tile) for tile in probe_tiles(record.tile))


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (["--arch", "senet154"], "metadata say 'forensic_unet', but 'senet154' was asked for"),
        (["--tiles", "100"], "--tiles must be multiples of 32, got [100]"),
        (["--batch", "4", "2", "16"], "--batch takes three rising numbers from 1 on, got 4 2 16"),
        (["--member-weights", "nan"], "--member-weights must be 1 positive numbers, one for each"),
        (["--probes", "no-such-folder"], "no-such-folder: no such folder"),
        (["--checkpoint", "none.pth"], "none.pth: no such file"),
    ],
)
def test_what_cannot_be_built_ends_with_one(
    house_checkpoint: Checkpoint,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    extra: list[str],
    expected: str,
) -> None:
    out = tmp_path / "bundle"
    assert main(["--checkpoint", str(house_checkpoint(1)), "--out", str(out), *extra]) == 1
    assert expected in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_engines_that_cannot_be_built_here_are_refused_before_any_tracing(
    house_checkpoint: Checkpoint,
    quick_trace: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(export.build, "gpu_platform", GpuPlatform)
    arguments = ["--checkpoint", str(house_checkpoint(1)), "--out", str(tmp_path / "bundle")]
    assert main([*arguments, "--engine", "tensorrt"]) == 1
    assert "needs the package tensorrt" in capsys.readouterr().err
    assert quick_trace == []


def test_a_report_that_cannot_be_written_is_told_before_any_tracing(
    house_checkpoint: Checkpoint,
    quick_trace: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(export.build, "gpu_platform", lambda: GpuPlatform(tensorrt=RTX))
    arguments = ["--checkpoint", str(house_checkpoint(1)), "--out", str(tmp_path / "bundle")]
    arguments += ["--engine", "tensorrt-rtx", "--compute-capability", "sm_86"]
    assert main([*arguments, "--engine-report", str(tmp_path)]) == 1
    assert "is a folder, not a file" in capsys.readouterr().err
    assert quick_trace == []


@pytest.mark.parametrize(
    "arguments",
    [["--out", "bundle"], ["--checkpoint", "a.pth", "--out", "b", "--precision", "int4"],
     ["--checkpoint", "a.pth", "--out", "b", "--batch", "1", "2"]],
)  # fmt: skip
def test_a_wrong_command_line_ends_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


@needs_full
def test_the_network_of_41_million_parameters_passes_the_gate(tmp_path: Path) -> None:
    import torch

    network = fill_by_name(build_network("seresnext50"))
    with torch.no_grad():
        # Spread the map around the threshold, which the filled weights leave nearly flat.
        network.final[0].weight.mul_(10.0)
        network.final[0].bias.sub_(0.4).mul_(10.0)
    checkpoint = tmp_path / "fold1.pth"
    state = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
    torch.save({"state_dict": state}, checkpoint)
    out = tmp_path / "bundle"
    assert main(["--checkpoint", str(checkpoint), "--tiles", "192", "--out", str(out)]) == 0
    (member,) = Bundle.open(out).manifest.members
    assert (member.architecture, member.parameters) == ("seresnext50", 41_249_489)
    _, answer = Bundle.open(out).golden(member.goldens[0])
    assert np.ptp(answer) > 0.5
