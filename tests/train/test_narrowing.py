"""A narrower network starts with the most important channels of a wider one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from train.__main__ import main
from train.checkpoint.load import load_checkpoint
from train.networks import build_network
from train.networks.forensic_unet import ForensicUNet
from train.networks.narrowing import narrowed
from train.weights import save_weights

WIDE, NARROW, DILATIONS = (6, 8, 10, 12), (4, 5, 6, 7), (1, 2)


def trained() -> ForensicUNet:
    """Return a network in which every layer does something."""
    torch.manual_seed(1)
    network = ForensicUNet(widths=WIDE, dilations=DILATIONS).eval()
    for name, tensor in network.state_dict().items():
        if tensor.ndim == 1:
            torch.nn.init.uniform_(tensor, *((-0.3, 0.3) if "bias" in name else (0.5, 1.5)))
    return network


def unused(network: ForensicUNet, name: str, kept: int) -> None:
    """Have a layer read no more than some of its channels, spread among the others."""
    weight = network.get_parameter(name)
    dropped = torch.randperm(weight.shape[1], generator=torch.manual_seed(2))[kept:]
    with torch.no_grad():
        weight[:, dropped] = 0.0


READERS = {
    "stage_half.first.0": 0, "to_quarter.0": 0, "stage_half.second.0": 0,
    "stage_quarter.first.0": 1, "to_eighth.0": 1, "stage_quarter.second.0": 1,
    "merge_quarter.fuse.0": 1, "head": 1,
    "stage_eighth.first.0": 2, "to_deep.0": 2, "stage_eighth.second.0": 2,
    "merge_eighth.fuse.0": 2, "merge_quarter.lift": 2,
    "stage_deep.0.first.0": 3, "stage_deep.0.second.0": 3, "stage_deep.1.first.0": 3,
    "stage_deep.1.second.0": 3, "merge_eighth.lift": 3,
}  # fmt: skip


def answers(network: torch.nn.Module) -> torch.Tensor:
    image = torch.randint(0, 256, (1, 3, 64, 96), generator=torch.manual_seed(3)).float()
    with torch.inference_mode():
        result: torch.Tensor = network(image)
    return result


def test_what_nothing_reads_can_go_without_a_change() -> None:
    wide = trained()
    for name, stage in READERS.items():
        unused(wide, f"{name}.weight", NARROW[stage])
    narrow = narrowed(wide, NARROW)
    assert narrow.stem[0].out_channels == 4 and narrow.stage_deep[1].first[0].in_channels == 7
    torch.testing.assert_close(answers(narrow), answers(wide), rtol=1e-4, atol=1e-4)


def test_at_the_same_widths_it_is_the_same_network() -> None:
    wide = trained()
    same = narrowed(wide, WIDE)
    assert same is not wide
    assert torch.equal(answers(same), answers(wide))


def test_the_channels_that_vary_more_stay() -> None:
    wide = trained()
    with torch.no_grad():
        wide.stage_half.first[1].weight[[1, 4]] = 0.0
        wide.stage_half.first[1].bias[[1, 4]] = 0.0
    narrow = narrowed(wide, (4, *WIDE[1:]))
    expected = wide.stage_half.first[1].running_var[[0, 2, 3, 5]]
    assert torch.equal(narrow.stage_half.first[1].running_var, expected)


def test_the_command_writes_a_checkpoint_that_opens(tmp_path: Path) -> None:
    wide, out = tmp_path / "wide.safetensors", tmp_path / "narrow.safetensors"
    sizes = {"widths": WIDE, "dilations": DILATIONS}
    save_weights(wide, trained().state_dict(), "forensic_unet", sizes, 7, {})
    assert main(["narrow", str(wide), "--widths", "4", "5", "6", "7", "--out", str(out)]) == 0
    loaded = load_checkpoint(out)
    assert torch.equal(answers(loaded.network), answers(narrowed(trained(), NARROW)))
    assert loaded.metadata["step"] == "7"


@pytest.mark.parametrize(
    ("widths", "expected"),
    [((4, 5, 6), "there must be 4 widths"), ((4, 5, 6, 13), "one is 13"), ((0, 5, 6, 7), "is 0")],
)
def test_widths_that_cannot_be_are_refused(widths: tuple[int, ...], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        narrowed(trained(), widths)


def test_other_networks_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.safetensors"
    save_weights(
        other, build_network("forensic_unet_dct").state_dict(), "forensic_unet_dct", {}, 0, {}
    )
    out = str(tmp_path / "out.safetensors")
    assert main(["narrow", str(other), "--widths", "4", "5", "6", "7", "--out", out]) == 2
    assert (
        "must be a checkpoint of forensic_unet, but is of forensic_unet_dct"
        in capsys.readouterr().err
    )
