"""Small real networks, exported as others export them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

IMAGENET = ["--range", "0..1", "--mean", "0.485", "0.456", "0.406",
            "--std", "0.229", "0.224", "0.225"]  # fmt: skip


class SmallNet(nn.Module):
    """An encoder and decoder of one stage, whose answers have contrast.

    Args:
        channels: Of the input.
        classes: Of the output.
        last: What its answers go through, such as a sigmoid.
    """

    def __init__(self, channels: int = 3, classes: int = 1, last: nn.Module | None = None) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2, mode="nearest"),
            nn.Conv2d(8, classes, 3, padding=1),
        )  # fmt: skip
        self.last = last or nn.Identity()
        with torch.no_grad():
            self.layers[-1].weight.mul_(12)
        self.eval()

    def forward(self, image: Tensor) -> Tensor:
        """Map N×C×H×W to N×K×H×W."""
        found: Tensor = self.last(self.layers(image))
        return found


class QuarterNet(nn.Module):
    """A network whose logits have a quarter of the resolution, as those of SegFormer.

    Args:
        classes: Of the output.
    """

    def __init__(self, classes: int = 2) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 7, stride=4, padding=3), nn.GELU(), nn.Conv2d(8, classes, 1)
        )
        with torch.no_grad():
            self.layers[-1].weight.mul_(12)
        self.eval()

    def forward(self, image: Tensor) -> Tensor:
        """Map N×3×H×W to N×K×H/4×W/4."""
        found: Tensor = self.layers(image)
        return found


def exported(network: nn.Module, path: Path, opset: int, **options: Any) -> Path:
    """Write ONNX with PyTorch's exporter of old, batch and sides free."""
    channels = next(network.parameters()).shape[1]
    names = {"input_names": ["input"], "output_names": ["output"]}
    free = {0: "n", 2: "h", 3: "w"}
    options = {"dynamic_axes": {"input": free, "output": free}, **names, **options}
    torch.onnx.export(
        network, (torch.zeros(1, channels, 64, 96),), str(path), dynamo=False, opset_version=opset,
        **options,
    )  # fmt: skip
    return path


def with_weights_elsewhere(path: Path, folder: str = "") -> Path:
    """Move the weights of an ONNX file into another file."""
    model = onnx.load(str(path))
    onnx.save(
        model, str(path), save_as_external_data=True, size_threshold=0, location="weights.bin"
    )
    if folder:
        (path.parent / folder).mkdir()
        (path.parent / "weights.bin").rename(path.parent / folder / "weights.bin")
    return path
