"""What is kept of answers, the groups and figures made of it, and the choice of a decision."""

from __future__ import annotations

import math
from argparse import Namespace
from dataclasses import replace

import cv2
import numpy as np
import pytest

from forensics_rt.calibration.record import CalibrationRecord, ImageCalibration, OperatingPoint
from forensics_rt.io.pairs import find_pairs
from train.evaluation.cases import Case, EditedScanSet, LabeledSet, ScanSet, SyntheticSet
from train.evaluation.decision import DecisionRule, DecisionSearch
from train.evaluation.examples import typical_images
from train.evaluation.figures import figures
from train.evaluation.groups import group
from train.evaluation.options import find_decision
from train.evaluation.predictors import Prediction, Respondent, supported_points
from train.evaluation.records import ImageRecord, answered, image_record
from train.evaluation.worst import three_panels, worst_images
from train.synth.page import PageConfig
from train.synth.sources import SourceFolders

HALF = DecisionRule(0.5)


def case(mask: list[list[int]], **facts: object) -> Case:
    truth = np.array(mask, np.uint8)
    return Case("made here", np.zeros((*truth.shape, 3), np.uint8), truth, **facts)


def record(
    probability: list[list[float]],
    mask: list[list[int]],
    raw_score: float = 0.5,
    decision: DecisionRule = HALF,
    **facts: object,
) -> ImageRecord:
    answer = Prediction(np.array(probability, np.float32), raw_score, score=raw_score**2)
    return image_record("set", 0, case(mask, **facts), answer, decision)


class Oracle:
    """Knows the mask of every page of a set and answers with it, or with its opposite."""

    def __init__(self, images, right: bool = True) -> None:
        cases = [images.load(index) for index in range(len(images))]
        self.answers = {c.image.tobytes(): (c.mask != 0) == right for c in cases}

    def __call__(self, image: np.ndarray) -> Prediction:
        return Prediction.of(self.answers[image.tobytes()].astype(np.float32))


class Kept:
    """A set whose cases are made only once."""

    name = "pages"

    def __init__(self, images) -> None:
        self.cases = [images.load(index) for index in range(len(images))]

    def __len__(self) -> int:
        return len(self.cases)

    def load(self, index: int) -> Case:
        return self.cases[index]


@pytest.fixture(scope="module")
def synthetic(sources):
    return SyntheticSet("pages", sources, PageConfig(size=192), seed=3, count=8)


@pytest.fixture(scope="module")
def pages(synthetic):
    return Kept(synthetic)


def test_who_knows_the_truth_gets_full_marks(pages):
    records = list(answered([pages], Oracle(pages), HALF))
    whole = figures(records, HALF, rounds=20)
    for at in (whole.pixels.half, whole.pixels.calibrated, whole.pixels.best):
        names = ("f1", "iou", "mcc", "competition_score")
        assert [at[name] for name in names] == [1, 1, 1, 2]
    assert (
        whole.pixels.auc == whole.pixels.ap == whole.scores.auc == whole.pixels.mean_image_f1 == 1
    )
    assert whole.pixels.f1_interval == (1, 1)
    assert whole.alarms.share == whole.alarms.area == 0
    assert 0 < whole.authentic < whole.images == 8


def test_who_says_the_opposite_gets_none(pages):
    records = list(answered([pages], Oracle(pages, right=False), HALF))
    whole = figures(records, HALF, rounds=20)
    assert whole.pixels.calibrated["f1"] == whole.pixels.auc == 0
    assert whole.pixels.calibrated["mcc"] == -1
    assert whole.alarms.share == whole.alarms.area == 1


def test_groups_share_out_the_images_and_the_forged_pixels(pages):
    records = list(answered([pages], Oracle(pages), HALF))
    groups = group(records, HALF, rounds=5)
    by = {name: [g for g in groups if g.by == name] for name in ("scene", "after_life", "size")}
    assert {g.name for g in by["scene"]} == {"real", "drawn"}
    for name in ("scene", "after_life"):
        assert sum(g.figures.images for g in by[name]) == 8, name
    forged = sum(int(r.histogram.forged.sum()) for r in records)
    for name in ("kind", "size"):
        parts = [part for r in records for part in r.parts if part.by == name]
        assert sum(int(part.forged.sum()) for part in parts) == forged, name
    assert all(
        g.figures.pixels.calibrated["recall"] == 1 for g in groups if g.by in ("kind", "size")
    )


def test_a_kind_is_measured_without_the_other_kinds():
    found = record(
        [[0.9, 0.9, 0.1, 0.1, 0.9, 0.1]], [[1, 1, 0, 2, 0, 2]], kinds=("retype", "splice")
    )
    groups = {g.name: g.figures for g in group([found], HALF, rounds=5)}
    assert groups["retype"].pixels.calibrated["recall"] == 1
    assert groups["retype"].pixels.calibrated["precision"] == pytest.approx(2 / 3)
    assert groups["splice"].pixels.calibrated["recall"] == 0
    assert (groups["splice"].pixels.regions, groups["splice"].pixels.regions_found) == (2, 0)
    assert groups["all"].pixels.calibrated["recall"] == 0.5


def test_regions_are_sorted_by_their_shorter_side():
    mask = np.zeros((100, 200), np.uint8)
    for left, height in ((0, 15), (50, 16), (100, 32), (150, 33)):
        mask[10 : 10 + height, left : left + 40] = 1
    answer = Prediction.of(np.zeros(mask.shape, np.float32))
    one = image_record(
        "set", 0, Case("four", np.zeros((100, 200, 3), np.uint8), mask), answer, HALF
    )
    assert {p.name: p.regions for p in one.parts} == {
        "under_16_px": 1,
        "16_to_32_px": 2,
        "over_32_px": 1,
    }


def test_a_region_is_found_if_half_of_it_is_reported():
    for reported, found in ((1, 0), (2, 1)):
        probability = [[0.9] * reported + [0.1] * (4 - reported)]
        assert record(probability, [[1, 1, 1, 1]]).parts[0].regions_found == found


def test_the_calibrated_decision_uses_threshold_and_peak():
    probability, mask = [[0.6, 0.95, 0.1, 0.6, 0.6]], [[1, 1, 0, 0, 0]]
    plain = record(probability, mask, decision=DecisionRule(0.5))
    peaked = record(probability, mask, decision=DecisionRule(0.5, 0.9))
    assert plain.calibrated == plain.half
    assert plain.calibrated.false_alarm == 2
    assert (peaked.calibrated.hit, peaked.calibrated.false_alarm) == (2, 0)
    assert peaked.half == plain.half


def test_a_page_whose_edits_left_no_trace_is_neither_forged_nor_authentic():
    washed_out = record([[0.9, 0.1]], [[255, 0]], 0.9)
    forged, authentic = record([[0.9]], [[1]], 0.8), record([[0.1]], [[0]], 0.1)
    assert not washed_out.forged
    assert not washed_out.authentic
    whole = figures([washed_out, forged, authentic], HALF, rounds=5)
    assert (whole.images, whole.forged, whole.authentic) == (3, 1, 1)
    assert whole.scores.auc == 1


def test_rates_of_images_at_the_operating_points():
    decision = DecisionRule(0.5, operating_points=(("strict", 0.85),))
    images = [record([[0.1]], [[0]], raw_score) for raw_score in (0.1, 0.6, 0.9)]
    images += [record([[0.1]], [[1]], raw_score) for raw_score in (0.7, 0.9)]
    half, strict = figures(images, decision, rounds=5).scores.rates
    assert (half.fpr, half.tpr) == (pytest.approx(1 / 3), 0.5), "0.5 is a score: raw score .71"
    assert (strict.name, strict.fpr, strict.tpr) == ("strict", pytest.approx(1 / 3), 0.5)


def test_authentic_images_alone_have_alarms_and_nothing_else():
    loud = record([[0.9] + [0.1] * 99], [[0] * 100])
    whole = figures([loud, record([[0.1] * 100], [[0] * 100])], HALF, rounds=50)
    assert (whole.alarms.share, whole.alarms.area) == (0.5, 0.005)
    assert whole.alarms.share_interval == (0, 1)
    assert all(
        math.isnan(v) for v in (whole.pixels.calibrated["f1"], whole.pixels.auc, whole.scores.auc)
    )


def test_a_map_of_another_size_is_refused():
    with pytest.raises(ValueError, match="made here must have the shape"):
        record([[0.5]], [[0, 0]])


class TestDecisionSearch:
    @staticmethod
    def search(*pages: tuple[list[float], list[int]]) -> DecisionSearch:
        made = DecisionSearch()
        for probability, mask in pages:
            made.add(np.array([probability], np.float32), np.array([mask], np.uint8))
        return made

    def test_a_peak_parts_a_faint_edit_from_a_louder_false_alarm(self):
        chosen = self.search(
            ([0.3, 0.97, 0.3, 0.0], [1, 1, 1, 0]), ([0.6, 0.6, 0.0, 0.0], [0, 0, 0, 0])
        ).choose()
        assert chosen.threshold <= 0.3
        assert chosen.high_threshold is not None
        assert 0.6 < chosen.high_threshold <= 0.97

    def test_of_equals_the_highest_is_taken(self):
        chosen = self.search(([0.72, 0.72, 0.3, 0.0], [7, 7, 0, 0])).choose()
        assert chosen == DecisionRule(0.7), "any threshold from above 0.3 parts them"

    def test_a_little_f1_is_given_up_for_quiet_pages_but_not_much(self):
        noise = [0.4] + [0.0] * 19
        strong = ([0.9] * 18 + [0.0] + [0.4] * 2, [1] * 18 + [0] + [1] * 2)
        search = self.search(strong, (noise, [0] * 20))
        for alarms, reported in ((0.0, False), (1.0, True)):
            found = search.choose(alarms).mask(np.array([noise], np.float32))
            assert found.any() == reported, "two of twenty pixels against the only authentic page"

        faint = ([0.9] * 2 + [0.0] + [0.4] * 18, [1] * 2 + [0] + [1] * 18)
        noise = [0.4] * 18 + [0.0] * 2
        chosen = self.search(faint, (noise, [0] * 20)).choose(alarms=0.0)
        assert chosen.mask(np.array([noise], np.float32)).any(), "quiet would cost nearly all F1"

    def test_an_area_parts_a_large_edit_from_small_false_alarms_as_sure(self):
        false_alarm = [0.9] * 3 + [0.0] * 37
        chosen = self.search(
            ([0.9] * 20 + [0.0] * 20, [1] * 20 + [0] * 20), (false_alarm, [0] * 40)
        ).choose()
        assert 3 < chosen.high_area <= 20

    def test_ignored_pixels_have_no_say(self):
        chosen = self.search(([0.9, 0.9, 0.2], [3, 255, 0])).choose()
        assert chosen == self.search(([0.9, 0.0, 0.2], [3, 255, 0])).choose()

    def test_nothing_to_find_is_said(self):
        with pytest.raises(ValueError, match="forged pixels"):
            self.search(([0.9], [0])).choose()


def test_a_decision_is_chosen_on_pages_of_another_seed(synthetic):
    others = Oracle(replace(synthetic, seed=4, count=3))  # it knows no page of seed 3
    options = Namespace(choose=True, seed=3, validation=3, alarms=0.05)
    known = Respondent(others, {}, DecisionRule(0.2, operating_points=(("strict", 0.9),)))
    decision, origin = find_decision(options, known, synthetic)
    assert decision.threshold == 0.999, "any threshold parts them, the highest is taken"
    assert decision.operating_points == (("strict", 0.9),)
    assert "3 other synthetic pages" in origin
    options.choose = False
    assert find_decision(options, known, synthetic) == (known.decision, "bundle")


def test_operating_points_without_a_limit_are_left_out():
    points = (
        OperatingPoint(name="fpr-5%", false_positive_rate=0.05, raw_score=0.4, recall=0.9),
        OperatingPoint(name="fpr-1%", false_positive_rate=0.01, reason="too few images"),
    )
    image = ImageCalibration.model_construct(operating_points=points)
    assert supported_points(CalibrationRecord.model_construct(image=image)) == (("fpr-5%", 0.4),)
    assert supported_points(CalibrationRecord.model_construct(image=None)) == ()
    assert supported_points(None) == ()


def test_the_worst_come_first():
    missed = record([[0.1] * 4], [[1, 1, 0, 0]])
    alarm = record([[0.9, 0.1, 0.1, 0.1]], [[0] * 4])
    half_found = record([[0.9, 0.1, 0.1, 0.1]], [[1, 1, 0, 0]])
    quiet = record([[0.1] * 4], [[0] * 4])
    assert worst_images([quiet, half_found, alarm, missed]) == [missed, alarm, half_found, quiet]
    assert worst_images([quiet, missed], number=1) == [missed]


def test_examples_are_a_middling_hit_and_the_worst_miss_and_false_alarm_of_each_set():
    hits = [record([[p, 0.9, 0.9, 0.1]], [[1, 1, 1, 0]]) for p in (0.1, 0.9)]
    hits.append(record([[0.9, 0.9, 0.9, 0.9]], [[1, 1, 1, 0]]))  # one false alarm beside it
    missed = [record([[0.1] * 4], [mask]) for mask in ([1, 0, 0, 0], [1, 1, 0, 0])]
    alarms = [record([[0.9, p, 0.1, 0.1]], [[0] * 4]) for p in (0.1, 0.9)]
    other = replace(missed[0], set="screens")
    chosen = typical_images([*hits, *missed, other, *alarms])
    assert chosen == [hits[2], missed[1], alarms[1], other]


def test_side_by_side_shows_truth_in_red_and_the_answer_outlined():
    mask = np.zeros((60, 120), np.uint8)
    mask[20:40, 30:90] = 1
    white = Case("page", np.full((60, 120, 3), 255, np.uint8), mask)
    picture = three_panels(white, Prediction.of((mask * 0.9).astype(np.float32)), HALF)
    assert picture.shape == (380, 3 * 380 + 12, 3)
    page, truth, answer = (picture[190, left + 190].astype(int) for left in (0, 386, 772))
    assert page.tolist() == [255, 255, 255]
    assert truth[0] > 200 > truth[1], "red"
    assert answer[0] - answer[1] > 80, "tinted"


def test_sets_on_disk_and_scans(tmp_path, sources):
    image = np.full((20, 30, 3), 9, np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    cv2.imwrite(str(tmp_path / "a_mask.png"), np.full((20, 30), 255, np.uint8))
    images = LabeledSet("mine", tuple(find_pairs(tmp_path, tmp_path)))
    loaded = images.load(0)
    assert (len(images), loaded.name, loaded.mask.min()) == (1, "a.png", 1)
    assert (loaded.real, loaded.life, loaded.kinds) == (None, None, ())

    scans = ScanSet.held_out("scans", sources)
    assert len(scans) == len(sources.scans.files) + len(sources.plain_scans.files) == 2
    assert not scans.load(1).mask.any()
    assert len(ScanSet.held_out("scans", sources, most=1)) == 1


def test_scans_with_known_edits_are_asked_at_their_own_size(tmp_path):
    for name in ("a.png", "b.png", "c.png"):
        cv2.imwrite(str(tmp_path / name), np.full((20, 30, 3), 9, np.uint8))
    listed = tmp_path / "edits.csv"
    rows = ("b.png,2,3,8,6,erased", "b.png,10,10,30,20,suspected", "c.png,0,0,4,4,suspected")
    listed.write_text("\n".join(("image,x0,y0,x1,y1,what", *rows)) + "\n")

    scans = EditedScanSet.listed(
        "edited", SourceFolders(scans=(str(tmp_path),), edited=str(listed))
    )
    assert len(scans) == 1, "a scan that is only suspected is neither authentic nor forged"
    case = scans.load(0)
    assert (case.name, case.kinds, case.real) == ("b.png", ("typed", "erased"), True)
    assert (case.mask == 2).sum() == 18 and (case.mask[3:6, 2:8] == 2).all()
    assert (case.mask == 255).sum() == 200 and (case.mask == 0).sum() == 600 - 218
    listed.write_text(f"image,x0,y0,x1,y1,what\n{rows[2]}\n")
    with pytest.raises(ValueError, match="must hold certain edits, but all are suspected"):
        EditedScanSet.listed("edited", SourceFolders(scans=(str(tmp_path),), edited=str(listed)))
    with pytest.raises(ValueError, match=r"must name edited"):
        EditedScanSet.listed("edited", SourceFolders(scans=(str(tmp_path),)))
