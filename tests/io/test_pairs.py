"""Pairing images with masks, and reading masks as marks."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from forensics_rt.errors import LabelError
from forensics_rt.io.pairs import LabeledImage, find_pairs, load_mask, read_pairs


def _write(path, value=0, size=(6, 8)):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full(size, value, np.uint8))
    return path


def test_a_mask_is_found_by_the_stem_of_its_image(tmp_path):
    for name in ("a.jpg", "b.png"):
        _write(tmp_path / "images" / name)
    _write(tmp_path / "masks" / "a.png")
    _write(tmp_path / "masks" / "b_gt.png")
    pairs = find_pairs(tmp_path / "images", tmp_path / "masks")
    assert [(p.image.name, p.mask.name, p.group) for p in pairs] == [
        ("a.jpg", "a.png", "a"),
        ("b.png", "b_gt.png", "b"),
    ]


def test_two_images_that_differ_in_the_suffix_alone_cannot_share_a_mask(tmp_path):
    for name in ("images/a.jpg", "images/a.png", "masks/a.png"):
        _write(tmp_path / name)
    with pytest.raises(LabelError, match=r"a\.jpg and .*a\.png must have a mask each"):
        find_pairs(tmp_path / "images", tmp_path / "masks")


def test_images_and_masks_may_share_a_folder(tmp_path):
    _write(tmp_path / "page.png")
    mask = _write(tmp_path / "page_mask.png")
    assert find_pairs(tmp_path, tmp_path) == [LabeledImage(tmp_path / "page.png", mask, "page")]


def test_two_masks_that_differ_in_the_suffix_alone_are_refused(tmp_path):
    for name in ("images/a.jpg", "masks/a.png", "masks/a.tif"):
        _write(tmp_path / name)
    with pytest.raises(
        LabelError, match=r"a\.png and .*a\.tif must differ in more than the suffix"
    ):
        find_pairs(tmp_path / "images", tmp_path / "masks")


def test_in_a_shared_folder_images_may_differ_in_the_suffix_alone_but_masks_may_not(tmp_path):
    for name in ("scan.jpg", "scan.png", "page.png", "page_mask.png"):
        _write(tmp_path / name)
    pairs = find_pairs(tmp_path, tmp_path, authentic=True)
    assert [pair.image.name for pair in pairs] == ["page.png", "scan.jpg", "scan.png"]
    _write(tmp_path / "page_mask.tif")
    with pytest.raises(LabelError, match=r"page_mask\.png and .*page_mask\.tif must differ"):
        find_pairs(tmp_path, tmp_path, authentic=True)


@pytest.mark.parametrize("name", ["a_mask.png", "a_gt.png"])
def test_an_image_with_two_masks_is_refused(tmp_path, name):
    for path in ("images/a.jpg", "masks/a.png", f"masks/{name}"):
        _write(tmp_path / path)
    with pytest.raises(LabelError, match=rf"a\.jpg must have one mask, but .*a\.png and .*{name}"):
        find_pairs(tmp_path / "images", tmp_path / "masks")


@pytest.mark.parametrize("original", ["a.png", "a_gt.png"])
def test_the_mask_of_an_image_that_is_called_like_one_is_not_that_of_another(tmp_path, original):
    for path in ("images/a.jpg", "images/a_mask.jpg", f"masks/{original}", "masks/a_mask.png"):
        _write(tmp_path / path)
    pairs = find_pairs(tmp_path / "images", tmp_path / "masks")
    assert [pair.mask.name for pair in pairs] == [original, "a_mask.png"]


def test_an_image_without_a_mask_is_refused_unless_it_may_be_authentic(tmp_path):
    for name in ("images/a.png", "images/b.png", "masks/b.png"):
        _write(tmp_path / name)
    with pytest.raises(LabelError, match=r"a\.png must have a mask"):
        find_pairs(tmp_path / "images", tmp_path / "masks")
    assert find_pairs(tmp_path / "images", tmp_path / "masks", authentic=True)[0].mask is None
    assert find_pairs(tmp_path / "images", None)[0].mask is None


@pytest.mark.parametrize("stray", ["scan_1_masked.png", "Scan_1.png", "b_gt_mask.png"])
def test_a_mask_of_no_image_is_refused_where_images_without_one_are_authentic(tmp_path, stray):
    """Else its image, which is forged, would teach what authentic means."""
    for name in ("images/scan_1.jpg", "images/b.jpg", "masks/b_gt.png"):
        _write(tmp_path / name)
    find_pairs(tmp_path / "images", tmp_path / "masks", authentic=True)
    _write(tmp_path / "masks" / stray)
    with pytest.raises(LabelError, match=rf"masks/{stray} must be the mask .*_mask, _gt, _edge"):
        find_pairs(tmp_path / "images", tmp_path / "masks", authentic=True)


def test_a_mask_of_no_image_is_found_also_beside_the_images(tmp_path):
    for name in ("page.png", "page_mask.png", "clean.png"):
        _write(tmp_path / name)
    assert len(find_pairs(tmp_path, tmp_path, authentic=True)) == 2
    _write(tmp_path / "pag3_mask.png")
    with pytest.raises(LabelError, match=r"pag3_mask\.png must be the mask"):
        find_pairs(tmp_path, tmp_path, authentic=True)


def test_folders_that_are_missing_or_empty_are_named(tmp_path):
    with pytest.raises(LabelError, match="must be a folder"):
        find_pairs(tmp_path / "nowhere", None)
    with pytest.raises(LabelError, match="must hold images"):
        find_pairs(tmp_path, None)


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_a_list_names_images_masks_and_groups(tmp_path, suffix):
    _write(tmp_path / "a.png")
    _write(tmp_path / "m" / "a.png")
    _write(tmp_path / "b.png")
    rows = [
        {"image": "a.png", "mask": "m/a.png", "group": "scanner 1"},
        {"image": "b.png", "mask": "", "group": ""},
    ]
    path = tmp_path / f"list{suffix}"
    if suffix == ".json":
        path.write_text(json.dumps(rows))
    else:
        lines = [",".join(row.values()) for row in rows]
        path.write_text("\n".join(["image,mask,group", *lines]))
    pairs = read_pairs(path)
    assert pairs[0] == LabeledImage(tmp_path / "a.png", tmp_path / "m" / "a.png", "scanner 1")
    assert pairs[1] == LabeledImage(tmp_path / "b.png", None, "b")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("l.csv", "image,mask\nmissing.png,\n", "does not exist"),
        ("l.csv", "picture\na.png\n", "must hold image"),
        ("l.csv", "image,mask\n", "at least one image"),
        ("l.json", "{", "must be a CSV or JSON list"),
        ("l.json", "{}", "JSON list of objects"),
    ],
)
def test_a_list_that_is_wrong_says_where(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(LabelError, match=message):
        read_pairs(tmp_path / name)


def test_masks_become_marks(tmp_path):
    gray = np.array([[0, 63, 64, 191, 192, 255]], np.uint8)
    cv2.imwrite(str(tmp_path / "m.png"), gray)
    pair = LabeledImage(tmp_path / "i.png", tmp_path / "m.png", "i")
    assert load_mask(pair, 1, 6).tolist() == [[0, 0, 255, 255, 1, 1]]
    with pytest.raises(LabelError, match="must be 5×1"):
        load_mask(pair, 1, 5)
    cv2.imwrite(str(tmp_path / "m.png"), np.array([[0, 1]], np.uint8))
    assert load_mask(pair, 1, 2).tolist() == [[0, 1]]
    assert not load_mask(LabeledImage(tmp_path / "i.png", None, "i"), 2, 2).any()


@pytest.mark.parametrize("content", ["no", ""])
def test_a_mask_that_is_no_image_is_refused(tmp_path, content):
    (tmp_path / "m.png").write_text(content)
    with pytest.raises(LabelError, match="must be an image of 8 or 16 bits, but"):
        load_mask(LabeledImage(tmp_path / "i.png", tmp_path / "m.png", "i"), 1, 1)


def test_a_mask_that_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(LabelError, match=r"m\.png cannot be opened: Is a directory"):
        (tmp_path / "m.png").mkdir()
        load_mask(LabeledImage(tmp_path / "i.png", tmp_path / "m.png", "i"), 1, 1)


def test_lists_that_no_reader_takes_are_refused(tmp_path):
    deep, wide, long = (tmp_path / name for name in ("deep.json", "wide.csv", "long.csv"))
    deep.write_text("[" * 100_000)
    wide.write_text("image\n" + "a" * 200_000)
    long.write_text("image\n" + "a" * 300 + ".png")
    for file, said in (
        (deep, "must be a CSV or JSON list"),
        (wide, "must be a CSV or JSON list"),
        (long, "which does not exist"),
    ):
        with pytest.raises(LabelError, match=said):
            read_pairs(file)


SPREADSHEET = Path(__file__).parents[1] / "data" / "pairs" / "list-semicolon-bom.csv"


@pytest.mark.parametrize("form", ["semicolon", "comma", "tab", "utf-16", "backslashes"])
def test_a_list_is_read_as_spreadsheets_write_it(tmp_path, form):
    for number in range(6):
        _write(tmp_path / "im" / f"p{number}.jpg")
        _write(tmp_path / "mk" / f"p{number}.png")
    data = SPREADSHEET.read_bytes()
    text = data.decode("utf-8-sig")
    data = {
        "semicolon": data,
        "comma": text.replace(";", ",").encode(),
        "tab": text.replace(";", "\t").encode("utf-8-sig"),
        "utf-16": text.encode("utf-16"),
        "backslashes": text.replace("/", "\\").encode("utf-8-sig"),
    }[form]
    (tmp_path / "list.csv").write_bytes(data)

    pairs = read_pairs(tmp_path / "list.csv")

    assert [(pair.image.name, pair.group) for pair in pairs] == [
        (f"p{number}.jpg", f"g{number}") for number in range(6)
    ]
    assert [pair.mask and pair.mask.name for pair in pairs] == [
        f"p{number}.png" if number % 2 == 0 else None for number in range(6)
    ]


def test_a_backslash_may_be_a_part_of_a_name_where_there_is_such_a_file(tmp_path):
    if os.sep == "\\":
        pytest.skip("here it always stands between folders")
    _write(tmp_path / "im" / "a.png")
    named = _write(tmp_path / "im\\a.png", 9)
    (tmp_path / "list.csv").write_text("image\nim\\a.png\n")
    assert read_pairs(tmp_path / "list.csv")[0].image == named


def test_a_list_of_an_older_encoding_is_refused_with_the_mend(tmp_path):
    listed = tmp_path / "list.csv"
    listed.write_bytes("image,mask\nprüfung.png,\n".encode("cp1252"))
    with pytest.raises(LabelError, match="its byte 14 is neither; save it as UTF-8"):
        read_pairs(listed)
