"""Results that earlier versions saved are read under today's names."""

import json
from dataclasses import replace
from pathlib import Path

from forensics_rt import Bundle, Detector
from forensics_rt.calibration.file import calibration_id
from forensics_rt.cli.earlier import EarlierResults
from forensics_rt.io.sources import find_sources
from forensics_rt.recipe import PRESETS
from forensics_rt.results.schema import in_todays_schema

ROOT = Path(__file__).parents[2]
SAVED = json.loads((ROOT / "tests" / "data" / "results" / "schema_1.json").read_text())


def test_a_result_of_schema_1_says_the_same_in_the_names_of_today():
    read = in_todays_schema(SAVED)

    assert (read["schema"], read["raw_score"], read["high_threshold"]) == (2, 0.996303, 0.98)
    assert read["medium"] == SAVED["medium"], "what speaks for a medium is still its evidence"
    assert read["provenance"]["settled_tiles"] == 0
    assert read["provenance"]["recipe"]["tta"] == ["identity"]
    assert in_todays_schema(read) == read and SAVED["schema"] == 1


def test_the_verdict_and_the_files_of_a_large_image_are_renamed_too():
    large = {"verdict": "untouched", "files": {"mask": "a.tif", "disagreement": "b.tif"}}

    read = in_todays_schema(large)
    assert read["verdict"] == "authentic"
    assert read["files"] == {"mask": "a.tif", "uncertainty": "b.tif"}


def test_what_is_no_result_or_of_a_later_schema_comes_back_as_it_is():
    for strange in ([], 5, {"schema": 3, "peak": 1}, {"schema": [], "peak": 1}):
        assert in_todays_schema(strange) is strange


def test_resume_takes_a_result_of_schema_1(tmp_path):
    (source,) = find_sources([str(ROOT / "docs" / "samples" / "letter.jpg")], tmp_path)
    # As if the bundle had been today's then.
    bundle = Bundle.open("fast")
    assert bundle.manifest.calibration is not None
    today = {"bundle_id": bundle.id, "calibration": calibration_id(bundle.manifest.calibration)}
    pixel = bundle.manifest.calibration.pixel
    recipe = {"threshold": pixel.threshold, "peak": pixel.high_threshold}
    recipe = SAVED["provenance"]["recipe"] | recipe
    provenance = SAVED["provenance"] | today | {"recipe": recipe}
    saved = json.dumps(SAVED | {"provenance": provenance})
    (tmp_path / f"{source.stem}.json").write_text(saved)
    for picture in (".probability.png", ".mask.png"):
        (tmp_path / f"{source.stem}{picture}").write_bytes(b"there")

    squares = replace(PRESETS["balanced"], tile_sizes=(384, 512, 768, 1024))  # as all were then
    with Detector("fast", "openvino", squares, precision="float32") as detector:
        found = EarlierResults(detector, tmp_path, overlay=False).find(source)
        assert found is not None, "same bundle, recipe, calibration and number format"
    assert found.to_line()["raw_score"] == 0.996303 and found.skipped
