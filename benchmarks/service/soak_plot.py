"""The soak as a picture: memory, file handles and threads over requests and images."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from benchmarks.service.soak_record import Soak
from forensics_rt.bench.plot import load_matplotlib
from forensics_rt.io.writers import write_atomically

_ROWS = (("memory", "memory in MB", 1e6), ("handles", "file handles", 1), ("threads", "threads", 1))
_WORDS = {"service": "requests to the service", "detector": "images through one detector"}


def draw_soak(soaks: Sequence[Soak], path: Path) -> None:
    """Draw what was seen into a PNG file.

    Args:
        soaks: A column each.
        path: Of the picture.

    Raises:
        OptionalDependency: If matplotlib is not installed.
        OutputError: If the file cannot be written.
    """
    figure = load_matplotlib()(figsize=(10, 7), layout="constrained")
    axes = figure.subplots(len(_ROWS), len(soaks), squeeze=False, sharex="col")
    for column, soak in enumerate(soaks):
        done = [sample.done for sample in soak.samples]
        for row, (name, words, unit) in enumerate(_ROWS):
            place = axes[row][column]
            values = [getattr(sample, name) / unit for sample in soak.samples]
            place.plot(done, values, "#0072B2")
            place.set_ylim(0, 1.15 * max(values))
            place.set_ylabel(words)
        axes[-1][column].set_xlabel(_WORDS[soak.what])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    write_atomically(path, buffer.getvalue())
