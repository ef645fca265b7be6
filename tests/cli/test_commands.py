"""`doctor`, `inspect` and `verify`."""

import json
import sys

import pytest
from typer.testing import CliRunner

from forensics_rt.cli.main import app
from forensics_rt.version import __version__
from tests.bundles import brightness_graph, constant_graph, golden, write_bundle


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_the_version(run):
    assert run("--version").stdout == f"forensics-rt {__version__}\n"


def test_doctor_gives_a_reason_for_every_backend(run):
    done = run("doctor")

    assert done.exit_code == 0
    for name in ("openvino", "onnxruntime", "torch", "numpy"):
        assert name in done.stdout
    assert "chosen by auto: the first usable one" in done.stdout


def test_doctor_says_what_a_device_rules_out(run):
    assert "runs on cpu, not on 'cuda'" in run("doctor", "--device", "cuda").stdout


def test_inspect_shows_what_a_bundle_holds(run, bundle):
    done = run("inspect", bundle.path)

    assert done.exit_code == 0
    for word in ("tiny 1", bundle.id, "Apache-2.0", "32, 64", "fold1", "pixel 0.5"):
        assert word in done.stdout
    document = json.loads(run("inspect", bundle.path, "--json").stdout)
    assert document["schema"] == 1 and document["members"][0]["name"] == "fold1"


def test_in_a_pipe_no_cell_is_cut(run, tmp_path, monkeypatch):
    monkeypatch.delenv("COLUMNS")
    written = write_bundle(tmp_path, [brightness_graph()])
    manifest = tmp_path / "manifest.json"
    named = "an_architecture_of_a_rather_long_name_" * 3
    architecture = written.manifest.members[0].architecture
    manifest.write_text(manifest.read_text().replace(f'"{architecture}"', f'"{named}"'))

    assert named in run("inspect", tmp_path).stdout


def test_verify_passes_a_sound_bundle_on_every_backend(run, tmp_path):
    write_bundle(tmp_path, [brightness_graph()], goldens=[golden()])

    done = run("verify", tmp_path)

    assert done.exit_code == 0, done.stdout
    assert done.stdout.count("passed") == 3
    for name in ("openvino", "onnxruntime", "torch"):
        assert name in done.stdout


def test_verify_fails_where_the_answers_are_not_those_of_the_goldens(run, tmp_path):
    write_bundle(tmp_path, [brightness_graph()], goldens=[golden(shift=0.05)])

    done = run("verify", tmp_path, "--backend", "numpy")

    assert done.exit_code == 1 and "FAILED" in done.stdout


def test_verify_does_not_call_a_bundle_without_goldens_sound(run, bundle):
    done = run("verify", bundle.path, "--backend", "numpy")

    assert done.exit_code == 1 and "nothing was checked" in done.stdout


def test_verify_fails_a_map_that_is_wrong_below_the_threshold(run, tmp_path):
    image, probability = golden()
    write_bundle(tmp_path, [constant_graph(0.0)], goldens=[(image, probability * 0.4)])

    assert run("verify", tmp_path, "--backend", "numpy").exit_code == 1


def test_what_to_install_survives_the_printing(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    assert "pip install 'forensics_rt[onnxruntime]'" in run("doctor").stdout
