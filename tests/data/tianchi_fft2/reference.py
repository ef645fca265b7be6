"""The reference values of the Tianchi FFT2 networks, and the weights that they were computed with.

`state_dict.json` holds each network's parameter names and shapes, `network_golden.npz` an RGB
image and the probability map of each network filled by `fill_by_name`.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

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


def fill_by_name(network: nn.Module, salt: int = 0) -> nn.Module:
    """Give every weight values that depend on its name alone, so that any machine has the same.

    Kernels are drawn with He's deviation, biases with deviation 0.05; normalizations pass values
    through, apart from the last of a block, which damps its residual branch.
    """
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            draw = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode()) + salt))
            if tensor.ndim == 4:
                values = draw.standard_normal(tensor.shape) * np.sqrt(2.0 / tensor[0].numel())
            elif name.endswith("running_var"):
                values = np.ones(tensor.shape)
            elif name.endswith("running_mean"):
                values = np.zeros(tensor.shape)
            elif name.endswith(".weight") and tensor.ndim == 1:
                values = np.full(tensor.shape, 0.3 if "bn3" in name else 1.0)
            else:
                values = draw.standard_normal(tensor.shape) * 0.05
            tensor.copy_(torch.from_numpy(np.asarray(values, dtype=np.float32)))
    return network.eval()
