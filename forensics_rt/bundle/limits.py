"""How far an engine's answers may lie from PyTorch's: the one set of limits.

The export's parity gate, `forensics-rt verify` and the runtime, before it computes in less than
float32, all judge by them.

Two kinds of arithmetic, two measures. Where graph and engine both compute in float32, any
difference beyond rounding is a fault, and the largest |Δp| of any pixel is judged. In bf16, float16
or int8 single pixels near an edge may move far without harm; there the share of pixels is judged
whose decision flips, the mean |Δp|, and the overlap of the masks. The mean is there because a map
that lies wholly on one side of the threshold flips nothing, however wrong it is; the overlap,
because a map that is zero everywhere flips few pixels on a page with little on it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from forensics_rt.bundle.parity import Difference

_FLOAT32 = frozenset({"fp32", "f32", "float32"})
_Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Limits(BaseModel):
    """The largest differences that pass.

    Attributes:
        max_difference: Of any pixel's probability, in float32.
        flipped_share: Share of flipped decisions, in less than float32.
        mean_difference: Mean |Δp| over all pixels, in less than float32.
        iou_loss: 1 − IoU of the masks, in less than float32.

    Example:
        >>> Limits(flipped_share=0.01).breaches(Difference(0.2, 1e-3, 0.02, 0.1), float32=False)
        ('flipped share 0.02, at most 0.01',)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_difference: _Share = 1e-3
    flipped_share: _Share = 0.005
    mean_difference: _Share = 0.01
    iou_loss: _Share = 0.5

    def breaches(self, found: Difference, *, float32: bool) -> tuple[str, ...]:
        """Say what lies beyond the limits; empty where the answers pass.

        Args:
            found: How far the answers lie from PyTorch's.
            float32: Whether graph and engine both compute in float32.
        """
        judged = {"max |Δp|": (found.max_difference, self.max_difference)}
        if not float32:
            judged = {
                "flipped share": (found.flipped_share, self.flipped_share),
                "mean |Δp|": (found.mean_difference, self.mean_difference),
                "1 − IoU": (found.iou_loss, self.iou_loss),
            }
        # Written so that NaN, which compares false with everything, is a breach.
        return tuple(
            f"{name} {value:.3g}, at most {limit:.3g}"
            for name, (value, limit) in judged.items()
            if not value <= limit
        )


def is_float32(graph: str, arithmetic: str) -> bool:
    """Tell whether a graph of one number format, run in another, computes in float32 throughout.

    Args:
        graph: Precision of the network's record in the manifest, `fp32` or `fp16`.
        arithmetic: What the engine computes in, as `Capabilities.precision` has it.

    Example:
        >>> is_float32("fp32", "f32"), is_float32("fp16", "f32")
        (True, False)
    """
    return {graph, arithmetic} <= _FLOAT32
