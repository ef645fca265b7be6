"""What a score, a verdict and an operating point mean, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forensics_rt.calibration.record import OperatingPoint
from forensics_rt.calibration.verdict import Conclusions, Rules

# Of a verdict: the word that a reader sees, and what it means.
VERDICTS: Mapping[str | None, tuple[str, str]] = {
    "forged": (
        "Forged",
        "The score reaches the limit from which this model calls an image forged. Look at the "
        "regions first. The verdict can be wrong: see the limits of the model.",
    ),
    "authentic": (
        "Authentic",
        "The score stays below the limit under which this model calls an image authentic. The "
        "model misses some kinds of edits, so this does not prove that nothing was edited.",
    ),
    "uncertain": (
        "Uncertain",
        "The score lies between both limits, so the model gives no answer. This is neither a sign "
        "of an edit nor of an authentic image. Regions that are listed deserve a look.",
    ),
    "not_applicable": (
        "Not applicable",
        "No network examined this page, because it shows no image: text and lines that a program "
        "draws carry no traces of editing.",
    ),
    None: (
        "No verdict",
        "This model has no calibration, so its score is not a probability and no verdict follows "
        "from it. Regions that are listed deserve a look.",
    ),
}


def percent(share: float) -> str:
    """Return a share in percent, with digits as far as they matter.

    Example:
        >>> percent(0.5), percent(0.0123), percent(0.00004), percent(0.9996)
        ('50 %', '1.2 %', '0.004 %', '99.96 %')
    """
    nearest = min(share, 1 - share)
    digits = 0 if nearest >= 0.095 or nearest <= 0 else 1 if nearest >= 0.0095 else 2
    if 0 < nearest < 0.00005:
        return f"{100 * share:.3g} %" if share < 0.5 else "more than 99.99 %"
    if nearest and nearest < 0.0005:
        digits = 3 if share < 0.5 else 2
    return f"{100 * share:.{digits}f} %"


def score_in_words(document: Mapping[str, Any], conclusions: Conclusions) -> str:
    """Say what the score of a result is.

    Args:
        document: What `Detection.to_dict` returns.
        conclusions: Of the detector.
    """
    if document["verdict"] == "not_applicable":
        return "none, as no network was asked"
    if not document["calibrated"]:
        return f"{document['raw_score']:.3f} (raw score, not a probability)"
    return (
        f"{document['score']:.3f}: of 1,000 images with this score, about "
        f"{1000 * document['score']:.0f} are forged, {_among(conclusions)}"
    )


def _among(conclusions: Conclusions) -> str:
    share = conclusions.expected_share
    if share is not None:
        return f"if {percent(share)} of all images are forged, as was expected for this run"
    record = conclusions.calibration
    if record is None:
        return "among images like those of the calibration"
    fitted = record.fitted_on
    of_all = fitted.forged / max(1, fitted.forged + fitted.authentic)
    return f"among images like those of the calibration, of which {percent(of_all)} are forged"


def limit_in_words(conclusions: Conclusions, medium: str | None) -> str:
    """Return from which score on an image of a medium is called forged.

    Args:
        conclusions: Of the detector.
        medium: Name of the image's medium; `None` for unknown.
    """
    rules = conclusions.rules_for(medium)
    if rules is None:
        return "none"
    point = rules.operating_point
    if point is not None and point.raw_score is not None:
        return f"raw score {point.raw_score:.4f} ({point.name})"
    band, prevalence = rules.image.abstain, rules.prevalence
    return f"score {band.high if prevalence is None else prevalence.limits(band)[1]:.3f}"


def point_in_words(conclusions: Conclusions) -> str:
    """Say what makes the verdict `forged`, and what that promises."""
    record = conclusions.calibration
    if record is None or record.image is None:
        return "None: without a calibration there is no verdict, and nothing is promised."
    if record.media is None:
        return _rules_in_words(conclusions.rules_for(None))
    by_medium = [f"{name}: {_rules_in_words(conclusions.rules_for(name))}" for name in record.media]
    return " ".join([*by_medium, "Images of any other medium: uncertain."])


def _rules_in_words(rules: Rules | None) -> str:
    if rules is None:
        return "none"
    point = rules.operating_point
    if point is not None and point.raw_score is not None:
        return _promise(point, point.raw_score)
    band = rules.image.abstain
    low, high = band.low, band.high
    if rules.prevalence is not None:
        low, high = rules.prevalence.limits(band)
    answered = band.forged + band.authentic + band.uncertain
    never = (
        "; never authentic, because too few images support that"
        if low <= 0
        else f"; authentic below a score of {low:.3f}"
    )
    authentic = (
        f"; {band.authentic} were called authentic, of which {band.authentic_wrong} were not"
        if band.authentic
        else ""
    )
    return (
        f"None was asked for. Forged from a score of {high:.3f} on{never}. Of the {answered} "
        f"images of the calibration, {band.forged} were called forged, of which "
        f"{band.forged_wrong} were not{authentic}; {band.uncertain} were left uncertain."
    )


def robustness_in_words(robust: Mapping[str, Any]) -> str:
    """Say how much of what is marked is marked again in changed copies of the image.

    Args:
        robust: Of a result's JSON.

    Example:
        >>> look = {"change": "rotated by 1°", "kept": 0.5, "appeared": 0.0}
        >>> robustness_in_words({"agreement": 0.5, "looks": [look]})
        '50 % of what is marked is marked in every copy (rotated by 1°: 50 %)'
    """
    looks = robust["looks"]
    if robust["agreement"] is None:
        seen = ", ".join(look["change"] for look in looks if look["appeared"])
        return f"nothing is marked, but a copy has marks: {seen}" if seen else "nothing is marked"
    each = ", ".join(f"{look['change']}: {percent(look['kept'])}" for look in looks)
    return f"{percent(robust['agreement'])} of what is marked is marked in every copy ({each})"


def _promise(point: OperatingPoint, limit: float) -> str:
    found = "" if point.recall is None else f" {percent(point.recall)} of the forged images did."
    return (
        f"{point.name}: forged from a raw score of {limit:.4f} on. It promises that at most "
        f"{percent(point.false_positive_rate)} of further authentic images reach that limit, if "
        f"they are like those of the calibration.{found}"
    )
