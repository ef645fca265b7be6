"""Two measurements: what became faster, what slower, and what is undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from forensics_rt.bench.noise import Ratio, ratio_of_medians
from forensics_rt.bench.samples import Samples
from forensics_rt.bench.setting import Setting
from forensics_rt.errors import BenchmarkError
from forensics_rt.system.machine import Machine

if TYPE_CHECKING:  # a report holds a comparison
    from forensics_rt.bench.report import Report

Verdict = Literal["faster", "slower", "within noise", "not judged: other machine"]
# More waiting processes than this for each core, and what was measured is the others.
_BUSY = 0.5


@dataclass(frozen=True)
class Change:
    """One setting then and now.

    Attributes:
        label: What it is called.
        latency: Median now over median then, with its noise band.
        verdict: `faster` or `slower` if the whole band lies on one side of 1.
    """

    label: str
    latency: Ratio
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """One measurement against an earlier one.

    Attributes:
        earlier: When that was made.
        caveats: What else differs, one line each; with another machine nothing is judged.
        changes: Of the settings that both have.
        unmatched: Settings that only one has.
    """

    earlier: str
    caveats: tuple[str, ...]
    changes: tuple[Change, ...]
    unmatched: tuple[str, ...]


def require_same_images(now: Sequence[str], earlier: Report) -> None:
    """Refuse to compare runs on different images: their times say nothing of each other.

    Args:
        now: SHA-256 of each image.
        earlier: What came of the earlier run.

    Raises:
        BenchmarkError: If they differ.
    """
    if list(now) != [page.sha256 for page in earlier.pages]:
        raise BenchmarkError(
            f"the run of {earlier.created} was on other images; give the same ones, or the same "
            "--pages and --size"
        )


def compare(now: Report, then: Report) -> Comparison:
    """Compare two measurements, setting by setting.

    Args:
        now: The later one.
        then: The earlier one.

    Raises:
        BenchmarkError: If they were on different images: their times say nothing of each other.
    """
    require_same_images([page.sha256 for page in now.pages], then)
    machines = _machine_differences(now.machine, then.machine)
    before, after = _by_setting(then), _by_setting(now)
    return Comparison(
        earlier=then.created,
        caveats=(*machines, *_other_differences(now, then)),
        changes=tuple(
            _change(samples, before[setting], bool(machines))
            for setting, samples in after.items()
            if setting in before
        ),
        unmatched=tuple(
            [f"{setting.label}: only now" for setting in after if setting not in before]
            + [f"{setting.label}: only then" for setting in before if setting not in after]
        ),
    )


def _machine_differences(now: Machine, then: Machine) -> tuple[str, ...]:
    pairs = (
        ("processor", then.cpu, now.cpu),
        ("cores", then.cores, now.cores),
        ("processor's features", " ".join(then.features), " ".join(now.features)),
        ("GPU", then.gpu or "none", now.gpu or "none"),
    )
    return tuple(f"other machine: {name} {a} → {b}" for name, a, b in pairs if a != b)


def _by_setting(report: Report) -> dict[Setting, Samples]:
    return {row.samples.setting: row.samples for row in report.rows}


def _other_differences(now: Report, then: Report) -> list[str]:
    both = _by_setting(now).keys() & _by_setting(then).keys()
    old, new = _versions(then, both), _versions(now, both)
    lines = [
        f"{name} {old.get(name, 'none')} → {new.get(name, 'none')}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    used = [f"{report.bundle} (id {report.bundle_id})" for report in (then, now)]
    if used[0] != used[1]:
        lines.append(f"bundle {used[0]} → {used[1]}")
    for when, machine in (("then", then.machine), ("now", now.machine)):
        if machine.load is not None and machine.load > _BUSY * machine.cores:
            lines.append(f"busy machine {when}: load {machine.load} on {machine.cores} cores")
    return lines


def _versions(of: Report, settings: set[Setting]) -> dict[str, str]:
    found = {"system": of.machine.system, "Python": of.machine.python, **of.machine.versions}
    for setting, samples in _by_setting(of).items():
        if setting in settings:
            found |= samples.opened.versions
    return found


def _change(now: Samples, then: Samples, other_machine: bool) -> Change:
    scale = _seconds_of_images(then)
    ratio = ratio_of_medians(_in_terms_of(scale, now), _in_terms_of(scale, then))
    verdict: Verdict = "within noise"
    if other_machine:
        verdict = "not judged: other machine"
    elif ratio.high < 1:
        verdict = "faster"
    elif ratio.low > 1:
        verdict = "slower"
    return Change(now.setting.label, ratio, verdict)


def _seconds_of_images(samples: Samples) -> dict[int, float]:
    seconds: dict[int, list[float]] = {}
    for run in samples.runs:
        seconds.setdefault(run.image, []).append(run.latency_seconds)
    return {image: float(np.median(values)) for image, values in seconds.items()}


def _in_terms_of(scale: dict[int, float], samples: Samples) -> list[float]:
    # Times of images of several sizes lie far apart, and that is no noise.
    return [run.latency_seconds / scale[run.image] for run in samples.runs]
