"""The numbers of a run add up, or it is an error."""

import pytest

from forensics_rt.distributed.summary import Count, Progress
from forensics_rt.errors import DistributedError

GOOD, BAD = {"error": None}, {"error": "is damaged"}


def test_a_file_with_one_bad_page_failed():
    count = Count(files=4, skipped=1)
    count.add([GOOD])
    count.add([GOOD, BAD])
    count.add([GOOD, GOOD], copy=True)
    assert (count.done, count.failed, count.copies) == (2, 1, 1)
    assert (count.pages, count.failed_pages) == (5, 1)
    count.check(rows_before=3, rows_there=8)


def test_a_lost_file_is_an_error():
    with pytest.raises(DistributedError, match="2 files came in, but 0 done, 0 failed and 1"):
        Count(files=2, skipped=1).check(1, 1)


def test_a_row_that_is_there_twice_is_an_error():
    count = Count(files=1, skipped=0)
    count.add([GOOD])
    with pytest.raises(DistributedError, match="0 rows of before and 1 of this run, but have 2"):
        count.check(0, 2)


def test_the_time_that_is_left():
    progress = Progress(files=100, finished=40, skipped=20, seconds=10)
    assert (progress.rate, progress.seconds_left) == (2.0, 30.0)
    assert Progress(100, 20, 20, 10).seconds_left is None
