"""The decision that makes the mask, against brute force over real maps."""

import numpy as np
import pytest

from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.figures import mask_figures
from forensics_rt.calibration.grid import DecisionGrid
from forensics_rt.calibration.observations import observe
from forensics_rt.calibration.pixel import best_decision, choose_decision
from forensics_rt.errors import CalibrationError
from tests.calibration.pages import labeled_map, observations

GRID = DecisionGrid()
HALF = Decision(0.5)


def f1(seen, decision):
    return mask_figures(seen, GRID, [decision] * len(seen)).f1


def test_the_best_decision_is_that_of_brute_force_over_masks():
    grid = DecisionGrid((0.05, 0.2, 0.5, 0.8, 0.95), (1, 40))
    maps = [labeled_map(number, shift=-1.0, side=64) for number in range(6)]
    scores = {}
    forged = sum((truth == 1).sum() for _, truth in maps)
    for place in np.argwhere(grid.decisions):
        decision = grid.decision_at(tuple(place))
        pairs = [(decision.mask(page), truth) for page, truth in maps]
        hits = sum((mask & (truth == 1)).sum() for mask, truth in pairs)
        wrong = sum((mask & (truth == 0)).sum() for mask, truth in pairs)
        scores[decision] = 2 * hits / (hits + wrong + forged)

    seen = [observe(*one, grid, f"page {number}") for number, one in enumerate(maps)]

    found = best_decision(seen, grid)
    assert found == max(scores, key=scores.get)
    assert mask_figures(seen, grid, [found] * 6).f1 == pytest.approx(scores[found])


@pytest.mark.parametrize("shift", [-3.0, 3.0])
def test_ten_images_recover_half_of_the_gap_to_the_best_on_new_ones(shift):
    new = observations(range(1000, 1060), shift, GRID)
    at_half, best = f1(new, HALF), f1(new, best_decision(new, GRID))
    assert best > at_half + 0.2, "the study needs a gap"

    recovered = []
    for start in range(0, 100, 10):
        ten = observations(range(start, start + 10), shift, GRID)
        chosen = choose_decision(ten, GRID, before=HALF)
        recovered.append((f1(new, chosen) - at_half) / (best - at_half))

    assert np.mean(recovered) > 0.8
    assert min(recovered) > 0.5, "with any ten of them"


def test_ten_images_do_not_leave_a_good_decision_for_an_accident():
    new = observations(range(1000, 1060), 0.0, GRID)
    good = best_decision(new, GRID)
    kept, greedy = [], []
    for start in range(0, 100, 10):
        ten = observations(range(start, start + 10), 0.0, GRID)
        kept.append(f1(new, choose_decision(ten, GRID, before=good)))
        greedy.append(f1(new, best_decision(ten, GRID)))

    assert np.mean(kept) > np.mean(greedy)


def test_many_images_move_it_to_the_top():
    many = observations(range(150), -3.0, GRID)

    chosen = choose_decision(many, GRID, before=HALF)

    assert f1(many, chosen) > 0.98 * f1(many, best_decision(many, GRID))


def test_a_limit_on_alarms_is_kept():
    seen = observations(range(30), 0.0, GRID)
    authentic = [one for one in seen if one.forged is False]
    free, quiet = choose_decision(seen, GRID, HALF), choose_decision(seen, GRID, HALF, 0.05)

    assert mask_figures(authentic, GRID, [free] * 10).alarmed > 0.05
    assert mask_figures(authentic, GRID, [quiet] * 10).alarmed <= 0.05


def test_a_limit_that_no_decision_keeps_is_an_error_and_relaxed_comes_near():
    page, truth = np.ones((64, 64), np.float32), np.zeros((64, 64), np.uint8)
    forged = truth.copy()
    forged[:9] = 1
    seen = [observe(page, truth, GRID, "a"), observe(page, forged, GRID, "b")]

    with pytest.raises(CalibrationError, match=r"every decision alarms 100\.0% or more"):
        choose_decision(seen, GRID, HALF, 0.1)
    assert choose_decision(seen, GRID, HALF, 0.1, relaxed=True) == HALF


def test_a_limit_needs_authentic_images():
    seen = [one for one in observations(range(6), 0.0, GRID) if one.forged]

    with pytest.raises(CalibrationError, match="needs authentic images, but there are none"):
        choose_decision(seen, GRID, HALF, 0.1)


def test_without_a_forged_pixel_there_is_nothing_to_choose():
    seen = observations(range(0, 30, 3), 0.0, GRID)

    with pytest.raises(CalibrationError, match="must hold forged pixels, but all masks are black"):
        choose_decision(seen, GRID, HALF)
