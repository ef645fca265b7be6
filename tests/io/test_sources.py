import sys
from pathlib import Path

import pytest

from forensics_rt.io.sources import find_sources


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
