import threading
import time

import pytest

from forensics_rt.stream import overlap


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
