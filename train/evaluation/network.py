"""Probability maps of whole images from PyTorch, tiled and blended as the runtime does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from forensics_rt.io.coefficients import Coefficients
from forensics_rt.plan.bands import whole_band
from forensics_rt.plan.blend import BlendMerger
from forensics_rt.plan.gather import gather
from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import plan_tiles
from forensics_rt.recipe import PRESETS
from train.data.batches import to_batch, to_input
from train.data.coefficients import cut_coefficients
from train.synth.scene.base import Image

TILE_SIZES = (384, 512, 768, 1024)


@torch.inference_mode()
def probability_map(
    network: nn.Module,
    image: Image,
    tile_sizes: Sequence[int] = TILE_SIZES,
    coefficients: Coefficients | None = None,
) -> npt.NDArray[np.float32]:
    """Return the probability of "edited" for every pixel, by the recipe `balanced`.

    Args:
        network: Takes `N×3×H×W` float 0..255, gives `N×H×W` logits.
        image: H×W×3 uint8 RGB.
        tile_sizes: Sides of tiles to choose from, multiples of 32.
        coefficients: Of its JPEG, for a network that takes them and their tables besides.

    Returns:
        H×W float32 in 0..1.
    """
    recipe = PRESETS["balanced"]
    height, width = image.shape[:2]
    plan = plan_tiles(height, width, tile_sizes, recipe.overlap)
    merger = BlendMerger(plan, recipe.window, (1.0,), 1)
    merger.open(whole_band(plan))
    for tile in plan.tiles:
        cut = np.empty((1, tile.height, tile.width, 3), np.uint8)
        gather(image, tile, "identity", cut[0])
        beside: tuple[torch.Tensor, ...] = ()
        if coefficients is not None:
            place = (tile.top, tile.left, tile.height, tile.width)
            part = to_batch(cut, cut[..., 0], [cut_coefficients(coefficients, *place)])
            beside = part.inputs()[1:]
        probability = torch.sigmoid(network(to_input(cut), *beside).float())[0].numpy()
        merger.add(0, View(tile, "identity"), probability)
    (maps,) = merger.rows(height)
    return maps.probability
