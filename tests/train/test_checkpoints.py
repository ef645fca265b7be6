"""Checkpoints: every way that weights are stored, and every way that they are refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from forensics_rt.errors import CheckpointError
from tests.data.tianchi_fft2.reference import ARCHITECTURES, expected_shapes
from train.checkpoints import load_checkpoint, recognise
from train.networks import build_network

SMP = "smp:Unet/resnet18"


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return build_network("seresnext50").state_dict()


@pytest.fixture(scope="module")
def house_weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(2)
    return build_network("forensic_unet").state_dict()


def test_recognises_a_data_parallel_checkpoint(
    tmp_path: Path, weights: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "fold1.pth"
    torch.save({f"module.{name}": tensor for name, tensor in weights.items()}, path)
    loaded = load_checkpoint(path)
    assert loaded.architecture == "seresnext50"
    assert not loaded.network.training
    assert loaded.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    state = loaded.network.state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in weights.items())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_tells_the_originals_apart_by_names_and_shapes(architecture: str) -> None:
    assert recognise(expected_shapes(architecture)) == architecture


def test_recognises_nothing_in_foreign_names() -> None:
    assert recognise({"layer.weight": (1, 2)}) is None


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"state_dict": state, "epoch": 7, "optimizer": {"lr": 1e-4}},
        lambda state: {"model": {"state_dict": state}, "epoch": 7},
        lambda state: {"netG": {f"module.{k}": v for k, v in state.items()}, "epoch": 7},
        lambda state: {"net": {f"_orig_mod.module.{k}": v for k, v in state.items()}, "epoch": 7},
    ],
)
def test_unwraps(tmp_path: Path, house_weights: dict[str, torch.Tensor], wrap: Any) -> None:
    path = tmp_path / "checkpoint.pt"
    torch.save(wrap(house_weights), path)
    loaded = load_checkpoint(path)
    assert loaded.architecture == "forensic_unet"
    assert loaded.metadata == {"epoch": "7"}


def test_reads_safetensors_with_and_without_metadata(
    tmp_path: Path, house_weights: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "house.safetensors"
    save_file(house_weights, path)
    assert load_checkpoint(path).architecture == "forensic_unet"
    save_file(house_weights, path, metadata={"architecture": "forensic_unet", "run": "a"})
    loaded = load_checkpoint(path)
    assert loaded.architecture == "forensic_unet"
    assert loaded.metadata["run"] == "a"


def test_sizes_of_the_house_network_come_from_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "small.safetensors"
    sizes = {"widths": [8, 16, 24, 32], "dilations": [1]}
    state = build_network("forensic_unet", sizes).state_dict()
    known = {"architecture": "forensic_unet"}
    save_file(state, path, metadata={**known, "config": json.dumps(sizes)})
    assert load_checkpoint(path).network.state_dict().keys() == state.keys()
    for config, expected in (
        ("{}", "not those of forensic_unet"),
        ("{", "'config' is not JSON"),
        ('{"heights": [1]}', "no forensic_unet of the sizes"),
        ('{"config": [1]}', "no forensic_unet of the sizes"),
    ):
        save_file(state, path, metadata={**known, "config": config})
        with pytest.raises(CheckpointError, match=rf"small\.safetensors: .*{expected}"):
            load_checkpoint(path)


def test_half_precision_weights_come_back_as_float32(
    tmp_path: Path, house_weights: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "half.safetensors"
    halves = {k: v.half() if v.is_floating_point() else v for k, v in house_weights.items()}
    save_file(halves, path)
    parameters = load_checkpoint(path).network.parameters()
    assert {parameter.dtype for parameter in parameters} == {torch.float32}


def test_counters_of_batch_normalisation_may_be_absent(
    tmp_path: Path, house_weights: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "old.pth"
    torch.save({k: v for k, v in house_weights.items() if "num_batches" not in k}, path)
    assert load_checkpoint(path).architecture == "forensic_unet"


def test_smp_needs_its_name(tmp_path: Path) -> None:
    path = tmp_path / "unet.safetensors"
    state = build_network(SMP).state_dict()
    save_file(state, path)
    with pytest.raises(CheckpointError, match="give --arch smp:<Decoder>/<encoder>"):
        load_checkpoint(path)
    assert load_checkpoint(path, SMP).architecture == SMP
    save_file(state, path, metadata={"architecture": SMP})
    assert load_checkpoint(path).architecture == SMP
    save_file(state, path, metadata={"architecture": "Unet"})
    assert load_checkpoint(path, SMP).architecture == SMP


def test_arch_that_disagrees_is_refused(
    tmp_path: Path, house_weights: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "house.safetensors"
    save_file(house_weights, path)
    with pytest.raises(CheckpointError, match=r"not those of senet154.*those of forensic_unet"):
        load_checkpoint(path, "senet154")
    save_file(house_weights, path, metadata={"architecture": "forensic_unet"})
    with pytest.raises(CheckpointError, match="metadata say 'forensic_unet'"):
        load_checkpoint(path, "senet154")


def test_says_which_weights_differ(tmp_path: Path, house_weights: dict[str, torch.Tensor]) -> None:
    path = tmp_path / "other.safetensors"
    name = next(iter(house_weights))
    changed = {**house_weights, "extra.weight": torch.zeros(1), name: torch.zeros(3)}
    changed.pop("head.bias")
    save_file(changed, path)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "closest is forensic_unet" in message
    assert "missing head.bias" in message
    assert "unexpected extra.weight" in message
    assert f"{name} has shape [3], expected {list(house_weights[name].shape)}" in message


def test_a_word_of_another_project_for_its_architecture_is_not_believed(
    tmp_path: Path, weights: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "foreign.pth"
    torch.save({"architecture": "Unet", "state_dict": weights}, path)
    for asked in ("auto", "seresnext50"):
        assert load_checkpoint(path, asked).architecture == "seresnext50"
    with pytest.raises(CheckpointError, match=r"not those of senet154.*those of seresnext50"):
        load_checkpoint(path, "senet154")


def test_weights_of_a_foreign_architecture_are_named_with_its_word(
    tmp_path: Path,
) -> None:
    path = tmp_path / "foreign.safetensors"
    save_file({"layer.weight": torch.zeros(1)}, path, metadata={"architecture": "segnet"})
    expected = r"foreign\.safetensors: fits no known .*its metadata say 'segnet'"
    with pytest.raises(CheckpointError, match=expected):
        load_checkpoint(path)


class Trap:
    """Would leave a file behind if anything unpickled it."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.witness,))


@pytest.mark.parametrize("legacy", [False, True])
def test_a_pickle_that_could_run_code_is_refused(tmp_path: Path, legacy: bool) -> None:
    path, witness = tmp_path / "trap.pth", tmp_path / "witness"
    torch.save({"weight": Trap(witness)}, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(CheckpointError, match="could run code, so it is refused"):
        load_checkpoint(path)
    assert not witness.exists()


def test_a_whole_pickled_module_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "module.pth"
    torch.save(torch.nn.Linear(1, 1), path)
    with pytest.raises(CheckpointError, match=r"torch\.nn\.modules\.linear\.Linear"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("cut.pth", b"PK\x03\x04 and then nothing", "not a readable PyTorch checkpoint"),
        ("empty.pt", b"", "not a readable PyTorch checkpoint"),
        (
            "text.pth",
            b"version https://git-lfs.github.com/spec/v1\n",
            "not a checkpoint of plain tensors: it is damaged",
        ),
        ("cut.safetensors", b"\x10\x00\x00\x00\x00\x00\x00\x00{}", "not a readable safetensors"),
        ("weights.h5", b"HDF", "unknown kind of file '.h5'; expected .safetensors"),
    ],
)
def test_damaged_files_are_refused(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=expected):
        load_checkpoint(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"epoch": 3, "history": {"loss": 1.0}}, "found the keys epoch, history, expected"),
        (torch.zeros(3), "holds a Tensor, expected a dict of tensors"),
        ({}, "found the keys nothing"),
    ],
)
def test_files_without_a_state_dict_are_refused(
    tmp_path: Path, content: Any, expected: str
) -> None:
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match=expected):
        load_checkpoint(tmp_path / "other.pth")


def test_weights_that_are_not_finite_are_refused(
    tmp_path: Path, house_weights: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "diverged.safetensors"
    save_file({**house_weights, "head.bias": torch.full((16,), float("nan"))}, path)
    with pytest.raises(CheckpointError, match=r"not finite numbers in head\.bias"):
        load_checkpoint(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file"):
        load_checkpoint(tmp_path / "none.pth")
