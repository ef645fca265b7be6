"""A large network that has learned something: its map has edges, and decisions that can flip.

Time does not depend on what weights say (`fixed_networks`), but what a number format costs does:
the map of random weights is nearly flat. A few hundred steps teach the network to find parts of a
page that were blurred, mosaicked or given noise. That is no detector of forgeries, and enough to
measure how many decisions int8 changes.

    python -m benchmarks.networks.taught --pages scans/ --out taught.pth --edited edited/

needs about 20 minutes of one core. A tenth of the pages is never shown to the network; those, with
edits, are written to `--edited` as images to calibrate int8 on and to judge it by.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.networks.fixed_weights import fill_by_name
from forensics_rt.io.decode import decode
from forensics_rt.io.sources import SUFFIXES
from train.networks import build_network

NETWORK = "seresnext50"
_CROP, _BATCH = 128, 8
_LARGEST = 1024  # side of what is kept of a page
_RATE = 3e-4
_TEXTURE = 12.0  # gray levels; an edit of empty paper leaves no trace

Pixels = npt.NDArray[np.uint8]


def main() -> None:
    """Teach the network and write its checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, required=True, help="folder of images")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint to write")
    parser.add_argument("--edited", type=Path, required=True, help="folder for pages with edits")
    parser.add_argument("--steps", type=int, default=400)
    values = parser.parse_args()
    pages = read_pages(values.pages)
    held_out, shown = pages[::10], [page for n, page in enumerate(pages) if n % 10]
    values.edited.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(held_out):
        edited, _ = edit(np.random.default_rng(number), page, most=12)
        cv2.imwrite(str(values.edited / f"page-{number:02}.png"), edited[..., ::-1])
    teach(shown, values.steps, values.out)


def read_pages(folder: Path) -> list[Pixels]:
    """Return the middle of each image of a folder, at most 1024×1024×3 RGB uint8."""
    pages = []
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
        page = decode(path).pixels
        top, left = (max(0, (side - _LARGEST) // 2) for side in page.shape[:2])
        page = page[top : top + _LARGEST, left : left + _LARGEST].copy()
        if min(page.shape[:2]) >= _CROP:
            pages.append(page)
    return pages


def edit(random: np.random.Generator, page: Pixels, most: int) -> tuple[Pixels, Pixels]:
    """Blur, mosaic or add noise to some rectangles; return the page and a mask of 0 and 1."""
    page, mask = page.copy(), np.zeros(page.shape[:2], np.uint8)
    for _ in range(int(random.integers(0, most + 1))):
        height, width = random.integers(16, 64, 2).clip(max=min(page.shape[:2])).tolist()
        top = int(random.integers(0, page.shape[0] - height + 1))
        left = int(random.integers(0, page.shape[1] - width + 1))
        place = np.s_[top : top + height, left : left + width]
        if page[place].mean(axis=2).std() >= _TEXTURE:
            page[place] = _edited(random, page[place])
            mask[place] = 1
    return page, mask


def _edited(random: np.random.Generator, part: Pixels) -> Pixels:
    kind = random.integers(3)
    if kind == 0:
        return np.asarray(cv2.GaussianBlur(part, (0, 0), float(random.uniform(1.5, 3.0))), np.uint8)
    if kind == 1:
        noisy = part + random.normal(0.0, random.uniform(10.0, 20.0), part.shape)
        return np.clip(noisy, 0, 255).astype(np.uint8)
    height, width = part.shape[:2]
    step = int(random.integers(4, 9))
    coarse = cv2.resize(part, (max(1, width // step), max(1, height // step)), interpolation=3)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=0), np.uint8)


def teach(pages: list[Pixels], steps: int, out: Path, side: int = _CROP) -> None:
    """Train the network from fixed weights on crops that are edited anew each time."""
    network = fill_by_name(build_network(NETWORK)).train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE)
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, _RATE, total_steps=steps, pct_start=max(0.1, 2 / steps)
    )
    start = time.process_time()
    for step, (images, masks) in zip(range(steps), _batches(pages, side), strict=False):
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(images).float()
        loss = functional.binary_cross_entropy_with_logits(logits, masks)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rates.step()
        if step % 20 == 0:
            spent = time.process_time() - start
            print(f"step {step}: loss {loss.item():.3f}, {spent:.0f} s", flush=True)
            torch.save(network.state_dict(), out)
    torch.save(network.eval().state_dict(), out)


def _batches(pages: list[Pixels], side: int) -> Iterator[tuple[Tensor, Tensor]]:
    random = np.random.default_rng(0)
    while True:
        pairs = [_crop(random, pages[random.integers(len(pages))], side) for _ in range(_BATCH)]
        images = np.stack([image for image, _ in pairs]).transpose(0, 3, 1, 2)
        masks = np.stack([mask for _, mask in pairs])
        yield (
            torch.from_numpy(images.copy()).float().contiguous(memory_format=torch.channels_last),
            torch.from_numpy(masks).float(),
        )


def _crop(random: np.random.Generator, page: Pixels, crop: int) -> tuple[Pixels, Pixels]:
    top, left = (int(random.integers(0, side - crop + 1)) for side in page.shape[:2])
    return edit(random, page[top : top + crop, left : left + crop], most=3)


if __name__ == "__main__":
    main()
