"""Many images at a time: several are decoded and computed ahead, in order, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Generic, TypeVar

from forensics_rt.system.cpu import usable_cores
from forensics_rt.system.threads import open_pool

Input = TypeVar("Input")
Decoded = TypeVar("Decoded")
Result = TypeVar("Result")

MOST_THREADS = 8
# Two pages at 600 dpi (35 Mpx each) are under way together; of two images of 100 Mpx the second
# waits until the first is done.
DEFAULT_PIXELS = 80_000_000
# Seconds for a reader that is told to leave to do so, if it is not waiting for an input.
_PATIENCE = 1.0


def default_threads() -> int:
    """Return how many threads decode, or encode, unless told: half of the CPUs at hand, 1 to 8."""
    return min(MOST_THREADS, max(1, usable_cores() // 2))


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

    A result is handed out as soon as it and those before it are done, also while the inputs make
    their reader wait: whoever gives the next input only after the answer gets the answer.

    An item is under way from its start until the consumer comes back for the result after its own.
    Weights are known before the start and items are admitted in order, so none can wait for room
    that a later one holds.

    Args:
        inputs: Read lazily, one more than may be under way, on one thread of its own, which also
            starts and weighs. An error of theirs comes after the results of all before it. A
            generator that is left while its inputs give nothing waits for them a second; they are
            read no further when they give something later.
        start: From an item to what will be its result; must not wait.
        bounds: How much may be under way.
        weigh: What an item weighs, such as its pixels.

    Raises:
        BaseException: Whatever an item or the inputs raised, in its turn.
    """
    reader = _Reader(iter(inputs), start, bounds, weigh)
    reader.begin()
    try:
        while (first := reader.first()) is not None:
            yield first.result()
            del first  # with it the memory of the result
            reader.drop_first()
        reader.raise_failure()
    finally:
        reader.leave()


class _Reader(Generic[Input, Result]):
    """Reads the inputs of a stream on a thread of its own and starts them as there is room."""

    def __init__(
        self,
        inputs: Iterator[Input],
        start: Callable[[Input], Future[Result]],
        bounds: Bounds,
        weigh: Callable[[Input], float],
    ) -> None:
        self._inputs = inputs
        self._start = start
        self._bounds = bounds
        self._weigh = weigh
        # Guards what follows, and is never held while the inputs are asked.
        self._changed = Condition()
        self._under_way: deque[tuple[Future[Result], float]] = deque()
        self._weight = 0.0
        self._ended = self._left = False
        self._failure: BaseException | None = None
        # A daemon: nobody can end one that waits for an input, and it must not keep the process.
        self._thread = Thread(target=self._read, name="read", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def first(self) -> Future[Result] | None:
        """Wait for the first item under way; `None` at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way or self._ended)
            return self._under_way[0][0] if self._under_way else None

    def drop_first(self) -> None:
        with self._changed:
            self._weight -= self._under_way.popleft()[1]
            self._changed.notify_all()

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def leave(self) -> None:
        """Start nothing from here on, and keep no result."""
        with self._changed:
            self._left = True
            self._under_way.clear()
            self._changed.notify_all()
        self._thread.join(_PATIENCE)

    def _read(self) -> None:
        try:
            for item in self._inputs:
                self._take(item, self._weigh(item))
                del item  # an array of the caller's must not outlive its turn here
                if self._left:
                    return
        except BaseException as error:  # whatever it is, what came before it comes first
            self._failure = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _take(self, item: Input, load: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._left or self._has_room(load))
            if not self._left:
                self._under_way.append((self._start(item), load))
                self._weight += load
                self._changed.notify_all()

    def _has_room(self, load: float) -> bool:
        return self._bounds.admit(len(self._under_way), self._weight, load)


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

    One thread reads the inputs, some decode, some compute, and the caller's own thread consumes
    what is yielded, so that its work overlaps with all of them. Leaving the generator early stops
    the threads after what they are at.

    Args:
        inputs: Read lazily, as `in_order` says.
        decode: From an input to what `compute` takes.
        compute: The costly part.
        ahead: How many items may be on their way.
        decoders: Threads that decode.
        computers: Threads that compute.
        most_weight: What the items on their way may weigh together; a heavier one goes alone.
        weigh: What an input weighs, such as its pixels.
        leave: Called first when the generator ends, in whatever way: it may cut long work short.

    Raises:
        BaseException: Whatever `inputs`, `decode` or `compute` raised, in its item's turn.

    Example:
        >>> list(overlap([1, 2, 3], decode=float, compute=lambda x: x + 0.5))
        [1.5, 2.5, 3.5]
    """
    decoding = open_pool(decoders, "decode")
    computing = open_pool(computers, "compute")

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
