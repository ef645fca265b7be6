"""Any batch through an engine that takes some sizes only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics_rt.backends.split import Part, split, split_at
from forensics_rt.backends.tensorrt.graphs import BoundGraph, GraphCache


@given(st.integers(0, 300), st.integers(1, 16), st.integers(0, 16))
def test_every_image_is_taken_once_and_in_order(count, least, more):
    most = least + more
    parts = list(split(count, least, most))

    taken = [index for part in parts for index in range(part.first, part.first + part.count)]
    assert taken == list(range(count))
    assert all(least <= part.size <= most and part.count <= part.size for part in parts)
    assert len(parts) == -(-count // most), "no more calls than needed"
    assert all(part.padded == (part.count < least) for part in parts)
    counts = [part.count for part in parts]
    assert not counts or max(counts) - min(counts) <= 1


@pytest.mark.parametrize(
    ("count", "profile", "parts"),
    [
        (4, (1, 4), [Part(0, 4, 4)]),
        (5, (1, 4), [Part(0, 2, 2), Part(2, 3, 3)]),
        (1, (4, 8), [Part(0, 1, 4)]),
        (9, (8, 8), [Part(0, 4, 8), Part(4, 5, 8)]),
        (0, (1, 4), []),
    ],
)
def test_sizes_are_even_and_padded_up_to_the_profile(count, profile, parts):
    assert list(split(count, *profile)) == parts


class Recorded:
    def __init__(self):
        self.closed = 0

    def close(self):
        self.closed += 1


def test_the_graph_longest_unused_goes_first():
    graphs = {key: Recorded() for key in "abc"}
    cache = GraphCache(2)
    for key in "ab":
        cache.add(key, BoundGraph(graphs[key], None))
    assert cache.find("a") is not None
    cache.add("c", BoundGraph(graphs["c"], None))

    assert cache.find("b") is None and len(cache) == 2
    assert [graphs[key].closed for key in "abc"] == [0, 1, 0]
    cache.close()
    assert [graphs[key].closed for key in "abc"] == [1, 1, 1] and len(cache) == 0


def test_a_cache_of_nothing_is_refused():
    with pytest.raises(ValueError, match="capacity must be 1 or more, but is 0"):
        GraphCache(0)


def test_parts_of_a_batch_on_a_device_lie_one_behind_the_other():
    found = list(split_at(1000, 5000, (5, 2, 3), 2, 2))
    assert [(part.first, part.count) for part, _, _ in found] == [(0, 1), (1, 2), (3, 2)]
    assert [where for _, *where in found] == [[1000, 5000], [1018, 5024], [1054, 5072]]
