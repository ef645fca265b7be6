"""What is lent serves one user at a time, is kept, and is never more than allowed."""

import itertools
import threading

import pytest

from forensics_rt.system.leases import Leases


def test_one_user_alone_uses_one_thing():
    leases = Leases(itertools.count().__next__)

    for _ in range(3):
        with leases.lease() as thing:
            assert thing == 0
    assert leases.count == 1


def test_two_users_at_one_time_have_two_and_the_last_given_back_is_lent_first():
    leases = Leases(itertools.count().__next__)
    with leases.lease() as first:
        with leases.lease() as second:
            assert {first, second} == {0, 1}
        with leases.lease() as again:
            assert again == second


def test_whoever_finds_none_free_waits():
    leases = Leases(object, limit=1)
    taken = leases.take()
    found = []
    waiting = threading.Thread(target=lambda: found.append(leases.take()))
    waiting.start()
    waiting.join(timeout=0.05)
    assert not found

    leases.give_back(taken)
    waiting.join(timeout=20)

    assert found == [taken] and leases.count == 1


def test_a_thing_that_cannot_be_made_takes_no_place():
    made = iter([RuntimeError("no memory"), "thing"])

    def make():
        thing = next(made)
        if isinstance(thing, Exception):
            raise thing
        return thing

    leases = Leases(make, limit=1)
    with pytest.raises(RuntimeError, match="no memory"):
        leases.take()

    assert leases.take() == "thing"


def test_what_is_dropped_is_made_again():
    leases = Leases(itertools.count().__next__, limit=1)
    with leases.lease():
        pass

    assert leases.free() == leases.drop() == [0]
    assert leases.take() == 1
