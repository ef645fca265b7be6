"""What a plan file says of itself, read without a GPU.

The compiled program inside a plan names each constant with its payload and type, as text. The form
is not documented, so its absence proves nothing; but where it is there, it is the engine itself
that speaks, and an engine whose weights are float32 cannot hide it.
"""

from __future__ import annotations

import re
from collections import Counter

_TYPES = {"half": "fp16", "float": "fp32", "bf16": "bf16", "int8": "int8"}
_CONSTANT = re.compile(
    rb"tensor=\{[^\n]{0,80}?const_payload_size=(\d+) [^\n]{0,600}? type=(\w+) \}"
)


def constant_bytes(plan: bytes) -> dict[str, int]:
    """Return the bytes of a plan's constants by number format; empty where it does not tell.

    Example:
        >>> constant_bytes(b'tensor={ alignment=128 const_payload_size=8 dims={ 4 } type=half }')
        {'fp16': 8}
    """
    found: Counter[str] = Counter()
    for size, kind in _CONSTANT.findall(plan):
        name = _TYPES.get(kind.decode())
        if name is not None:
            found[name] += int(size)
    return dict(found)
