"""Images and masks on disk that a small network learns to tell in a minute."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def write_pairs(folder: Path, count: int, side: int = 160, seed: int = 0) -> tuple[Path, Path]:
    """Write noisy pages with one smoothed rectangle each; every fourth is authentic.

    Args:
        folder: Where `images` and `masks` go; an authentic image has no mask.
        count: Number of images.
        side: Side of the images in pixels.
        seed: Seed of everything in them.

    Returns:
        The two folders.
    """
    images, masks = folder / "images", folder / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    rng = np.random.default_rng(seed)
    for index in range(count):
        level = float(rng.uniform(120, 220))
        page = rng.normal(level, 9, (side, side, 3)).clip(0, 255).astype(np.uint8)
        if index % 4:
            mask = np.zeros((side, side), np.uint8)
            x, y = rng.integers(4, side // 2, 2)
            width, height = rng.integers(side // 5, side // 2 - 4, 2)
            box = (slice(y, y + height), slice(x, x + width))
            page[box] = cv2.GaussianBlur(page, (0, 0), 2.0)[box]
            mask[box] = 255
            cv2.imwrite(str(masks / f"page{index:02d}.png"), mask)
        cv2.imwrite(str(images / f"page{index:02d}.png"), page)
    return images, masks


def run_file(folder: Path, **values: object) -> Path:
    """Write the TOML of a run over such pairs and return its path.

    Args:
        folder: Holds `images` and `masks`, and gets `run.toml`.
        values: Replace or add to the values of `[run]`.
    """
    run: dict[str, object] = {
        "out": str(folder / "out"),
        "seed": 3,
        "steps": 6,
        "checkpoint_steps": 2,
        "threads": 1,
        "device": "cpu",
        "precision": "fp32",
        "tensorboard": False,
        **values,
    }
    lines = [f"{name} = {_toml(value)}" for name, value in run.items()]
    text = "[run]\n" + "\n".join(lines) + "\n"
    text += (
        '[[data]]\nkind = "pairs"\nauthentic = true\n'
        f'images = "{folder / "images"}"\nmasks = "{folder / "masks"}"\n'
        "[optimizer]\nema = 0.9\nlearning_rate = 3e-3\n"
        "[model]\nwidths = [8, 8, 8, 8]\ndilations = [1]\n"
        "[[stages]]\nuntil = 1.0\nsize = 96\nbatch = 2\ncentered_from = 0.8\ncentered_to = 0.8\n"
        "life_from = 0.0\nlife_to = 0.0\n"
    )
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
