"""The decisions of a grid, and where their entries are."""

from __future__ import annotations

import numpy as np

from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.grid import DecisionGrid

GRID = DecisionGrid((0.2, 0.5, 0.9), (1, 64))


def test_every_place_of_a_decision_gives_the_decision_of_that_place():
    decisions = [GRID.decision_at(tuple(place)) for place in np.argwhere(GRID.decisions)]

    assert len(set(decisions)) == len(decisions) == 12
    assert [GRID.place(one) for one in decisions] == [
        tuple(place) for place in np.argwhere(GRID.decisions).tolist()
    ]


def test_a_high_threshold_below_the_threshold_is_none():
    assert GRID.decision_at(GRID.place(Decision(0.5, 0.2, 64))) == Decision(0.5, None, 64)


def test_the_numbers_of_the_decision_in_force_are_on_the_grid_around_it():
    used = Decision(0.123, 0.987, 7)
    grid = DecisionGrid.around(used)

    assert grid.decision_at(grid.place(used)) == used
    assert grid.decision_at(grid.place(Decision(0.5))) == Decision(0.5)


def test_the_best_is_a_decision_though_a_place_without_one_scores_higher():
    scores = np.zeros(GRID.shape)
    scores[2, 0], scores[0, 2, 1] = 9.0, 1.0

    assert GRID.decision_at(GRID.best(scores)) == Decision(0.2, 0.9, 64)


def test_a_decision_is_no_distance_from_itself_and_further_from_those_that_differ_more():
    away = GRID.distances(Decision(0.2, 0.5))

    assert away[GRID.place(Decision(0.2, 0.5))] == 0
    nearer, further = Decision(0.2, 0.9), Decision(0.2, 0.9, 64)
    assert 0 < away[GRID.place(nearer)] < away[GRID.place(further)]
