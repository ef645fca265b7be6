"""Real engines of TensorRT for RTX, built with no GPU for GPUs that are not here."""

from __future__ import annotations

import dataclasses
import json
import logging
import shutil
import sys
from pathlib import Path

import onnx
import pytest
import torch
from safetensors.torch import save_file
from typer.testing import CliRunner

import export.torch_member
from benchmarks.networks.fixed_weights import fill_by_name
from benchmarks.networks.quick_graph import quick_graph
from export.build_engines import main
from export.errors import ExportError
from export.graph.ends import prepare
from export.number_formats.cast import cast_graph
from export.number_formats.keep import asked_formats, kept_nodes
from export.request import DEFAULT_TILES
from export.tensorrt import build, network
from export.tensorrt.add import add_engines
from export.tensorrt.build import build_engines
from export.tensorrt.dialect import load_dialect
from export.tensorrt.order import EngineOrder
from export.tensorrt.readback import read_back
from export.tensorrt.rebuild import rebuild_on_mismatch
from export.tensorrt.request import EngineRequest
from export.tensorrt.spawn import build_in_child
from forensics_rt.bundle.engines.cache import cached_engine
from forensics_rt.bundle.engines.match import check_engine
from forensics_rt.bundle.engines.probe import gpu_platform, installed_tensorrt
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cli.main import app
from forensics_rt.cuda.driver import DriverStatus, probe_driver
from forensics_rt.errors import EngineMismatch, ForensicsError
from forensics_rt.system.gpu_platform import GpuPlatform
from tests.bundles import write_bundle
from tests.counts import needs_full
from tests.export.conftest import SIZES, Tiny, with_contrast
from tests.export.tensorrt.bundles import Log, quick_bundle
from train.networks import build_network

pytest.importorskip("tensorrt_rtx", reason="pip install 'forensics_rt[tensorrt-rtx]'")

AMPERE = EngineRequest("tensorrt-rtx", compute_capabilities=("8.6",))
HERE = GpuPlatform(tensorrt=installed_tensorrt())
# As if this machine had a GPU: what the manifest is compared with, nothing that is run.
RTX_4090 = GpuPlatform("NVIDIA GeForce RTX 4090", "8.9", "580.65", "13.0", installed_tensorrt())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    torch.manual_seed(3)
    network = with_contrast(build_network("forensic_unet", SIZES), forged_share=0.03)
    return quick_bundle(tmp_path_factory.mktemp("house") / "bundle", network, (64, 96))


@pytest.fixture(scope="module")
def with_engines(house: Bundle) -> Bundle:
    out = house.path.parent / "with-engines"
    return Bundle.open(add_engines(house, out, AMPERE, HERE, Log()))


@needs_full
def test_the_network_of_41_million_parameters_in_fp16_at_all_four_tile_sizes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = fill_by_name(build_network("seresnext50"))
    assert sum(parameter.numel() for parameter in network.parameters()) == 41_249_489
    source = write_bundle(tmp_path / "fft2", [quick_graph(network)], DEFAULT_TILES)
    out, report = tmp_path / "with-engines", tmp_path / "report.json"
    assert main(
        ["--bundle", str(source.path), "--out", str(out), "--engine", "tensorrt-rtx",
         "--compute-capability", "sm_80,sm_86,sm_89,sm_120", "--engine-report", str(report)]
    ) == 0  # fmt: skip
    records = Bundle.open(out).manifest.engines
    assert [record.tile for record in records] == [384, 512, 768, 1024]
    for record in records:
        assert record.compute_capabilities == ("8.0", "8.6", "8.9", "12.0")
        assert (record.gpu, record.driver, record.precision) == (None, None, "fp16")
        assert record.tensorrt == installed_tensorrt()["tensorrt-rtx"]
        # Half the bytes of 41 million float32 weights, and hardly anything else.
        assert 82e6 < record.weight_bytes["fp16"] < 83e6
        assert record.weight_bytes.get("fp32", 0) < 10_000
        assert record.layer_types["fp16"] > 200
        assert 20 <= record.layer_types["fp32"] < 40
    assert len({record.file.sha256 for record in records}) == 4
    told = json.loads(report.read_text())
    assert [(row["tile"], row["requested"]) for row in told] == [(t, "fp16") for t in DEFAULT_TILES]
    assert all(row["seconds"] > 0 and row["bytes"] > 80e6 for row in told)
    if sys.platform != "win32":
        assert all(row["peak_bytes"] > 100e6 for row in told)
    assert "Engines built" in capsys.readouterr().err


def test_the_bundle_opens_and_holds_what_was_built(house: Bundle, with_engines: Bundle) -> None:
    manifest = with_engines.manifest
    assert manifest.members == house.manifest.members
    assert [record.file.path for record in manifest.engines] == [
        "engines/tensorrt-rtx/fold1-64-fp16.plan",
        "engines/tensorrt-rtx/fold1-96-fp16.plan",
    ]
    for record in manifest.engines:
        assert record.graph_sha256 == manifest.members[0].graph.sha256
        assert record.batch == manifest.contract.batch
    assert {row.engine for row in manifest.parity} == {"onnxruntime fp16 graph"}
    assert manifest.built_with["tensorrt-rtx"] == HERE.tensorrt["tensorrt-rtx"]


def test_a_plan_is_tensorrts_bytes_alone(with_engines: Bundle) -> None:
    for record in with_engines.manifest.engines:
        data = with_engines.file(record.file).read_bytes()
        assert data[:4] == b"vtrt", "what TensorRT for RTX begins its plans with"
        assert b"compute_capabilities" not in data


def test_inspect_names_the_engines(with_engines: Bundle) -> None:
    shown = CliRunner().invoke(app, ["inspect", str(with_engines.path)], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert "engines/tensorrt-rtx/fold1-96-fp16.plan" in shown.output
    raw = CliRunner().invoke(app, ["inspect", str(with_engines.path), "--json"])
    assert json.loads(raw.output)["engines"][0]["compute_capabilities"] == ["8.6"]


def test_engines_of_the_same_kind_are_replaced(with_engines: Bundle, tmp_path: Path) -> None:
    request = EngineRequest("tensorrt-rtx", precision="bf16", compute_capabilities=("8.9",))
    out = add_engines(with_engines, tmp_path / "other", request, HERE, Log(), tiles=(64,))
    (record,) = Bundle.open(out).manifest.engines
    assert (record.precision, record.compute_capabilities) == ("bf16", ("8.9",))
    assert record.weight_bytes.get("bf16", 0) > 9 * record.weight_bytes.get("fp32", 0)
    assert [path.name for path in (out / "engines" / "tensorrt-rtx").iterdir()] == [
        "fold1-64-bf16.plan"
    ]


def test_a_bundle_can_be_replaced_by_itself_with_new_engines(
    with_engines: Bundle, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    shutil.copytree(with_engines.path, own)
    request = EngineRequest("tensorrt-rtx", precision="fp32", compute_capabilities=("8.9",))
    with pytest.raises(ExportError, match="exists already"):
        add_engines(Bundle.open(own), own, request, HERE, Log())
    add_engines(Bundle.open(own), own, request, HERE, Log(), force=True, tiles=(96,))
    (record,) = Bundle.open(own).manifest.engines
    assert (record.precision, record.tile, record.compute_capabilities) == ("fp32", 96, ("8.9",))
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_bf16_says_that_no_cpu_could_measure_it(
    house: Bundle, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    request = EngineRequest("tensorrt-rtx", precision="bf16", compute_capabilities=("8.9",))
    with caplog.at_level(logging.WARNING):
        built = build_engines(house, tmp_path, request, HERE, Log(), tiles=(64,))
    assert built.rows == ()
    assert "fold1: not measured against PyTorch, no CPU engine computes bf16" in caplog.text


def test_an_engine_that_the_gpu_it_was_built_on_cannot_load_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What TensorRT for RTX does on an H200: it builds, and then refuses to load."""
    if probe_driver().usable:
        pytest.skip("here a GPU may load it")
    monkeypatch.setattr(network, "probe_driver", lambda: DriverStatus(None, (13, 0), 1))
    prepared = prepare(quick_graph(Tiny()))
    graph = tmp_path / "graph.onnx"
    onnx.save(cast_graph(prepared, "fp16", kept_nodes(prepared.graph)), graph)
    order = EngineOrder(
        kind="tensorrt-rtx",
        graph=str(graph),
        plan=str(tmp_path / "engine.plan"),
        answer=str(tmp_path / "answer.json"),
        tile=64,
        batch=(1, 2, 4),
    )
    dialect = load_dialect("tensorrt-rtx")

    with pytest.raises(
        ExportError, match=r"builds no engine that this GPU can load: .*CUDA driver"
    ):
        network.build(dialect, order)
    for_another = dataclasses.replace(order, capabilities=("8.6",))
    assert network.build(dialect, for_another).engine is None


def test_a_graph_that_was_left_in_fp32_does_not_pass_for_fp16(tmp_path: Path) -> None:
    """What a peer shipped: asked for float16, built float32, and nobody looked."""
    prepared = prepare(quick_graph(Tiny()))
    kept = kept_nodes(prepared.graph)
    asked = asked_formats(prepared.graph, "fp16", kept)
    for precision in ("fp16", "fp32"):
        room = tmp_path / precision
        room.mkdir()
        onnx.save(cast_graph(prepared, precision, kept), room / "graph.onnx")
        order = EngineOrder(
            kind="tensorrt-rtx",
            graph=str(room / "graph.onnx"),
            plan=str(room / "engine.plan"),
            answer=str(room / "answer.json"),
            tile=64,
            batch=(1, 2, 4),
            capabilities=("8.6",),
        )
        answer = build_in_child(order, room, timeout=120.0)
        if precision == "fp16":
            assert read_back(answer, asked, "fp16").layer_types["fp16"] > 0
            continue
        with pytest.raises(ExportError, match="computes in fp32, asked was fp16") as caught:
            read_back(answer, asked, "fp16")
        assert "0% of the plan's weights are fp16" in str(caught.value)


def test_a_mismatch_leaves_no_bundle(
    house: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = build.typed_graph

    def left_in_fp32(*arguments: object) -> object:
        result = typed(*arguments)
        prepared = prepare(onnx.load_from_string(house.graph(house.manifest.members[0])))
        onnx.save(prepared, result.path)
        return result

    monkeypatch.setattr(build, "typed_graph", left_in_fp32)
    with pytest.raises(ExportError, match="the engine is not what was asked for: 0% of"):
        add_engines(house, tmp_path / "out", AMPERE, HERE, Log())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("file/report.json", ": cannot be written"),
        ("out/report.json", ": lies in the bundle that --out writes"),
        ("out", "out: lies in the bundle that --out writes"),
    ],
    ids=["no-folder", "in-the-bundle", "the-bundle"],
)
def test_a_report_that_cannot_be_written_costs_no_engine(
    house: Bundle, tmp_path: Path, place: str, expected: str
) -> None:
    (tmp_path / "file").touch()
    request = dataclasses.replace(AMPERE, report=tmp_path / place)
    log = Log()
    with pytest.raises(ForensicsError) as caught:
        add_engines(house, tmp_path / "out", request, HERE, log)
    assert expected in str(caught.value) and str(tmp_path) in str(caught.value)
    assert (log.said, [path.name for path in tmp_path.iterdir()]) == ([], ["file"])


def test_a_gpu_that_cannot_be_built_for_is_refused(house: Bundle, tmp_path: Path) -> None:
    hopper = EngineRequest("tensorrt-rtx", compute_capabilities=("9.0",))
    with pytest.raises(ExportError, match=r"does not build for compute capability 9\.0; it does"):
        build_engines(house, tmp_path, hopper, HERE, Log(), tiles=(64,))


def test_what_tensorrt_cannot_read_is_told_in_its_words(tmp_path: Path) -> None:
    (tmp_path / "graph.onnx").write_bytes(b"no graph at all")
    order = EngineOrder(
        kind="tensorrt-rtx",
        graph=str(tmp_path / "graph.onnx"),
        plan=str(tmp_path / "engine.plan"),
        answer=str(tmp_path / "answer.json"),
        tile=64,
        batch=(1, 1, 1),
        capabilities=("8.6",),
    )
    with pytest.raises(ExportError, match=r"tensorrt-rtx cannot read the graph: .*parse"):
        build_in_child(order, tmp_path, timeout=120.0)


@pytest.mark.skipif(probe_driver().usable, reason="is about machines without a GPU")
class TestWithoutADriver:
    """Errors, never a crash."""

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["--engine", "tensorrt-rtx"], "no GPU to build for; name those"),
            (["--engine", "tensorrt-rtx", "--compute-capability", "sm_90"], "does not build for"),
        ],
    )
    def test_building_for_what_is_not_here_is_refused(
        self,
        house: Bundle,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        arguments: list[str],
        expected: str,
    ) -> None:
        command = ["--bundle", str(house.path), "--out", str(tmp_path / "out"), *arguments]
        assert main(command) == 1
        assert expected in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []

    def test_tensorrt_proper_needs_its_gpu(self, house: Bundle, tmp_path: Path) -> None:
        machine = GpuPlatform(tensorrt={"tensorrt": "11.4.0.106"})
        with pytest.raises(ExportError, match="builds on the GPU that the engine is for"):
            build_engines(house, tmp_path, EngineRequest("tensorrt"), machine, Log())

    def test_loading_is_refused_before_tensorrt_is_touched(self, with_engines: Bundle) -> None:
        record = with_engines.manifest.engines[0]
        with pytest.raises(EngineMismatch, match=r"for compute capability 8\.6, this machine has"):
            check_engine(record, gpu_platform(), with_engines.path)

    def test_rebuilding_is_refused(
        self, with_engines: Bundle, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["--bundle", str(with_engines.path), "--rebuild-on-mismatch"]) == 1
        assert "this machine has no GPU to build for" in capsys.readouterr().err


def test_what_does_not_fit_is_built_into_the_cache_once(
    with_engines: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path))
    before = (with_engines.path / "manifest.json").read_bytes()
    first = with_engines.manifest.engines[0]
    manifest = with_engines.manifest.model_copy(update={"engines": (first,)})
    small = Bundle(with_engines.path, manifest, with_engines.id)
    log = Log()
    (made,) = rebuild_on_mismatch(small, RTX_4090, log)
    record, _ = made
    assert record.compute_capabilities == ("8.9",)
    check_engine(record, RTX_4090, with_engines.path)
    assert cached_engine(first, RTX_4090) == made
    assert rebuild_on_mismatch(small, RTX_4090, log) == [made]
    assert len(log.engines) == 1, "the second time none is built"
    fitting = GpuPlatform("NVIDIA A10", "8.6", "580.65", "13.0", installed_tensorrt())
    assert rebuild_on_mismatch(small, fitting, Log()) == []
    assert (with_engines.path / "manifest.json").read_bytes() == before


def test_a_network_built_from_a_checkpoint_gets_engines_in_one_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(1)
    network = with_contrast(build_network("forensic_unet", SIZES), forged_share=0.03)
    known = {"architecture": "forensic_unet", "config": json.dumps(SIZES)}
    checkpoint = tmp_path / "house.safetensors"
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, checkpoint, known)
    # Tracing is the slow part and tested elsewhere.
    monkeypatch.setattr(
        export.torch_member,
        "export_graph",
        lambda whole, path, tile: onnx.save(quick_graph(whole.network), path),
    )
    out = tmp_path / "bundle"
    assert main(
        ["--checkpoint", str(checkpoint), "--tiles", "64", "--batch", "1", "2", "8",
         "--out", str(out), "--engine", "tensorrt-rtx", "--compute-capability", "sm_86"]
    ) == 0  # fmt: skip
    (record,) = Bundle.open(out).manifest.engines
    assert (record.member, record.tile, record.batch.max) == ("member-1", 64, 8)
