"""Graphs that are unlike others: bytes or halves at the input, two inputs, several outputs."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from export import inspect_onnx
from export.build_engines import main
from export.parity.probes import probe_tiles
from forensics_rt import Bundle
from forensics_rt.backends.registry import open_backend


def gray_of(
    path: Path, kind: int, inputs: tuple[str, ...] = ("pixels",), outputs: tuple[str, ...] = ("p",)
) -> Path:
    """Write a graph whose every output is the mean of the three colors, scaled by 1/255."""
    sides = ["n", 3, "h", "w"]
    nodes = [
        helper.make_node("Cast", [inputs[0]], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["numbers", "third"], ["gray"]),
        *(helper.make_node("Sigmoid", ["gray"], [name]) for name in outputs),
    ]
    third = np.full((1, 3, 1, 1), 1 / 765, np.float32)
    graph = helper.make_graph(
        nodes,
        "gray",
        [helper.make_tensor_value_info(name, kind, sides) for name in inputs],
        [helper.make_tensor_value_info(o, TensorProto.FLOAT, ["n", 1, "h", "w"]) for o in outputs],
        [numpy_helper.from_array(third, "third")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, path)
    return path


def build(*words: object) -> int:
    return main([*(str(word) for word in words), "--tiles", "64"])


def expected() -> np.ndarray:
    gray = probe_tiles(64)[:1].astype(np.float32).mean(axis=3) / 255
    return 1 / (1 + np.exp(-gray))


@pytest.mark.parametrize(
    ("kind", "words"),
    [(TensorProto.UINT8, []), (TensorProto.FLOAT16, ["--range", "0..255"]),
     (TensorProto.DOUBLE, ["--range", "0..255"])],
    ids=["uint8", "float16", "float64"],
)  # fmt: skip
def test_inputs_of_any_number_format(tmp_path: Path, kind: int, words: list[str]) -> None:
    file = gray_of(tmp_path / "gray.onnx", kind)
    assert build("--onnx", file, *words, "--out", tmp_path / "bundle") == 0
    with open_backend(Bundle.open(tmp_path / "bundle"), precision="float32") as backend:
        assert np.allclose(backend.infer(0, probe_tiles(64)[:1]), expected(), atol=1e-3)


def test_bytes_are_not_normalized_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = gray_of(tmp_path / "gray.onnx", TensorProto.UINT8)
    assert build("--onnx", file, "--range", "0..1", "--out", tmp_path / "bundle") == 1
    assert "leave out --range, --scale, --mean and --std" in capsys.readouterr().err


def test_a_second_input_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = gray_of(tmp_path / "two.onnx", TensorProto.FLOAT, inputs=("pixels", "coefficients"))
    for command in (
        lambda: build("--onnx", file, "--range", "0..1", "--out", tmp_path / "bundle"),
        lambda: inspect_onnx.main([str(file)]),
    ):
        assert command() == 1
        told = capsys.readouterr().err
        assert "inputs pixels ?×3×?×?, coefficients ?×3×?×?, expected one, of pixels" in told


def test_of_several_outputs_one_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = gray_of(tmp_path / "two.onnx", TensorProto.FLOAT, outputs=("mask", "edge"))
    words = ["--onnx", file, "--range", "0..255", "--out", tmp_path / "bundle"]
    assert build(*words) == 1
    assert "several outputs; say which it is with --output-name: mask" in capsys.readouterr().err
    assert build(*words, "--output-name", "edge") == 0
    (data,) = (Bundle.open(tmp_path / "bundle").graph(one) for one in
               Bundle.open(tmp_path / "bundle").manifest.members)  # fmt: skip
    assert [one.name for one in onnx.load_from_string(data).graph.output] == ["probability"]


def test_an_ensemble_of_graphs_with_a_contract_each(tmp_path: Path) -> None:
    words: list[object] = []
    for name, kind in (("bytes", TensorProto.UINT8), ("floats", TensorProto.FLOAT)):
        (tmp_path / f"{name}.toml").write_text("" if name == "bytes" else 'range = "0..255"\n')
        words += ["--onnx", gray_of(tmp_path / f"{name}.onnx", kind)]
        words += ["--contract", tmp_path / f"{name}.toml"]
    out = tmp_path / "bundle"
    assert build(*words, "--member-weights", 1, 3, "--out", out) == 0
    members = Bundle.open(out).manifest.members
    assert [(one.architecture, one.weight) for one in members] == [
        ("onnx:bytes", 1.0), ("onnx:floats", 3.0)
    ]  # fmt: skip


def test_a_program_with_objects_is_refused_unread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "trap.pt2"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("trap/models/model.json", "{}")
        archive.writestr("trap/data/constants/custom_obj_0", b"cos\nsystem\n")
    assert build("--exported-program", file, "--range", "0..1", "--out", tmp_path / "bundle") == 1
    assert "holds objects besides tensors" in capsys.readouterr().err


class GivesDict(nn.Module):
    """As torchvision's models do."""

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return {"out": image[:, :1]}


def test_torchscript_that_gives_no_map_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.jit.save(torch.jit.script(GivesDict()), str(tmp_path / "net.pt"))
    words = ["--torchscript", tmp_path / "net.pt", "--range", "0..1", "--out", tmp_path / "bundle"]
    assert build(*words) == 1
    assert "gives a dict, expected one map" in capsys.readouterr().err
