"""The number formats that a graph can compute in, and how nodes are named that keep float32."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, get_args

from export.errors import ExportError
from forensics_rt.bundle.limits import Limits

# Of the graphs of a bundle; the others are for engines.
GraphFormat = Literal["fp32", "fp16"]
GRAPH_FORMATS: tuple[GraphFormat, ...] = get_args(GraphFormat)
NumberFormat = Literal["fp32", "fp16", "bf16", "int8"]
NUMBER_FORMATS: tuple[NumberFormat, ...] = get_args(NumberFormat)

# What a build tries for CPUs beside float32: what this processor computes in (bf16), or int8 too.
CpuFormats = Literal["bf16", "auto"]
CPU_FORMATS: tuple[CpuFormats, ...] = get_args(CpuFormats)

# What int8 aims at, on pages where something is found: a mask that is as good as the same. A limit
# that is asked for counts in place of these.
INT8_LIMITS = Limits(flipped_share=0.001, iou_loss=0.01)


def check_patterns(patterns: Sequence[str]) -> None:
    """Refuse what is no pattern of nodes.

    Raises:
        ExportError: If one is neither `op:TYPE` nor `name:GLOB`.
    """
    odd = [text for text in patterns if not re.fullmatch(r"(op|name):.+", text)]
    if odd:
        raise ExportError(
            f"--keep-fp32 takes op:TYPE or name:GLOB, such as op:Softmax, got {odd[0]!r}"
        )
