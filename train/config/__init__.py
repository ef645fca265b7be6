"""The configuration of a run: frozen dataclasses, read from one TOML file."""

from __future__ import annotations

from train.config.data import DataConfig, FoldsConfig, PoolConfig, ValidationConfig
from train.config.fit import (
    SECTIONS,
    FitConfig,
    ModelConfig,
    OptimiserConfig,
    RunConfig,
    SynthConfig,
)
from train.config.stage import Stage
from train.config.typed_toml import build, read_config

__all__ = [
    "SECTIONS",
    "DataConfig",
    "FitConfig",
    "FoldsConfig",
    "ModelConfig",
    "OptimiserConfig",
    "PoolConfig",
    "RunConfig",
    "Stage",
    "SynthConfig",
    "ValidationConfig",
    "build",
    "read_config",
]
