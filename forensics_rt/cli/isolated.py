"""`--isolate`: files are opened in child processes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensics_rt.io.isolated.pool import DecoderPool


def open_decoders(decoders: int | None) -> DecoderPool:
    """Start the processes, as many as images are decoded at a time.

    Raises:
        OptionalDependency: If this system cannot hand memory from process to process.
    """
    from forensics_rt.inference.ahead import Ahead
    from forensics_rt.io.isolated.pool import DecoderPool

    return DecoderPool(Ahead.resolve(decoders).decoders)
