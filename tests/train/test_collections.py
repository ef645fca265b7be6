"""Collections of authentic images: shares, parts, text lines, and what never trains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from train.commands.lines import run as read_lines
from train.evaluation.cases import SyntheticSet
from train.evaluation.options import domain_sets
from train.synth.collections import Collection, open_collections, pick_collection
from train.synth.page import PageConfig, make_page
from train.synth.scene.base import Word
from train.synth.scene.detect_words import spread_line
from train.synth.sources import SourceFolders, Sources, open_sources
from train.text_lines.sheets import TextLine, read_folder, write_sheet

WIDE = PageConfig(
    size=192,
    real_share=1.0,
    authentic_share=0.0,
    rasterizers=("pillow",),
    erasers=("flat", "telea"),
    unused_rasterizers=("pango",),
    unused_erasers=("navier_stokes",),
)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for name, tone in (("many", 240), ("few", 200), ("kept", 160)):
        (tmp_path / name).mkdir()
        for index in range(12 if name == "many" else 2):
            page = np.full((260, 300, 3), tone, np.uint8)
            for line in range(5):
                at = (12, 40 + 44 * line)
                cv2.putText(page, f"No {index}{line} 4711", at, 0, 1.0, (20, 20, 20), 2)
            cv2.imwrite(str(tmp_path / name / f"{name}{index}.png"), page)
    return tmp_path


def collections(folders: Path) -> tuple[Collection, ...]:
    many = Collection((str(folders / "many"),), "scan", 0.5)
    few = Collection((str(folders / "few"),), "screen", 0.5)
    return many, few, Collection((str(folders / "kept"),), "scan", unused=True)


def sources_of(folders: Path, font: str, held_out: bool) -> Sources:
    named = SourceFolders(fonts=(str(Path(font).parent),), collections=collections(folders))
    opened = open_collections(named.collections[:2], held_out, {})
    unused = open_collections(named.collections[2:], None, {}) if held_out else ()
    from train.synth.scene.fonts import FontBook
    from train.synth.scene.scans import ScanLibrary

    none = ScanLibrary(())
    return Sources(FontBook((font,), (font,)), none, none, none, opened, unused)


def test_the_share_counts_and_not_the_number_of_images(folders: Path) -> None:
    opened = open_collections(collections(folders)[:2], False, {})
    assert [len(one.scans.files) for one in opened] == [11, 1]
    rng = np.random.default_rng(0)
    drawn = [pick_collection(rng, opened).domain for _ in range(200)]
    assert 70 < drawn.count("screen") < 130


def test_what_is_unused_never_trains(folders: Path, font: str) -> None:
    training = sources_of(folders, font, held_out=False)
    origins = {make_page(1, index, training, WIDE).origin for index in range(20)}
    assert origins
    assert not any(origin.startswith("kept") for origin in origins)
    held_out = sources_of(folders, font, held_out=True)
    crossed = held_out.of_domain("scan", crossed=True)
    assert make_page(1, 0, crossed, WIDE).origin.startswith("kept")
    assert make_page(1, 0, held_out.of_domain("screen", crossed=True), WIDE).domain == "screen"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    lost = Collection((str(tmp_path / "lost"),), "scan")
    with pytest.raises(ValueError, match="there is no such folder"):
        open_sources(SourceFolders(collections=(lost,)), held_out=False)


def test_a_config_refuses_programs_that_train_and_do_not() -> None:
    with pytest.raises(ValueError, match="must not train"):
        PageConfig(rasterizers=("pillow",), erasers=("flat",), unused_erasers=("flat",))
    with pytest.raises(ValueError, match="must be some of"):
        PageConfig(rasterizers=("crayon",), erasers=("flat",))
    assert WIDE.crossed().rasterizers == ("pango",)


class Options:
    domains = True
    cross = True


def test_the_cross_test_is_a_set_for_each_domain(folders: Path, font: str) -> None:
    sources = sources_of(folders, font, held_out=True)
    pages = SyntheticSet("synthetic", sources, WIDE, 5, 40)
    sets = domain_sets(Options(), pages)  # type: ignore[arg-type]
    assert [s.name for s in sets] == ["scan", "screen", "cross_scan", "cross_screen"]
    assert {len(s) for s in sets} == {10}
    assert sets[3].config.erasers == ("navier_stokes",)
    assert sets[1].config.erasers == ("flat", "telea")


def test_lines_are_read_once_and_become_words(folders: Path, tmp_path: Path) -> None:
    asked = []

    def reader(picture):
        asked.append(picture.shape)
        return [
            (((10, 8), (250, 8), (250, 48), (10, 48)), "No 00 4711", 0.9),
            (((0, 60), (9, 60), (9, 70), (0, 70)), "dust", 0.2),
        ]

    assert read_folder(folders / "few", tmp_path / "lines", reader) == (2, 0)
    assert read_folder(folders / "few", tmp_path / "lines", reader) == (0, 2)
    assert len(asked) == 2
    assert (tmp_path / "lines" / "few0.csv").read_text().startswith("10,8,250,8,")
    named = Collection((str(folders / "few"),), "scan", lines=(str(tmp_path / "lines"),))
    (one,) = open_collections((named,), None, {})
    words = one.scene(np.random.default_rng(0)).words
    assert [word.text for word in words] == ["No", "00", "4711"]


def test_missing_images_to_read_are_named(tmp_path: Path) -> None:
    class Given:
        images = (tmp_path / "lost",)
        out = tmp_path
        least = 0.5

    with pytest.raises(ValueError, match="no such folder"):
        read_lines(Given())  # type: ignore[arg-type]


def test_light_writing_is_parted_too() -> None:
    picture = np.full((40, 300), 20, np.uint8)
    cv2.putText(picture, "12.50 RM", (4, 30), 0, 1.0, 230, 2)
    words = spread_line(picture, Word(0, 0, 300, 40, "12.50 RM"))
    assert [word.text for word in words] == ["12.50", "RM"]


def test_a_corner_outside_the_picture_comes_to_its_border(tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.csv", [TextLine(((-3, 2), (9, 2), (9, 9), (-3, 9)), "a\nb")])
    assert (tmp_path / "a.csv").read_text() == "0,2,9,2,9,9,0,9,a b\n"


def test_a_collection_that_is_not_tested_trains_whole_and_leaves_the_test_alone(
    folders: Path,
) -> None:
    many, few, _ = collections(folders)
    later = replace(few, tested=False)
    held_out, training = (
        open_collections((many, later), True, {}),
        open_collections((later,), False, {}),
    )
    assert [one.domain for one in held_out] == ["scan"]
    assert len(training[0].scans.files) == 2
