"""What holds for every backend."""

import json
import sys
import threading
from importlib import metadata

import numpy as np
import onnx
import pytest

from forensics_rt import Detector
from forensics_rt.backends import registry
from forensics_rt.backends.adapters import ADAPTERS
from forensics_rt.backends.registry import devices_of, examine, open_backend
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import BackendUnavailable, EngineFailed
from tests.bundles import brightness_graph, constant_graph, file_record, write_bundle

ON_CPU = [name for name in ADAPTERS if "cpu" in devices_of(name)]
# bf16 keeps 8 bits of a number, so 1/255 steps come out within 2^-8.
TOLERANCE = {"openvino": 2**-8, "onnxruntime": 1e-6, "torch": 1e-6, "numpy": 1e-6}


@pytest.fixture(scope="module")
def two_members(tmp_path_factory):
    graphs = [brightness_graph(), constant_graph(0.25)]
    return write_bundle(tmp_path_factory.mktemp("two"), graphs)


def tiles(count=3, size=32):
    return np.random.default_rng(1).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", ON_CPU)
def test_every_backend_gives_the_same_answers_for_every_member(name, two_members):
    images = tiles()
    with open_backend(two_members, name) as backend:
        brightness = backend.infer(0, images)
        constant = backend.infer(1, images)

    assert brightness.shape == (3, 32, 32) and brightness.dtype == np.float32
    assert np.abs(brightness - images.mean(axis=3) / 255).max() <= TOLERANCE[name]
    assert np.abs(constant - 0.25).max() <= TOLERANCE[name]


@pytest.mark.parametrize("name", ON_CPU)
def test_every_backend_says_what_it_is(name, two_members):
    with open_backend(two_members, name) as backend:
        uses = backend.capabilities

    assert (uses.name, uses.device) == (name, "cpu")
    assert uses.batch >= 1 and uses.precision and all(uses.versions.values())


@pytest.mark.parametrize("name", ON_CPU)
def test_an_answer_that_is_not_finite_is_an_error_never_a_black_map(name, tmp_path):
    bundle = write_bundle(tmp_path, [constant_graph(np.nan)])
    with (
        open_backend(bundle, name) as backend,
        pytest.raises(EngineFailed, match=f"'{name}', member 0 gave NaN or infinity"),
    ):
        backend.infer(0, tiles(1))


@pytest.mark.parametrize("value", [1.5, -0.5])
def test_an_answer_that_is_no_probability_is_an_error(tmp_path, value):
    bundle = write_bundle(tmp_path, [constant_graph(value)])
    with (
        open_backend(bundle, "numpy") as backend,
        pytest.raises(EngineFailed, match=f"gave {value:g} to {value:g} for a probability"),
    ):
        backend.infer(0, tiles(1))


@pytest.mark.parametrize("name", ON_CPU)
def test_many_threads_get_the_answers_of_one(name, two_members):
    images = [tiles(2) + shift for shift in range(8)]
    answers = {}
    with open_backend(two_members, name) as backend:
        expected = [backend.infer(0, batch) for batch in images]

        def work(thread):
            answers[thread] = [backend.infer(0, batch) for batch in images]

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(answers) == 4
    assert all(np.array_equal(found, expected) for found in answers.values())


def test_auto_takes_the_first_that_can_run(two_members):
    with open_backend(two_members) as backend:
        assert backend.capabilities.name == "openvino"


def test_auto_passes_over_what_is_not_installed(two_members, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)

    assert not examine("openvino").usable
    with open_backend(two_members) as backend:
        assert backend.capabilities.name == "onnxruntime"


def test_a_package_of_another_name_is_told_by_its_own(monkeypatch):
    installed = {"onnxruntime-gpu": "1.31.1"}

    def version(name):
        if name in installed:
            return installed[name]
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    brought = {"onnxruntime": ["onnxruntime-gpu"]}
    monkeypatch.setattr(metadata, "packages_distributions", lambda: brought)
    assert examine("onnxruntime").reason == "onnxruntime-gpu 1.31.1"

    monkeypatch.setattr(metadata, "packages_distributions", dict)
    assert examine("onnxruntime").reason == "onnxruntime of unknown version"


def test_an_unknown_name_is_answered_with_those_that_exist(two_members):
    with pytest.raises(BackendUnavailable, match="no backend named 'tpu'; there are: auto, openv"):
        open_backend(two_members, "tpu")


def test_asked_for_and_not_to_be_had_is_an_error_with_the_mend(two_members, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(BackendUnavailable, match=r"pip install 'forensics_rt\[onnxruntime\]'"):
        open_backend(two_members, "onnxruntime")


def test_where_nothing_can_run_every_candidate_is_listed(two_members, monkeypatch):
    for package in ("openvino", "onnxruntime", "torch"):
        monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(BackendUnavailable) as caught:
        open_backend(two_members)
    for name in ("openvino", "onnxruntime", "torch"):
        assert f"{name}: package" in str(caught.value)


@pytest.mark.parametrize("name", ["openvino", "numpy"])
def test_a_device_that_a_backend_does_not_have_is_refused(name, two_members):
    with pytest.raises(BackendUnavailable, match=f"{name}: runs on cpu, not on 'cuda'"):
        open_backend(two_members, name, "cuda")


@pytest.mark.parametrize("name", ["tensorrt", "tensorrt-rtx"])
def test_an_engine_backend_has_no_cpu(name, two_members):
    with pytest.raises(BackendUnavailable, match=f"{name}: runs on cuda, not on 'cpu'"):
        open_backend(two_members, name, "cpu")


def test_auto_lists_every_candidate_of_a_device(two_members):
    names = [name for name in ADAPTERS if "cuda" in devices_of(name) and ADAPTERS[name].automatic]
    if any(examine(name, "cuda").usable for name in names):
        pytest.skip("this machine has CUDA")
    with pytest.raises(BackendUnavailable) as caught:
        open_backend(two_members, "auto", "cuda")
    assert names[:2] == ["tensorrt", "tensorrt-rtx"]
    assert all(f"{name}: " in str(caught.value) for name in names)


@pytest.mark.parametrize("name", ["onnxruntime", "torch"])
def test_cuda_that_is_not_there_is_found_out_at_the_start(name, two_members):
    if examine(name, "cuda").usable:
        pytest.skip("this machine has CUDA")
    with pytest.raises(BackendUnavailable, match=f"tried {name}: "):
        open_backend(two_members, name, "cuda")


def torn():
    """A graph that can be read, with a layer whose input nothing computes."""
    graph = brightness_graph()
    graph.graph.node[2].input[1] = "missing"
    return graph


@pytest.mark.parametrize("name", ON_CPU)
def test_a_graph_that_an_engine_refuses_is_an_error_of_ours(name, tmp_path):
    broken = write_bundle(tmp_path, [brightness_graph()])
    graph = tmp_path / "fold1.onnx"
    onnx.save(torn(), graph)
    manifest = broken.manifest.model_dump(by_alias=True)
    manifest["members"][0]["graph"] = file_record(tmp_path, "fold1.onnx").model_dump()
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))

    with (
        open_backend(Bundle.open(tmp_path), name) as backend,
        pytest.raises(EngineFailed, match=f"'{name}', member 0 failed: .+"),
    ):
        backend.infer(0, tiles(1))


def test_onnxruntime_is_told_its_threads(two_members):
    with open_backend(two_members, "onnxruntime", threads=1) as backend:
        assert backend._session(0, (1, 32, 32)).get_session_options().intra_op_num_threads == 1
        assert np.abs(backend.infer(1, tiles(1)) - 0.25).max() <= TOLERANCE["onnxruntime"]


@pytest.mark.parametrize(
    ("name", "tuning", "message"),
    [
        ("numpy", {"threads": 2}, "does not take 'threads'; .* does: openvino, onnxruntime"),
        ("onnxruntime", {"requests": 2}, "does not take 'requests'; .* does: openvino"),
        ("openvino", {"threads": 0}, "threads must be 1 or more, but is 0"),
    ],
)
def test_an_option_that_a_backend_does_not_take_is_refused(two_members, name, tuning, message):
    with pytest.raises(BackendUnavailable, match=message):
        open_backend(two_members, name, **tuning)


def test_float32_is_what_most_backends_are_and_openvino_can_be(two_members):
    for name in ("openvino", "onnxruntime", "numpy"):
        with open_backend(two_members, name, precision="float32") as backend:
            assert backend.capabilities.precision in ("f32", "fp32")


def test_engines_cannot_be_made_float32_and_a_started_backend_neither(two_members):
    with pytest.raises(BackendUnavailable, match="in the number format that they were built in"):
        open_backend(two_members, "tensorrt", precision="float32")
    with open_backend(two_members, "numpy") as backend:
        with pytest.raises(
            BackendUnavailable, match="threads and precision must be given when a backend starts"
        ):
            Detector(two_members, backend, precision="float32")


def test_auto_passes_over_engines_where_float32_is_wanted(two_members, monkeypatch):
    def played(name, device, bundle):
        return None if name in ("tensorrt", "onnxruntime") else "played"

    started = []
    monkeypatch.setattr(registry, "why_not", played)
    monkeypatch.setattr(registry, "_start", lambda name, *of: started.append(name))
    open_backend(two_members, "auto", "cuda")
    open_backend(two_members, "auto", "cuda", precision="float32")
    assert started == ["tensorrt", "onnxruntime"]
