"""Write finished image and mask pairs."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from forensics_rt.io.writers import write_atomically
from train.config import SynthConfig, read_config
from train.synth.finished import finished_page
from train.synth.sources import Sources, open_sources


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--count", type=int, required=True, help="pages")
    parser.add_argument(
        "--seed", type=int, default=0, help="another seed makes other pages (default: %(default)s)"
    )
    parser.add_argument(
        "--workers", type=int, default=1, help="processes that make pages (default: %(default)s)"
    )
    parser.add_argument(
        "--config",
        type=Path,
        help="TOML with [sources], [page]; the folders that [sources] names must exist",
    )
    parser.add_argument("--held-out", action="store_true", help="held-out scans and typefaces")


def run(options: argparse.Namespace) -> int:
    """Make the pairs; masks are 0 authentic, 255 forged, 128 ignored."""
    config = read_config(options.config, SynthConfig) if options.config else SynthConfig()
    sources = open_sources(config.sources, options.held_out)
    options.out.mkdir(parents=True, exist_ok=True)
    work = partial(write_pair, options.out, options.seed, sources, config)
    with ProcessPoolExecutor(options.workers) as workers:
        records = list(workers.map(work, range(options.count), chunksize=4))
    text = "".join(json.dumps(record) + "\n" for record in records)
    (options.out / "pages.jsonl").write_text(text, encoding="utf-8")
    write_list(options.out, records)
    sys.stdout.write(mix_table(records))
    return 0


def write_pair(
    folder: Path, seed: int, sources: Sources, config: SynthConfig, index: int
) -> dict[str, Any]:
    """Write page `index` as `NNNNNN.png` and `NNNNNN_mask.png`; return its record.

    The picture is stored without loss: its JPEG history is in the pixels already.
    """
    cv2.setNumThreads(1)
    page = finished_page(seed, index, sources, config.page)
    mask = np.where(page.mask == 0, 0, np.where(page.mask == 255, 128, 255)).astype(np.uint8)
    name = f"{index:06d}"
    _write_png(folder / f"{name}.png", np.ascontiguousarray(page.image[..., ::-1]))
    _write_png(folder / f"{name}_mask.png", mask)
    return {
        "name": name,
        "real": page.real,
        "origin": page.origin,
        "forged": bool((mask == 255).any()),
        "kinds": page.kinds,
        "life": page.life,
        "ornaments": page.ornaments,
    }


def _write_png(path: Path, pixels: np.ndarray) -> None:
    # `cv2.imwrite` tells nobody of a full disk.
    _, data = cv2.imencode(".png", pixels)
    write_atomically(path, data.tobytes())


def write_list(folder: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Write `pages.csv`: images, masks, and as groups what must not lie on two sides of a fold.

    Args:
        folder: Where the pairs lie.
        records: As `write_pair` gives them. Pages on one scan are a group, a drawn one is its own.
    """
    with (folder / "pages.csv").open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(("image", "mask", "group"))
        for record in records:
            name = record["name"]
            group = record["origin"] if record["real"] else name
            rows.writerow((f"{name}.png", f"{name}_mask.png", group))


def mix_table(records: Sequence[Mapping[str, Any]]) -> str:
    """Say what the pages are made of, as shares of all pages.

    Args:
        records: As `write_pair` gives them.
    """
    pages = max(1, len(records))
    authentic = [record for record in records if not record["forged"]]
    rows = {
        "on real scans": sum(bool(record["real"]) for record in records),
        "authentic": len(authentic),
        "authentic with ornaments": sum(bool(record["ornaments"]) for record in authentic),
    }
    for name in ("kinds", "ornaments"):
        rows.update(Counter(f"{name}: {item}" for r in records for item in set(r[name])))
    rows.update(Counter(f"life: {record['life']}" for record in records))
    return "".join(f"{name:32s}{share / pages:7.1%}\n" for name, share in rows.items())
