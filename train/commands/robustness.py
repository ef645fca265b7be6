"""Measure what is still found after JPEG, resizing, blur, noise and screenshots."""

from __future__ import annotations

import argparse
import sys

import cv2

from forensics_rt.io.writers import check_writable
from train.evaluation.options import add_shared_arguments, open_inquiry
from train.evaluation.report import report_heading, write_report, write_rows
from train.evaluation.robustness import robustness
from train.evaluation.robustness_report import markdown, plain_rows, write_plot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; pages come without an after-life, so that each harm acts alone."""
    add_shared_arguments(parser, after_life=0.0)
    parser.set_defaults(count=100, scans=0)


def run(options: argparse.Namespace) -> int:
    """Ask after every degradation, write figures and a plot, print a Markdown table."""
    cv2.setNumThreads(1)
    check_writable(options.out)
    inquiry = open_inquiry(options)
    predictor = inquiry.respondent.predictor
    rows = [row for s in inquiry.sets for row in robustness(s, predictor, inquiry.decision)]
    flat = plain_rows(rows)
    write_report(options.out / "robustness.json", {**report_heading(inquiry), "rows": flat})
    write_rows(options.out / "robustness.csv", flat)
    write_plot(options.out / "robustness.png", rows)
    sys.stdout.write(markdown(rows))
    sys.stdout.write(f"\nrobustness.json, robustness.csv and robustness.png are in {options.out}\n")
    return 0
