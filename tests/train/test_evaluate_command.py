"""`python -m train evaluate` from its command line to its files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from forensics_rt.recipe import Recipe
from tests.bundles import brightness_graph, write_bundle
from train.__main__ import main
from train.evaluation.network import probability_map
from train.evaluation.options import split_folders, split_named


@pytest.fixture(scope="module")
def bright_edits(tmp_path_factory) -> Path:
    """Dark pages whose edits are bright: the brightness of a pixel gives it away."""
    folder = tmp_path_factory.mktemp("labeled")
    for part in ("images", "masks", "authentic"):
        (folder / part).mkdir()
    for index in range(3):
        page, mask = np.full((80, 100, 3), 30, np.uint8), np.zeros((80, 100), np.uint8)
        mask[10 : 30 + index, 20:60] = 255
        page[mask > 0] = 240
        cv2.imwrite(str(folder / "images" / f"p{index}.png"), page)
        cv2.imwrite(str(folder / "masks" / f"p{index}.png"), mask)
    cv2.imwrite(str(folder / "authentic" / "c.png"), np.full((80, 100, 3), 30, np.uint8))
    return folder


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "bright"
    recipe = Recipe("own", threshold=0.4, high_threshold=0.9)
    return write_bundle(folder, [brightness_graph()], recipes={"own": recipe}).path


def test_evaluating_a_bundle_writes_everything(bundle, bright_edits, tmp_path, capsys):
    out = tmp_path / "out"
    status = main(
        [
            *("evaluate", "--bundle", str(bundle), "--recipe", "own", "--out", str(out)),
            *("--set", f"edits={bright_edits / 'images'}:{bright_edits / 'masks'}"),
            *("--authentic", f"scans={bright_edits / 'authentic'}"),
        ]
    )
    assert status == 0
    printed = capsys.readouterr().out
    assert "threshold 0.4, high threshold 0.9" in printed

    found = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    assert found["decision"]["high_threshold"] == 0.9
    short = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    whole = found["sets"]["edits"]["all"]["all"]
    assert short["sets"]["edits"] == {**whole, "kinds": {}}
    assert short["answered_by"] == found["answered_by"]
    assert found["asked"] == {"sets": {"edits": 3, "scans": 1}, "decision_from": "bundle"}
    assert found["answered_by"]["bundle"] == "tiny 1"
    assert str(bright_edits) not in json.dumps(found), "figures name no folder of a machine"
    edits, scans = (found["sets"][name]["all"]["all"] for name in ("edits", "scans"))
    assert edits["pixels"]["calibrated"]["f1"] == edits["pixels"]["auc"] == 1
    assert scans["pixels"]["calibrated"]["f1"] is None
    assert (scans["authentic"], scans["alarms"]["share"]) == (1, 0)
    assert sum(found["sets"]["edits"]["pixel_reliability"]["members"]) == 3 * 80 * 100

    images = list(csv.DictReader((out / "images.csv").open(encoding="utf-8")))
    assert [row["name"] for row in images] == ["p0.png", "p1.png", "p2.png", "c.png"]
    assert images[0]["calibrated_hit"] == str(20 * 40)
    groups = list(csv.DictReader((out / "groups.csv").open(encoding="utf-8")))
    assert {(row["set"], row["by"], row["group"]) for row in groups} == {
        ("edits", "all", "all"),
        ("edits", "size", "16_to_32_px"),
        ("scans", "all", "all"),
    }
    for name in ("pr", "roc", "calibration", "worst", "worst_edits", "worst_scans", "examples"):
        picture = cv2.imread(str(out / f"{name}.png"))
        assert picture is not None, name
        assert picture.std() > 5, f"{name} is not blank"
        assert f"{name}.png" in printed


def test_a_checkpoint_needs_pages_to_choose_its_decision_on(bright_edits, tmp_path, capsys):
    from safetensors.torch import save_file

    from train.networks import HOUSE, build_network

    sizes = {"widths": [8, 8, 8, 8]}
    network = build_network(HOUSE, sizes)
    file = tmp_path / "weights.safetensors"
    metadata = {"architecture": HOUSE, "config": json.dumps(sizes)}
    save_file(network.state_dict(), file, metadata)
    status = main(
        [
            *("evaluate", "--checkpoint", str(file), "--out", str(tmp_path / "out")),
            *("--authentic", f"scans={bright_edits / 'authentic'}"),
        ]
    )
    assert status == 2
    assert "give --config" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing is asked"),
        (["--edited-scans"], "--edited-scans needs --config"),
        (["--set", "no-place"], "NAME=PLACE"),
        (["--authentic", "a/b=scans"], "NAME=PLACE"),
        (["--authentic", "x={authentic}", "--authentic", "x={authentic}"], "name of its own"),
        (["--authentic", "x=nowhere"], "must be a folder"),
        (
            ["--authentic", "x={authentic}", "--checkpoint", "best.safetensors", "--recipe", "max"],
            "--recipe goes with --bundle, not with --checkpoint",
        ),
    ],
)
def test_wrong_options_are_said(arguments, message, bright_edits, tmp_path, capsys):
    authentic = bright_edits / "authentic"
    words = [word.format(authentic=authentic) for word in arguments]
    assert main(["evaluate", "--out", str(tmp_path), *words]) == 2
    assert message in capsys.readouterr().err


def test_places_of_sets(tmp_path):
    assert split_named("a-b=c=d") == ("a-b", "c=d")
    assert split_folders("images:masks") == (Path("images"), Path("masks"))
    assert split_folders("images") == (Path("images"), Path("images"))
    odd = tmp_path / "a:b"
    odd.mkdir()
    assert split_folders(str(odd)) == (odd, odd)


def test_a_map_has_an_answer_of_its_own_for_every_pixel():
    import torch

    class Brightness(torch.nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return image.mean(dim=1) / 255

    page = np.random.default_rng(0).integers(0, 256, (70, 150, 3), dtype=np.uint8)
    probability = probability_map(Brightness(), page, tile_sizes=(64, 96))
    expected = 1 / (1 + np.exp(-page.mean(axis=2) / 255))
    assert np.allclose(probability, expected, atol=1e-5)
