"""The networks: reference names, reference values, and the contract that all of them keep."""

from __future__ import annotations

import shutil
import subprocess
import sys
from unittest.mock import Mock

import numpy as np
import pytest
import torch

from benchmarks.networks.fixed_weights import fill_by_name
from forensics_rt.bundle.manifest import POOL_NOTHING
from tests.counts import needs_full
from tests.data.tianchi_fft2.reference import ARCHITECTURES, expected_shapes, golden
from train.errors import CheckpointError
from train.networks import HOUSE_DCT, build_network
from train.networks.forensic_unet import ForensicUNet, doubled
from train.networks.residuals import residual_kernels
from train.networks.senet import global_mean


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_names_and_shapes_are_those_of_the_reference(architecture: str) -> None:
    with torch.device("meta"):
        state = build_network(architecture).state_dict()
    found = {name: tuple(tensor.shape) for name, tensor in state.items()}
    assert found == expected_shapes(architecture)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_probabilities_are_those_of_the_reference(architecture: str) -> None:
    image, expected = golden(architecture)
    network = fill_by_name(build_network(architecture))
    with torch.inference_mode():
        pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float()
        probability = network(pixels).sigmoid()[0].numpy()
    np.testing.assert_allclose(probability, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "architecture",
    ["seresnext50", "forensic_unet", "smp:Unet/resnet18", "smp:Segformer/mit_b0"],
)
def test_every_network_keeps_the_contract(architecture: str) -> None:
    network = build_network(architecture).eval()
    with torch.inference_mode():
        logits = network(torch.rand(2, 3, 64, 96) * 255)
    assert logits.shape == (2, 64, 96)
    assert logits.dtype == torch.float32


def test_global_mean_of_half_precision_does_not_overflow() -> None:
    features = torch.full((1, 2, 512, 512), 300.0, dtype=torch.float16)
    mean = global_mean(features)
    assert mean.dtype == torch.float16
    assert torch.equal(mean, torch.full((1, 2, 1, 1), 300.0, dtype=torch.float16))


def test_normalizes_pixels_in_float32_when_the_weights_are_half() -> None:
    network = fill_by_name(build_network("seresnext50")).half()
    first = network.encoder_stages[0]
    first.forward = Mock(side_effect=InterruptedError)  # the rest is slow in half on a CPU
    pixels = torch.arange(256).repeat(3, 32, 1)[None]
    with pytest.raises(InterruptedError):
        network(pixels.half())
    (seen,) = first.forward.call_args.args
    assert torch.equal(seen, (pixels.float() / 127.5 - 1.0).half())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "resnet",
            "there are: seresnext50, seresnext101, senet154, forensic_unet, forensic_unet_dct, ",
        ),
        ("smp:Unett/resnet18", "no decoder named 'Unett'; there are: DPT"),
        ("smp:Unet/resnet19", "no encoder named 'resnet19'"),
        ("smp:Unet", "write smp:Unet/<encoder>"),
        ("smp:DPT/resnet18", "cannot build it"),
    ],
)
def test_unknown_names_list_what_exists(name: str, expected: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        build_network(name)
    assert expected in str(caught.value)


def test_smp_networks_keep_the_library_s_names() -> None:
    names = build_network("smp:Unet/resnet18").state_dict()
    assert {name.split(".")[0] for name in names} == {"encoder", "decoder", "segmentation_head"}


def test_smp_imports_where_torchvision_was_built_for_another_torch() -> None:
    """A stand-in torchvision fails as the real CUDA build does beside a CPU torch."""
    program = """
import importlib.abc, importlib.machinery, sys
import torch
torch.version.cuda = None

class Mismatched(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name == "torchvision":
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
    def exec_module(self, module):
        # The same call that torchvision makes when it describes its operators.
        torch.library.register_fake("torchvision::nms")(lambda dets, scores, threshold: dets)

sys.meta_path.insert(0, Mismatched())
from train.networks import segmentation_models
segmentation_models._mend_torchvision()
assert segmentation_models._vision_library is not None
import torchvision
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_high_pass_kernels_are_exact_in_bfloat16_and_blind_to_brightness() -> None:
    kernels, _ = residual_kernels()
    assert torch.equal(kernels.bfloat16().float(), kernels)
    assert torch.equal(kernels.sum(dim=(2, 3)), torch.zeros(6, 3))


def test_nothing_but_powers_of_two_can_be_folded_into_the_high_pass_kernels() -> None:
    graph = torch.export.export(
        build_network("forensic_unet").eval(), (torch.zeros(1, 3, 64, 64),)
    ).graph
    (first,) = [node for node in graph.nodes if "conv2d" in str(node.target)][:1]
    assert {str(user.target) for user in first.users} == {
        "aten.minimum.default",
        "aten.square.default",
    }


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_contrast_at_its_greatest_stays_finite_where_training_rounds(dtype: torch.dtype) -> None:
    network = build_network("forensic_unet")
    black_and_white = 255.0 * (torch.rand(2, 3, 64, 64, generator=torch.manual_seed(1)) > 0.5)
    with torch.autocast("cpu", dtype):
        assert network(black_and_white.float()).isfinite().all()


def test_doubling_is_the_same_function_in_training_and_at_inference():
    features = torch.randn(2, 3, 4, 5, requires_grad=True)
    assert torch.equal(doubled(features, True), doubled(features, False))
    weight = torch.randn(2, 3, 8, 10)
    gradients = [
        torch.autograd.grad((doubled(features, training) * weight).sum(), features)[0]
        for training in (True, False)
    ]
    assert torch.allclose(*gradients)


@pytest.mark.skipif(shutil.which("g++") is None, reason="TorchInductor needs a C++ compiler")
@needs_full
def test_a_compiled_network_has_the_gradients_of_the_plain_one():
    # With plain interpolation the compiled gradients of all coarse stages were zero.
    torch.manual_seed(0)
    network = ForensicUNet(widths=(8, 8, 8, 8), dilations=(1,)).train()
    network = network.to(memory_format=torch.channels_last)
    image = torch.randint(0, 256, (2, 3, 64, 64)).float().to(memory_format=torch.channels_last)
    norms = []
    for forward in (network, torch.compile(network, dynamic=False)):
        network.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            logits = forward(image)
        logits.float().square().mean().backward()
        norms.append({k: float(p.grad.norm()) for k, p in network.named_parameters()})
    for name, norm in norms[0].items():
        assert norms[1][name] == pytest.approx(norm, rel=0.15, abs=1e-9), name


def left_columns(network: torch.nn.Module, widths: tuple[int, int]) -> list[torch.Tensor]:
    """Return what a network answers to the left 128 columns of tiles of two widths."""
    image = torch.randint(0, 256, (1, 3, 32, max(widths)), generator=torch.manual_seed(3)).float()
    with torch.inference_mode():
        return [network.eval()(image[..., :width])[..., :128] for width in widths]


# Of a network that reads coefficients, too, tests/train/test_forensic_unet_dct.py asks the same.
@pytest.mark.parametrize("architecture", sorted(POOL_NOTHING - {HOUSE_DCT}))
def test_a_network_that_pools_nothing_does_not_see_how_large_its_tile_is(architecture: str) -> None:
    torch.manual_seed(1)
    network = build_network(architecture)
    for parameter in network.parameters():
        if parameter.ndim == 1:  # blocks begin as the identity: let them do something
            torch.nn.init.uniform_(parameter, 0.2, 0.8)

    near, far = left_columns(network, (128 + 640, 128 + 768))
    torch.testing.assert_close(near, far, rtol=1e-4, atol=1e-4)
    near, far = left_columns(network, (128, 256))
    assert (near - far).abs().max() > 1e-2, "within its view it sees what comes after the tile"


def test_a_network_that_pools_over_its_tile_does_see_it() -> None:
    network = fill_by_name(build_network("seresnext50"))
    near, far = left_columns(network, (128 + 640, 128 + 768))
    assert (near - far).abs().max() > 1e-3
