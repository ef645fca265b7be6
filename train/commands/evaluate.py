"""Measure a bundle or a checkpoint on images whose truth is known."""

from __future__ import annotations

import argparse
import sys

import cv2

from forensics_rt.io.writers import check_writable
from train.evaluation.groups import group
from train.evaluation.options import add_shared_arguments, open_inquiry
from train.evaluation.plots import write_plots
from train.evaluation.records import answered
from train.evaluation.report import report, summary, write_groups, write_images, write_report
from train.evaluation.table import figures_table
from train.evaluation.worst import write_worst


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_shared_arguments(parser, after_life=1.0)


def run(options: argparse.Namespace) -> int:
    """Ask, write figures and plots, print a table."""
    cv2.setNumThreads(1)
    check_writable(options.out)
    inquiry = open_inquiry(options)
    records = list(answered(inquiry.sets, inquiry.respondent.predictor, inquiry.decision))
    groups = group(records, inquiry.decision)
    told = report(groups, inquiry)
    write_report(options.out / "figures.json", told)
    write_report(options.out / "summary.json", summary(told))
    write_images(options.out / "images.csv", records)
    write_groups(options.out / "groups.csv", groups)
    written = write_plots(options.out, groups)
    written += write_worst(
        options.out, records, inquiry.sets, inquiry.respondent.predictor, inquiry.decision
    )
    names = [
        "figures.json",
        "summary.json",
        "images.csv",
        "groups.csv",
        *(path.name for path in written),
    ]
    sys.stdout.write(figures_table(groups, inquiry.decision))
    sys.stdout.write(f"\n{', '.join(names)} are in {options.out}\n")
    return 0
