"""PyTorch's own answers, which every graph and engine is held to."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from export.graph.tracing import PixelsToProbability


def torch_answers(
    whole: PixelsToProbability, probes: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """Return PyTorch's float32 probabilities, N×H×W, one tile at a time."""
    with torch.inference_mode():
        return np.concatenate(
            [
                whole(torch.from_numpy(probes[index : index + 1])).numpy()
                for index in range(len(probes))
            ]
        )
