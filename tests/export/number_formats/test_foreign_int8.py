"""A foreign graph in int8: tried while its bundle is built, or added afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from export.build_engines import main
from forensics_rt import Bundle
from forensics_rt.cli.main import app
from tests.export.foreign_networks import SmallNet, exported
from tests.jpegs import picture

# Of a network that has learned nothing, int8 changes more.
LIMIT = ["--mean-difference", "0.02"]


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scans")
    for number in range(6):
        Image.fromarray(picture(128, 160, number)).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(SmallNet(), tmp_path_factory.mktemp("graph") / "net.onnx", 17)


@torch.no_grad()
def check_int8(folder: Path) -> None:
    """Hold the graph in int8 to the network that it was made of."""
    bundle = Bundle.open(folder)
    (member,) = bundle.manifest.members
    assert member.int8 is not None
    (row,) = [one for one in bundle.manifest.parity if "int8" in one.engine]
    assert row.passed and row.max_difference > 1e-4
    session = onnxruntime.InferenceSession(str(folder / member.int8.path))
    tiles = np.stack([picture(128, 160, seed)[32:96, 32:96] for seed in (7, 8)])
    (found,) = session.run(None, {"image": tiles})
    expected = torch.sigmoid(SmallNet()(torch.from_numpy(tiles).permute(0, 3, 1, 2) / 255))
    assert np.abs(found - expected[:, 0].numpy()).mean() < 0.02


def test_it_is_tried_where_the_formats_of_cpus_are_asked_for(
    graph: Path, scans: Path, tmp_path: Path
) -> None:
    words = ["--onnx", graph, "--range", "0..1", "--tiles", 64, *LIMIT, "--out", tmp_path / "auto"]
    words += ["--cpu-formats", "auto", "--calibration-images", scans]
    assert main([str(word) for word in words]) == 0
    check_int8(tmp_path / "auto")


def test_it_is_added_to_a_bundle_that_is_there(graph: Path, scans: Path, tmp_path: Path) -> None:
    words = ["--onnx", graph, "--range", "0..1", "--tiles", 64, "--out", tmp_path / "plain"]
    assert main([str(word) for word in words]) == 0
    assert Bundle.open(tmp_path / "plain").manifest.members[0].int8 is None
    convert = ["bundle", "convert", tmp_path / "plain", "--precision", "int8", *LIMIT]
    convert += ["--calibration-images", scans, "--out", tmp_path / "small"]
    assert CliRunner().invoke(app, [str(word) for word in convert]).exit_code == 0
    check_int8(tmp_path / "small")
