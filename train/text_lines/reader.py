"""The text reader: PP-OCR by way of RapidOCR, offline."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from forensics_rt.system.cpu import usable_cores
from train.synth.scene.base import Image

Reading = tuple[tuple[tuple[float, float], ...], str, float]
"""Four corners (x, y in pixels, clockwise from the upper left one), text, confidence 0..1."""
LineReader = Callable[[Image], Sequence[Reading]]
"""Takes H×W×3 uint8 RGB, gives its lines of text."""


def open_reader() -> LineReader:
    """Load the reader; its models lie in the wheel of `rapidocr`.

    Raises:
        ValueError: If RapidOCR is not installed.
    """
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise ValueError(
            f"text lines are read by RapidOCR, which is missing ({error}): "
            "pip install 'forensics_rt[train]'"
        ) from error
    # Unless told, ONNX Runtime binds threads to processors that this process was not given.
    threads = {"EngineConfig.onnxruntime.intra_op_num_threads": usable_cores()}
    engine: Any = RapidOCR(params={"Global.log_level": "warning", **threads})
    logging.getLogger("RapidOCR").setLevel(logging.WARNING)

    def read(picture: Image) -> Sequence[Reading]:
        found = engine(np.ascontiguousarray(picture[..., ::-1]))
        if found.boxes is None:
            return []
        return [
            (tuple((float(x), float(y)) for x, y in box), text, float(score))
            for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        ]

    return read
