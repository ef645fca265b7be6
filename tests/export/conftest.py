"""Small networks whose answers have contrast, so that flipped decisions mean something."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import torch
from onnx import numpy_helper
from safetensors.torch import save_file
from torch import Tensor, nn

from export.parity.probes import probe_tiles
from forensics_rt.calibration.origin import OriginRecord
from train.networks import build_network
from train.networks.senet import ChannelGate

Processor = Callable[[str, str], None]
SIZES = {"widths": (8, 16, 24, 32), "dilations": (1,)}


class Tiny(nn.Module):
    """The smallest network that keeps the contract and pools over the whole tile."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.gate = ChannelGate(8, 4)
        self.head = nn.Conv2d(8, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Map N×3×H×W to N×H×W."""
        scaled = (image.float() / 127.5 - 1.0).to(self.conv.weight.dtype)
        return self.head(self.gate(torch.relu(self.conv(scaled))))[:, 0]


def with_contrast(network: nn.Module, forged_share: float = 0.1) -> nn.Module:
    """Scale and shift the head so that the map of the probes spreads around the threshold."""
    network.eval()
    with torch.no_grad():
        logits = network(torch.from_numpy(probe_tiles(96)).permute(0, 3, 1, 2).float())
        scale, shift = 3.0 / logits.std(), torch.quantile(logits, 1.0 - forged_share)
        network.head.bias.sub_(shift).mul_(scale)
        network.head.weight.mul_(scale)
    return network


def damage(graph: Path, factor: float = 1.1) -> None:
    """Change one weight tensor of a graph: the first kernel, by a tenth or another factor."""
    model = onnx.load(graph)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.ndim == 4:
            tensor.CopyFrom(
                numpy_helper.from_array(values * values.dtype.type(factor), tensor.name)
            )
            break
    onnx.save(model, graph)


def files(bundle: Path) -> dict[str, bytes]:
    """Return every file of a bundle but its manifest."""
    found = (path for path in bundle.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {path.relative_to(bundle).as_posix(): path.read_bytes() for path in found}


def unrecorded(bundle: Path) -> dict[str, object]:
    """Return the manifest without what it records of the builder and the time."""
    manifest = json.loads((bundle / "manifest.json").read_text())
    return {key: value for key, value in manifest.items() if key not in ("parity", "created")}


@pytest.fixture
def tiny() -> nn.Module:
    return with_contrast(Tiny())


@pytest.fixture(scope="session")
def house_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Write a checkpoint of a small house network; the seed chooses its weights."""
    folder = tmp_path_factory.mktemp("checkpoints")

    def write(seed: int) -> Path:
        path = folder / f"house-{seed}.safetensors"
        if path.exists():  # written twice, its header may come out in another order
            return path
        torch.manual_seed(seed)
        network = with_contrast(build_network("forensic_unet", SIZES), forged_share=0.03)
        known = {"architecture": "forensic_unet", "config": json.dumps(SIZES)}
        known["origin"] = OriginRecord(command="fit", seed=seed).model_dump_json()
        save_file({k: v.contiguous() for k, v in network.state_dict().items()}, path, known)
        return path

    return write


@pytest.fixture
def processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Processor:
    """Give a function that plays a processor: what OpenVINO says it can, and Linux's flags."""

    def play(capabilities: str, flags: str) -> None:
        info = tmp_path / "cpuinfo"
        info.write_text(f"flags\t: {flags}\n")
        monkeypatch.setattr("forensics_rt.system.processor._CPUINFO", info)
        monkeypatch.setattr(
            "forensics_rt.backends.openvino._capabilities", lambda core: capabilities.split()
        )

    return play
