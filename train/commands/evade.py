"""Measure what simple means of hiding an edit do to a bundle, and write it into its model card."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from forensics_rt import Bundle, Detector
from forensics_rt.backends.number_formats import PRECISIONS
from forensics_rt.bundle.copying import unsigned
from forensics_rt.bundle.manifest import MANIFEST_FILE, FileRecord
from forensics_rt.io.digest import sha256_of
from forensics_rt.io.writers import check_writable, write_atomically
from train.config import SynthConfig, read_config
from train.evaluation.attacks import ATTACKS
from train.evaluation.cases import EditedScanSet, ImageSet, SyntheticSet
from train.evaluation.degradations import Degradation
from train.evaluation.evasion import evade, sayer
from train.evaluation.evasion_report import markdown, plain_rows, with_section
from train.evaluation.options import EDITED_SCANS, SYNTHETIC, domain_sets
from train.evaluation.report import library_versions, write_report, write_rows
from train.synth.sources import open_sources

_WIDTH = 140
_CARD_RECORD = re.compile(r'"model_card": \{[^}]*\}')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; pages come without an after-life, so that each attack acts alone."""
    parser.add_argument("--bundle", default="default", help="folder, or default or fast")
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    parser.add_argument("--config", type=Path, required=True, help="TOML with [sources], [page]")
    parser.add_argument("--count", type=int, default=72, help="synthetic pages")
    parser.add_argument("--seed", type=int, default=61_000, help="of the synthetic pages")
    parser.add_argument(
        "--domains", action="store_true", help="synthetic pages as one set a domain"
    )
    parser.add_argument("--edited-scans", type=int, default=0, help="scans with known edits to add")
    parser.add_argument(
        "--checkpoint", type=Path, help="of the bundle's network, for adversarial noise"
    )
    parser.add_argument(
        "--levels", type=int, default=2, help="most that this noise changes a pixel"
    )
    parser.add_argument("--steps", type=int, default=10, help="of gradient descent for this noise")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch and of the engine")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="begin no page after so many minutes"
    )
    parser.add_argument("--card", action="store_true", help="write the table into the model card")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder; a stopped run continues there"
    )


def run(options: argparse.Namespace) -> int:
    """Attack, ask, write figures and print a Markdown table."""
    cv2.setNumThreads(1)
    check_writable(options.out)
    sets = _sets(options)
    with Detector(options.bundle, precision=options.precision, threads=options.threads) as detector:
        bundle, engine = detector.bundle, detector.capabilities
        seconds = options.minutes * 60
        kept = options.out / "pages.jsonl"
        asked = _asked(options, detector)
        rows = evade(sets, sayer(detector), ATTACKS, _on_edits(options), seconds, kept, asked)
    table, flat, pages = markdown(rows), plain_rows(rows), sum(map(len, sets))
    heading = {
        "bundle": f"{bundle.manifest.name} {bundle.manifest.version}",
        "networks": bundle.manifest.networks_id,
        "backend": engine.name,
        "precision": engine.precision,
        "pages": {images.name: len(images) for images in sets},
        "seed": options.seed,
        "steps": options.steps,
        "versions": library_versions(),
    }
    write_report(options.out / "evasion.json", {**heading, "rows": flat})
    write_rows(options.out / "evasion.csv", flat)
    sys.stdout.write(table)
    if options.card:
        write_into_card(bundle, described(options, flat[0], pages) + table)
        sys.stdout.write(f"\nwritten into the model card of {bundle.path}\n")
    return 0


def described(options: argparse.Namespace, counts: dict[str, Any], asked: int) -> str:
    """Say in a card what the table is of, and what was run for it.

    Args:
        options: Of the command.
        counts: Of a row.
        asked: How many pages there were to answer.
    """
    words = [f"--bundle {options.bundle}", f"--count {options.count}", f"--seed {options.seed}"]
    words += ["--domains"] * options.domains
    if options.edited_scans:
        words.append(f"--edited-scans {options.edited_scans}")
    if options.checkpoint is not None:
        words.append(f"--checkpoint CHECKPOINT --steps {options.steps}")
    forged, authentic = counts["forged_pages"], counts["authentic_pages"]
    ended = " (time ended the run)" if forged + authentic < asked else ""
    said = (
        f"`python -m train evade --config CONFIG {' '.join(words)} --precision {options.precision} "
        f"--out DIR`: {forged} forged and {authentic} authentic held-out pages{ended}, without any "
        "other after-life. Regions: at least half of one is reported. Pages: at least one of its "
        "regions is found. Alarmed: authentic pages of which more than 0.1 % is reported. No "
        "verdict: *uncertain*, or none, of all pages. Adversarial noise is computed against the "
        "network, and changes pixels of the edits alone."
    )
    return textwrap.fill(said, _WIDTH, break_long_words=False, break_on_hyphens=False) + "\n\n"


def write_into_card(bundle: Bundle, text: str) -> None:
    """Write the section on evasion of a bundle's model card; its manifest names the new file.

    Raises:
        ValueError: If it has no card, or is encrypted.
        OutputError: If it cannot be written.
    """
    record, card = bundle.manifest.model_card, bundle.model_card()
    if record is None or card is None or bundle.encrypted:
        raise ValueError(f"{bundle.path}: has no model card that can be written")
    file = bundle.file(record)
    write_atomically(file, with_section(card, text).encode())
    written = FileRecord(path=record.path, bytes=file.stat().st_size, sha256=sha256_of(file))
    manifest = bundle.path / MANIFEST_FILE
    # Only this record: an earlier version's manifest keeps its words.
    told = json.dumps(written.model_dump(), indent=2).replace("\n", "\n  ")
    before = manifest.read_text(encoding="utf-8")
    after = _CARD_RECORD.sub(lambda _: f'"model_card": {told}', before, count=1)
    write_atomically(manifest, after.encode())
    Bundle.open(bundle.path, trust=unsigned(bundle.trust))


def _asked(options: argparse.Namespace, detector: Detector) -> str:
    """Name all that decides what is answered, so that a run goes on with its own answers alone."""
    used = detector.conclusions
    checkpoint = options.checkpoint
    decides = (
        # Not the id of the bundle: the card that this command writes changes it.
        *(detector.bundle.manifest.networks_id, detector.capabilities.precision),
        *(detector.recipe.as_record(), used.calibration_id, str(used.decision)),
        *(sha256_of(options.config), options.seed, options.count),
        *(options.domains, options.edited_scans),
        *((sha256_of(checkpoint), options.levels, options.steps) if checkpoint else ()),
    )
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:16]


def _sets(options: argparse.Namespace) -> list[ImageSet]:
    config = read_config(options.config, SynthConfig)
    sources = open_sources(config.sources, held_out=True)
    pages = SyntheticSet(SYNTHETIC, sources, config.page, options.seed, options.count, 0.0)
    sets: list[ImageSet] = [pages]
    if options.domains:
        options.cross = False
        sets = list(domain_sets(options, pages))
    if options.edited_scans:
        edited = EditedScanSet.listed(EDITED_SCANS, config.sources)
        every = max(1, len(edited) // options.edited_scans)
        sets.append(replace(edited, files=edited.files[::every][: options.edited_scans]))
    return sets


def _on_edits(options: argparse.Namespace) -> tuple[Degradation, ...]:
    if options.checkpoint is None:
        return ()
    # Here, because a bundle is asked without PyTorch.
    import torch

    from train.checkpoint.load import load_checkpoint
    from train.evaluation.adversarial import adversarial
    from train.networks.layout import channels_last

    torch.set_num_threads(options.threads)
    network = channels_last(load_checkpoint(options.checkpoint).network)
    return (adversarial(network, options.levels, options.steps),)
