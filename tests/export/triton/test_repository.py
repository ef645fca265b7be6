"""The model repository: what is in it, and what is refused."""

from __future__ import annotations

import re

import pytest

from export.errors import ExportError
from export.triton.__main__ import main
from export.triton.memory import answer_bytes, region_bytes
from export.triton.repository import write_repository
from export.triton.request import RepositoryRequest
from forensics_rt import Bundle
from forensics_rt.errors import OutputError
from tests.backends.played_tensorrt import engine_bundle
from tests.bundles import brightness_graph, write_bundle


def test_it_has_both_pipelines_and_a_model_for_each_member_and_tile(tmp_path):
    graphs = [brightness_graph(), brightness_graph()]
    bundle = write_bundle(tmp_path / "bundle", graphs, tiles=(32, 64))
    out = write_repository(RepositoryRequest(bundle, tmp_path / "models"))
    members = [f"forensics_rt_member_{n}_{tile}" for n in (1, 2) for tile in (32, 64)]
    folders = {path.name for path in out.iterdir() if path.is_dir()}
    assert folders == {"forensics_rt", "forensics_rt_bls", *members}
    assert 'string_value: "32,64"' in (out / "forensics_rt_bls" / "config.pbtxt").read_text()
    for model in folders:
        assert (out / model / "1" / "model.py").is_file()
        assert Bundle.open(out / model / "bundle").id == bundle.id


def test_a_network_that_pools_nothing_has_one_model_for_tiles_of_any_size(tmp_path):
    out = write_repository(RepositoryRequest(Bundle.open("fast"), tmp_path / "models"))
    config = (out / "forensics_rt_member_1_any" / "config.pbtxt").read_text()
    assert "dims: [-1, -1, 3]" in config
    assert "random_data: true" in config
    assert "max_batch_size: 16" in config


def test_members_may_run_on_tritons_own_onnxruntime(tmp_path):
    bundle = Bundle.open("fast")
    out = write_repository(
        RepositoryRequest(bundle, tmp_path / "models", member_backend="onnxruntime")
    )
    member = out / "forensics_rt_member_1_any"
    graph = bundle.graph(bundle.manifest.members[0])
    assert (member / "1" / "model.onnx").read_bytes() == graph
    assert 'default_model_filename: "model.onnx"' in (member / "config.pbtxt").read_text()
    assert not (member / "bundle").exists()


def test_members_may_be_prebuilt_engines(tmp_path):
    bundle = engine_bundle(tmp_path / "bundle", members=1, tiles=(32, 64))
    request = RepositoryRequest(bundle, tmp_path / "models", member_backend="tensorrt", on_gpu=True)
    out = write_repository(request)
    plans = sorted(path.parents[1].name for path in out.glob("*/1/model.plan"))
    assert plans == ["forensics_rt_member_1_32", "forensics_rt_member_1_64"]
    config = (out / plans[0] / "config.pbtxt").read_text()
    assert "KIND_GPU" in config and "max_batch_size: 8" in config
    assert "KIND_CPU" in (out / "forensics_rt_bls" / "config.pbtxt").read_text()


def test_engines_that_are_not_there_are_refused(bundle, tmp_path):
    with pytest.raises(ExportError, match=r"must have prebuilt TensorRT engines .* but has none"):
        RepositoryRequest(bundle, tmp_path, member_backend="tensorrt", on_gpu=True)


@pytest.mark.parametrize("name", ["instances", "queue", "timeout", "max_batch"])
def test_numbers_must_be_more_than_none(bundle, tmp_path, name):
    with pytest.raises(ExportError, match=f"{name} must be more than 0, got 0"):
        RepositoryRequest(bundle, tmp_path, **{name: 0})


def test_what_is_there_is_left_alone_unless_asked(bundle, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        write_repository(RepositoryRequest(bundle, tmp_path / "models"))
    write_repository(RepositoryRequest(bundle, tmp_path / "models", force=True))
    assert not (tmp_path / "models" / "mine.txt").exists()


def test_the_readme_says_how_much_shared_memory_it_takes(bundle, tmp_path):
    request = RepositoryRequest(
        bundle, tmp_path / "models", instances=3, max_pixels=10_000_000, largest_file=8 << 20
    )
    text = (write_repository(request) / "README.md").read_text()
    found = {
        what: int(size) for what, size in re.findall(r"^\| (.*) \| \**(\d+)\** \|$", text, re.M)
    }
    plain = found["an instance of `forensics_rt`, where nobody asks for a float map"]
    assert plain == -(-region_bytes((8 << 20) + answer_bytes(10_000_000, False)) // (1 << 20))
    total = found["**all instances together**"]
    assert f"--shm-size={total}m" in text
    assert total > 3 * plain
    assert "$" not in re.sub(r"\$PWD", "", text)


def test_the_command_writes_it(tmp_path, capsys):
    out = tmp_path / "models"
    said = main(
        ["fast", "--out", str(out), "--recipe", "max", "--threshold", "0.7", "--high-area", "9"]
    )
    assert said == 0
    config = (out / "forensics_rt" / "config.pbtxt").read_text()
    assert 'string_value: "max"' in config and 'string_value: "0.7"' in config
    assert 'string_value: "9"' in config
    assert capsys.readouterr().out.startswith(f"written: {out}")


def test_a_recipe_of_ones_own_goes_with_it(tmp_path):
    recipe = tmp_path / "mine.toml"
    recipe.write_text("overlap = 64\n")
    assert main(["fast", "--out", str(tmp_path / "models"), "--recipe", str(recipe)]) == 0
    for model in ("forensics_rt", "forensics_rt_bls"):
        assert (tmp_path / "models" / model / "recipe.toml").read_text() == "overlap = 64\n"


def test_a_recipe_that_is_none_is_said_before_anything_is_written(tmp_path, capsys):
    assert main(["fast", "--out", str(tmp_path / "models"), "--recipe", "fastest"]) == 1
    assert "no recipe named 'fastest'" in capsys.readouterr().err
    assert not (tmp_path / "models").exists()
