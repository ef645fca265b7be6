"""From raw score to probability, abstention and operating points."""

import numpy as np
import pytest

from forensics_rt.calibration.abstain import abstain_band
from forensics_rt.calibration.calibration_error import expected_calibration_error, log_loss
from forensics_rt.calibration.folds import split_folds
from forensics_rt.calibration.image import fit_images
from forensics_rt.calibration.observations import Observation
from forensics_rt.calibration.operating_points import operating_point, operating_points
from forensics_rt.calibration.record import ImageCalibration, Platt
from forensics_rt.calibration.verdict import apply_calibrator, sigmoid


def image(raw_score: float, forged: bool, group: str) -> Observation:
    nothing = np.zeros((1, 1), np.int64)
    return Observation(group, raw_score, forged, nothing, nothing, int(forged), 100)


def images(count: int, seed: int, truth) -> list[Observation]:
    rng = np.random.default_rng(seed)
    drawn = rng.random(count)
    return [image(e, rng.random() < truth(e), f"image {n}") for n, e in enumerate(drawn)]


def test_the_calibration_error_by_hand():
    probability = np.array([0.1, 0.1, 0.5, 0.9, 1.0])
    forged = np.array([False, True, True, True, True])

    error = expected_calibration_error(probability, forged, bins=3)

    assert error == pytest.approx((2 * abs(0.5 - 0.1) + abs(1 - 0.5) + 2 * abs(1 - 0.95)) / 5)
    assert log_loss(probability[:4], forged[:4]) == pytest.approx(
        -np.log([0.9, 0.1, 0.5, 0.9]).mean()
    )


def test_a_probability_is_right_on_new_images():
    fitted = fit_images(images(600, seed=1, truth=lambda e: 0.2 + 0.5 * e))
    new = images(4000, seed=2, truth=lambda e: 0.2 + 0.5 * e)
    raw_score = np.array([one.raw_score for one in new])
    forged = np.array([one.forged for one in new])

    error = expected_calibration_error(apply_calibrator(fitted.calibrator, raw_score), forged)

    assert error < 0.05 < expected_calibration_error(raw_score, forged)
    assert fitted.ece == pytest.approx(error, abs=0.05)
    assert fitted.ece_of_raw_score > fitted.ece


def test_certainty_that_is_wrong_costs_much_but_never_everything():
    loss = log_loss(np.array([1.0, 0.0]), np.array([False, False]))

    assert loss == pytest.approx(-np.log(1e-6) / 2, rel=1e-5)


def one_authentic_image_beyond_all_forged_ones() -> list[Observation]:
    authentic = [*np.linspace(0.499, 0.501, 7), 0.999]
    forged = np.linspace(0.6, 0.72, 8)
    pairs = [(e, False) for e in authentic] + [(e, True) for e in forged]
    return [image(float(e), kind, f"image {n}") for n, (e, kind) in enumerate(pairs)]


def test_a_steep_probability_that_misses_one_image_can_be_read_again():
    fitted = fit_images(one_authentic_image_beyond_all_forged_ones())

    assert 0.5 < fitted.log_loss < 2
    assert ImageCalibration.model_validate_json(fitted.model_dump_json()) == fitted


def test_no_evidence_reaches_the_limit_of_a_side_that_is_never_answered():
    fitted = fit_images(one_authentic_image_beyond_all_forged_ones())

    steep = Platt(slope=100.0, intercept=0.0)
    assert apply_calibrator(steep, 1.0) < 1.0 and fitted.abstain.forged_wrong == 0


def a_step(raw_score: float) -> float:
    return 0.05 if raw_score < 0.3 else 0.5 if raw_score < 0.7 else 0.95


def test_isotonic_takes_over_only_where_it_predicts_better():
    assert fit_images(images(150, 3, a_step)).calibrator.kind == "platt", "too few"
    assert fit_images(images(3000, 3, a_step)).calibrator.kind == "isotonic"
    sigmoid = images(400, 5, lambda e: e)
    assert fit_images(sigmoid).calibrator.kind == "platt", "its own shape: nothing to gain"


def test_isotonic_needs_fifty_of_each_kind():
    rare = [image(o.raw_score, False, o.group) for o in images(400, 4, a_step)]
    rare[:40] = [image(0.9, True, f"image {n}") for n in range(40)]

    assert fit_images(rare).calibrator.kind == "platt"


@pytest.mark.parametrize("count", [7, 64])
def test_folds_judge_every_image_once_and_never_tear_a_group(count):
    seen = [image(0.5, n % 3 == 0, f"origin {n // 2}") for n in range(count)]
    judged = []
    for fitting, judging in split_folds(seen):
        judged += judging.tolist()
        assert not {seen[i].group for i in fitting} & {seen[i].group for i in judging}
        assert any(seen[i].forged for i in fitting) and not all(seen[i].forged for i in fitting)
    assert sorted(judged) == list(range(count))


def test_every_fold_leaves_both_kinds_where_groups_hold_one_or_both():
    seen = [image(0.5, False, "authentic"), image(0.5, False, "both"), image(0.5, True, "both")]
    seen += [image(0.5, True, f"forged {n}") for n in range(29)]

    for fitting, _ in split_folds(seen):
        assert {seen[place].forged for place in fitting} == {True, False}


def test_folds_share_out_groups_of_one_kind():
    seen = [image(0.5, n < 20, f"origin {n}") for n in range(60)]

    for _, judging in split_folds(seen):
        assert sum(bool(seen[place].forged) for place in judging) == 2
        assert len(judging) == 6


def test_few_answers_outside_the_abstain_band_are_wrong():
    rng = np.random.default_rng(8)
    probability = rng.random(2000)
    forged = rng.random(2000) < probability

    band = abstain_band(probability, forged)

    outside = probability[probability >= band.high], forged[probability >= band.high]
    assert band.forged == len(outside[0]) and band.forged_wrong == (~outside[1]).sum()
    assert 0 < band.forged_wrong / band.forged <= 0.05
    assert 0 < band.authentic_wrong / band.authentic <= 0.05
    assert 0.02 < band.low < 0.1 and 0.9 > band.high > 0.8, "errors of 5 % lie at 0.1 and 0.9"
    assert band.authentic + band.uncertain + band.forged == 2000


@pytest.mark.parametrize("images", [12, 30, 100, 1000])
def test_a_band_seldom_promises_more_than_fresh_images_keep(images):
    """By the share alone nine in ten of those with twelve images do."""
    rng, broken, answers = np.random.default_rng(images), 0, 0
    for _ in range(60):
        raw_score, forged = _gaussian_scores(rng, images)
        high = abstain_band(sigmoid(1.55 * raw_score - 1.2), forged).high
        fresh, truth = _gaussian_scores(rng, 4000)
        called = sigmoid(1.55 * fresh - 1.2) >= high
        broken += int((called & ~truth).sum()) > 0.05 * called.sum()
        answers += int(called.sum())
    assert broken <= 60 // 3
    assert (answers > 10_000) == (images == 1000), "many images do support a promise"


def _gaussian_scores(rng, images):
    forged = rng.random(images) < 0.5
    return rng.normal(np.where(forged, 1.55, 0.0), 1.0), forged


def test_the_band_is_empty_where_half_is_good_enough():
    probability, forged = np.repeat([0.1, 0.3, 0.7, 0.9], 16), np.repeat([False, True], 32)
    band = abstain_band(probability, forged)

    assert band.low == band.high == 0.5 and band.uncertain == 0


def test_a_side_without_support_is_never_answered():
    band = abstain_band(np.array([0.4, 0.45, 0.6]), np.array([True, True, False]))

    assert (band.low, band.high, band.uncertain) == (0.0, 1.0, 3)


def test_equal_probabilities_stand_or_fall_together():
    probability = np.array([0.9] * 30 + [0.1] * 30)
    forged = np.array([True] * 28 + [False] * 32)

    assert abstain_band(probability, forged).high == 1.0, "two in thirty are wrong"


@pytest.mark.parametrize(
    ("answers", "wrong", "given"),
    [(31, 0, False), (32, 0, True), (58, 1, False), (59, 1, True), (84, 2, False), (85, 2, True)],
)
def test_a_promise_needs_answers(answers, wrong, given):
    """0.95 to the power of 32 is the first below a fifth."""
    band = abstain_band(np.full(answers, 0.9), np.arange(answers) >= wrong)
    assert (band.forged > 0) == given


@pytest.mark.parametrize(
    ("rate", "count", "needed"), [(0.01, 98, 99), (0.001, 998, 999), (0.01, 0, 99)]
)
def test_an_operating_point_is_not_invented(rate, count, needed):
    point = operating_point(rate, np.linspace(0, 0.5, count), np.array([0.9]))

    assert point.raw_score is None
    assert point.reason == (
        f"needs {needed} authentic images, there are {count} of different origin"
    )


def test_many_images_of_few_origins_support_no_operating_point():
    rng = np.random.default_rng(6)
    seen = [image(rng.random(), False, f"scan {n % 4}") for n in range(200)]
    seen += [image(rng.random(), True, f"forged {n}") for n in range(10)]

    point = fit_images(seen).operating_points[0]

    assert point.reason == "needs 99 authentic images, there are 4 of different origin"


def test_an_origin_counts_with_its_highest_authentic_score():
    low = [image(0.1, False, f"scan {n}") for n in range(99)]
    high = [image(0.4, False, f"scan {n}") for n in range(0, 99, 2)]
    forged = [image(0.9, True, f"scan {n}") for n in range(10)] + [image(0.3, True, "other")]

    point = fit_images([*low, *high, *forged]).operating_points[0]

    assert 0.4 < point.raw_score < 0.9
    assert point.recall == pytest.approx(10 / 11)


def test_a_saturated_score_supports_no_operating_point():
    point = operating_point(0.1, np.ones(20), np.ones(5))

    assert point.raw_score is None and "highest raw score possible" in point.reason


def test_one_image_more_is_enough():
    authentic = np.linspace(0, 0.5, 99)
    point = operating_point(0.01, authentic, np.array([0.4, 0.9]))

    assert point.name == "fpr-1%"
    assert 0.5 < point.raw_score < 0.9 and point.recall == 0.5


@pytest.mark.parametrize(("rate", "count"), [(0.01, 100), (0.05, 60), (0.1, 25)])
def test_new_authentic_images_reach_it_as_seldom_as_promised(rate, count):
    rng = np.random.default_rng(9)
    # Of uniform scores, those above a limit have a share of 1 − limit.
    reached = [
        1 - operating_point(rate, rng.random(count), np.array([])).raw_score for _ in range(3000)
    ]

    assert rate / 3 < np.mean(reached) <= rate


@pytest.mark.parametrize(("origins", "of_each"), [(25, 4), (25, 10)])
def test_images_of_a_new_origin_reach_it_as_seldom_as_promised(origins, of_each):
    rng = np.random.default_rng(10)
    shares = []
    for _ in range(1000):
        # Alike within an origin: its score is uniform, and its images hardly leave it.
        scores = np.repeat(rng.random(origins), of_each) - 1e-6 * rng.random(origins * of_each)
        seen = [
            image(max(0.0, score), False, f"scan {n // of_each}") for n, score in enumerate(scores)
        ]
        shares.append(1 - operating_points(seen, rates=(0.1,))[0].raw_score)

    assert 0.1 / 3 < np.mean(shares) <= 0.1


def test_it_survives_a_round_trip_through_json():
    fitted = fit_images(images(400, 3, a_step))

    assert ImageCalibration.model_validate_json(fitted.model_dump_json()) == fitted
