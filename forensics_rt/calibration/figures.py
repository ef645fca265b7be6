"""Figures of merit of masks, from observations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.grid import DecisionGrid
from forensics_rt.calibration.observations import Observation
from forensics_rt.calibration.record import MaskFigures

ALARM_SHARE = 0.001
"""An authentic image counts as alarmed if more than this share of it is reported."""


def f1_score(
    hits: npt.NDArray[Any], false_alarms: npt.NDArray[Any], forged: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Return 2 · hits / (hits + false alarms + forged pixels), element by element."""
    return np.asarray(2 * hits / np.maximum(hits + false_alarms + forged, 1), np.float64)


def alarms(observation: Observation) -> npt.NDArray[np.bool_]:
    """Return for every decision whether it reports more than 0.1 % of the authentic pixels."""
    limit = ALARM_SHARE * observation.authentic_pixels
    return np.asarray(observation.false_alarms > limit)


def mask_figures(
    observations: Sequence[Observation],
    grid: DecisionGrid,
    decisions: Sequence[Decision],
    shown: Decision | None = None,
) -> MaskFigures:
    """Pool the figures of images that are each judged by a decision of their own.

    Args:
        observations: N images over one grid.
        grid: Its decisions.
        decisions: N decisions of the grid.
        shown: The decision to write beside the figures; `None` for the first.
    """
    places = [grid.place(decision) for decision in decisions]
    pairs = list(zip(observations, places, strict=True))
    hits = sum(int(one.hits[place]) for one, place in pairs)
    false_alarms = sum(int(one.false_alarms[place]) for one, place in pairs)
    forged = sum(one.forged_pixels for one in observations)
    authentic = sum(one.authentic_pixels for one in observations)
    alarmed = [bool(alarms(one)[place]) for one, place in pairs if one.forged is False]
    decision = shown or decisions[0]
    return MaskFigures(
        threshold=decision.threshold,
        high_threshold=decision.high_threshold,
        high_area=decision.high_area,
        f1=2 * hits / max(hits + false_alarms + forged, 1),
        precision=hits / max(hits + false_alarms, 1),
        recall=hits / max(forged, 1),
        false_alarm_share=false_alarms / max(authentic, 1),
        alarmed=float(np.mean(alarmed)) if alarmed else None,
    )
