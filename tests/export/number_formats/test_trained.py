"""A network that was trained for int8 becomes the graph in int8 of the network that it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from export.build_engines import main as build
from export.errors import ExportError
from export.graph.ends import prepare
from export.graph.tracing import PixelsToProbability, export_graph
from export.number_formats.calibration import calibration_tiles
from export.number_formats.keep import computed_filters, kept_nodes
from export.number_formats.quantize import quantize_graph
from export.number_formats.rounding_nodes import only_convolutions, signed_where_negative
from export.number_formats.switched import SwitchedGraph
from export.number_formats.trained import load_trained, untrained, with_ranges
from export.parity.probes import probe_tiles, synthetic_page
from forensics_rt import Bundle
from tests.export.conftest import SIZES, with_contrast
from train.__main__ import main as train
from train.checkpoint.load import load_checkpoint
from train.int8.rounding import RoundedNetwork
from train.networks import build_network

TILE = probe_tiles(64)[:1]


def test_it_rounds_as_it_did_in_training(tmp_path: Path) -> None:
    # With this seed no value lies so near to the middle of two levels that float32 decides.
    torch.manual_seed(4)
    network = with_contrast(build_network("forensic_unet", SIZES))
    pixels = torch.from_numpy(TILE).permute(0, 3, 1, 2).float()
    rounded = RoundedNetwork(network)
    rounded.measure([pixels])
    with torch.no_grad():
        trained = torch.sigmoid(network(pixels)).numpy()
    ranges = {name: (one.low, one.high) for name, one in rounded.restore().items()}

    export_graph(PixelsToProbability(network), tmp_path / "network.onnx")
    source = prepare(onnx.load(tmp_path / "network.onnx"))
    fixed = computed_filters(source.graph) | untrained(source.graph, ranges)
    tiles = calibration_tiles([probe_tiles(96)[1]], [96])  # others than those that were trained on
    rough = quantize_graph(source, kept_nodes(source.graph) | fixed, tiles, symmetric=False)
    rough = signed_where_negative(only_convolutions(rough))
    graph = SwitchedGraph(source, with_ranges(rough, source, ranges))

    assert len(graph.layers) == len(ranges)
    exact = graph.float32(TILE)
    assert np.abs(graph.int8(TILE) - trained).max() < 0.1 * np.abs(exact - trained).max()
    assert np.abs(SwitchedGraph(source, rough).int8(TILE) - trained).max() > 1e-3


@pytest.fixture
def trained(house_checkpoint: Callable[[int], Path], images: Path, tmp_path: Path) -> Path:
    out = tmp_path / "int8.safetensors"
    words = ["--checkpoint", str(house_checkpoint(3)), "--images", str(images), "--crop", "64"]
    assert train(["fit-int8", *words, "--steps", "2", "--out", str(out), "--threads", "1"]) == 0
    return out


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(4):
        Image.fromarray(synthetic_page(128, number)).save(folder / f"{number}.png")
    return folder


def test_float32_of_the_bundle_is_the_network_that_was_trained_on_from(
    house_checkpoint: Callable[[int], Path], trained: Path, images: Path, tmp_path: Path
) -> None:
    words = ["--checkpoint", str(house_checkpoint(3)), "--tiles", "64", "--cpu-formats", "auto"]
    words += ["--calibration-images", str(images), "--iou-loss", "0.5", "--flipped-share", "0.02"]
    words += ["--out", str(tmp_path / "out"), "--int8-checkpoint", str(trained)]
    assert build(words) == 0

    bundle = Bundle.open(tmp_path / "out")
    (member,) = bundle.manifest.members
    assert member.int8 is not None
    made = bundle.manifest.built_with
    assert made["checkpoint member-1"] == load_checkpoint(house_checkpoint(3)).sha256
    assert made["int8 member-1 checkpoint"] == load_checkpoint(trained).sha256


def test_one_of_another_checkpoint_is_refused(trained: Path, tmp_path: Path) -> None:
    manifest = Bundle.open("fast").manifest
    with pytest.raises(ExportError, match="trained on from another checkpoint than member-1"):
        load_trained(trained, manifest, manifest.members[0])


def test_one_that_was_not_trained_for_int8_is_refused(
    house_checkpoint: Callable[[int], Path],
) -> None:
    manifest = Bundle.open("fast").manifest
    with pytest.raises(ExportError, match="`python -m train fit-int8` wrote"):
        load_trained(house_checkpoint(3), manifest, manifest.members[0])


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--int8-checkpoint", "c"], 2, "--int8-checkpoint goes with"),
        (["--cpu-formats", "auto", "--calibration-images", "d", "--int8-checkpoint", "no"], 1,
         "no: no such file"),
    ],
)  # fmt: skip
def test_options_that_do_not_go_together(
    words: list[str], code: int, complaint: str, house_checkpoint, capsys
) -> None:
    command = ["--checkpoint", str(house_checkpoint(3)), "--out", "o", *words]
    try:
        assert build(command) == code
    except SystemExit as ended:
        assert ended.code == code
    assert complaint in " ".join(capsys.readouterr().err.split())


def test_one_is_needed_for_each_member(house_checkpoint, trained: Path, images: Path, capsys):
    command = ["--checkpoint", str(house_checkpoint(3)), "--checkpoint", str(house_checkpoint(4))]
    command += ["--cpu-formats", "auto", "--calibration-images", str(images), "--out", "o"]
    assert build([*command, "--int8-checkpoint", str(trained)]) == 1
    assert "once for each --checkpoint, 2 times" in " ".join(capsys.readouterr().err.split())
