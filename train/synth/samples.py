"""Sample images for people to try: whole pages that look photographed or scanned."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from train.metrics import forged_pixels
from train.synth.capture import captured
from train.synth.forgery import FORGERY_KINDS, Canvas, kind_names
from train.synth.imageops import jpeg
from train.synth.labels import mark, with_ignored
from train.synth.page import SyntheticPage, donor_for
from train.synth.scene.base import Scene, Word
from train.synth.scene.registry import LAYOUTS
from train.synth.scene.seal import make_seal, press
from train.synth.sources import Sources


@dataclass(frozen=True)
class SamplePlan:
    """One sample.

    Attributes:
        name: Stem of its files.
        layout: Layout of the page, or "scan" for a real one.
        edits: Kinds of edit, in order; empty for an authentic page.
        quality: JPEG quality of the file.
    """

    name: str
    layout: str
    edits: tuple[str, ...]
    quality: int


PLANS: tuple[SamplePlan, ...] = (
    SamplePlan("certificate", "certificate", ("retype", "mosaic", "retype"), 88),
    SamplePlan("license", "licence", ("retype", "mosaic", "splice", "removal"), 85),
    SamplePlan("letter", "letter", ("removal", "retype", "splice"), 90),
    SamplePlan("receipt", "scan", ("retype", "copy_move", "blur"), 90),
    SamplePlan("invoice", "scan", ("add_text", "retype", "brush"), 92),
    SamplePlan("authentic", "scan", (), 90),
)


def make_sample(
    seed: int, index: int, sources: Sources, plan: SamplePlan
) -> tuple[SyntheticPage, dict[str, Any]]:
    """Make one sample page.

    Args:
        seed: Seed of the set.
        index: Number of the sample in it.
        sources: Typefaces and scans.
        plan: What to make.

    Returns:
        The page after its JPEG save, and a record of what was done to it.
    """
    rng = np.random.default_rng([seed, index, 7])
    scene = _scene(rng, sources, plan)
    canvas = Canvas(scene.image.copy(), entries(scene), sources.fonts, scene)
    canvas.donor = donor_for(rng, sources, scene)
    done = []
    for kind in plan.edits:
        for _ in range(20):
            before = canvas.image.copy()
            touched = FORGERY_KINDS[kind].edit(rng, canvas)
            if touched is not None:
                mark(canvas, touched, kind_names().index(kind) + 1, before)
                done.append(kind)
                break
            canvas.image[:] = before
    image, twin = jpeg(canvas.image, plan.quality), jpeg(scene.image, plan.quality)
    mask = with_ignored(canvas.mask, image, twin)
    record = {
        "name": plan.name,
        "source": scene.origin if scene.real else "drawn by the generator",
        "edits": done,
        "jpeg_quality": plan.quality,
    }
    # The file itself is saved once, by the caller: hand over the pixels before that save.
    return SyntheticPage(canvas.image, scene.image, mask, scene.origin, scene.real), record


def entries(scene: Scene) -> list[Word]:
    """Return the words a forger would change: no labels, no headings."""
    if not scene.words:
        return []
    usual = float(np.median([word.height for word in scene.words]))
    return [
        word
        for word in scene.words
        if word.height < 1.6 * usual and not word.text.endswith((":", "\uff1a"))
    ]


def write_samples(folder: Path, count: int, seed: int, sources: Sources) -> list[dict[str, Any]]:
    """Write `NAME.jpg`, `NAME_mask.png` and one `samples.json`; return the records."""
    folder.mkdir(parents=True, exist_ok=True)
    records = []
    for index in range(count):
        plan = PLANS[index % len(PLANS)]
        page, record = make_sample(seed, index, sources, plan)
        if index >= len(PLANS):
            record["name"] += f"_{index}"
        name = str(record["name"])
        options = [cv2.IMWRITE_JPEG_QUALITY, plan.quality]
        picture = np.ascontiguousarray(page.image[..., ::-1])
        cv2.imwrite(str(folder / f"{name}.jpg"), picture, options)
        mask = forged_pixels(page.mask).astype(np.uint8) * 255
        cv2.imwrite(str(folder / f"{name}_mask.png"), mask)
        records.append(record)
    text = json.dumps(records, indent=2, ensure_ascii=False) + "\n"
    (folder / "samples.json").write_text(text, encoding="utf-8")
    return records


def _scene(rng: np.random.Generator, sources: Sources, plan: SamplePlan) -> Scene:
    if plan.layout == "scan" and sources.scans.files:
        return sources.scans.scene(sources.scans.pick(rng))
    layout = LAYOUTS["receipt" if plan.layout == "scan" else plan.layout][1]
    width, height = int(rng.integers(1000, 1120)), int(rng.integers(1320, 1480))
    scene = layout(rng, sources.fonts, width, height)
    if plan.layout in ("certificate", "licence", "letter"):
        size = int(rng.integers(170, 230))
        seal = make_seal(rng, sources.fonts, size)
        press(scene.image, seal, int(width * 0.62), int(height * 0.74))
    return captured(rng, scene)
