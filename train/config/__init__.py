"""The configuration of a run: frozen dataclasses, validated by pydantic, read from TOML."""

from __future__ import annotations

from train.config.data import DataConfig, FoldsConfig, PoolConfig, ValidationConfig
from train.config.fit import (
    SECTIONS,
    FitConfig,
    ModelConfig,
    OptimizerConfig,
    RunConfig,
    SynthConfig,
)
from train.config.reading import build_config, read_config
from train.config.stage import Stage

__all__ = [
    "SECTIONS",
    "DataConfig",
    "FitConfig",
    "FoldsConfig",
    "ModelConfig",
    "OptimizerConfig",
    "PoolConfig",
    "RunConfig",
    "Stage",
    "SynthConfig",
    "ValidationConfig",
    "build_config",
    "read_config",
]
