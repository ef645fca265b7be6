"""The benchmark of large images, on small ones."""

import json
import sys

import pytest
from PIL import Image

from benchmarks import large

pytest.importorskip("tifffile")
pytest.importorskip("pyvips")


def test_each_size_runs_in_its_own_process_and_ends_in_table_json_and_picture(
    tmp_path, monkeypatch, capsys
):
    words = ["large", "--megapixels", "0.25", "1", "--kind", "png"]
    words += ["--folder", str(tmp_path / "not" / "there")]
    files = ["--json", str(tmp_path / "large.json"), "--plot", str(tmp_path / "large.png")]
    monkeypatch.setattr(sys, "argv", [*words, *files])

    large.main()

    small, full = json.loads((tmp_path / "large.json").read_text())["runs"]
    assert (small["side"], full["side"]) == (500, 1000)
    assert (small["regions"], full["regions"]) == (0, 1), "the stamp lies in the lower half"
    assert 0 < full["peak"] < full["predicted"]
    assert "peak GB" in capsys.readouterr().out
    with Image.open(tmp_path / "large.png") as picture:
        assert picture.format == "PNG"
    assert not list(tmp_path.glob("tmp*")), "images and results are gone"


@pytest.mark.parametrize("kind", ["tif", "jpg", "png"])
def test_images_are_of_the_size_asked_for(tmp_path, kind):
    path = tmp_path / f"image.{kind}"

    large.write_test_image(path, 1300)

    with Image.open(path) as image:
        assert image.size == (1300, 1300)
