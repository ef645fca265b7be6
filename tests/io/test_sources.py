import os
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from forensics_rt.errors import ImageNotFound, OutputError
from forensics_rt.io.formats import FORMATS
from forensics_rt.io.sources import SUFFIXES, find_sources


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    for name in ("b.jpg", "a.PNG", "notes.txt", "deep/a.png", "deep/er/c.webp"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stems(names):
    return [source.stem.as_posix() for source in find_sources(names)]


def test_a_folder_stands_for_its_images_and_keeps_its_sub_folders(tree):
    assert stems(["in"]) == ["a.PNG", "b.jpg", "deep/a.png", "deep/er/c.webp"]


def test_patterns_are_expanded_in_order(tree):
    assert stems(["in/*.jpg", "in/**/*.png"]) == ["b.jpg", "a.png"]


def test_a_file_named_outright_is_taken_whatever_it_is_called(tree):
    assert stems(["in/notes.txt", "missing.jpg", "nothing*.jpg"]) == [
        "notes.txt",
        "missing.jpg",
        "nothing*.jpg",
    ]


def test_equal_names_get_different_places(tree):
    assert stems(["in/b.jpg", "in/b.jpg", "in"])[:2] == ["b.jpg", "b.jpg-2"]
    assert len(set(stems(["in", "in", "in/b.jpg"]))) == 9


def test_a_dash_is_standard_input():
    (source,) = find_sources(["-"])

    assert source.image is sys.stdin.buffer and source.stem.name == "stdin"


def test_results_below_a_folder_are_not_taken_for_images(tree):
    found = find_sources(["in"], results=Path("in/deep"))

    assert [source.stem.as_posix() for source in found] == ["a.PNG", "b.jpg"]


@pytest.mark.parametrize("name", ["in", "in/deep", "in/deep/*.png"])
def test_what_is_named_outright_must_not_lie_among_the_results(tree, name):
    with pytest.raises(OutputError, match=r"results folder, in; .* another folder for `results`"):
        find_sources([name, "in/b.jpg"], results=Path("in"))


def test_patterns_pass_over_results_as_folders_do(tree):
    found = find_sources(["in/*", "**/*.[jp]*g"], results=Path("in/deep"))

    assert [source.stem.as_posix() for source in found] == [
        "a.PNG",
        "b.jpg",
        "notes.txt",
        "b.jpg-2",
    ]


def test_two_stars_take_each_image_once(tree):
    assert stems(["in/deep/**"]) == ["a.png", "c.webp"]


def test_two_stars_take_each_image_once_also_where_a_link_leads_back(tree):
    (tree / "in" / "deep" / "loop").symlink_to(tree / "in" / "deep")

    found = find_sources(["in/deep/**/*.png", "in/deep/**"])

    assert [str(source.image) for source in found] == [
        "in/deep/a.png",
        "in/deep/a.png",
        "in/deep/er/c.webp",
    ]


def test_thousands_of_one_name_are_told_apart_quickly(tree):
    start = time.perf_counter()
    found = stems([f"{number}/scan.jpg" for number in range(10_000)])

    assert len(set(found)) == 10_000 and found[-1] == "scan.jpg-10000"
    assert time.perf_counter() - start < 5, "it took minutes when each counted from the start"


def test_a_number_that_a_file_bears_already_is_passed_over(tree):
    assert stems(["in/b.jpg", "x/b.jpg-2", "y/b.jpg", "z/b.jpg"]) == [
        "b.jpg",
        "b.jpg-2",
        "b.jpg-3",
        "b.jpg-4",
    ]


def test_the_place_of_the_runs_own_summary_is_not_given_away(tree):
    assert stems(["summary", "summary.jpg"]) == ["summary-2", "summary.jpg"]


def test_links_to_results_and_to_nothing_are_no_images(tree):
    (tree / "in" / "lost.jpg").symlink_to(tree / "nowhere.jpg")
    (tree / "in" / "result.png").symlink_to(tree / "in" / "deep" / "a.png")
    (tree / "in" / "good.jpg").symlink_to(tree / "in" / "b.jpg")

    found = find_sources(["in"], results=Path("in/deep"))

    assert [source.stem.as_posix() for source in found] == ["a.PNG", "b.jpg", "good.jpg"]


def test_a_folder_that_cannot_be_listed_is_an_error_that_names_it(tree, monkeypatch):
    list_folder = os.scandir

    def refuse(folder):
        if Path(folder).name == "deep":
            raise PermissionError(13, "Permission denied", str(folder))
        return list_folder(folder)

    monkeypatch.setattr(os, "scandir", refuse)

    with pytest.raises(ImageNotFound, match=r"in/deep: .* cannot be listed: Permission denied"):
        find_sources(["in"])


def test_links_to_folders_are_followed_and_each_folder_is_taken_once(tree):
    (tree / "elsewhere").mkdir()
    (tree / "elsewhere" / "d.png").touch()
    (tree / "in" / "linked").symlink_to(tree / "elsewhere")
    (tree / "in" / "loop").symlink_to(tree / "in")

    assert stems(["in"]) == ["a.PNG", "b.jpg", "deep/a.png", "deep/er/c.webp", "linked/d.png"]


def test_every_suffix_of_a_kind_that_is_decoded_is_listed():
    Image.init()
    kinds = {name for one in FORMATS if not one.plugin for name in (one.name, *one.variants)}
    known = {suffix for suffix, kind in Image.registered_extensions().items() if kind in kinds}

    assert known - SUFFIXES == {".pfm"}, "floating-point numbers, which are refused"


def test_how_many_files_of_folders_are_passed_over_and_why_is_said_and_counted(tree, caplog):
    for name in ("scan.docx", "scan.DOCX", "Makefile"):
        (tree / "in" / "deep" / name).touch()
    passed_over = Counter()

    find_sources(["in", "in/deep"], passed_over=passed_over)

    assert caplog.messages == [
        "in: passed over: 2 .docx, 1 .txt, 1 without a suffix",
        "in/deep: passed over: 2 .docx, 1 without a suffix",
    ]
    assert passed_over == {".docx": 4, ".txt": 1, "without a suffix": 2}


@pytest.mark.skipif(sys.platform == "win32", reason="it has no named pipes in folders")
def test_what_is_called_like_an_image_and_is_no_regular_file_is_counted(tree):
    (tree / "in" / "lost.jpg").symlink_to(tree / "nowhere.jpg")
    os.mkfifo(tree / "in" / "pipe.png")
    (tree / "in" / "result.png").symlink_to(tree / "in" / "deep" / "a.png")
    passed_over = Counter()

    find_sources(["in"], results=Path("in/deep"), passed_over=passed_over)

    assert passed_over == {".txt": 1, "not a regular file": 2}, "a result is no image to come"


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_a_suffix_of_any_bytes_is_counted_under_a_name_that_can_be_printed(tree):
    Path(os.fsdecode(b"in/scan.\xb7")).touch()
    passed_over = Counter()

    find_sources(["in"], passed_over=passed_over)

    assert passed_over == {".txt": 1, r".\xb7": 1}
