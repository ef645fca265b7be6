"""A network that reads the coefficients of JPEG has them in every tile, whatever the backend."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forensics_rt import Bundle, Detector
from forensics_rt.backends.registry import examine, open_backend
from forensics_rt.bundle.merging import merge_bundles
from forensics_rt.errors import (
    BackendUnavailable,
    BundleError,
    EngineFailed,
    ForensicsError,
    ManifestInvalid,
    OptionalDependency,
    RecipeError,
)
from forensics_rt.io.coefficients import recompressed_coefficients, stored_coefficients
from forensics_rt.io.page_coefficients import COPIED
from forensics_rt.large import detect_large
from forensics_rt.plan.coefficients import blank_coefficients
from tests.bundles import brightness_graph, write_bundle
from tests.coefficient_bundles import LIMIT, coefficient_bundle, expected_answer
from tests.jpegs import jpeg, picture

pytest.importorskip("jpeglib", reason="pip install 'forensics_rt[jpeg]'")
tifffile = pytest.importorskip("tifffile")
PAGE = picture(101, 150)
FILE = jpeg(PAGE, quality=60)
BACKENDS = ("openvino", "onnxruntime")  # torch has its turn at the gate of the export


@pytest.fixture
def reading(tmp_path: Path) -> Bundle:
    return coefficient_bundle(tmp_path / "reading")


def expected_of_file() -> np.ndarray:
    found = stored_coefficients(FILE, PAGE.shape[:2], LIMIT)
    return expected_answer(np.asarray(Image.open(io.BytesIO(FILE))), found)


@pytest.mark.parametrize("backend", BACKENDS)
def test_tiles_give_what_the_whole_page_gives(reading: Bundle, backend: str) -> None:
    with Detector(reading, backend) as detector:
        detection = detector(FILE)
    assert detection.provenance.tiles > 4
    assert np.abs(detection.probability - expected_of_file()).max() < 1e-6
    assert detection.provenance.conversions == ()
    assert "jpeglib" in detection.provenance.versions


def test_path_bytes_and_stream_give_the_same(reading: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    path.write_bytes(FILE)
    with Detector(reading, "onnxruntime") as detector:
        maps = [one.probability for one in detector.stream([path, FILE])]
        maps.append(detector(path).probability)
    assert all(np.array_equal(one, maps[0]) for one in maps)
    assert np.abs(maps[0] - expected_of_file()).max() < 1e-6


def test_pixels_alone_get_the_coefficients_of_a_copy_and_the_detection_says_so(
    reading: Bundle,
) -> None:
    with Detector(reading, "onnxruntime") as detector:
        detection = detector(PAGE)
    copy = recompressed_coefficients(PAGE, LIMIT, "page")
    assert np.abs(detection.probability - expected_answer(PAGE, copy)).max() < 1e-6
    assert detection.to_dict()["provenance"]["conversions"][0].startswith(COPIED)


def test_equal_pixels_are_answered_by_their_coefficients(reading: Bundle) -> None:
    white = np.full((128, 128, 3), 255, np.uint8)
    with Detector(reading, "onnxruntime") as detector:
        detection = detector(white)
    assert detection.provenance.constant_tiles == detection.provenance.repeated_tiles == 0


@pytest.mark.parametrize(
    ("recipe", "said"), [("max", "turns tiles"), ("tianchi-fft2", "cut through blocks|needs tiles")]
)
def test_a_recipe_that_turns_tiles_or_cuts_blocks_is_refused(
    reading: Bundle, recipe: str, said: str
) -> None:
    with pytest.raises(RecipeError, match=said):
        Detector(reading, recipe=recipe)


def test_a_backend_that_takes_pixels_alone_is_refused_and_says_who_does_not(
    reading: Bundle,
) -> None:
    with pytest.raises(BackendUnavailable, match=r"coefficients of JPEG.*openvino, onnxruntime"):
        Detector(reading, "numpy")
    assert "coefficients of JPEG on cuda" in examine("onnxruntime", "cuda", reading).reason


def test_who_forgets_the_coefficients_or_gives_too_much_is_told(
    reading: Bundle, bundle: Bundle
) -> None:
    tile = np.zeros((1, 32, 32, 3), np.uint8)
    with open_backend(reading, "onnxruntime") as backend:
        with pytest.raises(EngineFailed, match="takes pixels and coefficients"):
            backend.infer(0, tile)
    with open_backend(bundle, "onnxruntime") as backend:
        with pytest.raises(EngineFailed, match="takes pixels alone"):
            backend.infer(0, tile, blank_coefficients((1, 32, 32)))


def test_a_missing_reader_is_said_before_the_first_image(
    reading: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jpeglib", None)
    with pytest.raises(OptionalDependency, match=r"forensics_rt\[jpeg\]"):
        Detector(reading, "onnxruntime")


@pytest.mark.parametrize("suffix", ["jpg", "progressive.jpg", "gray.jpg", "cmyk.jpg", "png", "tif"])
def test_an_image_that_is_read_row_by_row_gets_the_maps_of_the_whole_image(
    reading: Bundle, suffix: str, tmp_path: Path
) -> None:
    page = Image.fromarray(picture(203, 90))
    mode = {"gray.jpg": "L", "cmyk.jpg": "CMYK"}.get(suffix, "RGB")
    path = tmp_path / f"page.{suffix}"
    page.convert(mode).save(path, progressive=suffix.startswith("progressive"))
    with Detector(reading, "onnxruntime") as detector:
        whole = detector(path)
        large = detect_large(detector, path, tmp_path / "out", memory="100GB", map_format="float32")
    assert whole.provenance.tiles > 8
    assert np.array_equal(tifffile.imread(large.probability), whole.probability)
    assert large.provenance.conversions == whole.provenance.conversions
    copied = [one for one in large.provenance.conversions if one.startswith(COPIED)]
    assert bool(copied) == (suffix in ("cmyk.jpg", "png", "tif"))


def test_bundles_of_both_kinds_cannot_be_merged(reading: Bundle, tmp_path: Path) -> None:
    plain = write_bundle(tmp_path / "plain", [brightness_graph()])
    with pytest.raises(BundleError, match="the same coefficients of JPEG, or none"):
        merge_bundles([reading, plain], tmp_path / "both")
    merged = merge_bundles([reading, reading], tmp_path / "twice")
    assert merged.manifest.contract == reading.manifest.contract


def test_the_schema_tells_both_kinds_apart(reading: Bundle, bundle: Bundle) -> None:
    assert "coefficients" not in json.loads(bundle.manifest.to_json())["contract"]
    file = reading.path / "manifest.json"
    file.write_text(re.sub(r'"schema": 2', '"schema": 1', file.read_text(encoding="utf-8")))
    with pytest.raises(ManifestInvalid, match="must be 2 where the contract has coefficients"):
        Bundle.open(reading.path)
    assert issubclass(ManifestInvalid, ForensicsError)
