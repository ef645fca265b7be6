"""Pool-adjacent-violators against scikit-learn's isotonic regression."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from forensics_rt.calibration.image import apply_calibrator
from forensics_rt.calibration.isotonic import fit_isotonic, pool_adjacent_violators

ROWS = st.lists(st.tuples(st.floats(0, 1, width=16), st.booleans()), min_size=2, max_size=40)


@given(ROWS)
def test_it_fits_what_scikit_learn_fits(rows):
    values, forged = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    oracle = IsotonicRegression(out_of_bounds="clip").fit(values, forged)

    knots, fits = pool_adjacent_violators(values, forged)

    everywhere = np.concatenate([values, np.linspace(0, 1, 50)])
    assert np.interp(everywhere, knots, fits) == pytest.approx(oracle.predict(everywhere), abs=1e-9)


@given(ROWS.filter(lambda rows: len({forged for _, forged in rows}) == 2))
def test_the_probability_never_falls_and_is_never_certain(rows):
    raw_score, forged = zip(*rows, strict=True)
    probability = apply_calibrator(fit_isotonic(raw_score, forged), np.linspace(0, 1, 101))

    assert (np.diff(probability) >= 0).all()
    assert probability[0] >= 1 / (len(rows) - sum(forged) + 2)
    assert probability[-1] <= (sum(forged) + 1) / (sum(forged) + 2)
