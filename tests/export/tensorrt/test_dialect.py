"""What is said to TensorRT 10, 11 and for RTX, told by modules that write down what they hear."""

from __future__ import annotations

import sys
from enum import IntEnum
from types import SimpleNamespace
from typing import Any

import pytest

from export.errors import ExportError
from export.tensorrt.dialect import Dialect, load_dialect


class Flags(IntEnum):
    EXPLICIT_BATCH = 0
    STRONGLY_TYPED = 1


class Capability(IntEnum):
    SM80 = 80
    SM86 = 86
    SM120 = 120
    CURRENT = -1


class Config:
    def __init__(self) -> None:
        self.flags: list[str] = []
        self.capabilities: dict[int, Any] = {}
        self.num_compute_capabilities = 0
        self.hardware_compatibility_level = "none"

    def set_flag(self, flag: str) -> None:
        self.flags.append(flag)

    def set_compute_capability(self, capability: Any, index: int) -> None:
        assert index < self.num_compute_capabilities
        self.capabilities[index] = capability


def fake(version: str) -> Any:
    return SimpleNamespace(
        __version__=version,
        NetworkDefinitionCreationFlag=Flags,
        ComputeCapability=Capability,
        BuilderFlag=SimpleNamespace(
            VERSION_COMPATIBLE="version", EXCLUDE_LEAN_RUNTIME="without lean"
        ),
        HardwareCompatibilityLevel=SimpleNamespace(AMPERE_PLUS="ampere plus"),
    )


BUILDER = SimpleNamespace(create_network=lambda flags: flags)


@pytest.mark.parametrize(
    ("kind", "version", "flags"),
    [
        ("tensorrt", "10.16.1.11", 0b10),
        ("tensorrt", "11.4.0.106", 0),
        ("tensorrt-rtx", "1.7.1.116", 0),
    ],
)
def test_every_network_is_strongly_typed(kind: Any, version: str, flags: int) -> None:
    assert Dialect(kind, fake(version)).create_network(BUILDER) == flags


def test_a_version_that_knows_weak_typing_only_is_refused() -> None:
    with pytest.raises(ExportError, match=r"must be version 10 or later, but is 8\.6\.1"):
        Dialect("tensorrt", fake("8.6.1")).create_network(BUILDER)


def test_only_rtx_builds_for_gpus_by_name() -> None:
    config = Config()
    Dialect("tensorrt-rtx", fake("1.7.1")).set_targets(config, ("8.6", "12.0"))
    assert config.capabilities == {0: Capability.SM86, 1: Capability.SM120}
    Dialect("tensorrt", fake("11.4.0")).set_targets(untouched := Config(), ())
    assert untouched.num_compute_capabilities == 0


def test_a_gpu_that_rtx_does_not_build_for_is_refused_with_those_it_does() -> None:
    with pytest.raises(ExportError, match=r"for compute capability 9\.0; it does for sm_80, sm_86"):
        Dialect("tensorrt-rtx", fake("1.7.1")).set_targets(Config(), ("8.6", "9.0"))


def test_compatible_engines_carry_no_code_of_their_maker() -> None:
    config = Config()
    Dialect("tensorrt", fake("11.4.0")).set_compatible(config, hardware=True, version=True)
    assert config.flags == ["version", "without lean"]
    assert config.hardware_compatibility_level == "ampere plus"
    Dialect("tensorrt", fake("11.4.0")).set_compatible(plain := Config(), hardware=False,
                                                       version=False)  # fmt: skip
    assert (plain.flags, plain.hardware_compatibility_level) == ([], "none")


def test_only_tensorrt_keeps_timings() -> None:
    assert Dialect("tensorrt", fake("11.4.0")).has_timing_cache
    assert not Dialect("tensorrt-rtx", fake("1.7.1")).has_timing_cache


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(ExportError, match=r"pip install 'forensics_rt\[tensorrt\]'"):
        load_dialect("tensorrt")
