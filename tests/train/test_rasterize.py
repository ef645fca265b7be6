"""Several programs draw the same text: alike, and never the same."""

from __future__ import annotations

import numpy as np
import pytest

from train.synth.forgery import FORGERY_KINDS, Canvas, Hands
from train.synth.forgery.erase import ERASERS
from train.synth.rasterize import RASTERIZERS
from train.synth.rasterize.trim import to_ink

MODULES = {"pillow": "PIL", "skia": "skia", "pdfium": "pypdfium2", "pango": "pyvips"}


@pytest.mark.parametrize("name", RASTERIZERS)
def test_a_text_is_drawn_at_its_size(name: str, font: str) -> None:
    pytest.importorskip(MODULES[name])
    small, large = (
        RASTERIZERS[name](np.random.default_rng(2), "Total 12.50", font, size)
        for size in (16.0, 40.0)
    )
    assert small.dtype == np.float32
    assert 0 <= small.min() <= small.max() <= 1
    assert large.max() > 0.8
    assert 2.0 < large.shape[0] / small.shape[0] < 3.2
    assert large.shape[1] > 3 * large.shape[0]


def test_programs_draw_other_edges(font: str) -> None:
    pytest.importorskip("skia")
    drawn = [RASTERIZERS[n](np.random.default_rng(1), "8", font, 30.0) for n in ("pillow", "skia")]
    first, second = (to_ink(c if c.ndim == 2 else c[..., 1]) for c in drawn)
    assert first.shape != second.shape or np.abs(first - second).max() > 0.02


def test_nothing_drawn_is_a_single_empty_pixel() -> None:
    assert to_ink(np.zeros((5, 7), np.float32)).shape == (1, 1)


@pytest.mark.parametrize("name", ERASERS)
def test_every_eraser_lightens_a_word_and_leaves_the_rest(name: str, sources) -> None:
    scene = sources.plain_scans.scene(sources.plain_scans.files[0])
    canvas = Canvas(scene.image.copy(), list(scene.words), sources.fonts, scene)
    word = scene.words[3]
    box = (word.x0 - 1, word.y0 - 1, word.x1 + 1, word.y1 + 1)
    ERASERS[name][1](np.random.default_rng(4), canvas, box)
    inside = (slice(box[1], box[3]), slice(box[0], box[2]))
    assert canvas.image[inside].mean() > scene.image[inside].mean() + 10
    far = np.ones(scene.image.shape[:2], bool)
    far[box[1] - 40 : box[3] + 40, max(0, box[0] - 40) : box[2] + 40] = False
    assert np.array_equal(canvas.image[far], scene.image[far])


def test_hands_decide_what_draws_and_erases(sources, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    pillow = RASTERIZERS["pillow"]
    monkeypatch.setitem(RASTERIZERS, "pango", lambda *a: asked.append("pango") or pillow(*a))
    monkeypatch.setitem(ERASERS, "telea", (1.0, lambda *a: asked.append("telea")))
    scene = sources.plain_scans.scene(sources.plain_scans.files[0])
    for seed in range(6):
        hands = Hands(("pango",), ("telea",))
        canvas = Canvas(scene.image.copy(), list(scene.words), sources.fonts, scene, hands)
        FORGERY_KINDS["retype"].edit(np.random.default_rng(seed), canvas)
    assert {"pango", "telea"} == set(asked)
