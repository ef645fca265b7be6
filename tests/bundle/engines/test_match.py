"""Whether an engine fits a machine, and what is said where it does not."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import Any

import pytest

from export.command_line.engine_options import engine_request
from export.command_line.options import parse
from forensics_rt.bundle.engines.match import check_engine, mismatches, rebuild_command
from forensics_rt.bundle.manifest import EngineRecord
from forensics_rt.errors import BackendUnavailable, EngineMismatch
from forensics_rt.system.gpu_platform import GpuPlatform, version_numbers
from tests.bundle.engines.records import L4, engine_record, rtx_record


def machine(**changes: Any) -> GpuPlatform:
    return dataclasses.replace(L4, **changes)


A10 = machine(gpu="NVIDIA A10", compute_capability="8.6")
T4 = machine(gpu="Tesla T4", compute_capability="7.5")


@pytest.mark.parametrize(
    ("record", "here"),
    [
        (engine_record(), L4),
        (engine_record(), machine(driver="590.10")),
        (engine_record(), machine(cuda="13.2")),
        (engine_record(cuda="13.1"), L4),
        (engine_record(hardware_compatible=True), A10),
        (engine_record(version_compatible=True, tensorrt="11.2.0.1"), L4),
        (rtx_record(), L4),
        (rtx_record(), A10),
        (rtx_record(), machine(driver="550.1", cuda="12.4")),
    ],
)
def test_fits(record: EngineRecord, here: GpuPlatform) -> None:
    assert mismatches(record, here) == []
    check_engine(record, here, Path("bundle"))


@pytest.mark.parametrize(
    ("record", "here", "expected"),
    [
        (engine_record(), A10, "built on NVIDIA L4 (8.9), this machine has NVIDIA A10 (8.6)"),
        (engine_record(hardware_compatible=True), T4, "for 8.0 and later, this machine has Tesla"),
        (rtx_record(), T4, "the engine is for 8.6, 8.9, this machine has Tesla T4 (7.5)"),
        (engine_record(tensorrt="10.16.1"), L4, "with tensorrt 10.16.1, here is 11.4.0.106"),
        (
            engine_record(version_compatible=True, tensorrt="10.16.1"),
            L4,
            "with tensorrt 10.16.1, here is 11.4.0.106",
        ),
        (
            engine_record(version_compatible=True, tensorrt="11.5.0"),
            L4,
            "with tensorrt 11.5.0, here is 11.4.0.106",
        ),
        (rtx_record(tensorrt="1.6.0"), L4, "with tensorrt-rtx 1.6.0, here is 1.7.1.116"),
        (engine_record(), machine(tensorrt={}), "tensorrt 11.4.0.106, here it is not installed"),
        (engine_record(), machine(driver="570.1"), "with 580.65.06, this machine has only 570.1"),
        (engine_record(), machine(driver=None), "with 580.65.06, here it is unknown"),
        (engine_record(), machine(cuda="12.8"), "CUDA: the engine was built with 13.0, this"),
        (
            engine_record(),
            machine(gpu=None, compute_capability=None),
            "for compute capability 8.9, this machine has no GPU",
        ),
    ],
)
def test_a_mismatch_names_both_sides(
    record: EngineRecord, here: GpuPlatform, expected: str
) -> None:
    (line,) = mismatches(record, here)
    assert expected in line


def test_every_disagreement_is_told_with_the_command_that_mends_it() -> None:
    with pytest.raises(EngineMismatch) as caught:
        check_engine(engine_record(tensorrt="10.16.1"), A10, Path("my bundle"))
    assert str(caught.value) == (
        "engines/tensorrt/member-1-512-fp16.plan does not fit this machine:\n"
        "  TensorRT: the engine was built with tensorrt 10.16.1, here is 11.4.0.106\n"
        "  GPU: the engine was built on NVIDIA L4 (8.9), this machine has NVIDIA A10 (8.6)\n"
        "Build it for this machine with\n"
        "  python -m export.build_engines --bundle 'my bundle' --engine tensorrt "
        "--engine-precision fp16 --batch 1 4 16 --out 'my bundle' --force"
    )
    assert isinstance(caught.value, BackendUnavailable)


def test_without_a_gpu_the_advice_is_another_backend() -> None:
    with pytest.raises(EngineMismatch, match=r"needs no GPU \(openvino, onnxruntime\)"):
        check_engine(rtx_record(), GpuPlatform(tensorrt=L4.tensorrt), Path("bundle"))


def test_versions_are_ordered_by_their_numbers() -> None:
    assert version_numbers("10.16.1") > version_numbers("10.9.0")
    assert version_numbers("580.65.06+beta") == (580, 65, 6)
    assert version_numbers("unknown") == ()


def test_the_builder_takes_the_command_and_asks_for_the_same() -> None:
    record = engine_record(
        keep_fp32=("op:Resize", "name:/head/*"),
        hardware_compatible=True,
        version_compatible=True,
        workspace_mib=2048,
        optimization_level=5,
        precision="bf16",
    )
    words = shlex.split(rebuild_command(record, Path("a bundle")))
    assert words[:3] == ["python", "-m", "export.build_engines"]
    values = parse(words[3:])
    assert (values.bundle, values.out, values.force) == (Path("a bundle"), Path("a bundle"), True)
    assert values.batch == [1, 4, 16]
    request = engine_request(values)
    assert request is not None
    for name in ("kind", "precision", "keep_fp32", "hardware_compatible", "version_compatible",
                 "workspace_mib", "optimization_level"):  # fmt: skip
        assert getattr(request, name) == getattr(record, name), name


def test_int8_asks_for_the_images_that_only_the_user_has() -> None:
    command = rebuild_command(rtx_record(precision="int8", calibration_sha256="b" * 64), Path("b"))
    assert "--calibration-images FOLDER_OF_CALIBRATION_IMAGES" in command
