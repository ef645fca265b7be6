"""Where a run computes: CPU or CUDA, one process or several that train together."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Placement:
    """Device and place of one process.

    Attributes:
        device: Where the network is.
        rank: Number of this process.
        world: How many processes train together.
        precision: `fp32`, `bf16` or `fp16`.
    """

    device: torch.device
    rank: int = 0
    world: int = 1
    precision: str = "fp32"

    @property
    def leads(self) -> bool:
        """True for the one process that writes files."""
        return self.rank == 0

    @property
    def on_cuda(self) -> bool:
        """True if the network is on a GPU."""
        return self.device.type == "cuda"

    def autocast(self) -> AbstractContextManager[object]:
        """Return the context in which the network runs."""
        dtype = _DTYPES.get(self.precision)
        return torch.autocast(self.device.type, dtype, enabled=dtype is not None)

    def from_lead(self, value: float) -> float:
        """Return the lead's value in every process: clocks differ, decisions must not."""
        if self.world == 1:
            return value
        box = torch.tensor([value], dtype=torch.float64)
        dist.broadcast(box, 0)
        return float(box)

    def mean(self, value: float) -> float:
        """Return the mean of a value over all processes."""
        if self.world == 1:
            return value
        box = torch.tensor([value], dtype=torch.float64)
        dist.all_reduce(box)
        return float(box) / self.world

    def meet(self) -> None:
        """Wait until every process has come here."""
        self.mean(0.0)


def choose_device(name: str, local_rank: int = 0) -> torch.device:
    """Return the device of a configuration.

    Args:
        name: `auto`, `cpu` or `cuda`.
        local_rank: Number of the process on this machine; each takes the GPU of its number.

    Raises:
        ValueError: If CUDA is asked for and not to be had.
    """
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if local_rank >= count:
        raise ValueError(
            f"run.device must be a GPU for each of {local_rank + 1} processes or more, but PyTorch "
            f"{torch.__version__} sees {count}; start fewer, or set run.device to cpu"
        )
    return torch.device("cuda", local_rank)


@contextmanager
def placed(device: str, precision: str) -> Iterator[Placement]:
    """Join the other processes, if `torchrun` started several, and leave them at the end.

    Args:
        device: `auto`, `cpu` or `cuda`.
        precision: `fp32`, `bf16` or `fp16`.

    Raises:
        ValueError: If the device is not to be had.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    where = choose_device(device, int(os.environ.get("LOCAL_RANK", "0")))
    if where.type == "cuda":
        torch.cuda.set_device(where)
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
    if world == 1:
        yield Placement(where, precision=precision)
        return
    # Functions of this module name the group of the moment as a default. Imported late, as
    # DistributedDataParallel does, they would hold ours for good: its threads then outlive the
    # interpreter and abort the process now and then, after all its work is done.
    importlib.import_module("torch.distributed.nn.functional")
    # Clocks and decisions travel between the processors, gradients between the GPUs.
    dist.init_process_group("cpu:gloo,cuda:nccl" if where.type == "cuda" else "gloo")
    try:
        yield Placement(where, dist.get_rank(), dist.get_world_size(), precision)
    finally:
        dist.destroy_process_group()
