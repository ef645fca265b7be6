"""Pages are repeatable, and their masks cover what was changed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from forensics_rt.io.pairs import IGNORE, read_pairs
from train.commands.synth import mix_table, write_list, write_pair
from train.config import SynthConfig
from train.synth.afterlife import LIVES, AfterLife, draw_after_life, live, live_mask
from train.synth.afterlife.history import CutOff, Noise, Rescale, Save
from train.synth.capture.chains import DRAWN, REAL, SCREEN
from train.synth.capture.media import jpeg_with_tables, random_tables
from train.synth.forgery import FORGERY_KINDS, Canvas, kind_names
from train.synth.imageops import jpeg
from train.synth.known_edits import read_known_edits
from train.synth.labels import mark, with_ignored
from train.synth.page import PageConfig, make_page
from train.synth.scene.base import Scene, Word, crop_scene
from train.synth.scene.fonts import FontBook
from train.synth.scene.ornaments import ORNAMENTS
from train.synth.scene.registry import LAYOUTS
from train.synth.scene.scans import find_images
from train.synth.scene.wear import WEAR, wear_out
from train.synth.sources import SourceFolders, open_sources
from train.synth.split import is_held_out

PAGES = PageConfig(size=320, real_share=0.5, authentic_share=0.25)


def test_a_seed_means_one_page(sources):
    first, again = (make_page(3, 4, sources, PAGES) for _ in range(2))
    other = make_page(3, 5, sources, PAGES)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.mask, again.mask)
    assert not np.array_equal(first.image, other.image)


def test_marks_cover_every_changed_pixel(sources):
    for index in range(12):
        page = make_page(1, index, sources, PAGES)
        changed = (page.image != page.twin).any(2)
        assert not (changed & (page.mask == 0)).any()


def test_pages_are_partly_authentic_and_edits_small(sources):
    pages = [make_page(2, index, sources, PAGES) for index in range(24)]
    authentic = [page for page in pages if not page.mask.any()]
    assert 2 <= len(authentic) <= 14
    assert all(np.array_equal(page.image, page.twin) for page in authentic)
    assert np.mean([(page.mask > 0).mean() for page in pages]) < 0.2


@pytest.mark.parametrize("kind", kind_names())
def test_every_edit_changes_the_page_where_it_says(sources, kind):
    scene = sources.plain_scans.scene(sources.plain_scans.files[0])
    other = sources.plain_scans.scene(sources.plain_scans.files[1])
    for seed in range(15):
        rng = np.random.default_rng(seed)
        canvas = Canvas(scene.image.copy(), list(scene.words), sources.fonts, other)
        touched = FORGERY_KINDS[kind].edit(rng, canvas)
        if touched is None or np.array_equal(canvas.image, scene.image):
            continue
        x0, y0, x1, y1 = touched.box
        outside = np.ones(canvas.mask.shape, bool)
        outside[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = False
        changed = (canvas.image != scene.image).any(2)
        assert changed.any()
        assert (changed & outside).sum() <= 0.1 * changed.sum()
        return
    pytest.fail(f"{kind} never found a place")


def test_a_blob_is_filled_and_slightly_larger_than_the_edit(sources):
    page = np.full((60, 60, 3), 200, np.uint8)
    page += np.random.default_rng(0).integers(0, 9, page.shape).astype(np.uint8)
    canvas = Canvas(page.copy(), [], sources.fonts, Scene(page, (), "", False))
    canvas.image[20:30, 10:40] = 0
    from train.synth.forgery import Touched

    mark(canvas, Touched((10, 20, 40, 30)), 1, page, grow=2)
    expected = np.zeros((60, 60), np.uint8)
    expected[18:32, 8:42] = 1
    assert np.array_equal(canvas.mask, expected)


def test_erasing_clipped_white_is_ignored(sources):
    page = np.full((60, 60, 3), 255, np.uint8)
    before = page.copy()
    before[24:26, 15:30] = 0
    canvas = Canvas(page, [], sources.fonts, Scene(page, (), "", False))
    from train.synth.forgery import Touched

    mark(canvas, Touched((12, 20, 34, 30), erased=True), 7, before)
    assert set(np.unique(canvas.mask)) == {0, IGNORE}


def test_faint_blobs_are_ignored_and_strong_ones_kept():
    twin = np.full((40, 80, 3), 128, np.uint8)
    image = twin.copy()
    image[10:20, 10:20] += 2
    image[10:20, 50:60] += 40
    mask = np.zeros((40, 80), np.uint8)
    mask[8:22, 8:22] = 3
    mask[8:22, 48:62] = 3
    out = with_ignored(mask, image, twin)
    assert (out[8:22, 8:22] == IGNORE).all()
    assert (out[8:22, 48:62] == 3).all()
    assert (out[mask == 0] == 0).all()


def test_a_history_is_the_same_for_page_and_twin():
    rng = np.random.default_rng(1)
    page = rng.integers(0, 256, (64, 80, 3)).astype(np.uint8)
    life = AfterLife("any", (Rescale(0.8), Noise(2.0, seed=9), Save(90), CutOff(3, 5), Save(70)))
    assert np.array_equal(live(page, life), live(page.copy(), life))
    assert live(page, life).shape[:2] == live_mask(page[..., 0], life).shape == (46, 61)


def test_no_strength_means_no_history():
    lives = [draw_after_life(np.random.default_rng(s), 0.0) for s in range(20)]
    assert set(lives) == {AfterLife()}


@pytest.mark.parametrize("strength", [0.001, 0.02, 0.045, 0.05, 0.3, 1.0])
def test_every_strength_has_histories(strength):
    """A curriculum passes through all of them."""
    names = {draw_after_life(np.random.default_rng(seed), strength).name for seed in range(3000)}
    assert len(names) > 1


@pytest.mark.parametrize("name", LIVES)
def test_every_kind_of_history_moves_image_and_marks_alike(name):
    page = np.random.default_rng(2).integers(0, 256, (120, 90, 3)).astype(np.uint8)
    for seed in range(6):
        life = AfterLife(name, LIVES[name][1](np.random.default_rng(seed), 1.0))
        after = live(page, life)
        assert after.dtype == np.uint8
        assert after.shape[:2] == live_mask(page[..., 0], life).shape
        assert life.shrinking_at_most(0.9).scale >= min(0.9, life.scale)
        assert (name == "none") == (not life.steps)


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_gives_a_page_with_words(sources, name):
    scene = LAYOUTS[name][1](np.random.default_rng(4), sources.fonts, 500, 640)
    assert scene.image.shape == (640, 500, 3)
    assert not scene.real
    assert len(scene.words) >= 2
    ink = [scene.image[w.y0 : w.y1, w.x0 : w.x1].std() for w in scene.words]
    assert np.median(ink) > 5


@pytest.mark.parametrize("name", [name for name in ORNAMENTS if name != "photograph"])
def test_every_ornament_changes_a_part_of_the_page(sources, name):
    page = np.full((400, 400, 3), 200, np.uint8)
    page[::7] = 20
    before = page.copy()
    ORNAMENTS[name][1](np.random.default_rng(1), sources, page)
    changed = (page != before).any(2).mean()
    assert 0.001 < changed < 0.9


@pytest.mark.parametrize("name", WEAR)
def test_every_trace_of_use_changes_a_small_part_of_the_paper(name):
    changed = []
    for seed in range(12):
        page = np.full((400, 300, 3), 210, np.uint8)
        WEAR[name][1](np.random.default_rng(seed), page)
        changed.append(float((page != 210).any(2).mean()))
    assert max(changed) > 0.0005 and np.mean(changed) < 0.1


def test_holes_show_a_flat_disc_of_another_brightness():
    """What an eraser leaves too, but round: the network must be able to tell them apart."""
    dark = light = 0
    for seed in range(40):
        page = np.full((600, 400, 3), 210, np.uint8)
        WEAR["punched_holes"][1](np.random.default_rng(seed), page)
        dark += bool((page < 60).any())
        light += bool((page > 220).any())
    assert dark >= 8 and light >= 8


def test_real_scans_are_used_paper_and_their_traces_are_honest(sources):
    config = dataclasses.replace(PAGES, real_share=1.0, authentic_share=1.0)
    pages = [make_page(5, index, sources, config) for index in range(30)]
    worn = [page for page in pages if page.ornaments]
    assert {name for page in worn for name in page.ornaments} == set(WEAR)
    assert not any(page.mask.any() for page in pages)
    page = np.full((200, 200, 3), 210, np.uint8)
    assert wear_out(np.random.default_rng(1), page) == wear_out(
        np.random.default_rng(1), page.copy()
    )


@pytest.mark.parametrize("chain", [DRAWN, SCREEN, REAL])
def test_every_step_of_a_capture_keeps_words_on_the_page(sources, chain):
    scene = sources.plain_scans.scene(sources.plain_scans.files[0])
    for _, step in chain:
        after = step(np.random.default_rng(3), scene)
        height, width = after.image.shape[:2]
        assert after.image.dtype == np.uint8
        assert not np.array_equal(after.image, scene.image)
        assert len(after.words) >= 0.6 * len(scene.words)
        assert all(0 <= w.x0 < w.x1 <= width and 0 <= w.y0 < w.y1 <= height for w in after.words)


def test_random_tables_leave_traces_that_no_quality_setting_leaves():
    rng = np.random.default_rng(6)
    luma, chroma = random_tables(rng)
    assert len(luma) == len(chroma) == 64
    assert min(luma + chroma) >= 1 and max(luma + chroma) <= 255
    page = rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    ours = jpeg_with_tables(page, [luma, chroma])
    assert all(not np.array_equal(ours, jpeg(page, quality)) for quality in range(50, 100, 3))


def test_stroke_marks_are_the_changed_pixels_and_no_others(sources):
    config = dataclasses.replace(PAGES, mask_style="stroke", authentic_share=0.0)
    found = 0
    for index in range(8):
        page = make_page(7, index, sources, config)
        changed = (page.image != page.twin).any(2)
        assert np.array_equal(page.mask > 0, changed)
        found += changed.sum()
    assert found > 0


def test_cropping_keeps_only_words_inside():
    scene = Scene(
        np.zeros((50, 50, 3), np.uint8), (Word(5, 5, 15, 12), Word(40, 5, 49, 12)), "", False
    )
    cut = crop_scene(scene, 2, 2, 30, 30)
    assert cut.words == (Word(3, 3, 13, 10),)
    with pytest.raises(ValueError, match="must lie inside"):
        crop_scene(scene, 30, 30, 30, 30)


def test_the_split_is_by_stem_and_holds_out_a_tenth():
    names = [f"page_{i}.jpg" for i in range(2000)]
    held = [is_held_out(name) for name in names]
    assert 0.07 < np.mean(held) < 0.13
    assert held == [is_held_out("elsewhere/" + n.replace(".jpg", ".png")) for n in names]


def test_a_few_scans_are_split_too(tmp_path):
    """By the hash alone, four folders of ten with eight scans would hold none out."""
    for number in range(8):
        for folder in range(6):
            path = tmp_path / str(folder) / f"scan_{folder}_{number}.png"
            path.parent.mkdir(exist_ok=True)
            cv2.imwrite(str(path), np.zeros((4, 4), np.uint8))
    for folder in range(6):
        held_out, kept, both = (
            set(find_images([tmp_path / str(folder)], part)) for part in (True, False, None)
        )
        assert held_out and kept and held_out | kept == both and not held_out & kept


def test_scans_that_are_named_must_reach_both_parts(font, tmp_path):
    cv2.imwrite(str(tmp_path / "only.png"), np.zeros((4, 4), np.uint8))
    folders = SourceFolders((str(Path(font).parent),), scans=(str(tmp_path),))
    with pytest.raises(ValueError, match=r"scans must hold at least 2 images.*found 1"):
        open_sources(folders, held_out=True)


@pytest.mark.parametrize(("suffix", "mark"), [(".png", ""), (".PNG", "\ufeff")])
def test_scans_with_known_edits_are_left_out_of_both_parts_and_move_no_other(
    font, tmp_path, monkeypatch, suffix, mark
):
    """Whatever suffix the copies have, and whichever program wrote the list."""
    book = FontBook((font,), (font,))
    monkeypatch.setattr("train.synth.sources.find_fonts", lambda folders, held_out: book)
    for number in range(40):
        cv2.imwrite(str(tmp_path / f"{number:03}{suffix}"), np.zeros((4, 4), np.uint8))
    listed = tmp_path / "edits.csv"
    rows = ("image,x0,y0,x1,y1,what", "006.jpg,0,0,2,2,typed", "012.jpg,1,1,3,3,suspected")
    listed.write_text(mark + "\n".join(rows) + "\n", encoding="utf-8")
    plain = SourceFolders(scans=(str(tmp_path),))
    without = dataclasses.replace(plain, edited=str(listed))
    for held_out in (True, False):
        before, after = (open_sources(f, held_out).scans.files for f in (plain, without))
        edited = {str(tmp_path / f"{stem}{suffix}") for stem in ("006", "012")}
        assert set(after) == set(before) - edited
    assert is_held_out("012.png") != is_held_out("006.png"), "one of them lay in each part"

    listed.write_text(f"{rows[0]}\nother.jpg,0,0,2,2,typed\n")
    with pytest.raises(ValueError, match=r"1 images listed, such as other, none is among the 40"):
        open_sources(without, held_out=False)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.png,0,0,2,2,painted", "one of typed, erased, suspected"),
        ("a.png,3,0,2,2,typed", "not empty"),
        ("a.png,0,0,x,2,typed", "whole pixels"),
        (",0,0,2,2,typed", "line 2"),
    ],
)
def test_a_known_edit_that_makes_no_sense_is_named_by_its_line(tmp_path, row, message):
    path = tmp_path / "edits.csv"
    path.write_text(f"image,x0,y0,x1,y1,what\n{row}\n")
    with pytest.raises(ValueError, match=rf"line 2 of {path}.*{message}|{message} of {path}"):
        read_known_edits(path)
    with pytest.raises(ValueError, match="must be a CSV of known edits"):
        read_known_edits(tmp_path / "missing.csv")
    path.write_text("image;x0;y0;x1;y1;what\n")
    with pytest.raises(ValueError, match="must list known edits"):
        read_known_edits(path)


@pytest.mark.parametrize("key", ["fonts", "scans", "boxes", "plain_scans", "photos"])
def test_a_folder_that_is_missing_is_named_with_its_key(font, tmp_path, key):
    folders = SourceFolders((str(Path(font).parent),))
    missing = str(tmp_path / "missing")
    folders = dataclasses.replace(folders, **{key: missing if key == "boxes" else (missing,)})

    with pytest.raises(ValueError, match=rf"\[sources\] {key} .* names {missing}, .*yours to fill"):
        open_sources(folders, held_out=True)


def test_a_typeface_without_latin_letters_is_not_taken_for_latin(font, tmp_path):
    from fontTools import subset
    from fontTools.ttLib import TTFont

    from train.synth.scene.fonts import draws

    digits_only = TTFont(font)
    subsetter = subset.Subsetter()
    subsetter.populate(text="0123456789")
    subsetter.subset(digits_only)
    path = tmp_path / "digits.ttf"
    digits_only.save(path)
    assert draws(font, "Ag8") and not draws(font, "的")
    assert draws(str(path), "8") and not draws(str(path), "Ag8")


def test_the_mix_of_a_set_can_be_read_off():
    records = [
        {"real": True, "forged": True, "kinds": ("mosaic",), "life": "jpeg", "ornaments": ()},
        {
            "real": False,
            "forged": False,
            "kinds": (),
            "life": "none",
            "ornaments": ("seal", "seal"),
        },
    ]
    lines = dict(line.rsplit(maxsplit=1) for line in mix_table(records).splitlines())
    assert lines == {
        "on real scans": "50.0%",
        "authentic": "50.0%",
        "authentic with ornaments": "50.0%",
        "kinds: mosaic": "50.0%",
        "ornaments: seal": "50.0%",
        "life: jpeg": "50.0%",
        "life: none": "50.0%",
    }


def test_written_pairs_hold_image_mask_and_record(sources, tmp_path):
    config = SynthConfig(page=dataclasses.replace(PAGES, authentic_share=0.0))
    record = write_pair(tmp_path, 3, sources, config, 2)
    image = cv2.imread(str(tmp_path / "000002.png"))
    mask = cv2.imread(str(tmp_path / "000002_mask.png"), cv2.IMREAD_UNCHANGED)
    assert image.shape[:2] == mask.shape
    assert set(np.unique(mask)) <= {0, 128, 255}
    assert record["forged"] == bool((mask == 255).any())
    assert set(record["kinds"]) <= set(kind_names()) and record["life"] in LIVES


def test_pages_of_one_scan_are_one_group_of_the_list(tmp_path):
    records = [
        {"name": "000000", "real": True, "origin": "020.jpg"},
        {"name": "000001", "real": False, "origin": "letter"},
        {"name": "000002", "real": True, "origin": "020.jpg"},
    ]
    for record in records:
        for ending in ("", "_mask"):
            cv2.imwrite(str(tmp_path / f"{record['name']}{ending}.png"), np.zeros((4, 4), np.uint8))
    write_list(tmp_path, records)
    groups = [pair.group for pair in read_pairs(tmp_path / "pages.csv")]
    assert groups == ["020.jpg", "000001", "020.jpg"]
