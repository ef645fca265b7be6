"""The process that builds one engine: `python -m export.tensorrt.child ORDER.json`.

TensorRT is native code that may crash, exhaust the memory or hang; here it takes nobody along.
"""

from __future__ import annotations

import dataclasses
import faulthandler
import sys
import time
from pathlib import Path

from export.tensorrt.dialect import load_dialect
from export.tensorrt.network import build
from export.tensorrt.order import EngineAnswer, EngineOrder
from forensics_rt.errors import ForensicsError
from forensics_rt.system.memory import peak_bytes


def main() -> int:
    """Build what the order says and write the answer.

    Returns:
        0 where there is an engine, 1 where the answer tells why there is none.
    """
    faulthandler.enable()
    order = EngineOrder.read(Path(sys.argv[1]))
    begun = time.monotonic()
    try:
        answer = build(load_dialect(order.kind), order)
    except ForensicsError as error:
        answer = EngineAnswer(error=str(error))
    dataclasses.replace(answer, seconds=time.monotonic() - begun, peak_bytes=peak_bytes()).write(
        Path(order.answer)
    )
    return 0 if answer.error is None else 1


if __name__ == "__main__":
    sys.exit(main())
