"""What all results of a report have in common: model, backend, recipe, decision."""

from __future__ import annotations

from dataclasses import dataclass

from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.verdict import Conclusions
from forensics_rt.detector import Detector
from forensics_rt.report.facts.fact import Fact, FactTable
from forensics_rt.report.facts.model_card import CardSummary, card_summary
from forensics_rt.report.words import percent, point_in_words
from forensics_rt.version import __version__


@dataclass(frozen=True)
class RunFacts:
    """How the images of a report were examined.

    Attributes:
        bundle: Name, version and id of the bundle.
        operating_point: What makes an image forged, and what that promises.
        model: Bundle, card and license.
        decision: Thresholds, calibration, operating point.
        computation: Backend, number format, recipe and versions.
        card: Summary and limits of the model.
    """

    bundle: str
    operating_point: str
    model: FactTable
    decision: FactTable
    computation: FactTable
    card: CardSummary


def run_facts(detector: Detector, conclusions: Conclusions | None = None) -> RunFacts:
    """Gather what is common to all results of a detector.

    Args:
        detector: What gave them.
        conclusions: What they were concluded by; `None` for what the detector was made with.

    Raises:
        BundleAltered: If the model card is not the one that the manifest names.
    """
    manifest = detector.bundle.manifest
    used = conclusions or detector.conclusions
    model = (
        Fact("bundle", f"{manifest.name} {manifest.version}"),
        Fact("bundle id", f"{detector.bundle.id} (start of the manifest's SHA-256)"),
        Fact("license", manifest.license),
        Fact("networks", str(detector.recipe.members)),
    )
    return RunFacts(
        bundle=detector.bundle_name,
        operating_point=point_in_words(used),
        model=FactTable("Model", model),
        decision=FactTable("Decision", _decision(used)),
        computation=FactTable("Computation", _computation(detector)),
        card=card_summary(detector.bundle.model_card() or ""),
    )


def _decision(used: Conclusions) -> tuple[Fact, ...]:
    facts = [
        Fact("threshold of a pixel", _threshold(used.decision)),
        Fact("operating point", point_in_words(used)),
        Fact(
            "prevalence",
            "that of the calibration" if used.expected_share is None else
            f"{percent(used.expected_share)} of the images were expected to be forged",
        ),
    ]  # fmt: skip
    if used.calibration is None:
        return (*facts, Fact("calibration", "none"))
    fitted = used.calibration.fitted_on
    described = (
        f"{used.calibration_id}; fitted {fitted.date} on {fitted.images} images "
        f"({fitted.forged} forged, {fitted.authentic} authentic): {fitted.description}"
    )
    return (*facts, Fact("calibration", described))


def _threshold(decision: Decision) -> str:
    said = f"probability {decision.threshold:g}"
    if not decision.judges_regions:
        return said
    where = "somewhere" if decision.high_area == 1 else f"at {decision.high_area} pixels or more"
    return f"{said}, and regions that reach {decision.convincing:g} {where} are reported"


def _computation(detector: Detector) -> tuple[Fact, ...]:
    uses = detector.capabilities
    versions = {"forensics_rt": __version__, **uses.versions}
    fields = detector.setup.recipe_used.as_record().items()
    used = "; ".join(f"{key} {_plain(value)}" for key, value in fields if value is not None)
    return (
        Fact("backend", f"{uses.name} on {uses.device}"),
        Fact("number format", uses.precision),
        Fact("recipe", used),
        Fact("versions", ", ".join(f"{name} {number}" for name, number in versions.items())),
    )


def _plain(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
