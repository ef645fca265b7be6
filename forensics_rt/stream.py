"""Many images: the next is decoded and the last is written while one is computed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Input = TypeVar("Input")
Decoded = TypeVar("Decoded")
Result = TypeVar("Result")


def overlap(
    inputs: Iterable[Input],
    decode: Callable[[Input], Decoded],
    compute: Callable[[Decoded], Result],
    ahead: int = 2,
) -> Iterator[Result]:
    """Yield `compute(decode(item))` in order, decoding and computing ahead of the consumer.

    One thread decodes, one computes, and the caller's own thread consumes what is yielded, so that
    its writing overlaps with both. At most `ahead` items wait to be consumed, which bounds memory.
    Leaving the generator early stops the threads after their present item.

    Args:
        inputs: Read lazily.
        decode: From an input to what `compute` takes.
        compute: The costly part.
        ahead: How many items may be on their way.

    Raises:
        Exception: Whatever `decode` or `compute` raised, in its item's turn.

    Example:
        >>> list(overlap([1, 2, 3], decode=float, compute=lambda x: x + 0.5))
        [1.5, 2.5, 3.5]
    """

    def compute_decoded(decoded: Future[Decoded]) -> Result:
        return compute(decoded.result())

    decoder, computer = ThreadPoolExecutor(1, "decode"), ThreadPoolExecutor(1, "compute")
    waiting: deque[Future[Result]] = deque()
    try:
        for item in inputs:
            waiting.append(computer.submit(compute_decoded, decoder.submit(decode, item)))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # The decoder first: an item of the computer may be waiting for it.
        computer.shutdown(wait=False, cancel_futures=True)
        decoder.shutdown(wait=True, cancel_futures=True)
        computer.shutdown(wait=True)
