"""Which edits are found, and which verdicts are given, after somebody tried to hide edits."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt import Detector
from forensics_rt.calibration.figures import ALARM_SHARE
from forensics_rt.io.pairs import IGNORE
from train.evaluation.cases import Case, ImageSet
from train.evaluation.degradations import Degradation
from train.evaluation.records import FOUND_SHARE
from train.metrics import forged_pixels
from train.synth.scene.base import Image

_log = logging.getLogger(__name__)
_MOST_REGIONS = IGNORE - 1


@dataclass(frozen=True, eq=False)
class Saying:
    """What is said of an image: H×W bool of reported pixels, and the verdict."""

    mask: npt.NDArray[np.bool_]
    verdict: str | None


Sayer = Callable[[Image], Saying]


@dataclass(frozen=True)
class PageAnswer:
    """One page after one attack.

    Attributes:
        forged: Whether anything is marked in it.
        regions: Connected regions that are marked, before the attack.
        found: Those of which at least half of what is left is reported.
        alarmed: Whether more than a thousandth of its authentic pixels is reported.
        verdict: The verdict that was given.
    """

    forged: bool
    regions: int
    found: int
    alarmed: bool
    verdict: str | None


@dataclass(frozen=True)
class EvasionRow:
    """All pages after one attack.

    Attributes:
        attack: What was done, in words.
        pages: One answer each, in the order of the sets.
        only_forged: Whether authentic pages have nothing that the attack could change.
    """

    attack: str
    pages: tuple[PageAnswer, ...]
    only_forged: bool = False


def sayer(detector: Detector) -> Sayer:
    """Return what asks a detector as its users do."""

    def say(image: Image) -> Saying:
        found = detector(image)
        return Saying(found.mask, found.verdict)

    return say


def evade(
    sets: Sequence[ImageSet],
    say: Sayer,
    attacks: Sequence[Degradation],
    on_edits: Sequence[Degradation] = (),
    seconds: float = math.inf,
    kept: Path | None = None,
    asked: str = "",
) -> list[EvasionRow]:
    """Answer every page after every attack.

    Args:
        sets: The pages; one at a time is in memory. They come in turn, one of each set.
        say: What answers.
        attacks: What is done to every page.
        on_edits: What is done to edits alone; authentic pages are left out.
        seconds: After which no further page is begun.
        kept: File of answers, a line for each page, from which a stopped run continues; `None` to
            keep nothing.
        asked: What answers, and which pages; answers that were kept for something else are not
            taken.
    """
    every = (*attacks, *on_edits)
    known = _known(kept, asked, attacks, on_edits)
    ends = time.monotonic() + seconds
    pages: list[Mapping[str, PageAnswer]] = []
    for images, index in _in_turn(sets):
        place = f"{images.name} {index}"
        if place not in known:
            if time.monotonic() > ends:
                _log.warning("the time is over after %d pages", len(pages))
                break
            known[place] = _answers(images.load(index), index, say, attacks, on_edits)
            _log.info("%s", place)
            _keep(kept, asked, place, known[place])
        pages.append(known[place])
    return [_row(attack, pages, attack in on_edits) for attack in every]


def title(attack: Degradation) -> str:
    """Return an attack in words."""
    return f"{attack.family} {attack.level}".strip()


def _answers(
    case: Case,
    index: int,
    say: Sayer,
    attacks: Sequence[Degradation],
    on_edits: Sequence[Degradation],
) -> dict[str, PageAnswer]:
    case = with_numbered_regions(case)
    done = (*attacks, *on_edits) if forged_pixels(case.mask).any() else attacks
    answers = {}
    for attack in done:
        arrived = attack.apply(case, seed=index)
        answers[title(attack)] = page_answer(case, arrived, say(arrived.image))
    return answers


def _row(
    attack: Degradation, pages: Sequence[Mapping[str, PageAnswer]], only_forged: bool
) -> EvasionRow:
    name = title(attack)
    return EvasionRow(name, tuple(page[name] for page in pages if name in page), only_forged)


def _known(
    kept: Path | None, asked: str, attacks: Sequence[Degradation], on_edits: Sequence[Degradation]
) -> dict[str, dict[str, PageAnswer]]:
    if kept is None or not kept.exists():
        return {}
    known = {}
    for line in map(json.loads, kept.read_text(encoding="utf-8").splitlines()):
        answers = {name: PageAnswer(**one) for name, one in line["answers"].items()}
        # Of an authentic page the attacks on edits are missing.
        forged = any(one.forged for one in answers.values())
        wanted = {title(attack) for attack in ((*attacks, *on_edits) if forged else attacks)}
        if line.get("asked", "") == asked and wanted <= set(answers):
            known[line["page"]] = answers
    return known


def _keep(kept: Path | None, asked: str, place: str, answers: Mapping[str, PageAnswer]) -> None:
    if kept is None:
        return
    plain = {name: asdict(one) for name, one in answers.items()}
    with kept.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"page": place, "asked": asked, "answers": plain}) + "\n")


def _in_turn(sets: Sequence[ImageSet]) -> Iterator[tuple[ImageSet, int]]:
    for index in range(max(map(len, sets))):
        yield from ((images, index) for images in sets if index < len(images))


def with_numbered_regions(case: Case) -> Case:
    """Number the regions of a mask 1, 2, …, so that each can be found again where it went.

    Of more than 254 the last ones share a number.
    """
    forged = forged_pixels(case.mask)
    _, labels = cv2.connectedComponents(forged.view(np.uint8), connectivity=8)
    numbered = np.minimum(np.asarray(labels), _MOST_REGIONS).astype(np.uint8)
    return replace(case, mask=np.where(case.mask == IGNORE, np.uint8(IGNORE), numbered))


def page_answer(case: Case, arrived: Case, said: Saying) -> PageAnswer:
    """Compare what is said of a page with the truth.

    Args:
        case: The page before the attack, its regions numbered.
        arrived: The same after it.
        said: Of what arrived.
    """
    regions = np.setdiff1d(np.unique(case.mask), (0, IGNORE))
    areas = np.bincount(arrived.mask.ravel(), minlength=256)
    hits = np.bincount(arrived.mask[said.mask], minlength=256)
    found = sum(bool(areas[n]) and hits[n] >= FOUND_SHARE * areas[n] for n in regions)
    alarmed = hits[0] > ALARM_SHARE * max(int(areas[0]), 1)
    return PageAnswer(len(regions) > 0, len(regions), int(found), bool(alarmed), said.verdict)
