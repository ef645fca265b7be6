"""A large image's result is that of the detector, in files that are whole or not there."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from forensics_rt import Bundle, Detector, Recipe
from forensics_rt.calibration.file import write_calibration
from forensics_rt.errors import (
    EngineFailed,
    ImageNotFound,
    ImageUnreadable,
    OptionalDependency,
    OutputError,
    RecipeError,
)
from forensics_rt.large import TooLittleMemory, detect_large
from forensics_rt.large import run as run_module
from forensics_rt.large.sinks import MapSinks
from forensics_rt.large.workspace import disk_bytes
from forensics_rt.recipe import D4
from tests.bundles import brightness_graph, stand_in_graph, write_bundle
from tests.large.masks import speckled

tifffile = pytest.importorskip("tifffile")

# The process of a whole test run holds much that is not the image's.
ROOM = "100GB"
pytest.importorskip("pyvips")
ROOT = Path(__file__).parents[2]

RECIPES = {
    "balanced": Recipe("any"),
    "wide": Recipe("any", overlap=24, tile_sizes=(32,), window="gaussian"),
    "d4": Recipe("any", overlap=8, tta=D4),
    "three": Recipe("any", overlap=40, tile_sizes=(64,), tta=("rotate90", "identity")),
    "flat": Recipe("any", overlap=0, window="flat"),
}


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory):
    """Two members that answer by place and color, with unequal weights."""
    folder = tmp_path_factory.mktemp("ensemble")
    graphs = [stand_in_graph(0), brightness_graph()]
    return write_bundle(folder, graphs, weights=(0.3, 1.1))


def page_of(height, width, seed=0):
    """Blobs of color, H×W×3 RGB uint8."""
    layers = [speckled(height, width, seed + layer, 0.3, 5) for layer in range(3)]
    return np.rint(np.stack(layers, axis=2) * 255).astype(np.uint8)


def save(path, pixels):
    cv2.imwrite(str(path), pixels[:, :, ::-1])
    return path


def read(path):
    with tifffile.TiffFile(path) as file:
        return file.pages[0].asarray()


def assert_same(detector, path, out, map_format="float32"):
    whole = detector(path)

    large = detect_large(detector, path, out, memory=ROOM, map_format=map_format)

    if map_format == "float32":
        assert np.array_equal(read(large.probability), whole.probability)
        assert (large.uncertainty is None) == (whole.uncertainty is None)
        if large.uncertainty is not None:
            assert np.array_equal(read(large.uncertainty), whole.uncertainty)
    else:
        assert np.array_equal(read(large.probability), np.rint(whole.probability * 255))
    assert np.array_equal(read(large.mask), whole.mask * np.uint8(255))
    assert (large.raw_score, large.score, large.verdict) == (
        whole.raw_score,
        whole.score,
        whole.verdict,
    )
    assert large.regions == whole.regions
    assert_same_document(large.to_dict(), whole.to_dict())
    return large, whole


def assert_same_document(large, whole):
    assert large["provenance"]["versions"].pop("libvips")
    for document in (large, whole):
        document.pop("seconds")
        document.pop("medium")  # of a large image only what the file says
    extra = {"files", "map_format", "predicted_bytes"}
    alike = {key: value for key, value in large.items() if key not in extra}
    assert list(alike.items()) == list(whole.items()), "in the same order"


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("size", [(1, 1), (17, 40), (64, 64), (65, 203), (190, 71), (257, 130)])
def test_the_result_is_the_detector_s_to_the_bit(ensemble, tmp_path, monkeypatch, size, recipe):
    monkeypatch.setattr(run_module, "rows_at_once", lambda width: 23)
    path = save(tmp_path / "page.png", page_of(*size))

    with Detector(
        ensemble, "numpy", RECIPES[recipe], threshold=0.55, high_threshold=0.7
    ) as detector:
        assert_same(detector, path, tmp_path / "out")


@pytest.mark.parametrize("size", [(32, 32), (64, 64), (90, 75), (129, 200)])
def test_the_competition_system_s_recipe_too(ensemble, tmp_path, monkeypatch, size):
    monkeypatch.setattr(run_module, "rows_at_once", lambda width: 23)
    recipe = Recipe("t", (32, 64), overlap=0, window="flat", merge="tianchi-fft2", threshold=0.5)
    path = save(tmp_path / "page.png", page_of(*size))

    with Detector(ensemble, "numpy", recipe) as detector:
        assert_same(detector, path, tmp_path / "out")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_eight_bit_maps_are_the_map_rounded(ensemble, tmp_path, suffix):
    path = save(tmp_path / f"page{suffix}", page_of(150, 140))

    with Detector(ensemble, "numpy", threshold=0.5) as detector:
        large, _ = assert_same(detector, path, tmp_path / "out", "uint8")

    assert len(large.regions) > 2
    assert json.loads(large.document.read_text())["files"] == {
        "probability": f"page{suffix}.probability.tif",
        "mask": f"page{suffix}.mask.tif",
        "uncertainty": f"page{suffix}.uncertainty.tif",
    }


def test_an_embedded_bundle_too(tmp_path):
    sample = ROOT / "docs" / "samples" / "license.jpg"
    # Scores by medium may differ: of a large image only its header tells the medium.
    record = Bundle.open("fast").manifest.calibration.model_copy(update={"media": None})
    write_calibration(tmp_path / "one.json", record)

    recipe = Recipe("small tiles", tile_sizes=(384,))
    with Detector("fast", recipe=recipe, calibration=tmp_path / "one.json") as detector:
        large, whole = assert_same(detector, sample, tmp_path)

    assert large.regions and whole.provenance.tiles > 4


def test_rows_done_are_told(ensemble, tmp_path):
    path = save(tmp_path / "page.png", page_of(200, 60))
    told = []

    with Detector(ensemble, "numpy") as detector:
        detect_large(detector, path, tmp_path / "out", memory=ROOM, on_rows=told.append)

    assert told == sorted(told) and told[-1] == 200


def test_too_little_memory_is_refused_before_anything_is_written(ensemble, tmp_path):
    path = save(tmp_path / "page.png", page_of(200, 60))

    with Detector(ensemble, "numpy") as detector:
        with pytest.raises(
            TooLittleMemory, match=r"page\.png: needs about .*, but may take 0\.01GB"
        ):
            detect_large(detector, path, tmp_path / "out", memory="10MB")

    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_foreseen(ensemble, tmp_path, monkeypatch):
    path = save(tmp_path / "page.png", page_of(200, 60))
    nothing_free = type("Usage", (), {"free": 100})()
    monkeypatch.setattr("shutil.disk_usage", lambda folder: nothing_free)

    with Detector(ensemble, "numpy") as detector:
        with pytest.raises(OutputError, match="free some space or give another folder"):
            detect_large(detector, path, tmp_path / "out", memory=ROOM)

    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_damaged_half_way_leaves_nothing_behind(ensemble, tmp_path):
    path = save(tmp_path / "page.jpg", page_of(600, 200))  # of a PNG it is found before the start
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with Detector(ensemble, "numpy") as detector:
        with pytest.raises(ImageUnreadable, match="truncated or damaged"):
            detect_large(detector, path, tmp_path / "out", memory=ROOM)

    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_taken_away_half_way_is_an_error_of_the_image(ensemble, tmp_path, monkeypatch):
    path = save(tmp_path / "page.png", page_of(100, 100))

    def taken_away(path):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    with Detector(ensemble, "numpy") as detector:
        monkeypatch.setattr("forensics_rt.io.digest.sha256_of", taken_away)
        with pytest.raises(ImageNotFound, match=r"page\.png: cannot be read: No such file"):
            detect_large(detector, path, tmp_path / "out", memory=ROOM)


def test_an_engine_that_fails_half_way_leaves_an_earlier_result_as_it_was(
    ensemble, tmp_path, monkeypatch
):
    path = save(tmp_path / "page.png", page_of(300, 100))
    out = tmp_path / "out"
    with Detector(ensemble, "numpy") as detector:
        detect_large(detector, path, out, memory=ROOM)
        before = {file.name: file.read_bytes() for file in out.iterdir()}
        calls = []

        def fail(member, images):
            calls.append(member)
            if len(calls) > 5:
                raise RuntimeError("out of order")
            return np.zeros(images.shape[:3], np.float32)

        monkeypatch.setattr(detector.backend, "_infer", fail)
        with pytest.raises(EngineFailed, match="out of order"):
            detect_large(detector, path, out, memory=ROOM)

    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process by signal")
def test_a_killed_run_leaves_no_file_under_a_final_name(ensemble, tmp_path):
    path = save(tmp_path / "page.png", page_of(600, 100))
    out = tmp_path / "out"
    script = f"""
import time
from forensics_rt import Bundle, Detector
from forensics_rt.large import detect_large
detector = Detector(Bundle.open({str(ensemble.path)!r}), "numpy")
def slowly(rows):
    print(rows, flush=True)
    time.sleep(60 if rows > 300 else 0)
detect_large(detector, {str(path)!r}, {str(out)!r}, on_rows=slowly)
"""
    script = f"import forensics_rt.large.run as run\nrun.rows_at_once = lambda width: 16\n{script}"
    child = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    while int(child.stdout.readline()) <= 300:
        pass
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()

    left = list(out.iterdir())
    assert [file.name.startswith(".") for file in left] == [True]
    assert left[0].is_dir() and left[0].suffix == ".unfinished"


def test_an_earlier_result_s_uncertainty_does_not_pass_for_part_of_a_new_one(ensemble, tmp_path):
    path = save(tmp_path / "page.png", page_of(100, 100))
    out = tmp_path / "out"
    for recipe in ("balanced", "fast"):
        with Detector(ensemble, "numpy", recipe) as detector:
            detect_large(detector, path, out, memory=ROOM)

    assert sorted(file.name for file in out.iterdir()) == [
        f"page.png.{kind}" for kind in ("json", "mask.tif", "probability.tif")
    ]


def test_the_result_of_another_image_is_not_written_over_unless_its_place_is_named(
    ensemble, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        save(tmp_path / folder / "page.png", page_of(100, 100, ord(folder)))
    first, second = tmp_path / "a" / "page.png", tmp_path / "b" / "page.png"
    with Detector(ensemble, "numpy") as detector:
        there = detect_large(detector, first, out, memory=ROOM).document
        before = there.read_bytes()
        with monkeypatch.context() as patch, pytest.raises(OutputError, match=r"a/page\.png, ano"):
            patch.delattr(run_module, "_compute")
            detect_large(detector, second, out, memory=ROOM)
        assert there.read_bytes() == before

        detect_large(detector, second, out, memory=ROOM, stem="b/page.png")
        assert detect_large(detector, second, out, memory=ROOM, stem="page.png").document == there
        assert detect_large(detector, second, out, memory=ROOM).document == there, "its own"


def test_without_tifffile_it_is_said_before_the_work(ensemble, tmp_path, monkeypatch):
    path = save(tmp_path / "page.png", page_of(100, 100))
    monkeypatch.setitem(sys.modules, "tifffile", None)

    with Detector(ensemble, "numpy") as detector:
        with pytest.raises(OptionalDependency, match=r"forensics_rt\[large\]"):
            detect_large(detector, path, tmp_path / "out", memory=ROOM)


def test_a_detector_of_changed_copies_is_refused(ensemble, tmp_path):
    path = save(tmp_path / "page.png", page_of(40, 40))
    with Detector(ensemble, "numpy", robust=True) as detector:
        with pytest.raises(RecipeError, match=r"changed copies .* without `robust=True`"):
            detect_large(detector, path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_unknown_map_format_is_refused(ensemble, tmp_path):
    with Detector(ensemble, "numpy") as detector:
        with pytest.raises(OutputError, match="must be uint8 or float32, but is 'uint16'"):
            detect_large(detector, "any.png", tmp_path, map_format="uint16")


def test_what_the_recipe_cannot_take_is_refused_as_by_the_detector(ensemble, tmp_path):
    recipe = Recipe("t", (64,), overlap=0, window="flat", merge="tianchi-fft2", threshold=0.5)
    path = save(tmp_path / "page.png", page_of(40, 40))

    with Detector(ensemble, "numpy", recipe) as detector:
        with pytest.raises(RecipeError, match="at least 64 pixels"):
            detect_large(detector, path, tmp_path / "out", memory=ROOM)


def test_the_prediction_is_not_exceeded(ensemble, tmp_path):
    path = save(tmp_path / "page.png", page_of(1500, 1200))
    script = f"""
from forensics_rt import Bundle, Detector
from forensics_rt.large import detect_large
from forensics_rt.system.memory import peak_bytes
with Detector(Bundle.open({str(ensemble.path)!r}), "onnxruntime") as detector:
    found = detect_large(detector, {str(path)!r}, {str(tmp_path / "out")!r})
print(found.memory.total, peak_bytes())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    predicted, measured = map(int, done.stdout.split())

    assert measured <= predicted <= 2 * measured


def test_what_the_disk_must_hold_is_asked_for_before_the_work():
    pixels = 10**6
    raw_planes, first_pyramid = 1 + 4 + 4, 4 * 5 / 3
    assert disk_bytes(pixels, "float32", maps=2) == int(pixels * (raw_planes + first_pyramid))
    assert disk_bytes(pixels, "uint8", maps=1) < disk_bytes(pixels, "uint8", maps=2)


def test_the_engine_works_while_a_band_is_finished(ensemble, tmp_path, monkeypatch):
    path = save(tmp_path / "page.png", page_of(200, 60))
    finishing, computing, calls, overlapped = threading.Event(), threading.Event(), [], []
    # A band has a tile and two members; the first answer of the next one says that it is done.
    until_finished, add = 3, MapSinks.add

    def infer(member, images):
        if len(images) == 1:  # no calls of before the image
            calls.append(member)
        if len(calls) == until_finished + 1:
            overlapped.append(finishing.wait(10))
            computing.set()
        return np.zeros(images.shape[:3], np.float32)

    def watched(sinks, rows):
        finishing.set()
        overlapped.append(computing.wait(10))
        add(sinks, rows)

    monkeypatch.setattr(MapSinks, "add", watched)
    with Detector(ensemble, "numpy", Recipe("one column", tile_sizes=(64,))) as detector:
        monkeypatch.setattr(detector.backend, "_infer", infer)
        detect_large(detector, path, tmp_path / "out", memory=ROOM)

    assert all(overlapped) and len(overlapped) > 2
