"""Isotonic regression: numbers kept from an implementation of our own, and what always holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics_rt.calibration.fitters import fit_isotonic
from forensics_rt.calibration.verdict import apply_calibrator

ROWS = st.lists(st.tuples(st.floats(0, 1, width=16), st.booleans()), min_size=2, max_size=40)


def test_the_knots_are_those_kept_from_before():
    rng = np.random.default_rng(7)
    raw_score = np.round(rng.random(16) * 8) / 8
    fitted = fit_isotonic(raw_score, rng.random(16) < raw_score)

    assert fitted.raw_score == (0.0, 0.25, 0.5, 0.625, 0.75, 0.875)
    assert fitted.probability == pytest.approx((0.1, 0.2, 0.4, 0.4, 0.9, 0.9), abs=1e-9)


def test_many_images_give_the_function_kept_from_before():
    rng = np.random.default_rng(7)
    raw_score = rng.random(400)
    fitted = fit_isotonic(raw_score, rng.random(400) < raw_score)

    kept = [0.0048780488, 0.12, 0.2272727273, 0.4670226296, 0.6363636364, 0.8266666667]
    assert apply_calibrator(fitted, [0.0, 0.1, 0.3, 0.5, 0.7, 0.9]) == pytest.approx(kept, abs=1e-9)


@given(ROWS.filter(lambda rows: len({forged for _, forged in rows}) == 2))
def test_the_probability_never_falls_and_is_never_certain(rows):
    raw_score, forged = zip(*rows, strict=True)
    probability = apply_calibrator(fit_isotonic(raw_score, forged), np.linspace(0, 1, 101))

    assert (np.diff(probability) >= 0).all()
    assert probability[0] >= 1 / (len(rows) - sum(forged) + 2)
    assert probability[-1] <= (sum(forged) + 1) / (sum(forged) + 2)
