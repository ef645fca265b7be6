"""`python -m train cascade`: the exit threshold is chosen where its price is known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from forensics_rt import Bundle, Detector, Recipe
from forensics_rt.errors import RecipeError
from forensics_rt.plan.by_recipe import plan_for
from tests.bundles import brightness_graph, stand_in_graph, write_bundle
from train.__main__ import main
from train.commands import cascade as command
from train.evaluation.cascade import (
    LIMITS,
    CascadeImage,
    Effect,
    cascade_recipe,
    choose,
    effects,
    run_image,
)
from train.metrics import PixelCounts, count

RECIPE = Recipe("both ways up", overlap=8, tta=("identity", "rotate180"), threshold=0.4)


@pytest.fixture
def bundle(tmp_path):
    """Two members that answer by place and color; the cascade network answers by brightness."""
    graphs = [stand_in_graph(0), stand_in_graph(1), brightness_graph()]
    whole = write_bundle(tmp_path / "bundle", graphs, tiles=(64,), weights=(2.0, 1.0, 1.0))
    *members, last = whole.manifest.members
    small = last.model_copy(update={"name": "cascade"})
    manifest = whole.manifest.model_copy(update={"members": tuple(members), "cascade": small})
    (whole.path / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return Bundle.open(whole.path)


def test_what_is_foreseen_is_what_the_detector_then_does(bundle):
    rng = np.random.default_rng(3)
    image = np.kron(rng.integers(0, 140, (5, 4, 3)), np.ones((32, 32, 1))).astype(np.uint8)
    mask = (rng.random(image.shape[:2]) < 0.3).astype(np.uint8)
    with Detector(bundle, "onnxruntime", RECIPE) as detector:
        plan = plan_for(detector.recipe, *mask.shape, (64,))
        decision = detector.conclusions.decision
        foreseen = run_image(
            detector.backend, detector.recipe, detector.weights, 2, plan, decision, image, mask
        )
        whole = detector(image).mask
        assert foreseen.whole == count(whole, mask)
    assert len(set(foreseen.under)) > 2, "the limits must differ for the test to say anything"
    figures = (LIMITS, foreseen.under, foreseen.settled, foreseen.lost)
    for limit, under, settled, lost in zip(*figures, strict=True):
        with Detector(bundle, "onnxruntime", cascade_recipe(RECIPE, limit)) as detector:
            found = detector(image)
        assert under == count(found.mask, mask)
        assert settled == found.provenance.settled_tiles / found.provenance.tiles
        _, regions = cv2.connectedComponents(whole.view(np.uint8))
        hit = {region for region in range(1, regions.max() + 1) if mask[regions == region].any()}
        assert foreseen.hits == len(hit)
        assert lost == sum(not found.mask[regions == region].any() for region in hit)
    assert foreseen.lost[-1] > 0, "some must be lost for the test to say anything"


def test_losses_are_those_of_the_pooled_masks():
    good, bad = PixelCounts(hit=80, miss=20), PixelCounts(hit=40, miss=60)
    images = [CascadeImage(good, (good, bad), (0.5, 0.9), hits=4, lost=(0, 1))] * 20
    harmless, costly = effects(images, limits=(0.1, 0.2))
    assert (harmless.settled, harmless.iou_loss, harmless.worst_loss) == (0.5, 0.0, 0.0)
    assert (costly.settled, costly.iou_loss) == pytest.approx((0.9, 0.4))
    assert (harmless.regions_lost, costly.regions_lost) == (0.0, 0.25)


def test_the_largest_limit_is_taken_before_any_that_costs_too_much():
    losses = {0.1: 0.0, 0.2: 0.01, 0.3: 0.2, 0.4: 0.0}
    found = [Effect(limit, 0.5, 0.0, loss, limit / 10) for limit, loss in losses.items()]
    assert choose(found, 0.01, 1.0) is found[1]
    assert choose(found, 0.3, 1.0) is found[3]
    assert choose(found[2:], 0.01, 1.0) is None
    assert choose(found, 0.3, 0.015) is found[0], "a small region lost is one all the same"


def test_a_set_that_proves_nothing_chooses_nothing():
    blank, missed = PixelCounts(), PixelCounts(miss=40)
    for nothing_hit in (blank, missed):
        with pytest.raises(RecipeError, match="hit no forged pixel of 2 images"):
            effects(
                [CascadeImage(nothing_hit, (nothing_hit,), (1.0,), lost=(0,))] * 2, limits=(0.1,)
            )
    unknown = Effect(0.1, 1.0, float("nan"), float("nan"), 0.0)
    assert choose([unknown], 0.01, 1.0) is None


def test_a_recipe_that_cannot_screen_is_refused_before_any_page_is_run(bundle, sources, tmp_path):
    config = tmp_path / "pages.toml"
    config.write_text("[page]\nsize = 96\n")
    words = ["cascade", "--bundle", str(bundle.path), "--config", str(config), "--count", "100000"]
    words += ["--recipe", "tianchi-fft2", "--into", str(tmp_path / "out")]
    assert main(words) == 2


def test_the_command_writes_a_bundle_that_screens(bundle, sources, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "open_sources", lambda folders, held_out: sources)
    config = tmp_path / "pages.toml"
    config.write_text("[page]\nsize = 96\nreal_share = 0.0\nauthentic_share = 0.3\n")
    words = ["cascade", "--bundle", str(bundle.path), "--config", str(config), "--count", "4"]
    words += ["--recipe", "balanced", "--backend", "onnxruntime"]

    assert (
        main([*words, "--into", str(tmp_path / "out"), "--most-loss", "1", "--most-lost", "1"]) == 0
    )

    made = Bundle.open(tmp_path / "out").manifest.recipes["cascade"]
    assert made.exit_threshold == LIMITS[-1]
    assert "chosen" in capsys.readouterr().out
    assert main([*words, "--into", str(tmp_path / "none"), "--most-loss", "-1"]) == 1
    assert not (tmp_path / "none").exists()
    assert "no limit keeps the loss" in capsys.readouterr().err


def test_a_bundle_without_a_screen_is_refused(tmp_path, capsys):
    plain = write_bundle(tmp_path / "plain", [brightness_graph()], tiles=(64,))
    words = ["cascade", "--bundle", str(plain.path), "--config", "none.toml"]
    assert main([*words, "--into", str(tmp_path / "out")]) == 2
    assert "has no cascade network" in capsys.readouterr().err


def test_the_recipe_is_that_of_the_members_screened():
    assert replace(cascade_recipe(RECIPE, 0.1), exit_threshold=None, name=RECIPE.name) == RECIPE
