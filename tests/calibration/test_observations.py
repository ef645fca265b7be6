import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.figures import mask_figures
from forensics_rt.calibration.grid import DecisionGrid
from forensics_rt.calibration.observations import observe
from forensics_rt.plan.mask import forged_mask
from forensics_rt.plan.score import image_score
from tests.calibration.pages import labeled_map

GRID = DecisionGrid((0.1, 0.25, 0.5, 0.75, 0.9), (1, 3, 20))
ELEMENTS = st.floats(0, 1, width=16) | st.sampled_from(GRID.thresholds)
MAPS = arrays(np.float32, (9, 11), elements=ELEMENTS)
TRUTH = arrays(np.uint8, (9, 11), elements=st.sampled_from([0, 1, 255]))


@given(MAPS.map(lambda page: page.astype(np.float32)), TRUTH)
def test_every_entry_is_what_the_mask_of_that_decision_would_count(page, truth):
    seen = observe(page, truth, GRID, "page")

    for place in np.ndindex(GRID.shape):
        numbers = GRID.thresholds[place[0]], GRID.thresholds[place[1]], GRID.areas[place[2]]
        mask = forged_mask(page, *numbers)
        assert seen.hits[place] == (mask & (truth == 1)).sum()
        assert seen.false_alarms[place] == (mask & (truth == 0)).sum()


def test_real_maps_count_alike_on_the_grid_that_is_used():
    grid = DecisionGrid.around(Decision(0.37, high_area=5))
    page, truth = labeled_map(4, shift=0.0)
    seen = observe(page, truth, grid, "page")

    for numbers in [(0.37, 0.95, 1), (0.005, 0.5, 16), (0.5, 0.37, 5), (0.2, 0.995, 1)]:
        mask = forged_mask(page, *numbers)
        place = grid.place(Decision(*numbers))
        assert seen.hits[place] == (mask & (truth == 1)).sum()
        assert seen.false_alarms[place] == (mask & (truth == 0)).sum()
    assert seen.raw_score == image_score(page)


@pytest.mark.parametrize(("mark", "forged"), [(0, False), (1, True), (255, None)])
def test_an_image_of_which_only_ignored_pixels_are_marked_is_neither(mark, forged):
    truth = np.zeros((16, 16), np.uint8)
    truth[4:8, 4:8] = mark

    assert observe(np.zeros((16, 16), np.float32), truth, GRID, "page").forged is forged


def test_figures_pool_pixels_and_count_alarmed_authentic_images():
    page = np.zeros((40, 50), np.float32)
    page[:4, :25] = 0.8
    half_forged = np.zeros(page.shape, np.uint8)
    half_forged[:8, :10] = 1
    seen = [
        observe(page, half_forged, GRID, "forged"),
        observe(page, np.zeros_like(half_forged), GRID, "alarmed"),
        observe(np.zeros_like(page), np.zeros_like(half_forged), GRID, "quiet"),
    ]

    figures = mask_figures(seen, GRID, [Decision(0.5)] * 3)

    assert figures.precision == 40 / 200 and figures.recall == 40 / 80
    assert figures.f1 == pytest.approx(2 * 40 / (200 + 80))
    assert figures.false_alarm_share == pytest.approx(160 / 5920)
    assert figures.alarmed == 0.5
