"""Any batch through an engine that takes some sizes only."""

from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics_rt.backends.split import Part, rounded_up, split, split_at, split_rounded
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


@given(st.integers(0, 300), st.integers(1, 16))
def test_at_rounded_sizes_less_than_twice_what_was_asked_for_is_computed(count, most):
    parts = list(split_rounded(count, most))

    taken = [index for part in parts for index in range(part.first, part.first + part.count)]
    assert taken == list(range(count))
    assert len(parts) == -(-count // most), "no more calls than needed"
    assert {part.size for part in parts} <= {1, 2, 4, 8, most}
    assert all(part.size == rounded_up(part.count, most) <= most for part in parts)
    assert sum(part.size for part in parts) <= max(2 * count - 1, 0)


@given(st.integers(1, 24), st.sampled_from([1, 2, 4, 8]))
def test_no_other_sizes_would_compute_less_in_as_few_calls(count, most):
    sizes = [size for size in (1, 2, 4, 8) if size <= most]
    ways = combinations_with_replacement(sizes, -(-count // most))
    least = min(sum(way) for way in ways if sum(way) >= count)
    assert sum(part.size for part in split_rounded(count, most)) == least


@pytest.mark.parametrize(
    ("count", "most", "parts"),
    [
        (4, 8, [Part(0, 4, 4)]),
        (5, 8, [Part(0, 5, 8)]),
        (9, 8, [Part(0, 8, 8), Part(8, 1, 1)]),
        (11, 8, [Part(0, 8, 8), Part(8, 3, 4)]),
        (5, 6, [Part(0, 5, 6)]),
        (0, 8, []),
    ],
)
def test_whole_batches_come_first_and_what_is_left_is_rounded_up(count, most, parts):
    assert list(split_rounded(count, most)) == parts


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
    found = list(split_at(1000, 5000, (5, 2, 3), split(5, 2, 2)))
    assert [(part.first, part.count) for part, _, _ in found] == [(0, 1), (1, 2), (3, 2)]
    assert [where for _, *where in found] == [[1000, 5000], [1018, 5024], [1054, 5072]]
