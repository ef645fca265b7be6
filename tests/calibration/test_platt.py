"""Platt scaling against scikit-learn's logistic regression."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from forensics_rt.calibration.image import apply_calibrator
from forensics_rt.calibration.platt import fit_platt, log_odds, newton_sigmoid
from forensics_rt.calibration.truth import smoothed_targets
from forensics_rt.errors import CalibrationError


def logistic_regression(values, targets):
    # A target q is q images of one class and 1 − q of the other.
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    model.fit(
        np.concatenate([values, values])[:, None],
        np.repeat([1, 0], len(values)),
        sample_weight=np.concatenate([targets, 1 - targets]),
    )
    return model.coef_.item(), model.intercept_.item()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [12, 400])
def test_it_is_logistic_regression_on_platts_targets(seed, count):
    rng = np.random.default_rng(seed)
    raw_score = rng.random(count)
    forged = rng.random(count) < raw_score
    fitted = fit_platt(raw_score, forged)

    slope, intercept = logistic_regression(log_odds(raw_score), smoothed_targets(forged))

    assert fitted.slope == pytest.approx(slope, abs=1e-6)
    assert fitted.intercept == pytest.approx(intercept, abs=1e-6)


def test_newton_converges_from_values_of_any_size():
    rng = np.random.default_rng(3)
    values = rng.normal(0, 300, 200)
    targets = np.where(values + rng.normal(0, 300, 200) > 0, 0.99, 0.01)

    assert newton_sigmoid(values, targets) == pytest.approx(
        logistic_regression(values, targets), rel=1e-4
    )


def test_a_few_separated_images_do_not_make_certainty():
    fitted = fit_platt([0.1, 0.2, 0.3, 0.8, 0.9, 0.95], [False] * 3 + [True] * 3)

    certain = apply_calibrator(fitted, [0.1, 0.95])
    assert 0.1 < certain[0] < 0.2 and 0.8 < certain[1] < 0.9


def test_evidence_that_speaks_against_itself_is_not_believed():
    fitted = fit_platt([0.9, 0.8, 0.7, 0.2, 0.1], [False, False, False, True, True])

    assert fitted.slope == 0.0
    assert apply_calibrator(fitted, [0.1, 0.9]) == pytest.approx(
        np.full(2, (2 * 3 / 4 + 3 * 1 / 5) / 5)
    )


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=30).filter(
        lambda rows: len({forged for _, forged in rows}) == 2
    )
)
@example([(0.5625, False), (0.56640625, True)])  # as steep as two images can be
def test_more_evidence_never_means_a_lower_probability(rows):
    raw_score, forged = zip(*rows, strict=True)
    probability = apply_calibrator(fit_platt(raw_score, forged), np.linspace(0, 1, 101))

    assert (np.diff(probability) >= 0).all()
    assert probability[0] > 0 and probability[-1] < 1


@pytest.mark.parametrize("forged", [True, False])
def test_one_kind_of_image_is_not_enough(forged):
    with pytest.raises(CalibrationError, match=r"on forged and on authentic images, but [03] of 3"):
        fit_platt([0.1, 0.2, 0.3], [forged] * 3)
