import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from forensics_rt import Bundle, Detector
from forensics_rt.backends import openvino, reduced_precision
from forensics_rt.backends.openvino import OpenVINOBackend, formats_here
from forensics_rt.backends.registry import open_backend
from forensics_rt.bundle.manifest import ParityRecord
from tests.bundles import brightness_graph, golden, write_bundle
from tests.conftest import set_speeds


def test_detecting_asks_nothing_of_the_network(bundle):
    script = """
import socket, sys
def refuse(*arguments, **options):
    raise SystemExit("the network was asked for")
socket.socket.connect = socket.getaddrinfo = refuse
import numpy as np
from forensics_rt import Detector
with Detector(sys.argv[1], "openvino") as detector:
    detector(np.zeros((40, 40, 3), np.uint8))
print([name for name in sys.modules if name.startswith("openvino_telemetry")])
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(bundle.path)], capture_output=True, text=True
    )

    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_tiles_side_by_side_and_alone_have_the_same_answers(tmp_path):
    bundle = write_bundle(tmp_path, [brightness_graph()])
    images = np.random.default_rng(1).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    with open_backend(bundle, "openvino", threads=1) as one_by_one:
        assert one_by_one.capabilities.side_by_side == 1
        expected = one_by_one.infer(0, images)
    with open_backend(bundle, "openvino", threads=2, requests=2) as backend:
        assert backend.capabilities.side_by_side == 2
        with ThreadPoolExecutor(2) as callers:
            found = list(callers.map(lambda image: backend.infer(0, image[None]), images))
        assert np.array_equal(np.concatenate(found), expected)
        assert np.array_equal(backend.infer_alone(0, images), expected)


def test_tiles_run_side_by_side_where_that_was_measured_to_be_faster(bundle, monkeypatch):
    for ratio, expected in ((1.2, 2), (1.0, 1), (0.8, 1)):
        set_speeds(monkeypatch, two=ratio)
        with open_backend(bundle, "openvino", threads=2) as backend:
            assert backend.capabilities.side_by_side == expected


@pytest.mark.parametrize("alone", [False, True])
def test_a_tile_alone_has_all_threads(bundle, alone):
    with open_backend(bundle, "openvino", threads=2) as backend:
        infer = backend.infer_alone if alone else backend.infer
        infer(0, np.zeros((1, 32, 32, 3), np.uint8))
        ((compiled, _),) = backend._graphs._compiled.values()
        told = [compiled.get_property(name) for name in ("INFERENCE_NUM_THREADS", "NUM_STREAMS")]

    assert told == [2, 1 if alone else 2]


def test_a_part_of_the_processor_is_not_always_the_first_part(bundle):
    # Two processes of one thread each were pinned to the same CPU.
    with open_backend(bundle, "openvino", threads=1) as backend:
        backend.infer(0, np.zeros((1, 32, 32, 3), np.uint8))
        ((compiled, _),) = backend._graphs._compiled.values()
        assert compiled.get_property("ENABLE_CPU_PINNING") is False


@pytest.fixture
def in_bf16(monkeypatch, tmp_path):
    """A processor that prefers bf16, as far as the backend is told."""
    monkeypatch.setattr(openvino, "formats_here", lambda core, bundle: {"bf16": None})
    set_speeds(monkeypatch, bf16=2.0)
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path / "cache"))


def precision_of(bundle):
    with OpenVINOBackend(bundle) as backend:
        return backend.capabilities.precision


class Core:
    """An engine that says what it can compute in."""

    def __init__(self, *able):
        self.able = list(able)

    def get_property(self, device, name):
        return self.able


@pytest.mark.parametrize(
    ("able", "int8_graphs", "flags", "possible", "reason"),
    [
        (("FP32", "BF16"), False, "avx512_vnni", {"bf16"}, "the bundle has no int8 graphs"),
        (("FP32",), True, "avx2", set(), "can overflow"),
        (("FP32", "FP16"), True, "avx2 avx_vnni", {"f16", "int8"}, None),
    ],
)
def test_formats_are_those_of_the_engine_and_the_bundle(
    able, int8_graphs, flags, possible, reason, tmp_path, monkeypatch
):
    info = tmp_path / "cpuinfo"
    info.write_text(f"flags\t: {flags}\n")
    monkeypatch.setattr("forensics_rt.system.processor._CPUINFO", info)
    bundle = (
        Bundle.open("default")
        if int8_graphs
        else write_bundle(tmp_path / "b", [brightness_graph()])
    )

    found = formats_here(Core(*able), bundle)

    assert {name for name, why in found.items() if why is None} == possible
    assert reason is None or reason in found["int8"]


def test_a_format_that_is_no_faster_is_not_taken(in_bf16, tmp_path, monkeypatch):
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()], goldens=[golden()])
    set_speeds(monkeypatch, bf16=0.66)
    with OpenVINOBackend(bundle) as backend:
        choice = backend.capabilities.formats
    assert choice.taken == "f32"
    assert choice.describe() == "f32; bf16 not taken: it is 0.66 times as fast as f32 here"


def test_the_choice_is_said_in_provenance(in_bf16, tmp_path, page):
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()], goldens=[golden()])
    with Detector(bundle, "openvino") as detector:
        provenance = detector(page).provenance
    assert provenance.precision == "bf16"
    assert provenance.precision_reason == "bf16: 2.00 times as fast as f32"


def test_bf16_runs_where_the_goldens_of_the_bundle_agree(in_bf16, tmp_path, monkeypatch):
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()], goldens=[golden()])
    assert precision_of(bundle) == "bf16"

    asked = []
    monkeypatch.setattr(reduced_precision, "check_goldens", lambda *of, **most: asked.append(of))
    assert precision_of(bundle) == "bf16" and not asked, "the verdict is kept"


def test_where_the_verdict_cannot_be_kept_a_warning_says_so(in_bf16, tmp_path, monkeypatch, caplog):
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()], goldens=[golden()])
    (tmp_path / "taken").write_text("a file, not a folder")
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path / "taken"))

    assert precision_of(bundle) == "bf16"
    assert str(tmp_path / "taken") in caplog.text
    assert "runs the goldens again; name a folder in FORENSICS_RT_CACHE" in caplog.text


@pytest.mark.parametrize("spoil", ["damaged", "unreadable"])
def test_a_verdict_that_cannot_be_read_is_asked_for_anew(in_bf16, tmp_path, monkeypatch, spoil):
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()], goldens=[golden()])
    assert precision_of(bundle) == "bf16"
    (verdict,) = (tmp_path / "cache" / "openvino").glob("*.verdict")
    if spoil == "damaged":
        verdict.write_bytes(b"\xffpass")
    else:
        verdict.unlink()
        verdict.mkdir()
    asked = []
    monkeypatch.setattr(reduced_precision, "write_atomically", lambda *of: asked.append(of))
    assert precision_of(bundle) == "bf16" and asked


def test_bf16_gives_way_to_float32_where_the_goldens_disagree(in_bf16, tmp_path, caplog):
    graphs, goldens = [brightness_graph()], [golden(shift=0.05)]
    bundle = write_bundle(tmp_path / "bundle", graphs, goldens=goldens)
    for _ in range(2):
        assert precision_of(bundle) == "f32"
    assert caplog.text.count("openvino bf16 does not answer as PyTorch did") == 1
    assert (
        caplog.text.count("openvino bf16 did not answer as PyTorch did when it was last asked") == 1
    )
    with OpenVINOBackend(bundle) as backend:
        assert backend._graphs._settings["INFERENCE_PRECISION_HINT"] == "f32"
        assert backend.infer(0, np.zeros((1, 64, 64, 3), np.uint8)).shape == (1, 64, 64)


def test_f16_is_not_for_networks_whose_numbers_leave_its_range(tmp_path, caplog):
    """Of the golden float16 makes what float32 does; of nothing but black and white it does not."""
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()], goldens=[golden()])

    def exact(member, images):
        return images.mean(axis=3, dtype=np.float32) / np.float32(255)

    def half(member, images):
        runs_over = np.isin(images, (0, 255)).all()
        return exact(member, images) * np.float32(np.nan if runs_over else 1)

    def may_run(infer):
        run = reduced_precision.may_run
        return run(bundle, "openvino f16", infer, tmp_path / infer.__name__, "1", exact)

    assert may_run(exact)
    assert not may_run(half) and "on a tile of extreme contrast" in caplog.text
    assert not may_run(half) and "when it was last asked" in caplog.text


@pytest.mark.skipif(
    "FP16" not in openvino._capabilities(openvino.load_openvino().Core()),
    reason="this processor does not compute in float16",
)
def test_the_default_network_leaves_the_range_of_f16(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(openvino, "formats_here", lambda core, bundle: {"f16": None})
    set_speeds(monkeypatch, f16=2.0)
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path / "cache"))

    assert precision_of(Bundle.open("default")) == "f32"
    assert "openvino f16 is 0.094 from float32 in mean" in caplog.text


def test_bf16_is_not_for_networks_that_nothing_vouches_for(in_bf16, bundle, caplog):
    for _ in range(2):
        assert precision_of(bundle) == "f32"
    assert caplog.text.count("was never compared with PyTorch for") == 2
    assert "did not answer as PyTorch did" not in caplog.text, "nobody asked it"


def with_gate(bundle, *, passed):
    """The bundle as an export writes it on a processor with bf16: a row for each network."""
    rows = tuple(
        ParityRecord(
            member=network.name,
            engine="openvino bf16",
            tile=64,
            probes=2,
            max_difference=0.01,
            flipped_share=0.0,
            iou_loss=0.0,
            passed=passed,
        )
        for network in bundle.manifest.networks
    )
    judged = bundle.manifest.model_copy(update={"parity": rows})
    (bundle.path / "manifest.json").write_text(judged.to_json(), encoding="utf-8")
    return Bundle.open(bundle.path)


def test_the_gate_of_the_export_vouches_where_it_ran_in_bf16(in_bf16, bundle):
    assert precision_of(with_gate(bundle, passed=True)) == "bf16"


def test_what_the_gate_of_the_export_refused_no_golden_allows(in_bf16, tmp_path, caplog):
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()], goldens=[golden()])
    assert precision_of(bundle) == "bf16"
    assert precision_of(with_gate(bundle, passed=False)) == "f32"
    assert "openvino bf16 did not answer as PyTorch did when tiny was built" in caplog.text


def test_exact_keeps_to_float32_where_bf16_would_be_taken(in_bf16, tmp_path):
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()], goldens=[golden()])
    assert precision_of(bundle) == "bf16"
    with OpenVINOBackend(bundle, precision="float32") as backend:
        assert backend.capabilities.precision == "f32"


FIRST_USES = """
import sys, threading
from forensics_rt.backends.openvino import load_openvino

def first_use():
    together.wait()
    load_openvino().Type.u8.to_dtype()  # what a request does with the pixels that it is given

together = threading.Barrier(8)
sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=first_use) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_that_compute_first_do_not_wait_for_each_other():
    subprocess.run([sys.executable, "-c", FIRST_USES], check=True, timeout=60)
