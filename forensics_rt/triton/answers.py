"""A detection as the outputs of a model."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import numpy.typing as npt

from forensics_rt.io.image_files import encode_image
from forensics_rt.results.detection import Detection
from forensics_rt.results.saving import map_in_16_bits
from forensics_rt.triton.names import PROBABILITY, PROBABILITY_PNG, RESULT
from forensics_rt.triton.options import RequestOptions
from forensics_rt.triton.tensors import bytes_array


def outputs_of(
    detection: Detection, wanted: Collection[str], options: RequestOptions
) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays that answer a request.

    Args:
        detection: What was found.
        wanted: Names of the outputs that the client asked for; what is not among them is not made.
        options: Of the request.

    Returns:
        `result`, the JSON of `Detection.to_dict`; `probability_png`, the file that
        `Detection.save` writes, 16-bit gray in which 65535 is 1; and `probability`, H×W float32,
        where the options ask for it.
    """
    found: dict[str, npt.NDArray[Any]] = {}
    if RESULT in wanted:
        text = json.dumps(detection.to_dict(), ensure_ascii=False, allow_nan=False)
        found[RESULT] = bytes_array(text.encode())
    if PROBABILITY_PNG in wanted:
        png = encode_image(".png", map_in_16_bits(detection.probability), detection.name)
        found[PROBABILITY_PNG] = bytes_array(png)
    if PROBABILITY in wanted and options.float_map:
        found[PROBABILITY] = detection.probability
    return found
