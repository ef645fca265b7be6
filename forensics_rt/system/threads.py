"""Threads that are there from the start: later there may be no memory for another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError


def open_pool(threads: int, name: str) -> ThreadPoolExecutor:
    """Start a pool of threads, all of them now.

    A pool by itself starts a thread when work comes for it. Where an image has just taken all
    memory that fails, and the work is lost.

    Args:
        threads: How many, 1 or more.
        name: What their names begin with.

    Raises:
        RuntimeError: If there is no memory for so many, or no leave.

    Example:
        >>> with open_pool(2, "decode") as pool:
        ...     pool.submit(sum, [1, 2]).result()
        3
    """
    pool = ThreadPoolExecutor(threads, name)
    all_there = Barrier(threads)
    try:
        # Each keeps a thread busy until all are there.
        waiting = [pool.submit(all_there.wait) for _ in range(threads)]
        for one in waiting:
            one.result()
    except (RuntimeError, BrokenBarrierError):
        all_there.abort()
        pool.shutdown()
        raise
    return pool
