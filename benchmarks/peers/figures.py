"""Rates and ratios of ways, with the interval that other images and rounds would have given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.peers.report import PeerReport, WayRecord

RESAMPLINGS = 2000
# Of the ratios that were aimed for: our way, the other, and how many times faster at least.
TARGETS = (
    ("ours-tianchi-fft2", "original", 12.0),
    ("ours-balanced", "original", 30.0),
    ("ours-equal", "monai", 4.0),
)


@dataclass(frozen=True)
class SpeedRatio:
    """How many times faster one way is than another.

    Attributes:
        value: From all images and rounds.
        low: Lower end of the central 95 % of resamplings.
        high: Its upper end.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return the ratio and its interval, such as `12.1 (11.8–12.5)`."""
        return f"{self.value:.1f} ({self.low:.1f}–{self.high:.1f})"


def seconds_an_image(way: WayRecord) -> float:
    """Return the mean over the images of their medians over the rounds, a pass's own cost shared.

    Example:
        >>> seconds_an_image(record)  # doctest: +SKIP
        21.4
    """
    seconds = np.array(way.seconds)
    return float(np.median(seconds, axis=1).mean() + way.pass_seconds / len(seconds))


def times_faster(fast: WayRecord, slow: WayRecord, seed: int = 0) -> SpeedRatio:
    """Return how many times faster one way is than another, by `seconds_an_image`.

    The interval is a bootstrap (Efron, 1979) over images, and over the rounds of each image. Both
    ways are resampled alike: they saw the same image in the same round, one after the other.

    Args:
        fast: The way whose seconds divide.
        slow: The way whose seconds are divided.
        seed: Of the resampling.
    """
    random = np.random.default_rng(seed)
    both = [np.array(way.seconds) for way in (slow, fast)]
    shape = both[0].shape
    images = random.integers(0, shape[0], (RESAMPLINGS, shape[0], 1))
    rounds = random.integers(0, shape[1], (RESAMPLINGS, *shape))
    slow_means, fast_means = (
        np.median(seconds[images, rounds], axis=2).mean(axis=1) + way.pass_seconds / shape[0]
        for seconds, way in zip(both, (slow, fast), strict=True)
    )
    found: npt.NDArray[np.float64] = slow_means / fast_means
    low, high = np.quantile(found, (0.025, 0.975))
    return SpeedRatio(seconds_an_image(slow) / seconds_an_image(fast), float(low), float(high))


def targets_told(report: PeerReport) -> list[str]:
    """Return a line for each ratio that was aimed for and whose two ways ran."""
    lines = []
    for name, other, least in TARGETS:
        ours, theirs = report.way(name), report.way(other)
        if ours is None or theirs is None:
            continue
        ratio = times_faster(ours, theirs)
        word = "met" if ratio.value >= least else "missed"
        lines.append(f"{ours.title} over {theirs.title}: {ratio}×, aim {least:g}×: {word}")
    return lines
