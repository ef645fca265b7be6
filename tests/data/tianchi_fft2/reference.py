"""The reference values of the Tianchi FFT2 networks.

`state_dict.json` holds each network's parameter names and shapes, `network_golden.npz` an RGB
image and the probability map of each network filled by `benchmarks.networks.fixed_weights`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ARCHITECTURES = ("seresnext50", "seresnext101", "senet154")


def expected_shapes(architecture: str) -> dict[str, tuple[int, ...]]:
    """Return the shape of every entry of the state dict by its name."""
    shapes = json.loads((HERE / "state_dict.json").read_text())[architecture]
    return {name: tuple(shape) for name, shape in shapes.items()}


def golden(architecture: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the image (H×W×3 RGB uint8) and its probability map (H×W float32)."""
    with np.load(HERE / "network_golden.npz") as arrays:
        return arrays["input_rgb_uint8"], arrays[f"prob_{architecture}"]
