"""Platt scaling: numbers kept from before scikit-learn fitted it, and what always holds."""

import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forensics_rt.calibration.fitters import fit_isotonic, fit_platt
from forensics_rt.calibration.record import Platt
from forensics_rt.calibration.verdict import apply_calibrator
from forensics_rt.errors import CalibrationError, OptionalDependency


def images(count, kind):
    rng = np.random.default_rng(7)
    raw_score = rng.random(count)
    if kind == "steps":
        raw_score = np.round(raw_score * 8) / 8
    elif kind == "extreme":
        raw_score = rng.beta(0.1, 0.1, count)
    forged = rng.random(count) < raw_score
    return raw_score, raw_score > 0.5 if kind == "separated" else forged


@pytest.mark.parametrize(
    ("count", "kind", "slope", "intercept"),
    [
        (12, "plain", 0.5374171189, 0.3255726387),
        (400, "plain", 0.9324373731, -0.0668584747),
        (40, "steps", 0.5377358507, -0.0916141097),
        (60, "extreme", 0.3924873304, 0.2343926243),
        (20, "separated", 1.3764077257, 0.0937695356),
    ],
)
def test_the_sigmoid_is_the_one_kept_from_an_implementation_of_our_own(
    count, kind, slope, intercept
):
    fitted = fit_platt(*images(count, kind))

    assert fitted.slope == pytest.approx(slope, abs=1e-6)
    assert fitted.intercept == pytest.approx(intercept, abs=1e-6)


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


def test_evidence_that_is_the_same_for_all_images_gives_their_share():
    fitted = fit_platt([0.3] * 5, [False, False, False, True, True])

    assert fitted.slope == 0.0
    assert apply_calibrator(fitted, 0.9) == pytest.approx((2 * 3 / 4 + 3 * 1 / 5) / 5)


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


@pytest.mark.parametrize("fit", [fit_platt, fit_isotonic])
def test_without_scikit_learn_the_message_says_what_to_install(fit, monkeypatch):
    for module in ("sklearn.linear_model", "sklearn.isotonic"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(OptionalDependency, match=r"pip install 'forensics_rt\[calibrate\]'"):
        fit([0.1, 0.2, 0.9], [False, False, True])
    assert apply_calibrator(Platt(slope=1.0, intercept=0.0), 0.25) == pytest.approx(0.25)
