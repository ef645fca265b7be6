"""Checkpoints: every way that weights are stored, and every way that they are refused."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from tests.data.tianchi_fft2.reference import ARCHITECTURES, expected_shapes
from train.checkpoint.load import load_checkpoint, recognize
from train.errors import CheckpointError
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


def test_recognizes_a_data_parallel_checkpoint(
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
    assert recognize(expected_shapes(architecture)) == architecture


def test_recognizes_nothing_in_foreign_names() -> None:
    assert recognize({"layer.weight": (1, 2)}) is None


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


@pytest.fixture(scope="module")
def unet() -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    return build_network(SMP).state_dict()


def under(prefix: str, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {prefix + name: tensor for name, tensor in state.items()}


@pytest.mark.parametrize(
    "prefix",
    ["model.", "module.", "net.", "_orig_mod.", "module.model.", "model._orig_mod.", "encoder."],
)
def test_a_prefix_that_all_names_share_is_dropped_and_said(
    tmp_path: Path, unet: dict[str, torch.Tensor], prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As Lightning writes a network that its module keeps as `self.model`."""
    path = tmp_path / "lightning.ckpt"
    torch.save({"state_dict": under(prefix, unet), "epoch": 3}, path)
    with caplog.at_level("INFO"):
        loaded = load_checkpoint(path, SMP)
    state = loaded.network.state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in unet.items())
    assert f"all names begin with '{prefix}', which is dropped" in caplog.text


def test_names_of_the_network_itself_are_no_prefix(
    tmp_path: Path, unet: dict[str, torch.Tensor], caplog: pytest.LogCaptureFixture
) -> None:
    torch.save(unet, tmp_path / "plain.pth")
    with caplog.at_level("INFO"):
        load_checkpoint(tmp_path / "plain.pth", SMP)
    assert caplog.text == ""


def test_the_average_of_swa_utils_is_taken_for_its_network(
    tmp_path: Path, house_weights: dict[str, torch.Tensor]
) -> None:
    network = build_network("forensic_unet")
    network.load_state_dict(house_weights)
    averaged = torch.optim.swa_utils.AveragedModel(network).state_dict()
    assert "n_averaged" in averaged
    torch.save({"model_ema": averaged}, tmp_path / "averaged.pth")
    state = load_checkpoint(tmp_path / "averaged.pth").network.state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in house_weights.items())


@pytest.mark.parametrize("key", ["ema", "model_ema", "state_dict_ema", "params_ema"])
def test_of_weights_and_their_average_it_says_which_were_taken(
    tmp_path: Path,
    house_weights: dict[str, torch.Tensor],
    key: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "both.pth"
    other = {name: torch.zeros_like(tensor) for name, tensor in house_weights.items()}
    torch.save({key: other, "model": house_weights}, path)
    head = load_checkpoint(path).network.state_dict()["head.bias"]
    assert torch.equal(head, house_weights["head.bias"])
    assert f"under 'model' are taken, not the averaged ones under '{key}'" in caplog.text
    torch.save({key: house_weights}, path)
    caplog.clear()
    assert load_checkpoint(path).architecture == "forensic_unet"
    assert caplog.text == ""


@pytest.mark.parametrize("prefix", ["model.", "module.model."])
def test_weights_beside_those_of_the_network_are_named(
    tmp_path: Path, unet: dict[str, torch.Tensor], prefix: str
) -> None:
    path = tmp_path / "lightning.ckpt"
    torch.save({"state_dict": {**under(prefix, unet), "teacher.weight": torch.ones(1)}}, path)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path, SMP)
    count = len(unet)
    assert str(caught.value) == (
        f"{path}: {count} of {count + 1} names begin with '{prefix}' and are those of {SMP} "
        "without it, but not teacher.weight; save the weights of that part alone: "
        f"torch.save(trained.{prefix}state_dict(), 'weights.pth')"
    )


def test_under_a_prefix_the_weights_that_differ_are_told_apart_from_the_rest(
    tmp_path: Path, unet: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "lightning.ckpt"
    changed = {name: tensor for name, tensor in unet.items() if name != "encoder.conv1.weight"}
    state = {**under("model.", changed), "teacher.weight": torch.ones(1)}
    torch.save({"state_dict": state}, path)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path, SMP)
    assert str(caught.value) == (
        f"{path}: the weights are not those of {SMP}: {len(changed)} of {len(state)} names begin "
        "with 'model.', not teacher.weight; without it missing encoder.conv1.weight; check which "
        "network it was trained as"
    )


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


def test_counters_of_batch_normalization_may_be_absent(
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
    with pytest.raises(CheckpointError, match=expected) as caught:
        load_checkpoint(path)
    assert "no weight has name and shape of one of theirs, found layer.weight" in str(caught.value)


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


class Settings(dict[str, Any]):
    """As Lightning's AttributeDict; the unpickler must not import it."""


@pytest.mark.parametrize(
    "found",
    [
        {"arguments": argparse.Namespace(lr=1e-3), "root": Path("data"), "kind": torch.nn.ReLU},
        Settings(lr=1e-3, sizes=[1, 2]),
    ],
)
def test_objects_beside_the_weights_are_left_unmade(
    tmp_path: Path, unet: dict[str, torch.Tensor], found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lightning saves what `save_hyperparameters` found, often a Namespace or a Path."""
    path = tmp_path / "lightning.ckpt"
    torch.save({"state_dict": under("model.", unet), "hyper_parameters": found}, path)
    monkeypatch.delattr(f"{__name__}.Settings")
    state = load_checkpoint(path, SMP).network.state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in unet.items())


def test_what_to_run_for_a_file_with_objects_in_it_gives_one_that_is_read(
    tmp_path: Path, unet: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of before PyTorch 1.6 cannot be read around their objects."""
    monkeypatch.chdir(tmp_path)
    known = {"hyper_parameters": {"arguments": argparse.Namespace(lr=1e-3)}}
    content = {"state_dict": under("model.", unet), **known}
    torch.save(content, "lightning.ckpt", _use_new_zipfile_serialization=False)
    with pytest.raises(CheckpointError, match=r"an object of argparse\.Namespace") as caught:
        load_checkpoint("lightning.ckpt", SMP)
    assert "\n" not in str(caught.value)
    told = re.search(r"save its weights alone: (torch\.save\(.*\)); of a file", str(caught.value))
    assert told is not None
    exec(told[1], {"torch": torch})
    assert load_checkpoint("weights.pth", SMP).architecture == SMP


@pytest.mark.parametrize(
    "values", [{"lr": 1e-3, "betas": (0.9, 0.99), "name": "unet", "sizes": [1, {2}], "none": None}]
)
def test_plain_hyperparameters_are_read(
    tmp_path: Path, unet: dict[str, torch.Tensor], values: dict[str, Any]
) -> None:
    path = tmp_path / "lightning.ckpt"
    torch.save({"state_dict": under("model.", unet), "hyper_parameters": values}, path)
    assert load_checkpoint(path, SMP).architecture == SMP


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
