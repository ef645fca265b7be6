"""What a worker makes of files, without Ray: the rows are the detector's."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks.ray.pages import write_pages
from forensics_rt import Detector
from forensics_rt.distributed import detect_dataset
from forensics_rt.distributed.rows import row_schema
from forensics_rt.distributed.stores import place_of
from forensics_rt.distributed.worker import Worker, WorkerSetup
from forensics_rt.errors import OutputError, RecipeError

from .files import page


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="module")
def worker(out):
    here = (place_of(out).filesystem,)
    one = Worker(
        WorkerSetup({"bundle": "fast", "precision": "float32"}, 1, here, place_of(out), "all")
    )
    one.start()
    return one


def rows_of(worker, *files):
    answers = worker.read(1, [(0, str(file), str(file)) for file in files])
    places = [place for place, (content, _) in enumerate(answers) if content is not None]
    return worker.compute(1, places, checked=False)


def test_rows_and_maps_are_those_of_the_detector(worker, out, tmp_path):
    write_pages(tmp_path, 2)
    files = sorted(tmp_path.iterdir())
    with Detector("fast", threads=1, precision="float32") as detector:
        found = [detector(file) for file in files]
    for [row], detection in zip(rows_of(worker, *files), found, strict=True):
        assert row["raw_score"] == round(detection.raw_score, 6)
        assert row["regions"] == detection.to_dict()["regions"]
        assert (row["verdict"], row["page"]) == (detection.verdict, None)
        stored = np.asarray(Image.open(out / row["map"]))
        assert abs(stored / 65535 - detection.probability).max() < 1 / 65535
        assert (np.asarray(Image.open(out / row["mask"])) == 255 * detection.mask).all()


def test_a_row_has_the_columns_of_the_schema(worker, tmp_path):
    (tmp_path / "a.png").write_bytes(page())
    [[row]] = rows_of(worker, tmp_path / "a.png")
    assert set(row) <= set(row_schema().names)


def test_every_page_of_a_file_has_a_row(worker, tmp_path):
    pages = [Image.new("RGB", (90, 70), color) for color in ("white", "gray")]
    pages[0].save(tmp_path / "fax.tif", save_all=True, append_images=pages[1:])
    [rows] = rows_of(worker, tmp_path / "fax.tif")
    assert [row["page"] for row in rows] == [1, 2]


def test_a_damaged_file_is_a_row_with_its_error(worker, tmp_path):
    (tmp_path / "a.png").write_bytes(page()[:60])
    [[row]] = rows_of(worker, tmp_path / "a.png")
    assert row["error_type"] == "ImageUnreadable" and "a.png" not in row["error"]


def test_a_map_that_cannot_be_written_ends_the_run(worker, tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(page())
    (tmp_path / "full").write_bytes(b"a file where a folder is wanted")
    monkeypatch.setattr("forensics_rt.distributed.patience._PAUSE", 0.0)
    monkeypatch.setattr(worker, "_setup", replace(worker._setup, out=place_of(tmp_path / "full")))
    with pytest.raises(OutputError, match="cannot be written"):
        rows_of(worker, tmp_path / "a.png")


def test_a_file_that_is_not_there_is_not_computed(worker, tmp_path):
    [(content, error)] = worker.read(2, [(0, str(tmp_path / "none"), "none")])
    assert content is None and error.startswith("cannot be read: No such file")
    worker.forget(2)


def test_changed_copies_are_refused_before_a_cluster_is_asked(tmp_path):
    with pytest.raises(RecipeError, match="leave out `robust=True`"):
        detect_dataset(tmp_path, tmp_path / "out", detector={"robust": True})
    assert not (tmp_path / "out").exists()
