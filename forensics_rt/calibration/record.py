"""What a calibration is on disk: a section of a bundle's manifest, or a file of its own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    WrapSerializer,
    model_serializer,
    model_validator,
)

from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.origin import OriginRecord
from forensics_rt.io.old_words import in_todays_words
from forensics_rt.recipe import Recipe

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Inside = Annotated[float, Field(gt=0.0, lt=1.0)]
Count = Annotated[int, Field(ge=0)]
Some = Annotated[int, Field(ge=1)]


def _written(recipe: Recipe, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
    return {key: value for key, value in write(recipe).items() if key in recipe.as_record()}


StoredRecipe = Annotated[Recipe, BeforeValidator(in_todays_words), WrapSerializer(_written)]


class _Part(BaseModel):
    # JSON knows no infinity: it would be written as null, and the file could not be read again.
    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _in_todays_words(cls, keys: Any) -> Any:
        return in_todays_words(keys)


class _Judged(_Part):
    threshold: Inside
    high_threshold: Inside | None
    high_area: Some = 1

    @property
    def decision(self) -> Decision:
        """What makes the mask."""
        return Decision(self.threshold, self.high_threshold, self.high_area)

    @model_serializer(mode="wrap")
    def _without_an_area_of_one(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # The id of a calibration is that of its text: records of before must keep theirs.
        written: dict[str, Any] = write(self)
        if self.high_area == 1:
            del written["high_area"]
        return written


class MaskFigures(_Judged):
    """How good the masks of one decision are, all pixels of all images pooled.

    Attributes:
        threshold: Probability from which a pixel belongs to a region.
        high_threshold: Probability that a region must reach; `None` for a plain threshold.
        high_area: With how many pixels it must reach that.
        f1: 2 · hits / (2 · hits + false alarms + misses).
        precision: Share of the reported pixels that are forged.
        recall: Share of the forged pixels that are reported.
        false_alarm_share: Share of the authentic pixels that are reported.
        alarmed: Share of the authentic images of which more than a thousandth is reported; `None`
            if there are none.
    """

    f1: Share
    precision: Share
    recall: Share
    false_alarm_share: Share
    alarmed: Share | None


class PixelCalibration(_Judged):
    """The decision that makes the mask, and how it compares with others on the same images.

    Attributes:
        threshold: Probability from which a pixel belongs to a region.
        high_threshold: Probability that a region must reach; `None` for a plain threshold.
        high_area: With how many pixels it must reach that.
        fitted: Figures of this rule of choice, each image judged by a decision chosen without it.
        at_half: Figures of the plain threshold 0.5.
        before: Figures of the decision that was in force.
        best: Figures of the best decision in hindsight, which no honest rule can beat.
    """

    fitted: MaskFigures
    at_half: MaskFigures
    before: MaskFigures
    best: MaskFigures


class Platt(_Part):
    """Probability = 1 / (1 + exp(−(slope · ln(e / (1 − e)) + intercept))) of raw score e."""

    kind: Literal["platt"] = "platt"
    slope: Annotated[float, Field(ge=0.0)]
    intercept: float


class Isotonic(_Part):
    """Probability by linear interpolation between knots, constant beyond the outermost."""

    kind: Literal["isotonic"] = "isotonic"
    raw_score: Annotated[tuple[Share, ...], Field(min_length=1)]
    probability: Annotated[tuple[Share, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _rising(self) -> Isotonic:
        if len(self.raw_score) != len(self.probability):
            raise ValueError("raw score and probability must have the same number of knots")
        if list(self.raw_score) != sorted(set(self.raw_score)):
            raise ValueError("raw score must rise from knot to knot")
        if list(self.probability) != sorted(self.probability):
            raise ValueError("probability must not fall from knot to knot")
        return self


ImageCalibrator = Annotated[Platt | Isotonic, Field(discriminator="kind")]


class AbstainBand(_Part):
    """Probabilities [low, high) between which the answer is that nobody can tell.

    Attributes:
        low: Below it an image counts as authentic.
        high: From it on an image counts as forged.
        error_allowed: Largest share of wrong answers accepted on either side.
        authentic: Held-out images below the band.
        authentic_wrong: Of these, the forged ones.
        uncertain: Held-out images within the band.
        forged: Held-out images above the band.
        forged_wrong: Of these, the authentic ones.
    """

    low: Share
    high: Share
    error_allowed: Share
    authentic: Count
    authentic_wrong: Count
    uncertain: Count
    forged: Count
    forged_wrong: Count

    @model_validator(mode="after")
    def _ordered(self) -> AbstainBand:
        if self.low > self.high:
            raise ValueError(f"low must not lie above high, got {self.low} and {self.high}")
        return self


class OperatingPoint(_Part):
    """A limit on the raw score that few authentic images reach.

    Attributes:
        name: What it is asked for by, such as `fpr-1%`.
        false_positive_rate: Share of authentic images of further origins expected to reach the
            limit, at most.
        raw_score: The limit; `None` where the images cannot support one.
        recall: Share of the forged images that reach it; `None` without a limit.
        reason: Why there is no limit; `None` where there is one.
    """

    name: str
    false_positive_rate: Inside
    raw_score: Share | None = None
    recall: Share | None = None
    reason: str | None = None

    @model_validator(mode="after")
    def _limit_or_reason(self) -> OperatingPoint:
        if (self.raw_score is None) == (self.reason is None):
            raise ValueError("must hold either raw_score, the limit, or the reason for its absence")
        return self


class ImageCalibration(_Part):
    """From the raw score of an image to a probability and a verdict.

    Attributes:
        calibrator: The function.
        ece: Expected calibration error of the probability, each image judged by a function that was
            fitted without it.
        ece_of_raw_score: The same of the raw score, taken for a probability.
        log_loss: Mean of −ln(probability given to the truth), cross-validated likewise, in nats;
            probabilities are kept within [1e-6, 1 − 1e-6].
        abstain: Where to abstain.
        operating_points: Limits for few false positives.
    """

    calibrator: ImageCalibrator
    ece: Share
    ece_of_raw_score: Share
    log_loss: Annotated[float, Field(ge=0.0)]
    abstain: AbstainBand
    operating_points: tuple[OperatingPoint, ...]


class MediumCalibration(_Part):
    """Scores of the images of one medium, fitted without those of others.

    Attributes:
        forged: How many of them hold forged pixels.
        authentic: How many hold none.
        image: From their raw scores to probabilities and verdicts.
    """

    forged: Some
    authentic: Some
    image: ImageCalibration


class Fitting(_Part):
    """What a calibration was fitted on.

    Attributes:
        description: Of the images, in words.
        images: How many there were.
        forged: How many of them hold forged pixels.
        authentic: How many hold none.
        bundle: Name, version and id of the bundle.
        networks: `Manifest.networks_id` of the bundle: whose maps these were, or whose in float32
            where the bundle was cast to float16 later.
        recipe: How the bundle was run, with nothing left open but the decision.
        precision: Number format of the arithmetic that made the maps; `None` in earlier records.
        date: UTC time, ISO 8601.
        origin: How the images were made; `None`, and then not written, where that is not known.
    """

    description: str
    images: Count
    forged: Count
    authentic: Count
    bundle: str
    networks: str
    recipe: StoredRecipe
    precision: str | None = None
    date: str
    origin: OriginRecord | None = None

    @model_serializer(mode="wrap")
    def _without_what_is_not_known(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        if self.origin is None:
            written.pop("origin", None)
        return written


class CalibrationRecord(_Part):
    """Everything that calibration adds to a bundle.

    Attributes:
        pixel: The decision that makes the mask, whatever the medium.
        image: From raw scores to probabilities and verdicts, fitted on all images.
        image_reason: Why there is none; `None` where there is one.
        media: The same by medium (`io.medium.kinds`), `unknown` among them, for those that there
            were enough images of. Images of another medium get no verdict. `None` where `image`
            holds for all.
        fitted_on: What the images were.

    Example:
        >>> CalibrationRecord.model_validate_json(text).pixel.threshold  # doctest: +SKIP
        0.35
    """

    schema_version: Literal[1] = Field(default=1, alias="schema")
    pixel: PixelCalibration
    image: ImageCalibration | None = None
    image_reason: str | None = None
    media: dict[str, MediumCalibration] | None = None
    fitted_on: Fitting

    @model_validator(mode="after")
    def _image_or_reason(self) -> CalibrationRecord:
        if (self.image is None) == (self.image_reason is None):
            raise ValueError("must hold either image or image_reason, why it is missing")
        if self.media is not None and (self.image is None or not self.media):
            raise ValueError("media must hold one medium or more, beside image")
        return self

    @model_serializer(mode="wrap")
    def _without_absent_media(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # The id of a calibration is that of its text: records of before must keep theirs.
        written: dict[str, Any] = write(self)
        if written["media"] is None:
            del written["media"]
        return written

    def to_json(self) -> str:
        """Return the text of a calibration file, keys as the schema names them."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"
