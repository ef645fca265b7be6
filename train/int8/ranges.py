"""What a convolution reads, and in which steps it is rounded: measured first, then trained.

The steps are trained along with the weights (Esser et al., "Learned Step Size Quantization", ICLR
2020): values beyond the range are cut off where that leaves finer steps for the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

_LEAST = 1e-9
# Parts of the largest value that ranges are tried at.
_SHRUNK = (1.0, 0.85, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)


@dataclass(frozen=True)
class InputRange:
    """The least and the greatest value that is not cut off.

    Attributes:
        low: 0, or the negative of `high`.
        high: Greater than 0.
    """

    low: float
    high: float


class TrainedRange:
    """The range of one tensor, which one or more convolutions read."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._low = self._high = 0.0
        self._errors = torch.zeros(len(_SHRUNK))
        self.logarithm = nn.Parameter(torch.zeros(()))

    def widen(self, features: Tensor) -> None:
        """See values, for the first time."""
        low, high = (float(value) for value in torch.aminmax(features))
        self._low, self._high = min(self._low, low), max(self._high, high)

    def try_on(self, features: Tensor) -> None:
        """See the same values again, and measure what rounding costs at smaller ranges."""
        for number, share in enumerate(_SHRUNK):
            step = share * self._widest / self._most
            rounded = torch.fake_quantize_per_tensor_affine(features, step, 0, *self._limits)
            self._errors[number] += (rounded - features).square().mean()

    def settle(self) -> None:
        """Take the range that cost least."""
        share = _SHRUNK[int(self._errors.argmin())]
        with torch.no_grad():
            self.logarithm.fill_(torch.tensor(share * self._widest / self._most).log())

    def rounded(self, features: Tensor) -> Tensor:
        """Return values in steps."""
        step = self.logarithm.exp()
        result: Tensor = _Rounding.apply(features, step, *self._limits)  # type: ignore[no-untyped-call]
        return result

    @property
    def range(self) -> InputRange:
        """What it is now."""
        high = float(self.logarithm.detach().exp()) * self._most
        return InputRange(0.0 if self._low >= 0.0 else -high, high)

    @property
    def _widest(self) -> float:
        return max(self._high, -self._low, _LEAST)

    @property
    def _most(self) -> int:
        return self._limits[1]

    @property
    def _limits(self) -> tuple[int, int]:
        # As the export writes them (export.number_formats.rounding_nodes.signed_where_negative).
        return (0, 255) if self._low >= 0.0 else (-128, 127)


class _Rounding(torch.autograd.Function):
    """Rounds to steps; gradients pass as if it did not, and tell the step what to be."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, step: Tensor, least: int, most: int) -> Tensor:
        """Round."""
        exact = features / step
        rounded = exact.round().clamp_(least, most)
        inside = (exact >= least) & (exact <= most)
        ctx.save_for_backward(inside, rounded - exact.mul_(inside))
        return rounded * step

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """Return the gradients of features and step."""
        inside, moved = ctx.saved_tensors
        (gradient,) = gradients
        return gradient * inside, (gradient * moved).sum(), None, None
