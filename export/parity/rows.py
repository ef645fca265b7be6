"""What was measured: a row of the parity report, and of the manifest."""

from __future__ import annotations

from dataclasses import dataclass

from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import ParityRecord


@dataclass(frozen=True)
class ParityRow:
    """One engine on the probes of one tile size.

    Attributes:
        record: What the manifest keeps.
        mean_difference: Mean |Δp| over all pixels.
        forged_share: Share of the pixels that PyTorch puts at the threshold or above; at 0 or 1 no
            decision was near to flipping.
        required: Nothing is written if it does not pass.
        limits: It was judged by.
        breaches: What lies beyond them, a phrase each; empty where it passes.
    """

    record: ParityRecord
    mean_difference: float
    forged_share: float
    required: bool
    limits: Limits
    breaches: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return the row in words: whose, on what, and what lies beyond the limits."""
        of = self.record
        return f"{of.member}, {of.engine}, tile {of.tile}: {'; '.join(self.breaches)}"
