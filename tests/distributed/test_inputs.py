"""Folders, lists, Parquet files and datasets give files, each once."""

from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forensics_rt.distributed.inputs import list_inputs
from forensics_rt.distributed.stores import place_of
from forensics_rt.errors import ImageNotFound

from .files import page


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    (folder / "below").mkdir(parents=True)
    for name in ("b.png", "below/a.PNG", "notes.txt"):
        (folder / name).write_bytes(page())
    return folder


def names(found, folder):
    return [file.name.removeprefix(f"{folder}/") for file in found.files]


def test_a_folder_gives_its_images(scans, tmp_path):
    found = list_inputs(scans, place_of(tmp_path / "out"))
    assert names(found, scans) == ["b.png", "below/a.PNG"]
    assert found.passed_over == Counter({".txt": 1})
    assert all(file.size > 0 and file.modified > 0 for file in found.files)


def test_a_file_named_twice_comes_once(scans, tmp_path):
    found = list_inputs([scans, scans / "b.png"], place_of(tmp_path / "out"))
    assert names(found, scans) == ["b.png", "below/a.PNG"] and found.repeated == 1


def test_a_file_that_is_not_there_comes_with_its_turn(tmp_path):
    [missing] = list_inputs([tmp_path / "none.png"], place_of(tmp_path / "out")).files
    assert missing.size == -1


def test_a_parquet_file_lists_paths(scans, tmp_path):
    listed = tmp_path / "paths.parquet"
    pq.write_table(pa.table({"path": [str(scans / "b.png")]}), listed)
    assert names(list_inputs(listed, place_of(tmp_path / "out")), scans) == ["b.png"]


def test_a_parquet_file_without_paths_says_what_it_has(tmp_path):
    listed = tmp_path / "paths.parquet"
    pq.write_table(pa.table({"file": ["a"]}), listed)
    with pytest.raises(ImageNotFound, match=r"must have a column 'path'.*'file'"):
        list_inputs(listed, place_of(tmp_path / "out"))


def test_standard_input_is_refused(tmp_path):
    with pytest.raises(ImageNotFound, match="not on other machines"):
        list_inputs(["-"], place_of(tmp_path))


def test_results_are_no_inputs(scans):
    (scans / "out").mkdir()
    (scans / "out" / "mask.png").write_bytes(page())
    assert len(list_inputs(scans, place_of(scans / "out")).files) == 2
