"""A graph that this machine compiled before is not compiled again, and answers as it did."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from forensics_rt import Bundle, Detector
from forensics_rt.backends import openvino_cache, openvino_graphs
from forensics_rt.backends.openvino import OpenVINOBackend
from forensics_rt.backends.openvino_cache import CompiledGraphCache
from forensics_rt.backends.openvino_graphs import CompiledGraphs
from forensics_rt.errors import BundleAltered
from forensics_rt.system import kept_files
from forensics_rt.system.kept_files import KeptFiles
from tests.bundles import brightness_graph, stand_in_graph, write_bundle

TILES = np.random.default_rng(3).integers(0, 256, (2, 64, 96, 3), np.uint8)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "graphs"


@pytest.fixture
def compiled(monkeypatch):
    """What is compiled, and not loaded: its tile each time."""
    seen = []
    keep = CompiledGraphCache.keep

    def note(self, graph, tile, settings, done):
        seen.append(tile)
        keep(self, graph, tile, settings, done)

    monkeypatch.setattr(CompiledGraphCache, "keep", note)
    return seen


def answers(bundle, tiles=TILES, **options):
    with OpenVINOBackend(bundle, **options) as backend:
        return backend.infer(0, tiles)


def test_the_second_start_compiles_and_reads_nothing(bundle, cache, compiled, monkeypatch):
    first = answers(bundle)
    assert compiled == [(64, 96)] and len(list(cache.glob("*.graph"))) == 1

    monkeypatch.setattr(CompiledGraphs, "_model", None)
    assert np.array_equal(answers(bundle), first)


@pytest.mark.parametrize("name", ["default", "fast"])
def test_real_networks_answer_the_same_bits(name, cache, compiled):
    tiles = np.random.default_rng(3).integers(0, 256, (1, 128, 160, 3), np.uint8)
    bundle = Bundle.open(name, hashes=False)
    for options in ({"requests": 1}, {"requests": 2}):
        first = answers(bundle, tiles, **options)
        assert compiled.pop() == (128, 160)
        assert np.array_equal(answers(bundle, tiles, **options), first) and compiled == []


def test_int8_and_bf16_answer_the_same_bits(cache, compiled):
    tiles = np.random.default_rng(3).integers(0, 256, (1, 128, 160, 3), np.uint8)
    bundle = Bundle.open("default", hashes=False)

    def run(number_format):
        with OpenVINOBackend(bundle, precision="float32") as backend:
            backend._graphs = backend._graphs_in(
                backend._core, number_format=number_format, cache=backend._graphs._cache
            )
            return backend.infer(0, tiles)

    for number_format in ("int8", "bf16"):
        first = run(number_format)
        assert compiled.pop() == (128, 160)
        assert np.array_equal(run(number_format), first) and compiled == []


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("alone", [False, True])
def test_what_is_loaded_heeds_threads_streams_and_format(bundle, cache, threads, alone):
    names = ("INFERENCE_NUM_THREADS", "NUM_STREAMS", "INFERENCE_PRECISION_HINT")

    def told():
        with OpenVINOBackend(bundle, threads=threads, requests=threads) as backend:
            (backend.infer_alone if alone else backend.infer)(0, TILES)
            ((graph, _),) = backend._graphs._compiled.values()
            return [str(graph.get_property(name)) for name in names]

    first = told()
    assert first[:2] == [str(threads), "1" if alone else str(threads)]
    assert told() == first
    assert len(list(cache.glob("*.graph"))) == 1


def test_a_limit_is_heeded_by_what_is_loaded(bundle, cache, compiled):
    def told():
        with OpenVINOBackend(bundle) as backend:
            backend._graphs._limit = 1
            graph = backend._graphs._compile_within_limit(0, (64, 64), False)
            return graph.get_property("INFERENCE_NUM_THREADS")

    assert (told(), told()) == (1, 1)
    assert len(compiled) <= 2  # without the limit, and within it


def test_whatever_a_graph_depends_on_makes_another_of_it(bundle, cache, compiled, monkeypatch):
    answers(bundle, threads=1)
    for changed in (
        lambda: answers(bundle, TILES[:, :, :64], threads=1),
        lambda: answers(bundle, threads=2, requests=1),
        lambda: answers(bundle, threads=2, requests=2),
        lambda: answers(write_bundle(cache.parent / "other", [stand_in_graph(0)]), threads=1),
    ):
        compiled.clear()
        changed()
        assert len(compiled) == 1
    for name in ("usable_cores", "read_cpuinfo"):
        compiled.clear()
        with monkeypatch.context() as patch:
            told = {"usable_cores": 77, "read_cpuinfo": "flags : fpu"}[name]
            patch.setattr(openvino_cache, name, lambda told=told: told)
            answers(bundle, threads=1)
        assert len(compiled) == 1
    compiled.clear()
    answers(bundle, threads=1)
    assert compiled == []


@pytest.mark.parametrize("spoil", ["changed", "cut", "foreign", "not a graph"])
def test_a_graph_that_was_damaged_is_compiled_again(bundle, cache, compiled, spoil):
    first = answers(bundle)
    (file,) = cache.glob("*.graph")
    whole = file.read_bytes()
    if spoil == "changed":
        file.write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    elif spoil == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif spoil == "foreign":
        answers(bundle, TILES[:, :, :64])
        (other,) = set(cache.glob("*.graph")) - {file}
        shutil.copy(other, file)
    else:  # by whoever can write there: the engine refuses it
        cached = OpenVINOBackend(bundle)._graphs._cache
        subjects = []
        cached._files.read = lambda name, subject: subjects.append((name, subject))
        network = bundle.manifest.networks[0].graph
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32",
                    "NUM_STREAMS": 2}  # fmt: skip
        cached.load(network, (64, 96), settings)
        KeptFiles(cache, 10**6).write(*subjects[0], b"no graph of the engine" * 100)
    compiled.clear()

    assert np.array_equal(answers(bundle), first)
    assert compiled == [(64, 96)]
    compiled.clear()
    assert np.array_equal(answers(bundle), first) and compiled == []


def test_an_altered_bundle_is_refused_though_its_graph_is_kept(bundle, cache):
    answers(bundle)
    file = bundle.file(bundle.manifest.networks[0].graph)
    file.write_bytes(file.read_bytes() + b"?")

    with (
        OpenVINOBackend(bundle) as backend,
        pytest.raises(BundleAltered, match="is not the file that the manifest names"),
    ):
        backend.infer(0, TILES)


def test_a_folder_that_is_only_to_be_read_serves(bundle, cache, compiled, monkeypatch, caplog):
    first = answers(bundle)
    compiled.clear()

    def refuse(*arguments, **options):
        raise OSError(30, "Read-only file system")

    for name in ("utime", "open"):
        monkeypatch.setattr(kept_files.os, name, refuse)
    assert np.array_equal(answers(bundle), first) and compiled == []
    kept_files._warn.cache_clear()
    assert answers(bundle, TILES[:, :, :64]).shape == (2, 64, 64)
    assert "Read-only file system. Every start compiles the graphs again" in caplog.text


def test_provenance_is_the_same(bundle, cache, page):
    told = []
    for _ in range(2):
        with Detector(bundle, "openvino") as detector:
            told.append(detector(page).provenance)
    assert told[0] == told[1]


def test_a_detector_that_is_closed_at_once_has_kept_its_graph(bundle, cache):
    with OpenVINOBackend(bundle) as backend:
        backend.prepare(1, (64, 96))
    assert [file.suffix for file in cache.iterdir()] == [".graph"]


def test_a_process_that_ends_without_closing_has_kept_its_graph(bundle, cache):
    script = """
import sys, numpy as np
from forensics_rt import Bundle
from forensics_rt.backends.openvino import OpenVINOBackend
backend = OpenVINOBackend(Bundle.open(sys.argv[1]), precision="float32")
backend.infer(0, np.zeros((1, 64, 96, 3), np.uint8))
"""
    environment = os.environ | {"FORENSICS_RT_CACHE": str(cache.parent)}
    children = [
        subprocess.Popen([sys.executable, "-c", script, bundle.path], env=environment)
        for _ in range(2)  # at the same time
    ]
    assert [child.wait() for child in children] == [0, 0]
    assert [file.suffix for file in cache.iterdir()] == [".graph"]


def test_a_large_graph_is_not_kept(bundle, cache, monkeypatch):
    monkeypatch.setattr(openvino_cache, "MOST_GRAPH_BYTES", 10)
    answers(bundle)
    assert not cache.exists()


def test_of_many_shapes_those_used_last_are_held(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(openvino_graphs, "MOST_SHAPES", 2)
    bundle = write_bundle(tmp_path / "two", [brightness_graph(), stand_in_graph(1)])
    with OpenVINOBackend(bundle) as backend:
        expected = {side: backend.infer(0, TILES[:, :side, :side]) for side in (32, 48, 64)}
        backend.infer(1, TILES[:, :32, :32])
        assert [key[:2] for key in backend._graphs._compiled] == [(0, 48), (0, 64), (1, 32)]
        backend.infer(0, TILES[:, :48, :48])
        backend.infer(0, TILES[:, :32, :32])
        assert [key[:2] for key in backend._graphs._compiled] == [(1, 32), (0, 48), (0, 32)]
        for side, answer in expected.items():
            assert np.array_equal(backend.infer(0, TILES[:, :side, :side]), answer)
