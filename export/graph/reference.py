"""PyTorch's own answers, which every graph and engine is held to."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from export.graph.tracing import PixelsToProbability
from forensics_rt.plan.coefficients import TileCoefficients


def torch_answers(
    whole: PixelsToProbability,
    probes: npt.NDArray[np.uint8],
    coefficients: TileCoefficients | None = None,
) -> npt.NDArray[np.float32]:
    """Return PyTorch's float32 probabilities, N×H×W, one tile at a time.

    Args:
        whole: The network between its ends.
        probes: N×H×W×3 RGB.
        coefficients: Of the same tiles, where the network reads them.
    """
    inputs: dict[str, npt.NDArray[Any]] = {"image": probes}
    if coefficients is not None:
        inputs |= coefficients.feeds()
    tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}
    with torch.inference_mode():
        answers = [
            whole(**{name: tensor[place : place + 1] for name, tensor in tensors.items()}).numpy()
            for place in range(len(probes))
        ]
    return np.concatenate(answers)
