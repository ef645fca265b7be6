"""Images side by side, as picture, truth and answer: the worst, and examples of each set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.pairs import IGNORE
from forensics_rt.results.regions import find_regions
from forensics_rt.results.rendering import overlay
from train.evaluation.canvas import finish, new_figure
from train.evaluation.cases import Case, ImageSet
from train.evaluation.decision import DecisionRule
from train.evaluation.examples import typical_images
from train.evaluation.predictors import Prediction, Predictor
from train.evaluation.records import ImageRecord
from train.metrics import forged_pixels
from train.synth.imageops import scaled_size

Picture = npt.NDArray[np.uint8]
NUMBER = 20
SIDE = 380
GAP = 6
_FORGED, _IGNORED = np.array([214, 0, 28], np.float32), np.array([120, 120, 120], np.float32)


def worst_images(records: Sequence[ImageRecord], number: int = NUMBER) -> list[ImageRecord]:
    """Return the images with the most to answer for, the worst first.

    Lowest F1 first, where an authentic image of which nothing is reported has 1 and any other
    authentic image 0; among equals the largest share of wrongly answered pixels.
    """

    def merit(record: ImageRecord) -> tuple[float, float]:
        counts = record.calibrated
        wrong = counts.false_alarm + counts.miss
        pixels = counts.hit + counts.rest + wrong
        return counts.f1 if counts.hit or wrong else 1.0, -wrong / max(pixels, 1)

    return sorted(records, key=merit)[:number]


def write_worst(
    folder: Path,
    records: Sequence[ImageRecord],
    sets: Sequence[ImageSet],
    predictor: Predictor,
    decision: DecisionRule,
) -> list[Path]:
    """Draw `worst.png` of all sets, `worst_NAME.png` of each where there are several, and examples.

    `examples.png` has a hit, a miss and a false alarm of each set (`typical_images`). Each image is
    answered once more, as its map was not kept, and shown as picture, truth (red where forged, gray
    where not counted) and answer (tinted by probability, what is reported outlined).

    Args:
        folder: Where to write.
        records: All answered images.
        sets: The sets that they come from.
        predictor: What answered.
        decision: The calibrated decision.

    Returns:
        The files written.
    """
    chosen = {"worst.png": worst_images(records)}
    if len(sets) > 1:
        for images in sets:
            members = [record for record in records if record.set == images.name]
            chosen[f"worst_{images.name}.png"] = worst_images(members)
    chosen["examples.png"] = typical_images(records)
    by_name = {images.name: images for images in sets}
    pictures: dict[tuple[str, int], Picture] = {}
    for record in (record for members in chosen.values() for record in members):
        if (record.set, record.index) not in pictures:
            case = by_name[record.set].load(record.index)
            answer = predictor(case.image)
            pictures[record.set, record.index] = three_panels(case, answer, decision)
    return [
        _sheet(folder / name, members, pictures, columns=3 if name == "examples.png" else 2)
        for name, members in chosen.items()
        if members
    ]


def _sheet(
    path: Path,
    records: Sequence[ImageRecord],
    pictures: Mapping[tuple[str, int], Picture],
    columns: int,
) -> Path:
    columns = min(columns, len(records))
    rows = -(-len(records) // columns)
    title = "Picture | truth (red) | probability and what is reported"
    figure, panels = new_figure(title, (9.4 * columns, 3.6 * rows + 0.6), len(records), rows)
    for axes, record in zip(panels, records, strict=True):
        axes.imshow(pictures[record.set, record.index])
        axes.set_axis_off()
        axes.set_title(_caption(record), fontsize=10, loc="left")
    return finish(figure, path)


def three_panels(case: Case, answer: Prediction, decision: DecisionRule) -> Picture:
    """Return picture, truth and answer as one picture: H×W×3 uint8 RGB, panels of 380 pixels."""
    probability = answer.probability
    regions = find_regions(decision.mask(probability), probability)
    panels = [
        _fitted(picture)
        for picture in (case.image, _truth(case), overlay(case.image, probability, regions))
    ]
    gap = np.full((panels[0].shape[0], GAP, 3), 255, np.uint8)
    return np.hstack([panels[0], gap, panels[1], gap, panels[2]])


def _truth(case: Case) -> Picture:
    gray = cv2.cvtColor(case.image, cv2.COLOR_RGB2GRAY)
    picture = 128 + 0.5 * np.repeat(gray[:, :, None], 3, axis=2).astype(np.float32)
    for mask, color in ((forged_pixels(case.mask), _FORGED), (case.mask == IGNORE, _IGNORED)):
        picture[mask] = 0.35 * picture[mask] + 0.65 * color
    return picture.astype(np.uint8)


def _fitted(picture: Picture) -> Picture:
    scale = min(SIDE / picture.shape[1], SIDE / picture.shape[0])
    size = scaled_size(picture, scale)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    canvas = np.full((SIDE, SIDE, 3), 255, np.uint8)
    small: Any = cv2.resize(picture, size, interpolation=how)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas


def _caption(record: ImageRecord) -> str:
    name = record.name if len(record.name) <= 44 else record.name[:43] + "…"
    nothing = "authentic" if record.authentic else "no trace left to find"
    said = f"F1 {record.calibrated.f1:.2f}" if record.forged else nothing
    kinds = " ".join(part.name for part in record.parts if part.by == "kind")
    area = f"false alarm {100 * record.calibrated.alarm_area:.2f} %"
    return f"{record.set}: {name}\n{said} · {area}{' · ' + kinds if kinds else ''}"
