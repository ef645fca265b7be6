"""Fitting a recipe to a bundle: every `None` is resolved here, and nowhere else."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, replace

from forensics_rt.bundle.manifest import Manifest
from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.prevalence import expect
from forensics_rt.calibration.record import CalibrationRecord, PixelCalibration
from forensics_rt.calibration.verdict import Conclusions, find_operating_point, judge
from forensics_rt.errors import CalibrationError, RecipeError
from forensics_rt.plan.tiling import JPEG_BLOCK
from forensics_rt.recipe import Recipe

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AskedDecision:
    """What a caller says of the decision; `None` for what the bundle or its calibration says.

    Attributes:
        threshold: Probability from which a pixel counts as forged.
        high_threshold: Probability that a region must reach to be reported.
        high_area: With how many pixels it must reach that.
    """

    threshold: float | None = None
    high_threshold: float | None = None
    high_area: int | None = None


def fit_recipe(recipe: Recipe, manifest: Manifest) -> Recipe:
    """Fill in the tile sizes and members that a recipe leaves to the bundle.

    Sizes stay open, `None`, where the networks take tiles that fit the page.

    Raises:
        RecipeError: If the recipe wants what the bundle does not have.
    """
    if manifest.contract.coefficients is not None:
        _check_whole_blocks(recipe, manifest.name)
    sizes = recipe.tile_sizes or manifest.tile_sizes
    fits_page = recipe.tile_sizes is None and recipe.merge == "blend" and manifest.tile_sides
    unknown = sorted(set(sizes) - set(manifest.tile_sizes))
    if unknown:
        raise RecipeError(
            f"recipe {recipe.name!r} needs tiles of {unknown}, bundle {manifest.name!r} has "
            f"{list(manifest.tile_sizes)}; build it with --tiles {' '.join(map(str, sizes))}"
        )
    if recipe.overlap > min(sizes) - JPEG_BLOCK:
        raise RecipeError(
            f"recipe {recipe.name!r} needs an overlap of {recipe.overlap}, at most "
            f"{min(sizes) - JPEG_BLOCK} is possible with tiles of {min(sizes)}"
        )
    members = recipe.members or len(manifest.members)
    if members > len(manifest.members):
        raise RecipeError(
            f"recipe {recipe.name!r} wants {members} members, bundle {manifest.name!r} has "
            f"{len(manifest.members)}"
        )
    if recipe.weights is not None and len(recipe.weights) != members:
        raise RecipeError(
            f"recipe {recipe.name!r} has {len(recipe.weights)} weights, but {members} members of "
            f"bundle {manifest.name!r} vote; give one for each, or say how many vote: members"
        )
    if recipe.exit_threshold is not None and manifest.cascade is None:
        raise RecipeError(
            f"recipe {recipe.name!r} is a cascade, but bundle {manifest.name!r} has no network "
            "for that; build it with --cascade, or choose another recipe"
        )
    return replace(recipe, tile_sizes=None if fits_page else sizes, members=members)


def _check_whole_blocks(recipe: Recipe, bundle: str) -> None:
    """Refuse what turns tiles, or cuts through blocks, where networks read the coefficients."""
    reads = f"but the networks of bundle {bundle!r} read the coefficients of JPEG"
    if recipe.tta != ("identity",):
        raise RecipeError(
            f"recipe {recipe.name!r} turns tiles ({', '.join(recipe.tta)}), {reads}, and blocks "
            "that are turned are those of no JPEG; take the recipe 'balanced', or one of your own "
            'with tta = "none"'
        )
    if recipe.merge != "blend":
        raise RecipeError(
            f"recipe {recipe.name!r} merges by {recipe.merge!r}, whose tiles cut through blocks, "
            f"{reads}; take a recipe that merges by 'blend'"
        )


def choose_conclusions(
    asked: AskedDecision,
    calibration: CalibrationRecord | None,
    operating_point: str | None,
    prevalence: float | None,
    recipe: Recipe,
    manifest: Manifest,
    bundle_name: str,
) -> Conclusions:
    """Resolve what the caller left open.

    Args:
        asked: The caller's decision, as far as there is one.
        calibration: The caller's, or `None` for the bundle's.
        operating_point: Name of one of the calibration's, or `None`.
        prevalence: Share of forged images among those to come, or `None`.
        recipe: Fitted to the bundle.
        manifest: The bundle's.
        bundle_name: What to call the bundle where it does not fit.

    Raises:
        RecipeError: If threshold or high threshold is no number between 0 and 1, or high area is
            no whole number of 1 or more.
        CalibrationError: If the calibration belongs to other networks, lacks the point, or cannot
            be brought to the prevalence.
    """
    used = calibration or manifest.calibration
    if used is not None:
        _check_calibration(used, recipe, manifest, bundle_name)
    conclusions = Conclusions(
        decision=decision_in_force(asked, calibration, recipe, manifest),
        calibration=used,
        operating_point=find_operating_point(used, operating_point),
        prevalence=expect(used, prevalence),
    )
    if prevalence is not None and operating_point is None:
        _warn_of_verdicts_never_given(conclusions, prevalence)
    return conclusions


def _warn_of_verdicts_never_given(conclusions: Conclusions, prevalence: float) -> None:
    record = conclusions.calibration
    media: list[str | None] = [None]
    if record is not None and record.media is not None:
        media = [*record.media]
    rules = [used for used in map(conclusions.rules_for, media) if used is not None]
    for verdict, raw_score, surest in (("forged", 1.0, max), ("authentic", 0.0, min)):
        given = [judge(used.image, raw_score, None, used.prevalence) for used in rules]
        if given and all(found != verdict for _, found in given):
            _log.warning(
                "with prevalence %g no image is called %s: even a raw score of %g gives a score "
                "of %.3g, which is less certain than the calibration requires; use the scores, or "
                "name an operating point",
                prevalence,
                verdict,
                raw_score,
                surest(score for score, _ in given),
            )


def decision_in_force(
    asked: AskedDecision,
    calibration: CalibrationRecord | None,
    recipe: Recipe,
    manifest: Manifest,
) -> Decision:
    """Return the decision of the first that has one: caller, calibration, recipe, bundle.

    A calibration of the caller's own comes before the recipe, the bundle's comes after it.
    The three numbers are one decision: whoever gives the threshold ends the search, so that a high
    threshold never meets a threshold that it was not chosen for. A high threshold alone joins the
    next threshold found, and a high area alone the next high threshold.

    Raises:
        RecipeError: If what the caller gave is out of its range.
    """
    checked = replace(recipe, **asdict(asked))  # refuses what is out of its range
    sources: list[Recipe | PixelCalibration] = [checked]
    sources += [] if calibration is None else [calibration.pixel]
    sources.append(recipe)
    sources += [] if manifest.calibration is None else [manifest.calibration.pixel]
    high_threshold, high_area = None, None
    for source in sources:
        if high_threshold is None:
            high_area = source.high_area if high_area is None else high_area
            high_threshold = source.high_threshold
        if source.threshold is not None:
            return Decision(source.threshold, high_threshold, high_area or 1)
    return Decision(manifest.thresholds["pixel"], high_threshold, high_area or 1)


def _check_calibration(
    calibration: CalibrationRecord, recipe: Recipe, manifest: Manifest, bundle_name: str
) -> None:
    fitted_on = calibration.fitted_on
    if fitted_on.networks != manifest.networks_id:
        raise CalibrationError(
            f"the calibration was fitted with bundle {fitted_on.bundle}, but this is bundle "
            f"{bundle_name}, whose networks differ; calibrate this one with `forensics-rt "
            "calibrate`, or open that one"
        )
    # Tiles that fit the page change no answer but at their edges: their size is not another recipe.
    squares = recipe.tile_sizes or manifest.tile_sizes
    if differences := replace(recipe, tile_sizes=squares).differences(
        replace(fitted_on.recipe, tile_sizes=fitted_on.recipe.tile_sizes or manifest.tile_sizes)
    ):
        _log.warning(
            "the calibration was fitted with recipe %r, but recipe %r runs, with another %s: "
            "thresholds and scores may be off; calibrate with the recipe that runs",
            fitted_on.recipe.name,
            recipe.name,
            " and ".join(differences),
        )
