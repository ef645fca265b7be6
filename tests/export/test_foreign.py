"""Graphs of others become bundles by one command, and give the maps of their own framework."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from export import inspect_onnx
from export.build_engines import main
from export.foreign.wrap import LUMA
from export.parity.probes import probe_tiles
from forensics_rt import Bundle
from forensics_rt.backends.registry import open_backend
from tests.export.foreign_networks import (
    IMAGENET,
    QuarterNet,
    SmallNet,
    exported,
    with_weights_elsewhere,
)

MEAN, STD = (torch.tensor(three).view(3, 1, 1) for three in
             ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))  # fmt: skip


def build(*words: object) -> int:
    return main([str(word) for word in words])


def maps(bundle: Path, tile: int = 64, engine: str = "auto") -> np.ndarray:
    with open_backend(Bundle.open(bundle), engine, precision="float32") as backend:
        return backend.infer(0, probe_tiles(tile)[:1])


def pixels(tile: int = 64) -> torch.Tensor:
    return torch.from_numpy(probe_tiles(tile)[:1]).permute(0, 3, 1, 2).float()


@pytest.mark.parametrize("opset", [11, 17, 20])
@torch.no_grad()
def test_any_opset_with_the_normalization_of_imagenet(tmp_path: Path, opset: int) -> None:
    network = SmallNet()
    file = exported(network, tmp_path / "unet.onnx", opset)
    out = tmp_path / "bundle"
    assert build("--onnx", file, *IMAGENET, "--tiles", 64, 96, "--out", out) == 0
    expected = torch.sigmoid(network((pixels() / 255 - MEAN) / STD))[:, 0].numpy()
    assert np.ptp(expected) > 0.3, "a map must have contrast"
    assert abs(maps(out) - expected).max() < 1e-3
    manifest = Bundle.open(out).manifest
    assert manifest.members[0].architecture == "onnx:unet"
    assert manifest.tile_sizes == (64, 96) and "onnx member-1" in manifest.built_with
    assert {row.engine for row in manifest.parity} >= {"openvino f32", "onnxruntime fp32"}


@torch.no_grad()
def test_opset_21_of_the_new_exporter_with_weights_in_another_file(tmp_path: Path) -> None:
    network = SmallNet()
    sides = {0: torch.export.Dim("n"), 2: 2 * torch.export.Dim("h"), 3: 2 * torch.export.Dim("w")}
    file = tmp_path / "unet.onnx"
    program = torch.onnx.export(
        network, (torch.zeros(2, 3, 64, 96),), dynamo=True, opset_version=21, verbose=False,
        dynamic_shapes=(sides,),
    )  # fmt: skip
    assert program is not None
    program.save(str(file))
    with_weights_elsewhere(file, "other")
    words = ["--onnx", file, *IMAGENET, "--tiles", 64, "--out", tmp_path / "bundle"]
    assert build(*words) == 1
    assert build(*words, "--external-data", tmp_path / "other") == 0
    expected = torch.sigmoid(network((pixels() / 255 - MEAN) / STD))[:, 0].numpy()
    assert abs(maps(tmp_path / "bundle") - expected).max() < 1e-3


@pytest.mark.parametrize(
    ("size", "tile"), [((64, 64), 64), ((60, 72), 56)], ids=["square", "neither square nor whole"]
)
@torch.no_grad()
def test_a_graph_of_fixed_size_has_that_tile_alone(
    tmp_path: Path, size: tuple[int, int], tile: int, capsys: pytest.CaptureFixture[str]
) -> None:
    network = SmallNet()
    file = tmp_path / "fixed.onnx"
    torch.onnx.export(network, (torch.zeros(1, 3, *size),), str(file), dynamo=False)
    out = tmp_path / "bundle"
    assert build("--onnx", file, "--range", "0..1", "--out", out) == 0
    manifest = Bundle.open(out).manifest
    assert manifest.tile_sizes == (tile,) and manifest.contract.batch.max == 1
    fill = (0, size[1] - tile, 0, size[0] - tile)
    filled = nn.functional.pad(pixels(tile) / 255, fill, mode="reflect")
    expected = torch.sigmoid(network(filled))[:, 0, :tile, :tile].numpy()
    assert abs(maps(out, tile) - expected).max() < 1e-3

    other = tmp_path / "other"
    assert build("--onnx", file, "--range", "0..1", "--tiles", 128, "--out", other) == 1
    assert f"--tiles 128, but the graph takes only tiles of {tile}" in capsys.readouterr().err


@torch.no_grad()
def test_classes_are_chosen_or_subtracted(tmp_path: Path) -> None:
    network = SmallNet(classes=3)
    file = exported(network, tmp_path / "three.onnx", 18)
    known = ["--onnx", file, "--scale", "0.01"]
    logits = network(pixels() * 0.01)
    for forged, expected in (
        ("2", logits.softmax(1)[:, 2]),
        ("2-0", torch.sigmoid(logits[:, 2] - logits[:, 0])),
    ):
        out = tmp_path / forged
        assert build(*known, "--forged", forged, "--tiles", 64, "--out", out) == 0
        assert abs(maps(out) - expected.numpy()).max() < 1e-3


@torch.no_grad()
def test_gray_and_bgr_and_channels_last(tmp_path: Path) -> None:
    gray = exported(SmallNet(channels=1, last=nn.Sigmoid()), tmp_path / "gray.onnx", 18)
    known = ["--range", "0..1", "--tiles", 64]
    assert build("--onnx", gray, *known, "--out", tmp_path / "gray") == 0
    luma = (pixels() * torch.tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True) / 255
    expected = SmallNet(channels=1, last=nn.Sigmoid())(luma)[:, 0].numpy()
    assert abs(maps(tmp_path / "gray") - expected).max() < 1e-3

    bgr = exported(SmallNet(), tmp_path / "bgr.onnx", 18)
    last = channels_last(bgr, tmp_path / "last.onnx")
    words = ["--onnx", last, *known, "--color-order", "BGR", "--out", tmp_path / "last"]
    assert build(*words) == 0
    expected = torch.sigmoid(SmallNet()(pixels().flip(1) / 255))[:, 0].numpy()
    assert abs(maps(tmp_path / "last") - expected).max() < 1e-3


def channels_last(path: Path, out: Path) -> Path:
    """Put transpositions around a graph, as exporters of TensorFlow leave them."""
    model = onnx.load(str(path))
    for value, perm, edge in (
        (model.graph.input[0], [0, 3, 1, 2], 0),
        (model.graph.output[0], [0, 2, 3, 1], len(model.graph.node) + 1),
    ):
        inner, name = f"{value.name}_inner", value.name
        for node in model.graph.node:
            for names in (node.input, node.output):
                names[:] = [inner if one == name else one for one in names]
        ends = [name, inner] if edge == 0 else [inner, name]
        node = onnx.helper.make_node("Transpose", ends[:1], ends[1:], perm=perm)
        model.graph.node.insert(edge, node)
        sides = [value.type.tensor_type.shape.dim[axis] for axis in (0, 2, 3, 1)]
        kept = [onnx.TensorShapeProto.Dimension.FromString(s.SerializeToString()) for s in sides]
        del value.type.tensor_type.shape.dim[:]
        value.type.tensor_type.shape.dim.extend(kept)
    onnx.checker.check_model(model)
    onnx.save(model, str(out))
    return out


@torch.no_grad()
def test_torchscript_and_programs_of_torch_export(tmp_path: Path) -> None:
    network = SmallNet()
    expected = torch.sigmoid(network(pixels() / 255))[:, 0].numpy()
    traced = torch.jit.trace(network, torch.zeros(1, 3, 64, 64))
    torch.jit.save(traced, str(tmp_path / "net.pt"))
    sides = {0: torch.export.Dim("n"), 2: 2 * torch.export.Dim("h"), 3: 2 * torch.export.Dim("w")}
    program = torch.export.export(network, (torch.zeros(2, 3, 64, 96),), dynamic_shapes=(sides,))
    torch.export.save(program, str(tmp_path / "net.pt2"))
    for option, name in (("--torchscript", "net.pt"), ("--exported-program", "net.pt2")):
        out = tmp_path / option.strip("-")
        known = ["--range", "0..1", "--tiles", 64]
        assert build(option, tmp_path / name, *known, "--out", out) == 0
        assert abs(maps(out) - expected).max() < 1e-3
        assert Bundle.open(out).manifest.members[0].architecture.startswith(option.strip("-"))


@torch.no_grad()
def test_what_inspection_prints_can_be_used_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = SmallNet(classes=2)
    file = exported(network, tmp_path / "two.onnx", 11)
    assert inspect_onnx.main([str(file)]) == 0
    text = capsys.readouterr().out
    assert "# not in the graph: which of 2 classes" in text and "No graph says how" in text
    (tmp_path / "contract.toml").write_text(text)
    known = ["--onnx", file, "--contract", tmp_path / "contract.toml", "--tiles", 64]
    assert build(*known, "--out", tmp_path / "bundle") == 0
    expected = network((pixels() / 255 - MEAN) / STD).softmax(1)[:, 1].numpy()
    assert abs(maps(tmp_path / "bundle") - expected).max() < 1e-3


@pytest.mark.parametrize("upsampling", ["half_pixel", "align_corners"])
@torch.no_grad()
def test_an_answer_of_a_quarter_is_enlarged_as_pytorch_does(
    tmp_path: Path, upsampling: str
) -> None:
    network = QuarterNet(classes=2)
    file = exported(network, tmp_path / "segformer.onnx", 17)
    out = tmp_path / "bundle"
    words = ["--output-stride", 4, "--upsampling", upsampling, "--forged", 1, "--tiles", 64]
    assert build("--onnx", file, *IMAGENET, *words, "--out", out) == 0
    logits = network((pixels() / 255 - MEAN) / STD)
    whole = nn.functional.interpolate(
        logits, scale_factor=4, mode="bilinear", align_corners=upsampling == "align_corners"
    )
    expected = whole.softmax(1)[:, 1].numpy()
    assert np.ptp(expected) > 0.3, "a map must have contrast"
    for engine in ("openvino", "onnxruntime"):
        assert abs(maps(out, engine=engine) - expected).max() < 1e-3


@torch.no_grad()
def test_an_answer_without_classes_is_enlarged_in_a_graph_of_fixed_size(tmp_path: Path) -> None:
    network = nn.Sequential(QuarterNet(classes=1), nn.Sigmoid(), nn.Flatten(1, 2)).eval()
    file = tmp_path / "fixed.onnx"
    torch.onnx.export(network, (torch.zeros(1, 3, 72, 80),), str(file), dynamo=False)
    out = tmp_path / "bundle"
    assert build("--onnx", file, *IMAGENET, "--output-stride", 4, "--out", out) == 0
    filled = nn.functional.pad(pixels(72), (0, 8, 0, 0), mode="reflect")
    small = network((filled / 255 - MEAN) / STD)[:, None]
    whole = nn.functional.interpolate(small, scale_factor=4, mode="bilinear")[:, 0, :, :72]
    assert abs(maps(out, tile=72) - whole.numpy()).max() < 1e-3


def test_a_smaller_answer_is_refused_with_the_option_and_proposed_by_inspection(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = exported(QuarterNet(classes=1), tmp_path / "segformer.onnx", 17)
    words = ["--onnx", file, *IMAGENET, "--tiles", 64, "--out", tmp_path / "bundle"]
    for told, expected in (
        ([], "pixels; give --output-stride 4 to have it enlarged"),
        (["--output-stride", 8], "with --output-stride 8; give --output-stride 4"),
        (["--upsampling", "align_corners"], "answers smaller than the input; give --output-stride"),
        (["--output-stride", 4, "--size-multiple", 6], "must be a multiple of output_stride"),
    ):
        assert build(*words, *told) == 1
        assert expected in " ".join(capsys.readouterr().err.split())
    assert inspect_onnx.main([str(file)]) == 0
    text = capsys.readouterr().out
    assert "output_stride = 4" in text and 'upsampling = "half_pixel"' in text
    (tmp_path / "contract.toml").write_text(text)
    known = ["--onnx", file, "--contract", tmp_path / "contract.toml", "--tiles", 64]
    assert build(*known, "--out", tmp_path / "bundle") == 0


@pytest.fixture(scope="module")
def two_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(SmallNet(classes=2), tmp_path_factory.mktemp("graphs") / "two.onnx", 18)


SOUND = ["--range", "0..1", "--forged", "1"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--forged", "1"], "no graph says how its pixels are made; give --range 0..1"),
        (["--range", "0..1"], "output ?×2×?×? has 2 classes; say which is that of forged pixels"),
        ([*SOUND, "--forged", "2"], "--forged 2, but the output"),
        ([*SOUND, "--input-name", "image"], "no input 'image' (--input-name); there are: input"),
        ([*SOUND, "--output-name", "map"], "no output 'map' (--output-name); there are: output"),
        ([*SOUND, "--layout", "NHWC"], "--layout NHWC does not fit the input input ?×3×?×?"),
        ([*SOUND, "--color-order", "GRAY"], "--color-order GRAY has 1 channels"),
        ([*SOUND, "--mean", "0.5", "0.5"], "--mean must be one number, or one for each of 3"),
        ([*SOUND, "--mean", "123.7"], "--mean 123.7 is that of pixels in 0..255, but --range"),
        (["--forged", "1", "--range", "0..255", "--mean", "0.5"], "pixels in 0..1, but --range"),
        ([*SOUND, "--values", "probability"], "give --values logits"),
        ([*SOUND, "--scale", "0.1"], "give --range or --scale"),
        ([*SOUND, "--std", "0"], "std (--std): found 0.0, expected"),
        ([*SOUND, "--forged", "one"], "forged (--forged): found 'one'"),
        ([*SOUND, "--size-multiple", "48", "--tiles", "64"], "--tiles must be multiples of 48"),
        ([*SOUND, "--size-multiple", "1", "--tiles", "33"], "--tiles must be multiples of 8"),
        ([*SOUND, "--precision", "fp16"], "cast it: --bundle BUNDLE --precision fp16"),
        ([*SOUND, "--contract", "no.toml"], "no.toml: cannot be read"),
    ],
)
def test_a_wrong_contract_is_an_error_that_names_the_option(
    two_classes: Path,
    tmp_path: Path,
    words: list[str],
    expected: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tiles = [] if "--tiles" in words else ["--tiles", "64"]
    code = build("--onnx", two_classes, "--out", tmp_path / "bundle", *tiles, *words)
    assert code == 1
    assert expected in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('colour_order = "BGR"', "no key 'colour_order' in a contract; did you mean 'color_order'"),
        ('layout = "NCWH"', "layout (--layout): found 'NCWH', expected 'NCHW' or 'NHWC'"),
        ("range = ", "contract.toml: must be TOML"),
    ],
)
def test_a_wrong_file_is_an_error_that_names_the_key(
    two_classes: Path, tmp_path: Path, text: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "contract.toml").write_text(text)
    words = ["--onnx", two_classes, "--contract", tmp_path / "contract.toml"]
    assert build(*words, "--out", tmp_path / "bundle") == 1
    assert expected in capsys.readouterr().err


def test_options_of_graphs_and_of_checkpoints_do_not_mix(two_classes: Path) -> None:
    for words in (
        ["--onnx", two_classes, "--arch", "seresnext50"],
        ["--checkpoint", "a.pth", "--range", "0..1"],
    ):
        with pytest.raises(SystemExit) as caught:
            build(*words, "--out", "bundle")
        assert caught.value.code == 2


@pytest.mark.parametrize(
    ("content", "expected"), [(b"no graph", "no readable ONNX graph"), (b"", "no readable ONNX")]
)
def test_files_that_are_no_graphs_are_refused(
    tmp_path: Path, content: bytes, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.onnx"
    file.write_bytes(content)
    assert build("--onnx", file, "--range", "0..1", "--out", tmp_path / "bundle") == 1
    assert expected in capsys.readouterr().err
    torch.save({"weight": torch.zeros(1)}, file)
    assert build("--onnx", file, "--range", "0..1", "--out", tmp_path / "bundle") == 1
    assert "a checkpoint, not a graph; give it with --checkpoint" in capsys.readouterr().err
