"""What answers: a bundle as users run it, or a checkpoint in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from forensics_rt import Detector
from forensics_rt.backends.number_formats import PrecisionName
from forensics_rt.calibration.record import CalibrationRecord
from forensics_rt.plan.score import image_score
from train.errors import CheckpointError
from train.evaluation.decision import DecisionRule
from train.synth.scene.base import Image


@dataclass(frozen=True, eq=False)
class Prediction:
    """What is said of one image.

    Attributes:
        probability: H×W float32 in [0, 1].
        raw_score: What the map holds against the image as a whole, in [0, 1]: see `plan.score`.
        score: The probability that the image is forged, if scores are calibrated; else the
            raw score.
    """

    probability: npt.NDArray[np.float32]
    raw_score: float
    score: float

    @classmethod
    def of(cls, probability: npt.NDArray[np.float32]) -> Prediction:
        """Give a map the raw score that the runtime finds in it; it is not calibrated."""
        raw_score = image_score(probability)
        return cls(probability, raw_score, raw_score)


class Predictor(Protocol):
    """Takes an H×W×3 uint8 RGB image, gives an answer of the same height and width."""

    def __call__(self, image: Image) -> Prediction:
        """Answer one image."""
        ...


@dataclass(frozen=True)
class Respondent:
    """A predictor, what it is, and how it decides.

    Attributes:
        predictor: What answers.
        description: What it is, plain values without paths.
        decision: When its pixels and images count as forged; `None` if that is still to be chosen.
    """

    predictor: Predictor
    description: Mapping[str, Any]
    decision: DecisionRule | None = None


def bundle_respondent(
    folder: str | Path | None,
    recipe: str = "balanced",
    backend: str = "auto",
    calibration: Path | None = None,
    precision: PrecisionName = "auto",
) -> Respondent:
    """Open a bundle through the runtime's own detector.

    Args:
        folder: The bundle, or the name of one inside the package; `None` for its default.
        recipe: Name of a recipe.
        backend: What executes the graphs.
        calibration: A calibration file; `None` for that of the bundle, if it has one.
        precision: Number format of the arithmetic.

    Raises:
        ForensicsError: If the bundle cannot be opened or the backend cannot run here.
    """
    detector = Detector(folder, backend, recipe, calibration=calibration, precision=precision)

    def answer(image: Image) -> Prediction:
        detection = detector(image)
        return Prediction(detection.probability, detection.raw_score, detection.score)

    manifest = detector.bundle.manifest
    engine = detector.capabilities
    conclusions = detector.conclusions
    description = {
        "bundle": f"{manifest.name} {manifest.version}",
        "bundle_id": detector.bundle.id,
        "calibration": conclusions.calibration_id,
        "recipe": detector.recipe.name,
        "backend": engine.name,
        "device": engine.device,
        "precision": engine.precision,
        "versions": dict(engine.versions),
    }
    points = supported_points(conclusions.calibration)
    decision = DecisionRule(**asdict(conclusions.decision), operating_points=points)
    return Respondent(answer, description, decision)


def supported_points(record: CalibrationRecord | None) -> tuple[tuple[str, float], ...]:
    """Return the operating points of a calibration that have a limit: name and raw score."""
    if record is None or record.image is None:
        return ()
    points = record.image.operating_points
    return tuple((point.name, point.raw_score) for point in points if point.raw_score is not None)


def checkpoint_respondent(file: Path, threads: int = 2) -> Respondent:
    """Load a checkpoint into PyTorch; its decision is still to be chosen.

    Args:
        file: The checkpoint.
        threads: Threads of PyTorch.

    Raises:
        CheckpointError: If the file is none, or its network reads the coefficients of JPEG.
    """
    # Here, because a bundle is evaluated without PyTorch.
    import torch

    from train.checkpoint.load import load_checkpoint
    from train.evaluation.network import probability_map
    from train.networks.layout import channels_last

    torch.set_num_threads(threads)
    loaded = load_checkpoint(file)
    if hasattr(loaded.network, "dct_limit"):
        raise CheckpointError(
            f"{file}: its network reads the coefficients of JPEG, but it is given pixels alone "
            "here; measure it with `python -m benchmarks.jpeg_branch`"
        )
    network = channels_last(loaded.network)

    def answer(image: Image) -> Prediction:
        return Prediction.of(probability_map(network, image))

    description = {
        "checkpoint": file.name,
        "sha256": loaded.sha256,
        "architecture": loaded.architecture,
        "versions": {"torch": torch.__version__},
    }
    return Respondent(answer, description)
