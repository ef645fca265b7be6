"""Pseudo-random weights that depend on their names alone, the same on every machine."""

from __future__ import annotations

import zlib

import numpy as np
import torch
from torch import nn


def fill_by_name(network: nn.Module, salt: int = 0) -> nn.Module:
    """Give every weight values that depend on its name alone, so that any machine has the same.

    Kernels are drawn with He's deviation, biases with deviation 0.05; normalizations pass values
    through, apart from the last of a block, which damps its residual branch. The reference values
    of `tests/data/tianchi_fft2` were computed with these weights.

    Args:
        network: Filled in place.
        salt: Another number gives other weights.

    Returns:
        The network, ready to infer.
    """
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if not tensor.is_floating_point():  # counters, and places in tables
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
