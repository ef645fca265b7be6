"""Float16 ends at 65,504: what goes beyond stays in float32, or no engine is built."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from export.errors import ParityError
from export.graph.ends import prepare
from export.number_formats import keep
from export.number_formats.cast import cast_graph
from export.number_formats.float16_range import check_range
from export.number_formats.keep import kept_nodes
from export.number_formats.precision import at_precision
from export.parity.probes import harsh_tiles
from export.tensorrt.request import EngineRequest
from export.tensorrt.typed import typed_graph
from forensics_rt import Bundle
from forensics_rt.backends.torch_graph import TorchGraph
from forensics_rt.bundle.limits import Limits
from tests.export.conftest import SIZES, with_contrast
from tests.export.tensorrt.bundles import quick_bundle
from train.networks import build_network


@pytest.mark.parametrize("name", ["default", "fast"])
def test_our_bundles_in_float16_stay_near_float32_where_contrast_is_extreme(name: str) -> None:
    """The squares of their noise residuals ran over on two of the six sample pages."""
    bundle = Bundle.open(name)
    prepared = prepare(onnx.load_from_string(bundle.graph(bundle.manifest.members[0])))
    kept = kept_nodes(prepared.graph)
    between = {node.op_type for node in prepared.graph.node if node.name in kept}
    assert {"Pow", "AveragePool", "Log"} <= between
    half = cast_graph(prepared, "fp16", kept)
    tiles = torch.from_numpy(harsh_tiles(96))

    # In PyTorch: each of its operators rounds to float16, as on a GPU.
    there, here = (TorchGraph(one.SerializeToString(), "cpu")(tiles) for one in (half, prepared))
    assert (there - here).abs().mean() <= 0.01


def test_a_graph_that_runs_over_gets_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(3)
    network = with_contrast(build_network("forensic_unet", SIZES), forged_share=0.03)
    bundle = quick_bundle(tmp_path / "house", network, (64, 96))
    member = bundle.manifest.members[0]

    def typing() -> None:
        request = EngineRequest("tensorrt-rtx", compute_capabilities=("8.6",))
        typed_graph(bundle, member, request, None, Limits(), tmp_path / "typed.onnx")

    typing()
    monkeypatch.setattr(keep, "_squares_to_logarithms", lambda graph: frozenset())
    with pytest.raises(
        ParityError, match=r"in float16 it is nan from itself in float32 .*Keep more nodes"
    ):
        typing()


def test_the_house_network_in_float16_is_finite_where_contrast_is_extreme() -> None:
    network = build_network("forensic_unet", SIZES).eval()
    tiles = torch.from_numpy(harsh_tiles(64))
    with torch.inference_mode():
        half, whole = (at_precision(network, one)(tiles) for one in ("fp16", "fp32"))
    assert half.isfinite().all()
    assert np.abs((half - whole).numpy()).mean() <= 0.01


class RunsOver(nn.Module):
    """A network whose squares have no logarithm that would bring them back."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((1,), 2.0))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        squares = (pixels * self.weight).mean(1) ** 2
        return squares.sqrt() / 128 - 2


def test_nor_is_a_bundle_of_float16_written_that_runs_over() -> None:
    network = RunsOver()
    whole = at_precision(network, "fp32")
    with pytest.raises(ParityError, match=r"member-1: in float16 it is .* Export with --precision"):
        check_range(
            "member-1", at_precision(network, "fp16"), whole, Limits(), "Export with --precision"
        )
    check_range("member-1", whole, whole, Limits(), "")
