"""What do bf16 and int8 change in the masks of real pages on which something is found?

    python -m benchmarks.decisions --config train/configs/two_cores.toml --count 60 --json FILE

Each page is computed in float32 and in every other number format that this processor and the bundle
have, by the same engine. Pages on which float32 finds nothing are counted and left out: there no
decision could flip. Three sets of pages:

samples    the pages of docs/samples
scans      scans of the config on which somebody typed or erased something (its list of edits)
made       held-out scans of the config, edited by the generator (`--count` pages, real scans alone)

Aims: at most 0.1 % of the decisions flip, and the IoU with what is forged changes by .01 at most;
where that is not known, the IoU with the mask in float32 counts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from forensics_rt import Bundle, Detector
from forensics_rt.backends.openvino import OpenVINOBackend, formats_here, load_openvino
from forensics_rt.bench.plot import check_outputs
from forensics_rt.io.decode import decode
from forensics_rt.io.pairs import IGNORE
from forensics_rt.system.machine import this_machine
from train.config import SynthConfig, read_config
from train.evaluation.cases import Case, EditedScanSet, SyntheticSet
from train.synth.sources import open_sources

SAMPLES = Path(__file__).parents[1] / "docs" / "samples"
FLOAT32 = "float32"
MOST_FLIPPED, MOST_IOU_LOST = 0.001, 0.01

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Change:
    """What a number format changed in one mask, or in many: counts of pixels.

    Attributes:
        pixels: All.
        flipped: Decided otherwise than in float32.
        both: Reported in both.
        either: Reported in one of them.
        true_both: Reported in this format, and forged.
        true_either: Reported in this format, or forged.
    """

    pixels: int = 0
    flipped: int = 0
    both: int = 0
    either: int = 0
    true_both: int = 0
    true_either: int = 0

    def __add__(self, other: Change) -> Change:
        """Count both together."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Change(*(one + two for one, two in pairs))

    @property
    def flipped_share(self) -> float:
        """Share of the pixels that are decided otherwise, 0 to 1."""
        return self.flipped / max(1, self.pixels)

    @property
    def iou_lost(self) -> float:
        """1 − IoU of the two masks."""
        return 1.0 - self.both / max(1, self.either)

    @property
    def true_iou(self) -> float:
        """IoU of the mask with what is forged."""
        return self.true_both / max(1, self.true_either)


def change_of(reference: Mask, mask: Mask, truth: npt.NDArray[np.uint8] | None) -> Change:
    """Count what differs between two masks of a page.

    Args:
        reference: In float32, H×W.
        mask: In the other format, H×W.
        truth: 0 where authentic, 255 where that is not known; `None` for not known anywhere.

    Example:
        >>> before, after = np.array([[True, False]]), np.array([[True, True]])
        >>> change_of(before, after, None).iou_lost
        0.5
    """
    both, either = int((reference & mask).sum()), int((reference | mask).sum())
    true_both = true_either = 0
    if truth is not None:
        forged, counted = (truth > 0) & (truth != IGNORE), truth != IGNORE
        true_both = int((mask & forged).sum())
        true_either = int(((mask & counted) | forged).sum())
    flipped = int((reference != mask).sum())
    return Change(mask.size, flipped, both, either, true_both, true_either)


def sample_pages() -> Iterator[Case]:
    """Yield the pages of docs/samples; where they are forged, nobody wrote down by pixels."""
    for path in sorted(SAMPLES.glob("*.jpg")):
        pixels = decode(path).pixels
        yield Case(path.name, pixels, np.full(pixels.shape[:2], IGNORE, np.uint8))


def edited_scans(config: SynthConfig) -> Iterator[Case]:
    """Yield the scans of a config with edits that are certain."""
    scans = EditedScanSet.listed("scans", config.sources)
    yield from (scans.load(index) for index in range(len(scans)))


def made_pages(config: SynthConfig, count: int, seed: int) -> Iterator[Case]:
    """Yield held-out real scans with edits of the generator."""
    page = replace(config.page, real_share=1.0)
    sources = open_sources(config.sources, held_out=True)
    pages = SyntheticSet("made", sources, page, seed, count)
    yield from (pages.load(index) for index in range(count))


@dataclass(frozen=True)
class Changes:
    """All pages of a set.

    Attributes:
        pages: How many there were.
        by_format: Of each format one change for each page on which float32 finds something.
    """

    pages: int
    by_format: Mapping[str, Sequence[Change]]


def compare(cases: Iterator[Case], detectors: Mapping[str, Detector]) -> Changes:
    """Run pages through detectors; the one in float32 says where something is found."""
    pages, found = 0, {name: list[Change]() for name in detectors}
    for case in cases:
        pages += 1
        reference = detectors[FLOAT32](case.image).mask
        if reference.any():
            for name, detector in detectors.items():
                mask = reference if name == FLOAT32 else detector(case.image).mask
                found[name].append(change_of(reference, mask, case.mask))
    return Changes(pages, found)


def open_detectors(bundle: Bundle) -> dict[str, Detector]:
    """Open a detector for float32, and one for each format that can be computed in here."""
    here = formats_here(load_openvino().Core(), bundle)
    backends = {FLOAT32: OpenVINOBackend(bundle, precision=FLOAT32)}
    for name in (name for name, reason in here.items() if reason is None):
        backends[name] = OpenVINOBackend.unjudged(bundle, name)
    return {name: Detector(bundle, backend) for name, backend in backends.items()}


def show(sets: Mapping[str, Changes]) -> None:
    """Print a row for each set and format, and whether the aims are met."""
    headings = ("pages", "format", "found on", "flipped", "1 − IoU", "worst page", "IoU with truth")
    table = Table(*headings, "aims")
    for name, changes in sets.items():
        for number_format, of_pages in changes.by_format.items():
            whole = sum(of_pages, Change())
            worst = max((one.flipped_share for one in of_pages), default=0.0)
            exact = sum(changes.by_format[FLOAT32], Change()).true_iou
            known = whole.true_either > 0
            lost = abs(exact - whole.true_iou) if known else whole.iou_lost
            met = whole.flipped_share <= MOST_FLIPPED and lost <= MOST_IOU_LOST
            table.add_row(
                name,
                number_format,
                f"{len(of_pages)} of {changes.pages}",
                f"{whole.flipped_share:.4%}",
                f"{whole.iou_lost:.2%}",
                f"{worst:.3%}",
                f"{whole.true_iou:.4f}" if whole.true_either else "–",
                "met" if met else "missed",
            )
    console = Console()
    if not console.is_terminal:
        console.width = 120
    console.print(table)


def main() -> None:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", default="default")
    parser.add_argument("--config", type=Path, help="TOML whose [sources] name scans and edits")
    parser.add_argument("--count", type=int, default=60, help="pages that the generator edits")
    parser.add_argument("--seed", type=int, default=43000)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    check_outputs(options.json, None)
    bundle = Bundle.open(options.bundle)
    detectors = open_detectors(bundle)
    sets = {"samples": compare(sample_pages(), detectors)}
    if options.config is not None:
        config = read_config(options.config, SynthConfig)
        sets["scans"] = compare(edited_scans(config), detectors)
        sets["made"] = compare(made_pages(config, options.count, options.seed), detectors)
    for detector in detectors.values():
        detector.close()
    show(sets)
    if options.json:
        manifest = bundle.manifest
        told = {
            "date": date.today().isoformat(),
            "machine": this_machine().facts(),
            "bundle": f"{manifest.name} {manifest.version}",
            "sets": {name: asdict(changes) for name, changes in sets.items()},
        }
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
