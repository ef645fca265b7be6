"""Files are handed out once each, and taken back when a worker dies."""

import pytest

from forensics_rt.distributed.schedule import ALONE, DEPTH, GIVEN_UP, Schedule

from .files import input_files


def finish(schedule, worker, unit):
    """Have a worker read and compute a unit whose contents are its names."""
    schedule.was_read(worker, unit.number, [file.name for file in unit.files])
    closed = schedule.was_computed(worker, unit.number)
    schedule.settle(sum(len(files) for files, _ in closed))
    return [file.name for files, _ in closed for file in files]


def test_each_file_is_handed_out_once():
    schedule = Schedule(input_files("/a", "/b", "/c", "/d", "/e"), unit_files=2)
    done = []
    while schedule.left:
        for worker in ("one", "two"):
            if unit := schedule.next_unit(worker, 2):
                done += finish(schedule, worker, unit)
    assert sorted(done) == ["/a", "/b", "/c", "/d", "/e"]


def test_a_worker_has_so_many_units_at_most():
    schedule = Schedule(input_files(*(f"/{number}" for number in range(99))), unit_files=1)
    units = [schedule.next_unit("one") for _ in range(DEPTH + 1)]
    assert all(units[:-1]) and units[-1] is None


def test_units_become_small_toward_the_end():
    schedule = Schedule(input_files(*(f"/{number}" for number in range(60))), unit_files=8)
    sizes = []
    while unit := schedule.next_unit("one", workers=2):
        sizes.append(len(unit.files))
        finish(schedule, "one", unit)
    assert sizes[0] == 8 and sizes[-1] == 1 and sum(sizes) == 60


def test_large_files_go_in_small_units():
    files = input_files(*(f"/{number}" for number in range(60)), size=20_000_000)
    assert len(Schedule(files, unit_bytes=32_000_000).next_unit("one").files) == 2


def test_a_content_that_is_under_way_is_computed_once():
    schedule = Schedule(input_files("/a", "/b"), unit_files=1)
    first, second = schedule.next_unit("one"), schedule.next_unit("two")
    assert schedule.was_read("one", first.number, ["same"]).compute == [0]
    assert schedule.was_read("two", second.number, ["same"]).compute == []
    [(files, content)] = schedule.was_computed("one", first.number)
    assert [file.name for file in files] == ["/a", "/b"] and content == "same"


def test_a_content_that_is_done_is_known():
    schedule = Schedule(input_files("/a"), finished={"same"})
    unit = schedule.next_unit("one")
    todo = schedule.was_read("one", unit.number, ["same"])
    assert todo.compute == [] and [file.name for file, _ in todo.known] == ["/a"]


def test_what_a_dead_worker_had_is_checked_before_it_is_computed_again():
    schedule = Schedule(input_files("/a"))
    schedule.next_unit("one")
    assert schedule.worker_died("one") == []
    unit = schedule.next_unit("two")
    assert unit.checked and not unit.alone
    assert finish(schedule, "two", unit) == ["/a"] and schedule.left == 0


def test_a_copy_does_not_wait_for_a_dead_worker():
    schedule = Schedule(input_files("/a", "/b"), unit_files=1)
    first, second = schedule.next_unit("one"), schedule.next_unit("two")
    schedule.was_read("one", first.number, ["same"])
    schedule.was_read("two", second.number, ["same"])
    schedule.worker_died("one")
    again = [schedule.next_unit("two"), schedule.next_unit("two")]
    assert sorted(file.name for unit in again for file in unit.files) == ["/a", "/b"]


def test_a_file_that_ends_every_worker_is_given_up_and_no_other():
    schedule = Schedule(input_files("/fatal", *(f"/{number}" for number in range(30))))
    done, given_up, deaths = [], [], 0
    while schedule.left:
        worker = f"worker-{deaths}"
        unit = schedule.next_unit(worker)
        if any(file.name == "/fatal" for file in unit.files):
            deaths += 1
            for files, _ in schedule.worker_died(worker):
                given_up += [file.name for file in files]
                schedule.settle(len(files))
        else:
            done += finish(schedule, worker, unit)
    assert given_up == ["/fatal"] and deaths == GIVEN_UP
    assert sorted(done) == sorted(f"/{number}" for number in range(30))


def test_from_the_second_death_on_a_file_runs_alone():
    schedule = Schedule(input_files(*(f"/{number}" for number in range(9))), unit_files=1)
    for worker in ("one", "two"):
        schedule.next_unit(worker)
        schedule.worker_died(worker)
    busy = schedule.next_unit("three")  # the reserved worker finishes first what it has
    while busy is not None and not busy.alone:
        finish(schedule, "three", busy)
        busy = schedule.next_unit("three")
    assert busy is not None and len(busy.files) == 1 and schedule.deaths_of(busy.files[0]) >= ALONE
    assert schedule.next_unit("three") is None


@pytest.mark.parametrize("unread", [0, 1])
def test_a_file_that_cannot_be_read_is_the_callers(unread):
    schedule = Schedule(input_files(*(f"/{number}" for number in range(6))))
    unit = schedule.next_unit("one")
    contents = ["x", "y"]
    contents[unread] = None
    assert schedule.was_read("one", unit.number, contents).compute == [1 - unread]
