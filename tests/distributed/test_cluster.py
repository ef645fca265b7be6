"""How many CPUs a worker has, and how many workers there are."""

from types import SimpleNamespace

import pytest

from forensics_rt.distributed.cluster import usual_threads, workers_that_fit
from forensics_rt.errors import DistributedError


def cluster(*cpus, dead=()):
    """A Ray whose machines have so many CPUs."""
    nodes = [{"Alive": True, "Resources": {"CPU": count} if count else {}} for count in cpus]
    nodes += [{"Alive": False, "Resources": {"CPU": count}} for count in dead]
    return SimpleNamespace(nodes=lambda: nodes)


@pytest.mark.parametrize(
    ("cpus", "threads"), [((2,), 2), ((32, 8), 4), ((16, 1), 1), ((0, 16), 4), ((3, 2), 2)]
)
def test_a_worker_has_the_cpus_of_the_smallest_machine_up_to_four(cpus, threads):
    assert usual_threads(cluster(*cpus, dead=[1])) == threads


def test_workers_fill_the_machines():
    assert workers_that_fit(cluster(32, 8), {"num_cpus": 4.0}) == 10


def test_no_room_is_said_with_what_there_is():
    with pytest.raises(DistributedError, match=r"needs CPU 4, but the machines have 2 CPUs 0 GPUs"):
        workers_that_fit(cluster(2), {"num_cpus": 4.0})
