"""Many images at a time: several are decoded and computed ahead, in order, in bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

Input = TypeVar("Input")
Decoded = TypeVar("Decoded")
Result = TypeVar("Result")

MOST_THREADS = 8
# Two pages at 600 dpi (35 Mpx each) are under way together; of two images of 100 Mpx the second
# waits until the first is done.
DEFAULT_PIXELS = 80_000_000


def default_threads() -> int:
    """Return how many threads decode, or encode, unless told: half of the CPUs at hand, 1 to 8."""
    at_hand = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(MOST_THREADS, max(1, (at_hand or 1) // 2))


@dataclass(frozen=True)
class Bounds:
    """What may be under way at one time: read from the source and not yet handed out.

    Attributes:
        items: How many items, 1 or more.
        weight: What they may weigh together; an item that weighs more goes alone.

    Raises:
        ValueError: If fewer than one item may.
    """

    items: int
    weight: float = float("inf")

    def __post_init__(self) -> None:
        """Check."""
        if self.items < 1 or self.weight < 1:
            raise ValueError(f"bounds must be 1 or more, but are {self.items} and {self.weight}")

    def admit(self, items: int, weight: float, load: float) -> bool:
        """Whether an item of weight `load` may join so many items of so much weight together."""
        return items == 0 or (items < self.items and weight + load <= self.weight)


def in_order(
    inputs: Iterable[Input],
    start: Callable[[Input], Future[Result]],
    bounds: Bounds,
    weigh: Callable[[Input], float] = lambda item: 0,
) -> Generator[Result, None, None]:
    """Start items ahead of the consumer and yield their results in the order of the inputs.

    An item is under way from its start until the consumer comes back for the result after its own.
    Weights are known before the start and items are admitted in order, so none can wait for room
    that a later one holds.

    Args:
        inputs: Read lazily, one more than may be under way. An error of theirs comes after the
            results of all before it.
        start: From an item to what will be its result.
        bounds: How much may be under way.
        weigh: What an item weighs, such as its pixels.

    Raises:
        Exception: Whatever an item or the inputs raised, in its turn.
    """
    waiting: deque[tuple[Future[Result], float]] = deque()
    weight, started, source = 0.0, 0, iter(inputs)
    failure: Exception | None = None
    while True:
        try:
            item = next(source)
        except StopIteration:
            break
        except Exception as error:  # whatever it is, what came before it comes first
            failure = error
            break
        load = weigh(item)
        while not bounds.admit(len(waiting), weight, load):
            yield waiting[0][0].result()
            weight, started = weight - waiting.popleft()[1], 0
        waiting.append((start(item), load))
        weight, started = weight + load, started + 1
        del item  # an array of the caller's must not outlive its turn here
        # A slow source must not keep back what is done; two in, one out still fills the room.
        if started >= 2 and waiting[0][0].done():
            yield waiting[0][0].result()
            weight, started = weight - waiting.popleft()[1], 0
    while waiting:
        yield waiting[0][0].result()
        waiting.popleft()
    if failure is not None:
        raise failure


def nothing() -> None:
    """Do nothing."""


def overlap(
    inputs: Iterable[Input],
    decode: Callable[[Input], Decoded],
    compute: Callable[[Decoded], Result],
    ahead: int = 2,
    *,
    decoders: int = 1,
    computers: int = 1,
    most_weight: float = float("inf"),
    weigh: Callable[[Input], float] = lambda item: 0,
    leave: Callable[[], None] = nothing,
) -> Iterator[Result]:
    """Yield `compute(decode(item))` in order, decoding and computing ahead of the consumer.

    Some threads decode, some compute, and the caller's own thread consumes what is yielded, so that
    its work overlaps with both. Leaving the generator early stops the threads after what they are
    at.

    Args:
        inputs: Read lazily.
        decode: From an input to what `compute` takes.
        compute: The costly part.
        ahead: How many items may be on their way.
        decoders: Threads that decode.
        computers: Threads that compute.
        most_weight: What the items on their way may weigh together; a heavier one goes alone.
        weigh: What an input weighs, such as its pixels.
        leave: Called first when the generator ends, in whatever way: it may cut long work short.

    Raises:
        Exception: Whatever `inputs`, `decode` or `compute` raised, in its item's turn.

    Example:
        >>> list(overlap([1, 2, 3], decode=float, compute=lambda x: x + 0.5))
        [1.5, 2.5, 3.5]
    """
    decoding = ThreadPoolExecutor(decoders, "decode")
    computing = ThreadPoolExecutor(computers, "compute")

    def compute_decoded(decoded: Future[Decoded]) -> Result:
        return compute(decoded.result())

    def start(item: Input) -> Future[Result]:
        return computing.submit(compute_decoded, decoding.submit(decode, item))

    try:
        yield from in_order(inputs, start, Bounds(ahead, most_weight), weigh)
    finally:
        leave()
        # The decoders first: an item of the computers may be waiting for one of theirs.
        computing.shutdown(wait=False, cancel_futures=True)
        decoding.shutdown(wait=True, cancel_futures=True)
        computing.shutdown(wait=True)
