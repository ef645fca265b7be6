"""PyTorch's networks as CUDA graphs: one launch for a batch, where there would be hundreds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from forensics_rt.backends.split import rounded_up

_log = logging.getLogger(__name__)
# Runs ahead of the recording, in which cuDNN chooses its kernels and memory comes to rest.
_WARM_UP = 3
# PyTorch records on one stream for all, and waits for the whole GPU before, which nobody may do
# while another records.
_recording = threading.Lock()


@dataclass(frozen=True, eq=False)
class Recording:
    """A network's run that was recorded.

    Attributes:
        replay: Queues it on PyTorch's current stream, with the addresses it was recorded with.
        answers: N×H×W tensor on the device, written anew by each replay.
        pool: Names the memory that it computes in; it ends with the last recording in it.
    """

    replay: Callable[[], None]
    answers: Any
    pool: Any


Record: TypeAlias = Callable[[Callable[[], Any], Any], Recording]


class RecordedNetworks:
    """Runs members on batches of a few sizes; each is recorded when it first comes.

    Sizes are those of `split.rounded_up`. The tiles that a batch lacks are computed from what lay
    there before, and thrown away. Where a run cannot be recorded a warning says so, and its kernels
    are queued one by one.

    All compute in the same memory, answers too: runs must come one after the other, each answer
    taken before the next run.

    Args:
        run: From a member and its tiles, N×H×W×3 uint8, to their probabilities, N×H×W, both as
            tensors on the device. It queues on PyTorch's current stream.
        batch: Most tiles of a run.
        record: How to record work in a pool; `None` for `record_graph`.
    """

    def __init__(
        self, run: Callable[[int, Any], Any], batch: int, record: Record | None = None
    ) -> None:
        """Record nothing yet."""
        self._run = run
        self._batch = batch
        self._record = record or record_graph
        self._recordings: dict[tuple[int, int, int, int], tuple[Any, Recording] | None] = {}
        self._pool: Any = None

    def __call__(self, member: int, images: Any) -> Any:
        """Queue a batch of at most the size of all; its answers stand until the next call."""
        size = rounded_up(len(images), self._batch)
        key = (member, size, *images.shape[1:3])
        if key not in self._recordings:
            self._recordings[key] = self._recorded(member, images, size)
        recorded = self._recordings[key]
        if recorded is None:
            return self._run(member, images)
        entry, recording = recorded
        entry[: len(images)].copy_(images, non_blocking=True)
        recording.replay()
        return recording.answers[: len(images)]

    def clear(self) -> None:
        """Drop the recordings; none may be under way."""
        self._recordings.clear()
        self._pool = None

    def _recorded(self, member: int, images: Any, size: int) -> tuple[Any, Recording] | None:
        # A recording reads where it was recorded to read, each time.
        entry = images.new_zeros((size, *images.shape[1:]))
        try:
            recording = self._record(lambda: self._run(member, entry), self._pool)
        except RuntimeError as error:  # of PyTorch's own, which all descend from it
            self._pool = None  # it may count as one that is still recorded in
            _log.warning("torch cannot record member %d as a CUDA graph: %s", member, error)
            return None
        self._pool = recording.pool
        return entry, recording


def record_graph(work: Callable[[], Any], pool: Any) -> Recording:
    """Run work, then record it as a CUDA graph (`torch.cuda.CUDAGraph`), one at a time.

    Args:
        work: Queues on PyTorch's current stream, never waits, and returns a tensor on the device.
        pool: That of another recording, to compute in the same memory; `None` for memory of its
            own. Of two in one pool, a replay overwrites the answers of the other.

    Raises:
        RuntimeError: If it does what cannot be recorded.
    """
    import torch

    with _recording:
        aside, current = torch.cuda.Stream(), torch.cuda.current_stream()
        aside.wait_stream(current)
        with torch.cuda.stream(aside):
            for _ in range(_WARM_UP):
                work()
        current.wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        # A recording that fails leaves its own stream the current one: the outer scope gives ours
        # back. Other threads may go on using the GPU meanwhile.
        with (
            torch.cuda.stream(current),
            torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"),
        ):
            answers = work()
    return Recording(graph.replay, answers, graph.pool())
