"""Batches ahead of the engine: in order, no further than allowed, and called off on failure."""

import threading
import time
from contextlib import closing

import numpy as np
import pytest

from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.errors import EngineFailed
from forensics_rt.inference.batches import Cut, answers_in_order, open_engine_thread
from forensics_rt.inference.known_answers import KnownAnswers
from forensics_rt.inference.timing import StageClock


class Waiting(Backend):
    """Answers a batch once it is let through."""

    def __init__(self, fails_at=None):
        self.capabilities = Capabilities("waiting", "cpu", "fp32", 1, {})
        self.let_through = threading.Semaphore(0)
        self.seen, self._fails_at = [], fails_at

    def _infer(self, member, images):
        self.let_through.acquire()
        self.seen.append(member)
        if member == self._fails_at:
            raise RuntimeError("out of luck")
        return np.full(images.shape[:3], member / 10, np.float32)

    def close(self): ...


def batches(taken, count=6):
    for number in range(count):
        taken.append(number)
        yield Cut(f"batch {number}", number, np.zeros((1, 8, 8, 3), np.uint8), (None,))


@pytest.mark.parametrize("ahead", [1, 3])
def test_so_many_are_taken_before_the_first_answer(ahead):
    backend, taken, clock = Waiting(), [], StageClock()
    with open_engine_thread() as engine:
        answers = answers_in_order(KnownAnswers(backend), batches(taken), clock, engine, ahead)
        consumer = threading.Thread(target=next, args=(answers,))
        consumer.start()
        deadline = time.monotonic() + 10
        while len(taken) < ahead + 1 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert taken == list(range(ahead + 1)) and not backend.seen

        for _ in range(6):
            backend.let_through.release()
        consumer.join()
        found = list(answers)
    assert [label for label, _ in found] == [f"batch {number}" for number in range(1, 6)]
    assert [answer[0, 0, 0] for _, answer in found] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert set(clock.seconds) == {"engine"}


def test_without_a_thread_each_is_answered_before_the_next_is_taken():
    backend, taken = Waiting(), []
    for _ in range(6):
        backend.let_through.release()
    for number, _ in enumerate(
        answers_in_order(KnownAnswers(backend), batches(taken), StageClock(), None, 3)
    ):
        assert len(taken) == len(backend.seen) == number + 1


def test_after_a_failure_what_waits_is_called_off():
    backend, taken = Waiting(fails_at=0), []
    backend.let_through.release()
    with open_engine_thread() as engine:
        with closing(
            answers_in_order(KnownAnswers(backend), batches(taken), StageClock(), engine, 3)
        ) as answers:
            with pytest.raises(EngineFailed, match="out of luck"):
                next(answers)
        backend.let_through.release()  # the one that the engine took meanwhile, if it did
    assert len(backend.seen) <= 2 < len(taken)
