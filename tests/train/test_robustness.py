"""What images go through, and the figures after it."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

from tests.bundles import brightness_graph, write_bundle
from train.__main__ import main
from train.evaluation.cases import Case
from train.evaluation.decision import DecisionRule
from train.evaluation.degradations import DEGRADATIONS, Degradation, grained, saved_as_jpeg
from train.evaluation.predictors import Prediction
from train.evaluation.robustness import robustness
from train.evaluation.robustness_report import markdown, plain_rows


def page(index: int = 0) -> Case:
    rng = np.random.default_rng(index)
    image = rng.integers(20, 60, (96, 128, 3), dtype=np.uint8)
    mask = np.zeros((96, 128), np.uint8)
    if index % 2 == 0:
        mask[16:64, 32:80] = 1
        image[mask > 0] = 220
    return Case(f"page {index}", image, mask)


class Pages:
    name = "pages"
    loads = 0

    def __len__(self) -> int:
        return 4

    def load(self, index: int) -> Case:
        self.loads += 1
        return page(index)


class Brightness:
    """Calls what is bright forged, and counts how often it is asked."""

    asked = 0

    def __call__(self, image: np.ndarray) -> Prediction:
        self.asked += 1
        return Prediction.of(image.mean(axis=2).astype(np.float32) / 255)


def test_every_sweep_holds_the_image_as_it_is_and_harms_that_show():
    families = list(dict.fromkeys(d.family for d in DEGRADATIONS))
    assert families == ["jpeg", "resize", "blur", "noise", "screenshot"]
    for family in families:
        sweep = [d for d in DEGRADATIONS if d.family == family]
        case = page()
        arrived = [degradation.apply(case, seed=0) for degradation in sweep]
        assert sum(one is case for one in arrived) == 1
        for one in arrived:
            same = one.image.shape == case.image.shape
            assert one is case or not same or (one.image != case.image).any()


@pytest.mark.parametrize("harm", DEGRADATIONS, ids=lambda d: f"{d.family}-{d.level}")
def test_the_truth_goes_where_the_pixels_go(harm):
    arrived = harm.apply(page(), seed=1)
    assert arrived.mask.shape == arrived.image.shape[:2]
    assert set(np.unique(arrived.mask)) <= {0, 1}, "no label is made up"
    bright = arrived.image.mean(axis=2) > 130
    overlap = (bright & (arrived.mask == 1)).sum() / (bright | (arrived.mask == 1)).sum()
    assert overlap > 0.9


def test_noise_is_the_same_every_time_and_grows():
    case = page()
    noise = Degradation("noise", "5", grained(5))
    assert (noise.apply(case, 7).image == noise.apply(case, 7).image).all()
    assert (noise.apply(case, 7).image != noise.apply(case, 8).image).any()
    gray = Case("gray", np.full((64, 64, 3), 128, np.uint8), np.zeros((64, 64), np.uint8))
    spreads = [Degradation("noise", "", grained(s)).apply(gray, 0).image.std() for s in (2, 5, 10)]
    assert spreads == pytest.approx([2, 5, 10], rel=0.2)


def test_lower_quality_loses_more():
    case = page()
    lost = [
        np.abs(Degradation("jpeg", "", saved_as_jpeg(q)).apply(case, 0).image - 1.0 * case.image)
        for q in (95, 75, 50)
    ]
    assert lost[0].mean() < lost[1].mean() < lost[2].mean()


def test_each_page_is_made_once_and_answered_once_as_it_is():
    pages, predictor = Pages(), Brightness()
    rows = robustness(pages, predictor, DecisionRule(0.5), rounds=5)
    assert pages.loads == 4
    harms = sum(d.harm is not None for d in DEGRADATIONS)
    assert predictor.asked == 4 * (harms + 1)
    assert [(row.family, row.level) for row in rows] == [(d.family, d.level) for d in DEGRADATIONS]
    assert rows[0].figures.pixels.calibrated["f1"] == rows[0].figures.scores.auc == 1
    assert all(row.figures.pixels.calibrated["f1"] > 0.9 for row in rows)


def test_what_a_harm_destroys_counts_as_missed():
    def blackened(image, mask, seed):
        return np.zeros_like(image), mask

    harms = (Degradation("ink", "no", None), Degradation("ink", "yes", blackened))
    rows = robustness(Pages(), Brightness(), DecisionRule(0.5), harms, rounds=5)
    assert [row.figures.pixels.calibrated["f1"] for row in rows] == [1, 0]
    assert rows[1].figures.pixels.calibrated["recall"] == 0
    assert rows[1].figures.scores.auc == 0.5


def test_the_markdown_names_the_unharmed_images_once():
    rows = robustness(Pages(), Brightness(), DecisionRule(0.5), rounds=5)
    lines = markdown(rows).splitlines()
    assert lines[0] == "pages, 4 images:"
    cells = [line.split("|")[1].strip() for line in lines if line.startswith("|")]
    assert cells[:4] == ["after", "---", "nothing", "JPEG quality 95"]
    assert cells.count("nothing") == 1
    assert cells[-1] == "screenshot"
    assert len(cells) == 2 + 1 + sum(d.harm is not None for d in DEGRADATIONS)
    assert plain_rows(rows)[0]["f1"] == 1


def test_the_command_writes_table_data_and_plot(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    for part in ("images", "masks"):
        (tmp_path / part).mkdir()
    for index in range(2):
        case = page(index)
        cv2.imwrite(str(tmp_path / "images" / f"{index}.png"), case.image)
        cv2.imwrite(str(tmp_path / "masks" / f"{index}.png"), case.mask * 255)
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()])
    out = tmp_path / "out"
    status = main(
        [
            *("robustness", "--bundle", str(bundle.path), "--recipe", "fast", "--out", str(out)),
            *("--set", f"mine={tmp_path / 'images'}:{tmp_path / 'masks'}"),
        ]
    )
    assert status == 0
    assert "| nothing | 1.000 |" in capsys.readouterr().out
    content = json.loads((out / "robustness.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader((out / "robustness.csv").open(encoding="utf-8")))
    assert len(content["rows"]) == len(rows) == len(DEGRADATIONS)
    assert content["decision"]["threshold"] == 0.5
    assert cv2.imread(str(out / "robustness.png")).std() > 5
