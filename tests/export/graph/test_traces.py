"""Networks of one structure are traced once, and get the graph that a trace of their own gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import export.graph.tracing
from export.graph.traces import Traces, structure_of
from export.graph.tracing import PixelsToProbability, export_graph
from tests.export.conftest import Tiny

Exports = list[nn.Module]


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Exports:
    """The networks that were really traced; nothing was before."""
    found: Exports = []
    export_for_real = torch.onnx.export

    def export_and_tell(network: nn.Module, *args: object, **options: object) -> object:
        found.append(network)
        return export_for_real(network, *args, **options)

    monkeypatch.setattr(torch.onnx, "export", export_and_tell)
    monkeypatch.setattr(export.graph.tracing, "_TRACES", Traces())
    return found


def with_norm(seed: int) -> PixelsToProbability:
    """A network whose weights are folded: batch normalization goes into the convolution."""
    network = Tiny()
    network.gate = nn.Sequential(network.gate, nn.Conv2d(8, 8, 1, bias=False), nn.BatchNorm2d(8))
    torch.manual_seed(seed)
    for parameter in network.parameters():
        nn.init.normal_(parameter)
    return PixelsToProbability(network)


def test_the_second_network_is_not_traced_and_gets_the_bytes_of_a_trace(
    traced: Exports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in (1, 2):
        export_graph(with_norm(seed), tmp_path / f"{seed}.onnx")
    assert len(traced) == 1
    shared = (tmp_path / "2.onnx").read_bytes()
    assert shared != (tmp_path / "1.onnx").read_bytes()

    monkeypatch.setattr(export.graph.tracing, "_TRACES", Traces())
    export_graph(with_norm(2), tmp_path / "2.onnx")
    assert len(traced) == 2
    assert (tmp_path / "2.onnx").read_bytes() == shared


class Scaled(nn.Module):
    """A network with a setting, a tensor of its own, and weights that it may share."""

    def __init__(self, by: float = 1.0, filled: float = 0.0, shared: bool = False) -> None:
        super().__init__()
        self.by = by
        self.own = torch.full((3,), filled)
        self.first = nn.Conv2d(3, 3, 1)
        self.second = self.first if shared else nn.Conv2d(3, 3, 1)

    def forward(self, image: Tensor) -> Tensor:
        return self.second(self.first(image)).sum(1) * self.by + self.own.sum()


def of_the_same_name() -> type[nn.Module]:
    class Other(nn.Module):
        pass

    return Other


@pytest.mark.parametrize(
    "make",
    [
        lambda: Scaled(by=2.0),
        lambda: Scaled(filled=1.0),
        lambda: Scaled(shared=True),
        lambda: Scaled().double(),
        lambda: Scaled().train(),
        lambda: nn.Sequential(Scaled()),
        of_the_same_name(),
        of_the_same_name(),
    ],
)
def test_what_a_trace_depends_on_tells_networks_apart(make: Callable[[], nn.Module]) -> None:
    plain, other = Scaled().eval(), make()
    inputs = {"image": torch.zeros(1, 3, 4, 4)}

    assert structure_of(plain, inputs) == structure_of(Scaled().eval(), inputs)
    assert structure_of(other, inputs) not in (structure_of(plain, inputs), None)
    assert structure_of(plain, {"image": torch.zeros(1, 3, 8, 4)}) != structure_of(plain, inputs)


def test_classes_of_one_name_are_told_apart() -> None:
    assert structure_of(of_the_same_name()(), {}) != structure_of(of_the_same_name()(), {})


def test_what_cannot_be_described_is_traced_each_time(traced: Exports, tmp_path: Path) -> None:
    network = PixelsToProbability(Tiny())
    network.held = (one for one in "generator")  # type: ignore[assignment]

    assert structure_of(network, {}) is None
    export_graph(network, tmp_path / "graph.onnx")
    export_graph(network, tmp_path / "graph.onnx")
    assert traced == [network, network]


def test_few_traces_are_kept_and_none_of_their_weights() -> None:
    traces, network = Traces(), nn.Linear(2, 1).eval()
    program = torch.onnx.export(network, (torch.zeros(1, 2),), optimize=False, verbose=False)
    assert program is not None
    for width in range(1, 13):
        copied = torch.onnx.ONNXProgram(program.model.clone(), None)
        filled = traces.program(network, {"input": torch.zeros(1, width)}, lambda: copied)  # noqa: B023
        assert filled is not None
        assert filled.model.graph.initializers["weight"].const_value is not None

    assert len(traces._models) == 8
    for model in traces._models.values():
        assert model.graph.initializers["weight"].const_value is None
