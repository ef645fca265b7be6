"""Authentic pages by real engines come with the places of their text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from train.__main__ import main
from train.render.browser import Browser, find_browser
from train.render.content import Content
from train.render.typst_pages import typst_page
from train.render.web_articles import KINDS, article
from train.render.web_documents import document
from train.render.web_kits import find_kits, kit_screen
from train.render.web_parts import code_square
from train.render.web_screens import PHONE, web_screen
from train.synth.scene.fonts import FontBook
from train.synth.scene.scans import read_lines

needs_browser = pytest.mark.skipif(find_browser() is None, reason="there is no Chromium here")


def darkest(image: np.ndarray, box: tuple[int, int, int, int]) -> int:
    return int(image[box[1] : box[3], box[0] : box[2]].min())


def test_content_is_repeatable_and_in_its_language() -> None:
    first, again = (Content(np.random.default_rng(3), True).fields(6) for _ in range(2))
    assert first == again
    assert any(ord(c) > 0x2E80 for label, _ in first for c in label)
    english = Content(np.random.default_rng(3), False)
    assert all(ord(c) < 0x2E80 for c in english.text(4) + english.firm() + english.address())


def test_a_document_of_typst_has_its_text_where_it_says(font: str) -> None:
    pytest.importorskip("typst")
    for seed in range(3):
        image, lines, kind = typst_page(np.random.default_rng(seed), FontBook((font,), (font,)))
        assert kind
        assert image.dtype == np.uint8 and image.shape[2] == 3
        assert len(lines) > 4
        for line in lines:
            (x0, y0), _, (x1, y1), _ = line.corners
            assert 0 <= x0 < x1 <= image.shape[1] + 2
            assert 0 <= y0 < y1 <= image.shape[0] + 2


def test_screens_and_documents_are_whole_pages_of_html() -> None:
    for make in (web_screen, document, article):
        html, width, height, ratio, _, kind = make(np.random.default_rng(6))
        assert html.startswith("<!doctype html>") and html.endswith("</html>")
        assert width > 300 and height > 600 and 1 <= ratio <= 3
        assert kind
    made = Content(np.random.default_rng(1), False)
    assert all("<div" in draw(made) for draw in PHONE.values())
    assert code_square(made, 100).count("<rect") > 150


def test_printed_matter_has_what_looks_pasted() -> None:
    made = {kind: html for html, *_, kind in map(article, map(np.random.default_rng, range(30)))}
    assert set(made) == set(KINDS)
    assert "<polyline" in made["report"] or "<rect" in made["report"] or "r='1.2'" in made["report"]
    assert "stroke-width" in made["notice"]  # the rings of an emblem
    assert "columns" in made["newspaper"] and "frame" in made["leaflet"]


def test_kits_write_half_of_the_phone_screens(tmp_path: Path) -> None:
    (tmp_path / "vant.css").write_text(".van-cell{color:red}", encoding="utf-8")
    kits = find_kits(tmp_path)
    assert list(kits) == ["vant"]
    made = [web_screen(np.random.default_rng(seed), kits) for seed in range(40)]
    theirs = [html for html, *_, kind in made if kind == "vant"]
    assert 8 < len(theirs) < 25
    assert all(".van-cell{color:red}" in html and "van-cell__title" in html for html in theirs)
    assert "adm-list-item" in kit_screen(Content(np.random.default_rng(2), True), "antd-mobile")
    with pytest.raises(ValueError, match="must hold some of"):
        find_kits(tmp_path / "lost")


@needs_browser
def test_the_browser_says_where_its_text_is() -> None:
    html = "<body style='margin:0;background:#fff'><div style='margin:20px'>Paid 12.50</div>"
    with Browser() as browser:
        image, lines = browser.shot(html, 300, 200, 2.0)
    assert image.shape == (400, 600, 3)
    (line,) = lines
    assert line.text == "Paid 12.50"
    (x0, y0), _, (x1, y1), _ = line.corners
    assert x0 == 40 and y0 == 40
    inside = image[int(y0) : int(y1), int(x0) : int(x1)]
    assert inside.min() < 60
    image[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1] = 255
    assert image.min() == 255


def test_the_command_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], font: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("typst")
    monkeypatch.setattr(
        "train.commands.render.find_fonts", lambda folders, held_out: FontBook((font,), (font,))
    )
    command = ["render", "typst", "--out", str(tmp_path), "--seed", "4"]
    assert main([*command, "--count", "1"]) == 0
    assert main([*command, "--count", "2"]) == 0
    assert "1 pages rendered, 1 were there" in capsys.readouterr().out
    page = next(tmp_path.glob("*.png"))
    assert read_lines(tmp_path / "lines" / f"{page.stem}.csv", 4000, 4000)
