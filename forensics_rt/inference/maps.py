"""What the members found in one image, wherever it was computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Merged:
    """The maps of an image and the number they come to.

    Attributes:
        probability: H×W float32 in [0, 1].
        uncertainty: H×W float32 standard deviation of the answers; `None` where one member under
            one symmetry leaves nothing to disagree.
        raw_score: What the map holds against the image as a whole; see `plan.score`.
        settled_tiles: How many tiles the screen settled, so that no member saw them.
    """

    probability: npt.NDArray[np.float32]
    uncertainty: npt.NDArray[np.float32] | None
    raw_score: float
    settled_tiles: int = 0
