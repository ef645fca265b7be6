"""Items are started ahead of the consumer, in bounds, and come out in order."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from forensics_rt.inference.ordered import Bounds, in_order


def overlap(
    inputs, decode, compute, ahead=2, *, decoders=1, most_weight=float("inf"), weigh=lambda item: 0
):
    """Decode and compute on threads, as an inferer does."""
    with ThreadPoolExecutor(1) as computing, ThreadPoolExecutor(decoders) as decoding:

        def start(item):
            decoded = decoding.submit(decode, item)
            return computing.submit(lambda: compute(decoded.result()))

        yield from in_order(inputs, start, Bounds(ahead, most_weight), weigh)


def test_results_come_in_order():
    assert list(overlap(range(20), decode=str, compute=lambda text: text * 2)) == [
        str(number) * 2 for number in range(20)
    ]


def test_decoding_and_computing_happen_at_the_same_time():
    both = threading.Barrier(2, timeout=10)
    met = []

    def decode(number):
        if number == 1:
            both.wait()
            met.append("decoding the second")
        return number

    def compute(number):
        if number == 0:
            both.wait()
            met.append("computing the first")
        return number

    assert list(overlap([0, 1], decode, compute)) == [0, 1]
    assert len(met) == 2


def test_only_a_few_inputs_are_read_ahead():
    read = []

    def inputs():
        for number in range(100):
            read.append(number)
            yield number

    results = overlap(inputs(), decode=int, compute=int, ahead=2)
    next(results)
    time.sleep(0.05)

    assert len(read) <= 3
    results.close()


def test_an_error_comes_in_its_turn():
    results = overlap(["1", "2", "x"], decode=int, compute=lambda number: number)

    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(ValueError, match="invalid literal"):
        next(results)


def test_leaving_early_ends_the_threads():
    before = threading.active_count()
    results = overlap(range(1000), decode=int, compute=int)
    next(results)
    results.close()

    assert threading.active_count() == before


def test_several_decode_at_a_time_and_the_order_is_kept():
    all_at_once = threading.Barrier(3, timeout=10)

    def decode(number):
        all_at_once.wait()
        time.sleep(0.01 * (3 - number % 3))
        return number

    results = overlap(range(6), decode, compute=int, ahead=3, decoders=3)

    assert list(results) == list(range(6))


class Heap:
    """Counts what is under way at one time, and the most there ever was."""

    def __init__(self):
        self.now, self.most, self.most_items, self.items = 0, 0, 0, 0
        self.lock = threading.Lock()

    def take(self, weight):
        with self.lock:
            self.now, self.items = self.now + weight, self.items + 1
            self.most = max(self.most, self.now)
            self.most_items = max(self.most_items, self.items)
        return weight

    def give(self, weight):
        with self.lock:
            self.now, self.items = self.now - weight, self.items - 1


@pytest.mark.parametrize("decoders", [1, 4])
def test_heavy_items_are_not_under_way_together_because_light_ones_may(decoders):
    heap, weights = Heap(), [1, 1, 1, 60, 60, 1, 1, 1, 1, 150, 1, 60, 39, 1]

    results = overlap(
        weights, heap.take, int, ahead=4, decoders=decoders, most_weight=100, weigh=float
    )
    found = []
    for weight in results:
        found.append(weight)
        heap.give(weight)

    assert found == weights
    assert heap.most == 150, "the one that is too heavy for the bound goes, and goes alone"
    assert heap.most_items <= 4


@pytest.mark.parametrize("error", [OSError, SystemExit])
def test_what_the_source_yielded_comes_before_its_error(error):
    def source():
        yield from "12"
        raise error("the scanner is on fire")

    results = overlap(source(), int, int)

    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(error, match="on fire"):
        next(results)


def test_an_input_that_cannot_be_weighed_fails_in_its_turn():
    results = overlap([1, 2, "x"], int, int, weigh=lambda number: number + 0)

    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(TypeError):
        next(results)


def working_threads():
    """The names of all threads but those that reckon the sum of an image, who end by themselves."""
    return sorted(one.name for one in threading.enumerate() if one.name != "digest")


def answers_to(questions, ask):
    """Yield answers from a stream whose source gives each input only after the last answer."""
    answered = threading.Semaphore(1)

    def source():
        for question in questions:
            assert answered.acquire(timeout=60), "no answer, so there is no next question"
            yield question

    for answer in ask(source()):
        yield answer
        answered.release()


@pytest.mark.parametrize("ahead", [1, 9])
def test_a_source_that_waits_for_the_answer_gets_it(ahead):
    answers = answers_to(range(5), lambda source: overlap(source, int, str, ahead))

    assert list(answers) == ["0", "1", "2", "3", "4"]


def test_the_source_is_read_on_one_thread_that_is_not_the_consumers():
    readers = set()

    def source():
        for number in range(10):
            readers.add(threading.current_thread())
            yield number

    assert list(overlap(source(), int, int)) == list(range(10))
    assert len(readers) == 1 and threading.current_thread() not in readers


def test_a_stream_can_be_left_while_its_source_waits():
    waiting, going_on, read = threading.Event(), threading.Event(), []

    def source():
        yield 1
        waiting.set()
        assert going_on.wait(timeout=60)
        for number in range(2, 9):
            read.append(number)
            yield number

    started, others = [], {*threading.enumerate()}
    results = overlap(source(), lambda number: started.append(number) or number, int)
    assert next(results) == 1 and waiting.wait(timeout=60)
    (reader,) = (one for one in {*threading.enumerate()} - others if one.name == "read")

    results.close()
    going_on.set()
    reader.join(timeout=60)

    assert not reader.is_alive() and reader.daemon, "it must not keep the process either"
    assert read == [2] and started == [1], "what comes too late is not worked on"


@pytest.mark.parametrize(("items", "weight"), [(0, 1), (1, 0)])
def test_bounds_leave_room_for_one(items, weight):
    with pytest.raises(ValueError, match="bounds must be 1 or more"):
        Bounds(items, weight)
