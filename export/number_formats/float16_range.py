"""Whether a network in float16 stays in its range, which ends at 65,504.

Probes and goldens are pages like others, and CPU engines compute much of a float16 graph in
float32: neither shows what a GPU would do with a page of great contrast. So PyTorch, which rounds
after each operation as a GPU does, is asked for tiles of the greatest contrast there is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch

from export.errors import ParityError
from export.parity.probes import harsh_tiles
from forensics_rt.bundle.limits import Limits

_SIDE = 96  # of a tile; what runs over does so whatever the size
Network: TypeAlias = Callable[[torch.Tensor], torch.Tensor]


def check_range(member: str, half: Network, whole: Network, limits: Limits, advice: str) -> None:
    """Let a network pass that in float16 stays near itself in float32, or raise.

    Args:
        member: Its name.
        half: It in float16, from N×H×W×3 uint8 to N×H×W probabilities.
        whole: It in float32.
        limits: Its mean |Δp| is the limit.
        advice: What to do where it does not pass.

    Raises:
        ParityError: Saying how far apart they are.
    """
    tiles = torch.from_numpy(harsh_tiles(_SIDE))
    with torch.inference_mode():
        apart = float((half(tiles) - whole(tiles)).abs().mean())
    if not apart <= limits.mean_difference:  # NaN is a breach
        raise ParityError(
            f"{member}: in float16 it is {apart:.3g} from itself in float32 in mean, at most "
            f"{limits.mean_difference:.3g}, on tiles of extreme contrast: a number goes beyond "
            f"65,504, where float16 ends. {advice}"
        )
