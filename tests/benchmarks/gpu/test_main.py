"""The arithmetic of the GPU benchmark, and the benchmark where there is no GPU."""

import json

import numpy as np
import pytest

from benchmarks.gpu import __main__ as gpu
from benchmarks.gpu import ways
from benchmarks.gpu.original import original_way
from benchmarks.gpu.ways import GRAPHED, IN_HALF, ORIGINAL, WAYS, GpuCase, GpuFigures, run_backend
from benchmarks.timing import Timing
from export.errors import ExportError
from forensics_rt import Detector
from forensics_rt.cuda.driver import probe_driver
from tests.backends.played_tensorrt import engine_bundle, open_played
from tests.bundles import brightness_graph, constant_graph, write_bundle


def figures(way, rate, engine):
    stream = Timing((1 / rate,))
    alone = None if engine is None else Timing((1 / engine,))
    return GpuFigures(way, GpuCase((512,), 4, 1), stream, stream, alone, {}, 10.0)


def test_ratios_are_to_the_original_and_to_the_engine(bundle):
    measured = [figures("tensorrt", 95.0, 100.0), figures(ORIGINAL, 5.0, None)]
    document = gpu.report(measured, [], bundle, 1200)
    ours, theirs = document["figures"]

    assert (ours["ratio_to_original"], ours["share_of_engine"]) == (19.0, 0.95)
    assert (theirs["ratio_to_original"], theirs["share_of_engine"]) == (1.0, None)
    assert gpu.check(document, ["tensorrt"]) == []
    gpu.show(document)


@pytest.mark.parametrize(
    ("measured", "missed"),
    [
        ([], ["no TensorRT way was run", "nothing that stays on the device was run"]),
        (
            [(ORIGINAL, 5.0, None)],
            ["no TensorRT way was run", "nothing that stays on the device was run"],
        ),
        ([(GRAPHED, 95.0, 100.0), (ORIGINAL, 5.0, None)], ["no TensorRT way was run"]),
        (
            [(GRAPHED, 80.0, 100.0), (ORIGINAL, 5.0, None)],
            ["no TensorRT way was run", "share_of_engine must be at least 0.9, but is 0.8"],
        ),
        (
            [("tensorrt", 80.0, 100.0), (GRAPHED, 99.0, 100.0), (ORIGINAL, 5.0, None)],
            ["tensorrt: share_of_engine"],
        ),
        ([("tensorrt", 80.0, 100.0), (ORIGINAL, 5.0, None)], ["share_of_engine"]),
        ([("tensorrt", 95.0, 100.0), (ORIGINAL, 50.0, None)], ["ratio_to_original"]),
        ([("tensorrt", 95.0, 100.0)], ["ratio_to_original must be at least 10.0, but is None"]),
    ],
)
def test_the_check_names_what_was_missed(bundle, measured, missed):
    document = gpu.report([figures(*one) for one in measured], [], bundle, 1200)
    found = gpu.check(document, ["tensorrt"])
    assert len(found) == len(missed)
    assert all(part in line for part, line in zip(missed, found, strict=True))
    assert gpu.check(document, []) == [line for line in found if "no TensorRT way" not in line]


def test_the_check_passes_without_tensorrt_and_says_what_it_looked_at(bundle, monkeypatch, capsys):
    measured = {GRAPHED: (95.0, 100.0), ORIGINAL: (5.0, None)}
    monkeypatch.setattr(gpu, "why_not", lambda way, _: None if way in measured else "not here")
    monkeypatch.setattr(gpu, "in_half", lambda bundle, folder: bundle)
    monkeypatch.setattr(gpu, "run", lambda way, *_: figures(way, *measured[way]))
    asked = ["--bundle", str(bundle.path), "--tile", "32", "--batch", "1", "--check"]

    monkeypatch.setattr(gpu, "tensorrt_here", lambda: [])
    assert gpu.main(asked) == 0
    assert "no TensorRT can run here; what else stays on the device was" in capsys.readouterr().out

    monkeypatch.setattr(gpu, "tensorrt_here", lambda: ["tensorrt"])
    assert gpu.main(asked) == 1
    assert "check failed: no TensorRT way was run, but tensorrt is" in capsys.readouterr().out


def test_settings(tmp_path):
    bundle = write_bundle(tmp_path, [constant_graph(0.5)] * 2, (32, 64))
    assert gpu.gpu_cases("tensorrt", bundle, [1, 8], None) == [
        GpuCase(tiles, batch, 2) for tiles in ((32,), (64,), (32, 64)) for batch in (1, 8)
    ]
    assert gpu.gpu_cases("tensorrt", bundle, [4], [64]) == [GpuCase((64,), 4, 2)]
    assert gpu.gpu_cases(ORIGINAL, bundle, [1, 8], None) == [GpuCase((32, 64), 1, 2)]


def test_without_a_gpu_everything_is_listed_with_a_reason(bundle, tmp_path, capsys):
    if probe_driver().usable:
        pytest.skip("this machine has a driver")
    path = tmp_path / "gpu.json"
    assert gpu.main(["--bundle", str(bundle.path), "--json", str(path)]) == 0

    document = json.loads(path.read_text())
    assert [one["way"] for one in document["not_run"]] == list(WAYS)
    assert all("no NVIDIA driver" in one["reason"] for one in document["not_run"])
    assert document["figures"] == []
    assert capsys.readouterr().out.count("not run:") == len(WAYS) and GRAPHED in WAYS
    assert gpu.main(["--bundle", str(bundle.path), "--check"]) == 1


def test_a_run_that_is_cut_off_leaves_what_it_had_found(bundle, tmp_path, monkeypatch):
    runs = iter([figures(ORIGINAL, 5.0, None)])

    def run(*_):
        try:
            return next(runs)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(gpu, "why_not", lambda way, bundle: None)
    monkeypatch.setattr(gpu, "run", run)
    path = tmp_path / "gpu.json"
    with pytest.raises(KeyboardInterrupt):
        gpu.main(["--bundle", str(bundle.path), "--json", str(path)])

    assert [one["way"] for one in json.loads(path.read_text())["figures"]] == [ORIGINAL]


def test_graphs_that_cannot_be_cast_are_listed_and_the_others_measured(bundle, monkeypatch):
    def refuse(*_):
        raise ExportError("a weight lies beyond the range of float16")

    monkeypatch.setattr(gpu, "why_not", lambda way, bundle: None)
    monkeypatch.setattr(gpu, "in_half", refuse)
    monkeypatch.setattr(gpu, "run", lambda way, *_: figures(way, 5.0, None))
    written = []
    monkeypatch.setattr(gpu, "show", written.append)
    assert gpu.main(["--bundle", str(bundle.path), "--tile", "32", "--batch", "1"]) == 0

    (document,) = written
    assert [one["way"] for one in document["not_run"]] == list(IN_HALF)
    assert {one["way"] for one in document["figures"]} == set(WAYS) - set(IN_HALF)


def test_a_backend_with_a_device_is_measured_whole_and_alone(tmp_path):
    bundle = engine_bundle(tmp_path)
    backend, _, trt = open_played(bundle)
    case = GpuCase((32, 64), 4, 2)
    page = np.zeros((100, 70, 3), np.uint8)
    found = run_backend("played", backend, bundle, case, page, 3, 1, 5.0, lambda: 9.0)

    assert found.gpu_mib == 4.0
    assert len(found.whole.seconds) == len(found.engine.seconds) == 3
    assert found.stream.images == 3
    stages = {"copy", "clear", "gather", "engine", "scatter", "finish"}
    assert stages <= set(found.stages) and min(found.stages.values()) > 0
    assert max(size for _, size in trt.calls) <= 4


def test_the_original_way_finds_what_its_recipe_finds(tmp_path):
    sizes = (384, 512, 768, 1024)
    bundle = write_bundle(tmp_path, [brightness_graph(), constant_graph(0.3)], sizes)
    page = np.random.default_rng(2).integers(0, 256, (400, 500, 3)).astype(np.uint8)
    with Detector(bundle, "torch", "tianchi-fft2") as detector:
        expected = detector(page).probability

    assert np.allclose(original_way(bundle, "cpu", 2)(page), expected, atol=1e-6)


def test_a_way_without_a_gpu_has_a_reason(bundle):
    if probe_driver().usable:
        pytest.skip("this machine has a driver")
    assert all(ways.why_not(way, bundle) for way in WAYS)


def test_memory_is_read_after_what_was_freed_in_the_order_of_streams_is_free(monkeypatch):
    called = []

    class PlayedCalls:
        def __getattr__(self, name):
            def call(*_):
                called.append(name)
                return {"cuDeviceGetMemPool": (0, 1), "cuMemGetInfo": (0, 2**20, 3 * 2**20)}.get(
                    name, (0,)
                )

            return call

    monkeypatch.setattr(ways, "_driver", PlayedCalls)
    assert ways.settled_mib() == 2.0
    wanted = ["cuCtxSynchronize", "cuDeviceGetMemPool", "cuMemPoolTrimTo", "cuMemGetInfo"]
    assert called == wanted
