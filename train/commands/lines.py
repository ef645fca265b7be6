"""Read the text lines of images that have no boxes; one CSV per image."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2

from forensics_rt.io.writers import check_writable
from train.text_lines import open_reader, read_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--images", type=Path, nargs="+", required=True, help="folders of images")
    parser.add_argument(
        "--out", type=Path, required=True, help="a folder of CSV files per folder goes here"
    )
    parser.add_argument("--least", type=float, default=0.6, help="least confidence of a line")


def run(options: argparse.Namespace) -> int:
    """Read what has not been read yet.

    Raises:
        ValueError: If RapidOCR or a folder of images is missing.
        OutputError: If a folder takes no files.
    """
    for folder in options.images:
        if not folder.is_dir():
            raise ValueError(f"--images names {folder}, but there is no such folder")
    check_writable(options.out)
    cv2.setNumThreads(1)
    reader = open_reader()
    for folder in options.images:
        new, old = read_folder(folder, options.out / folder.name, reader, options.least)
        sys.stdout.write(f"{folder.name}: {new} images read, {old} were there\n")
        sys.stdout.flush()
    return 0
