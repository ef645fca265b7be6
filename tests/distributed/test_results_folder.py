"""Rows are there once, whatever happens to the driver and to the files."""

import pytest

from forensics_rt.distributed.inputs import InputFile
from forensics_rt.distributed.parts import read_results
from forensics_rt.distributed.results_folder import ResultsFolder
from forensics_rt.distributed.rows import error_row, of_file
from forensics_rt.distributed.stores import place_of
from forensics_rt.errors import OutputError


def file(name, size=10, modified=1):
    return InputFile(name, place_of(name), size, modified)


def row(name, content="c", size=10, modified=1, page=None):
    made = error_row("settings", "is damaged", "ImageUnreadable") | {"page": page}
    return of_file(made, file(name, size, modified), content)


def run(out, *rows, resume=True):
    folder = ResultsFolder(place_of(out), resume)
    folder.add(rows)
    folder.flush()
    return folder


def test_rows_come_back_sorted(tmp_path):
    run(tmp_path, row("/b", page=2), row("/b", page=1))
    run(tmp_path, row("/a"))
    table = read_results(tmp_path)
    assert table["path"].to_pylist() == ["/a", "/b", "/b"]
    assert table["page"].to_pylist() == [None, 1, 2]
    assert "seconds" not in read_results(tmp_path, run_columns=False).column_names


def test_what_has_rows_is_left_out(tmp_path):
    run(tmp_path, row("/a"))
    todo, skipped, failed = ResultsFolder(place_of(tmp_path), True).before.to_do(
        [file("/a"), file("/b")]
    )
    assert [one.name for one in todo] == ["/b"] and (skipped, failed) == (1, 1)


@pytest.mark.parametrize("change", [{"size": 11}, {"modified": 2}])
def test_a_file_that_changed_is_done_again_and_its_row_goes(tmp_path, change):
    run(tmp_path, row("/a"), row("/b", "other"))
    folder = ResultsFolder(place_of(tmp_path), True)
    todo, *_ = folder.before.to_do([file("/a", **change), file("/b")])
    assert [one.name for one in todo] == ["/a"]
    assert read_results(tmp_path)["path"].to_pylist() == ["/b"]
    assert "c" not in folder.finished and folder.before.rows == folder.rows_there() == 1


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path):
    run(tmp_path, row("/a", content=None))
    todo, skipped, _ = ResultsFolder(place_of(tmp_path), True).before.to_do([file("/a")])
    assert len(todo) == 1 and skipped == 0


def test_a_part_that_is_cut_off_is_computed_again(tmp_path, caplog):
    run(tmp_path, row("/a"))
    run(tmp_path, row("/b"))
    part = tmp_path / "parts" / "part-000001.parquet"
    part.write_bytes(part.read_bytes()[:-20])
    todo, skipped, _ = ResultsFolder(place_of(tmp_path), True).before.to_do(
        [file("/a"), file("/b")]
    )
    assert [one.name for one in todo] == ["/b"] and skipped == 1
    assert "is not whole" in caplog.text


def test_rows_that_two_drivers_wrote_are_there_once(tmp_path):
    run(tmp_path, row("/a"))
    part = tmp_path / "parts" / "part-000000.parquet"
    (tmp_path / "parts" / "part-000001.parquet").write_bytes(part.read_bytes())
    ResultsFolder(place_of(tmp_path), True)
    assert read_results(tmp_path)["path"].to_pylist() == ["/a"]


def test_rows_of_equal_bytes_are_found_again(tmp_path):
    folder = run(tmp_path, row("/a", page=1), row("/a", page=2), row("/copy", page=1))
    assert [one["page"] for one in folder.rows_of("c")] == [1, 2]
    folder.add([row("/new", "fresh")])
    assert [one["path"] for one in folder.rows_of("fresh")] == ["/new"]


def test_results_that_are_there_are_not_mixed_unasked(tmp_path):
    run(tmp_path, row("/a"))
    with pytest.raises(OutputError, match="holds results of an earlier run"):
        ResultsFolder(place_of(tmp_path), resume=False)


def test_results_of_other_settings_are_not_mixed(tmp_path):
    run(tmp_path, row("/a")).bind({"recipe": "fast", "bundle": "x"})
    folder = ResultsFolder(place_of(tmp_path), True)
    folder.bind({"recipe": "fast", "bundle": "x"})
    with pytest.raises(OutputError, match="made with another recipe"):
        folder.bind({"recipe": "max", "bundle": "x"})


def test_a_folder_without_results_says_so(tmp_path):
    with pytest.raises(OutputError, match="has no results"):
        read_results(tmp_path)
