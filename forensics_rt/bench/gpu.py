"""What NVIDIA's own tool says of the GPU: memory and clocks, no package needed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, fields

# What `GpuState` holds, in its order, as `nvidia-smi --help-query-gpu` names it.
_QUERY = (
    "name,driver_version,memory.total,memory.used,clocks.sm,clocks.max.sm,clocks.mem,"
    "temperature.gpu,power.draw"
)
_SECONDS = 10


@dataclass(frozen=True)
class GpuState:
    """A GPU at one moment; `None` for what it does not tell.

    Attributes:
        name: As the driver gives it.
        driver: Version.
        memory_total_mib: All of it.
        memory_used_mib: What is taken, by whomever.
        clock_mhz: Of the multiprocessors, now.
        clock_max_mhz: The highest they can go.
        clock_memory_mhz: Of the memory, now.
        temperature_c: Degrees Celsius.
        power_w: Watts drawn.
    """

    name: str
    driver: str
    memory_total_mib: float | None
    memory_used_mib: float | None
    clock_mhz: float | None
    clock_max_mhz: float | None
    clock_memory_mhz: float | None
    temperature_c: float | None
    power_w: float | None


def _ask() -> str | None:
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    command = [program, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def gpu_state(ask: Callable[[], str | None] = _ask) -> GpuState | None:
    """Return the state of the first GPU; `None` where `nvidia-smi` is missing or fails.

    Args:
        ask: Gives `nvidia-smi`'s answer: a line of values parted by commas for each GPU.

    Example:
        >>> gpu_state(lambda: "NVIDIA L4, 580.65, 23034, 512, 2040, 2040, 6251, 41, [N/A]").power_w
    """
    answer = ask()
    if not answer or not answer.strip():
        return None
    cells = [cell.strip() for cell in answer.splitlines()[0].split(",")]
    if len(cells) != len(fields(GpuState)):
        return None
    return GpuState(cells[0], cells[1], *map(_number, cells[2:]))


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:  # "[N/A]", "[Not Supported]"
        return None
