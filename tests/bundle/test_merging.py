"""Two bundles become one, whose members all vote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forensics_rt import Bundle, Detector, Recipe
from forensics_rt.bundle.merging import merge_bundles
from forensics_rt.errors import BundleError, ManifestInvalid, OutputError
from tests.bundles import brightness_graph, constant_graph, golden, write_bundle


def two(folder: Path, **changes: Any) -> list[Bundle]:
    one = write_bundle(
        folder / "one", [brightness_graph()], (32, 64), goldens=[golden()],
        built_with={"onnx": "1", "onnx fold1": "abc"},
    )  # fmt: skip
    settings = {"tiles": (64, 96), "license": "MIT", "built_with": {"onnx": "2"}, **changes}
    graphs = [constant_graph(0.25), constant_graph(0.75)]
    return [one, write_bundle(folder / "two", graphs, weights=(1, 3), **settings)]


def test_the_members_of_both_vote_with_their_weights(tmp_path: Path) -> None:
    merged = merge_bundles(two(tmp_path), tmp_path / "both", weights=[4, 1])

    manifest = merged.manifest
    assert [(one.name, one.weight) for one in manifest.members] == [
        ("member-1", 4), ("member-2", 1), ("member-3", 3)
    ]  # fmt: skip
    assert (manifest.name, manifest.license) == ("both", "Apache-2.0 AND MIT")
    assert manifest.tile_sizes == (64,)
    assert [record.tile for record in manifest.members[0].goldens] == [64]
    assert manifest.built_with["onnx member-1"] == "abc"
    assert manifest.built_with["onnx of bundle 2"] == "2"
    page = np.full((64, 64, 3), 255, np.uint8)
    with Detector(merged, "numpy") as detector:
        found = detector(page).probability
    assert np.allclose(found, (4 * 1 + 1 * 0.25 + 3 * 0.75) / 8)


def test_recipes_come_along_and_must_not_contradict(tmp_path: Path) -> None:
    one, other = two(tmp_path, recipes={"wide": Recipe("wide", overlap=48)})
    assert list(merge_bundles([one, other], tmp_path / "both").manifest.recipes) == ["wide"]
    third = write_bundle(
        tmp_path / "3", [constant_graph(1)], (64,), recipes={"wide": Recipe("wide")}
    )
    with pytest.raises(BundleError, match="its recipe 'wide' is another"):
        merge_bundles([other, third], tmp_path / "none")


@pytest.mark.parametrize(
    ("changes", "options", "expected"),
    [
        ({"tiles": (128,)}, {}, "no tile size in common"),
        ({"thresholds": {"pixel": 0.25}}, {}, r"different thresholds, \[0.25, 0.5\]"),
        ({}, {"weights": [1.0]}, "weights must be 2 positive numbers"),
        ({}, {"threshold": 2.0}, "threshold must lie between 0 and 1, got 2.0"),
    ],
)
def test_what_does_not_go_together_is_refused(
    tmp_path: Path, changes: Any, options: Any, expected: str
) -> None:
    with pytest.raises(BundleError, match=expected):
        merge_bundles(two(tmp_path, **changes), tmp_path / "both", **options)
    assert not (tmp_path / "both").exists()


def test_one_bundle_or_a_taken_place_is_refused(tmp_path: Path) -> None:
    bundles = two(tmp_path)
    with pytest.raises(BundleError, match="two bundles or more"):
        merge_bundles(bundles[:1], tmp_path / "both")
    with pytest.raises(OutputError, match="exists already"):
        merge_bundles(bundles, tmp_path / "one")


def test_a_recipe_without_weights_is_written_as_before(tmp_path: Path) -> None:
    """Earlier versions refuse keys that they do not know."""
    plain, weighted = Recipe("plain"), Recipe("weighted", weights=(1, 2))
    bundle = write_bundle(
        tmp_path / "a", [constant_graph(0), constant_graph(1)],
        recipes={one.name: one for one in (plain, weighted)},
    )  # fmt: skip
    text = (tmp_path / "a" / "manifest.json").read_text()
    assert text.count('"weights"') == 1
    assert bundle.manifest.recipes == {"plain": plain, "weighted": weighted}
    with Detector(bundle, "numpy", "weighted") as detector:
        assert np.allclose(detector(np.zeros((64, 64, 3), np.uint8)).probability, 2 / 3)


def test_a_manifest_names_a_recipe_that_is_wrong(tmp_path: Path) -> None:
    write_bundle(tmp_path / "a", [constant_graph(0)], recipes={"one": Recipe("one")})
    file = tmp_path / "a" / "manifest.json"
    file.write_text(file.read_text().replace('"overlap": 24', '"overlap": 24, "weights": [0]'))
    with pytest.raises(ManifestInvalid, match="weights must lie between"):
        Bundle.open(tmp_path / "a")
