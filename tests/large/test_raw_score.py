import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics_rt.large.raw_score import StreamedRawScore
from forensics_rt.plan.score import image_score


@settings(deadline=None, max_examples=150)
@given(
    st.integers(1, 140), st.integers(1, 90), st.lists(st.integers(1, 70), min_size=1), st.integers()
)
def test_the_score_of_rows_is_that_of_the_whole_map_to_the_bit(height, width, chunks, seed):
    page = np.random.default_rng(abs(seed)).random((height, width), np.float32) ** 3
    raw_score = StreamedRawScore()
    top, place = 0, 0
    while top < height:
        raw_score.add(page[top : top + chunks[place % len(chunks)]])
        top += chunks[place % len(chunks)]
        place += 1

    assert raw_score.value() == image_score(page)


def test_a_bright_last_row_counts_as_a_cut_block():
    page = np.zeros((33, 16), np.float32)
    page[32] = 1
    raw_score = StreamedRawScore()
    for row in page:
        raw_score.add(row[None])

    assert raw_score.value() == image_score(page) == 1 / 16


def test_no_rows_have_no_score():
    with pytest.raises(ValueError, match="none came"):
        StreamedRawScore().value()
