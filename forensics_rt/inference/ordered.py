"""Many images at a time: several are decoded and computed ahead, in order, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Generic, TypeVar

Input = TypeVar("Input")
Result = TypeVar("Result")

# Seconds for a reader that is told to leave to do so, if it is not waiting for an input.
_PATIENCE = 1.0


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
        if self.items < 1 or self.weight < 1:
            raise ValueError(f"bounds must be 1 or more, but are {self.items} and {self.weight}")


class UnderWay(Generic[Result]):
    """Items that were started and not yet handed out, in order; not thread-safe.

    Args:
        bounds: How many there may be, and how heavy.
    """

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds
        self._items: deque[tuple[Future[Result], float]] = deque()
        self._weight = 0.0

    def __len__(self) -> int:
        return len(self._items)

    def has_room(self, load: float) -> bool:
        """Whether an item of that weight may join them."""
        bounds = self._bounds
        if bounds is None or not self._items:
            return True
        return len(self._items) < bounds.items and self._weight + load <= bounds.weight

    def add(self, item: Future[Result], load: float = 0) -> None:
        """Take an item that was started."""
        self._items.append((item, load))
        self._weight += load

    @property
    def first(self) -> Future[Result]:
        """The item that comes next."""
        return self._items[0][0]

    def take_first(self) -> Future[Result]:
        """Return the item that comes next, and forget it."""
        item, load = self._items.popleft()
        self._weight -= load
        return item

    def forget(self) -> None:
        """Forget all."""
        self._items.clear()
        self._weight = 0.0


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
        self._weigh = weigh
        # Guards what follows, and is never held while the inputs are asked.
        self._changed = Condition()
        self._under_way: UnderWay[Result] = UnderWay(bounds)
        self._ended = self._left = False
        self._failure: BaseException | None = None
        # A daemon: nobody can end one that waits for an input, and it must not keep the process.
        self._thread = Thread(target=self._read, name="read", daemon=True)
        self._thread.start()

    def first(self) -> Future[Result] | None:
        """Wait for the first item under way; `None` at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way or self._ended)
            return self._under_way.first if self._under_way else None

    def drop_first(self) -> None:
        with self._changed:
            self._under_way.take_first()
            self._changed.notify_all()

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def leave(self) -> None:
        """Start nothing from here on, and keep no result."""
        with self._changed:
            self._left = True
            self._under_way.forget()
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
            self._changed.wait_for(lambda: self._left or self._under_way.has_room(load))
            if not self._left:
                self._under_way.add(self._start(item), load)
                self._changed.notify_all()
