"""What the processor is, as far as the operating system tells: its name so far on Linux alone."""

from __future__ import annotations

import re
from pathlib import Path

# What engines choose their arithmetic by; as Linux names them.
_FEATURES = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_bf16",
             "amx_int8", "bf16")  # fmt: skip
_CPUINFO = Path("/proc/cpuinfo")


def read_cpuinfo() -> str:
    """Return the text in which Linux describes the processor; empty on other systems."""
    return _CPUINFO.read_text(encoding="utf-8") if _CPUINFO.is_file() else ""


def cpu_model(info: str) -> str | None:
    """Return the processor's name from the text of `/proc/cpuinfo`.

    Example:
        >>> cpu_model("model name : AMD EPYC")
        'AMD EPYC'
    """
    found = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    return found.group(1).strip() if found else None


def cpu_features(info: str) -> tuple[str, ...]:
    """Return what the processor has of what engines look for, from `/proc/cpuinfo`.

    Example:
        >>> cpu_features("flags : fpu avx2 avx512f")
        ('avx2', 'avx512f')
    """
    there = set(cpu_flags(info).split())
    return tuple(feature for feature in _FEATURES if feature in there)


def cpu_flags(info: str) -> str:
    """Return all that the processor can do, from `/proc/cpuinfo`; empty on other systems.

    Example:
        >>> cpu_flags("flags : fpu avx2")
        'fpu avx2'
    """
    found = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", info, re.MULTILINE)
    return found.group(1).strip() if found else ""


def multiplies_int8(info: str) -> bool:
    """Tell whether a processor sums up products of 8-bit numbers without running over (VNNI).

    Example:
        >>> multiplies_int8("flags : avx2 avx_vnni")
        True
    """
    return bool({"avx_vnni", "avx512_vnni"} & set(cpu_features(info)))
