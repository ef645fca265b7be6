"""How much of what is marked in an image is marked again after small changes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.decision import Decision
from forensics_rt.plan.maps import Look
from forensics_rt.results.regions import region_shares

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LookResult:
    """What is marked after one change.

    Attributes:
        change: What was done to the image.
        kept: Share of the mask that is marked again; `None` where the mask is empty.
        appeared: Share of the image that is marked only then.
    """

    change: str
    kept: float | None
    appeared: float


@dataclass(frozen=True)
class Robustness:
    """Where an image and its changed copies agree.

    Attributes:
        agreement: Share of the mask that is marked after every change; `None` where it is empty.
        looks: Each change by itself.
        regions: The same as `agreement` for each region, in their order.
    """

    agreement: float | None
    looks: tuple[LookResult, ...]
    regions: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        written = asdict(self)
        rounded = [{**look, "kept": _rounded(look["kept"]), "appeared": round(look["appeared"], 8)}
                   for look in written["looks"]]  # fmt: skip
        regions = [round(share, 4) for share in self.regions]
        return {"agreement": _rounded(self.agreement), "looks": rounded, "regions": regions}


def robustness_of(
    probability: npt.NDArray[np.float32],
    looks: Sequence[Look],
    decision: Decision,
) -> Robustness:
    """Compare the mask of an image with those of its changed copies.

    Args:
        probability: H×W of the image.
        looks: Those of the copies, in their own sizes.
        decision: What makes the masks.
    """
    mask = decision.mask(probability)
    everywhere, results = mask, []
    for look in looks:
        again = decision.mask(look.probability)
        again = look.back(again, (mask.shape[0], mask.shape[1]))
        everywhere = everywhere & again
        appeared = float((again & ~mask).mean())
        results.append(LookResult(look.change, _share(mask & again, mask), appeared))
    regions = region_shares(mask, everywhere)
    return Robustness(_share(everywhere, mask), tuple(results), regions)


def _share(part: Mask, whole: Mask) -> float | None:
    there = int(whole.sum())
    return int(part.sum()) / there if there else None


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
