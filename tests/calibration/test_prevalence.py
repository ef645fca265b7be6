"""Probabilities where another share of the images is forged than among the labeled ones."""

import numpy as np
import pytest

from forensics_rt.calibration.calibration_error import expected_calibration_error
from forensics_rt.calibration.fitters import fit_platt
from forensics_rt.calibration.prevalence import Prevalence
from forensics_rt.calibration.record import AbstainBand
from forensics_rt.calibration.verdict import apply_calibrator, sigmoid


def inbox(count: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Evidence of images of which a share is forged, and the truth."""
    rng = np.random.default_rng(seed)
    forged = rng.random(count) < share
    return sigmoid(rng.normal(np.where(forged, 1.5, -0.5), 1.0)), forged


def band(low: float, high: float) -> AbstainBand:
    counts = ("authentic", "authentic_wrong", "uncertain", "forged", "forged_wrong")
    return AbstainBand(low=low, high=high, error_allowed=0.05, **dict.fromkeys(counts, 1))


@pytest.mark.parametrize("share", [0.02, 0.1, 0.9])
def test_what_was_fitted_on_halves_is_right_where_few_or_most_are_forged(share):
    calibrator = fit_platt(*inbox(20_000, 0.5, seed=1))
    raw_score, forged = inbox(20_000, share, seed=2)
    as_fitted = apply_calibrator(calibrator, raw_score)
    prevalence = Prevalence(expected=share, fitted=0.5)

    adjusted = np.array([prevalence.adjust(p) for p in as_fitted.tolist()])

    assert expected_calibration_error(adjusted, forged) < 0.02
    assert expected_calibration_error(as_fitted, forged) > 0.1
    assert adjusted.mean() == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.9])
def test_few_answers_are_wrong_at_any_share(share):
    calibrator = fit_platt(*inbox(20_000, 0.5, seed=1))
    raw_score, forged = inbox(20_000, share, seed=3)
    prevalence = Prevalence(expected=share, fitted=0.5)
    adjusted = np.array(
        [prevalence.adjust(p) for p in apply_calibrator(calibrator, raw_score).tolist()]
    )
    low, high = prevalence.limits(band(0.2, 0.7))

    assert forged[adjusted < low].mean() < 0.05
    assert (~forged[adjusted >= high]).mean() < 0.05


def test_the_share_of_the_calibration_changes_no_probability():
    same = Prevalence(expected=0.3, fitted=0.3)

    assert [same.adjust(p) for p in (0.0, 0.25, 1.0)] == pytest.approx([0.0, 0.25, 1.0])


def test_certainty_is_never_rounded_to():
    nearly = float(np.nextafter(1.0, 0.0))

    assert Prevalence(expected=0.999999, fitted=0.000001).adjust(nearly) < 1.0


def test_the_side_that_becomes_safer_keeps_its_limit_on_the_evidence():
    as_fitted, rare, common = (Prevalence(share, fitted=0.5) for share in (0.5, 0.4, 0.6))
    wide = band(0.2, 0.7)

    assert as_fitted.limits(wide) == (0.2, 0.7)
    # The other side's moves by the same odds once more: 7/3 × 6/4, and 1/4 × 4/6.
    assert rare.limits(wide) == pytest.approx((rare.adjust(0.2), 3.5 / 4.5))
    assert common.limits(wide) == pytest.approx((1 / 7, common.adjust(0.7)))


def test_a_probability_that_is_certain_enough_is_an_answer_by_itself():
    wide = band(0.2, 0.7)

    assert Prevalence(expected=0.01, fitted=0.5).limits(wide) == pytest.approx((0.05, 0.95))
    assert Prevalence(expected=0.99, fitted=0.5).limits(wide) == pytest.approx((0.05, 0.95))


@pytest.mark.parametrize("share", [0.06, 0.5, 0.94])
def test_a_side_that_was_never_answered_stays_so(share):
    assert Prevalence(expected=share, fitted=0.5).limits(band(0.0, 1.0)) == (0.0, 1.0)


def test_a_side_is_answered_where_it_would_be_right_of_nearly_all_images():
    """With one forged page in a hundred, "authentic" is wrong of one in a hundred at most."""
    assert Prevalence(expected=0.01, fitted=0.5).limits(band(0.0, 1.0)) == (0.05, 1.0)
    assert Prevalence(expected=0.99, fitted=0.5).limits(band(0.0, 1.0)) == (0.0, 0.95)


def test_a_band_more_careful_than_its_error_allows_stays_so():
    assert Prevalence(expected=0.01, fitted=0.5).limits(band(0.01, 0.99)) == (0.01, 0.99)


def test_the_limits_leave_the_fitted_share_without_a_leap():
    """Whether 50 or 53 of a hundred labeled images were forged must decide no verdict."""
    fitted, wide = 0.533, band(0.123, 0.828)
    for share in (fitted - 1e-6, fitted + 1e-6):
        limits = Prevalence(expected=share, fitted=fitted).limits(wide)
        assert limits == pytest.approx((0.123, 0.828), abs=1e-4)
    uppers, lowers = zip(
        *(Prevalence(share, fitted).limits(wide) for share in np.linspace(0.01, 0.99, 99)),
        strict=True,
    )
    assert max(np.abs(np.diff(uppers))) < 0.06 and max(np.abs(np.diff(lowers))) < 0.06
