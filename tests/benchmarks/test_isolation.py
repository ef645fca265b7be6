"""What isolation costs is measured page by page, in both ways."""

from benchmarks.isolation import measure


def test_files_and_bytes_are_compared():
    costs = measure(2)
    assert [cost.given for cost in costs] == ["file", "bytes"]
    assert all(cost.here > 0 and cost.apart > 0 for cost in costs)
    assert all(cost.quarters[0] <= cost.more <= cost.quarters[1] for cost in costs)
