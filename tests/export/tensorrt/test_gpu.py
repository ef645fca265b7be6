"""Engines that are loaded and run; written for a machine with a GPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from export.errors import ExportError
from export.tensorrt.add import add_engines
from export.tensorrt.rebuild import rebuild_on_mismatch
from export.tensorrt.request import EngineRequest, Kind
from forensics_rt.bundle.engines.match import check_engine, mismatches
from forensics_rt.bundle.engines.probe import gpu_platform, installed_tensorrt
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cuda.driver import probe_driver
from tests.export.conftest import SIZES, with_contrast
from tests.export.tensorrt.bundles import Log, builds_here, quick_bundle, skip_unless_it_builds_here
from train.networks import build_network

pytestmark = pytest.mark.gpu


@pytest.fixture
def house(tmp_path: Path) -> Bundle:
    torch.manual_seed(3)
    network = with_contrast(build_network("forensic_unet", SIZES), forged_share=0.03)
    return quick_bundle(tmp_path / "house", network, (64, 96))


@pytest.fixture(params=["tensorrt", "tensorrt-rtx"])
def kind(request: pytest.FixtureRequest) -> Kind:
    skip_unless_it_builds_here(request.param)
    chosen: Kind = request.param
    return chosen


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16"])
def test_the_loaded_engine_tells_its_own_types(
    house: Bundle, tmp_path: Path, kind: Kind, precision: str
) -> None:
    machine = gpu_platform()
    request = EngineRequest(kind, precision=precision)  # type: ignore[arg-type]
    out = add_engines(house, tmp_path / "out", request, machine, Log())
    for record in Bundle.open(out).manifest.engines:
        assert record.read_from == "engine"
        assert record.layer_types[precision] > 0
        assert (record.gpu, record.driver) == (machine.gpu, machine.driver)
        check_engine(record, machine, out)


def test_tensorrt_measures_kernels_once(
    house: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path / "cache"))  # one that knows nothing yet
    if "tensorrt" not in installed_tensorrt():
        pytest.skip("tensorrt is not installed")
    log = Log()
    add_engines(house, tmp_path / "first", EngineRequest("tensorrt"), gpu_platform(), log)
    cache = Path(log.engines[0].timing_cache)
    known = cache.stat().st_size
    add_engines(house, tmp_path / "second", EngineRequest("tensorrt"), gpu_platform(), log)
    assert known == cache.stat().st_size > 0, "the second build has nothing left to measure"


def test_an_engine_for_another_gpu_is_rebuilt_here(house: Bundle, tmp_path: Path) -> None:
    skip_unless_it_builds_here("tensorrt-rtx")
    machine = gpu_platform()
    other = "8.0" if machine.compute_capability != "8.0" else "8.6"
    request = EngineRequest("tensorrt-rtx", compute_capabilities=(other,))
    bundle = Bundle.open(add_engines(house, tmp_path / "out", request, machine, Log()))
    assert all(mismatches(record, machine) for record in bundle.manifest.engines)
    for record, _ in rebuild_on_mismatch(bundle, machine, Log()):
        assert mismatches(record, machine) == []


def test_a_gpu_that_rtx_does_not_know_gets_an_answer_not_a_crash(
    house: Bundle, tmp_path: Path
) -> None:
    kind, machine = "tensorrt-rtx", gpu_platform()
    if kind not in installed_tensorrt() or not probe_driver().usable or builds_here(kind):
        pytest.skip("needs TensorRT-RTX and a GPU that it does not build for, such as Hopper")
    with pytest.raises(ExportError) as answer:
        add_engines(house, tmp_path / "out", EngineRequest(kind), machine, Log())
    print(answer.value)  # goes into the notes: `pytest -s`
