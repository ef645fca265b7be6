"""The parity gate: what is built answers as PyTorch does, or it is not written.

Only float32 and the number format that was asked for can stop a build. One in which a processor
may compute because that is faster there, such as bf16, is measured, too: where it does not pass,
the manifest says so, and the runtime computes in float32.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from export.errors import ParityError
from export.parity.rows import ParityRow

_log = logging.getLogger(__name__)


def check_rows(rows: Sequence[ParityRow], what: str, advice: str) -> None:
    """Let the rows pass, or raise; a line of warning names each optional format that did not pass.

    Args:
        rows: The measurements.
        what: Was measured, such as `the fp16 graph`.
        advice: What to do where a required row does not pass.

    Raises:
        ParityError: Listing every required row beyond the limits.
    """
    failed = [row for row in rows if row.breaches]
    for engine in dict.fromkeys(row.record.engine for row in failed if not row.required):
        beyond = [row for row in failed if row.record.engine == engine]
        _log.warning("%s", _not_allowed(engine, beyond, len(_of(rows, engine))))
    refused = [row for row in failed if row.required]
    if refused:
        raise ParityError(
            f"{what} does not answer as PyTorch does, so nothing was written:\n  "
            + "\n  ".join(row.describe() for row in refused)
            + f"\nWhat to do: {advice}"
        )


def _of(rows: Sequence[ParityRow], engine: str) -> list[ParityRow]:
    return [row for row in rows if row.record.engine == engine]


def _not_allowed(engine: str, beyond: Sequence[ParityRow], count: int) -> str:
    worst = max(beyond, key=lambda row: row.record.flipped_share)
    return (
        f"{engine} is recorded as not allowed, and the runtime computes in float32 in its place: "
        f"{len(beyond)} of {count} rows do not pass, the worst is {worst.record.member}, tile "
        f"{worst.record.tile}: {'; '.join(worst.breaches)}"
    )
