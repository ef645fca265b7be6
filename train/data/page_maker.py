"""Processes that make pages beside the training; PyTorch is not loaded in them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing.connection import wait

import cv2

from train.data.pool import StoredPage, stored
from train.synth.page import PageConfig, make_page
from train.synth.sources import Sources

_material: tuple[int, Sources, PageConfig] | None = None


class PageMaker:
    """A pool of processes that make pages by number.

    Args:
        seed: Seed of the collection.
        sources: Raw material.
        config: What pages are like.
        processes: How many work side by side.

    Example:
        >>> maker = PageMaker(1, sources, PageConfig(), processes=8)  # doctest: +SKIP
        >>> maker.order(0).result().image.shape  # doctest: +SKIP
        (640, 640, 3)
    """

    def __init__(self, seed: int, sources: Sources, config: PageConfig, processes: int) -> None:
        """Prepare the processes; they start with the first order."""
        self._executor = ProcessPoolExecutor(
            processes,
            # A forked copy of a process with PyTorch's threads may hang.
            multiprocessing.get_context("spawn"),
            _receive,
            (seed, sources, config),
        )

    def order(self, index: int) -> Future[StoredPage]:
        """Have a page made; the same number gives the same page."""
        return self._executor.submit(_make, index)

    def close(self) -> None:
        """Cancel what was ordered and end the processes."""
        self._executor.shutdown(wait=True, cancel_futures=True)


def _receive(seed: int, sources: Sources, config: PageConfig) -> None:
    global _material
    _material = (seed, sources, config)
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its processes in order
    end_with_parent()


def end_with_parent() -> None:
    """Have this process end when the one that started it does.

    Killed, a parent cannot end its processes, and these would work or wait for ever.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_end, args=(parent.sentinel,), daemon=True).start()


def _wait_and_end(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _make(index: int) -> StoredPage:
    if _material is None:
        raise RuntimeError("a process must have its material before it makes pages, but has none")
    seed, sources, config = _material
    return stored(make_page(seed, index, sources, config))
