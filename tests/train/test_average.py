import pytest
import torch

from train.__main__ import main
from train.networks import build_network
from train.weights import load_tensors, save_weights

SIZES = {"widths": [4, 8, 8, 8], "dilations": [1]}


def checkpoint(path, seed, **changes):
    torch.manual_seed(seed)
    sizes = SIZES | changes
    network = build_network("forensic_unet", sizes)
    save_weights(path, network.state_dict(), "forensic_unet", sizes, 10 * seed, {})
    return path


def test_the_mean_of_two_checkpoints_is_one_more_of_the_same_network(tmp_path):
    first, second = (checkpoint(tmp_path / f"{seed}.safetensors", seed) for seed in (1, 2))
    out = tmp_path / "new" / "mean.safetensors"

    assert main(["average", str(first), str(second), "--out", str(out)]) == 0

    (one, _), (other, _), (mean, header) = (load_tensors(path) for path in (first, second, out))
    assert header["step"] == "20" and "2.safetensors" in header["figures"]
    for name, tensor in mean.items():
        assert tensor.dtype == one[name].dtype
        expected = (one[name].double() + other[name].double()) / 2
        assert torch.allclose(tensor.double(), expected, atol=1e-7)
    build_network("forensic_unet", SIZES).load_state_dict(mean)


def test_checkpoints_of_different_networks_have_no_mean(tmp_path, capsys):
    first = checkpoint(tmp_path / "1.safetensors", 1)
    wider = checkpoint(tmp_path / "2.safetensors", 2, widths=[8, 8, 8, 8])
    out = str(tmp_path / "mean.safetensors")

    assert main(["average", str(first), str(wider), "--out", out]) == 2
    assert "must be a checkpoint of the same network as" in capsys.readouterr().err
    damaged = tmp_path / "3.safetensors"
    damaged.write_text("none")
    assert main(["average", str(first), str(damaged), "--out", out]) == 2
    assert "3.safetensors" in capsys.readouterr().err
    assert main(["average", str(first), "--out", out]) == 2
    assert "two checkpoints or more" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["average", "--out", out])


def test_one_checkpoint_takes_half_the_space(tmp_path):
    first = checkpoint(tmp_path / "1.safetensors", 1)
    out = tmp_path / "half.safetensors"

    assert main(["average", str(first), "--half", "--out", str(out)]) == 0

    (one, _), (half, header) = load_tensors(first), load_tensors(out)
    assert header["architecture"] == "forensic_unet"
    for name, tensor in half.items():
        assert tensor.dtype == (torch.float16 if one[name].is_floating_point() else one[name].dtype)
        assert torch.allclose(tensor.float(), one[name].float(), rtol=1e-3, atol=1e-4)
    assert out.stat().st_size < 0.7 * first.stat().st_size
