"""The configuration of a training run: frozen dataclasses read from one TOML file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from train.networks.forensic_unet import ForensicUNetConfig
from train.schedule import Stage
from train.synth.page import PageRecipe
from train.synth.sources import SourceFolders

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser, under its name before it joined the standard library
    import tomli as tomllib  # type: ignore[import-not-found]

_T = TypeVar("_T")


@dataclass(frozen=True)
class RunConfig:
    """Length and place of a run.

    Attributes:
        out: Folder of checkpoints.
        seed: Seed of views and weights.
        minutes: Length by the clock; 0 to count steps instead.
        steps: Length in steps where `minutes` is 0.
        checkpoint_minutes: Time between checkpoints.
        threads: Threads of PyTorch.
        bfloat16: Run the network in bfloat16 autocast.
        compile: Compile the network with TorchInductor (needs a C++ compiler).
    """

    out: str
    seed: int = 0
    minutes: float = 0.0
    steps: int = 0
    checkpoint_minutes: float = 5.0
    threads: int = 2
    bfloat16: bool = True
    compile: bool = False


@dataclass(frozen=True)
class PoolConfig:
    """Where ready pages come from.

    Attributes:
        folder: Folder that `python -m train pool` fills.
        capacity: Most pages in memory.
        refresh_steps: Steps between looks for new shards.
    """

    folder: str
    capacity: int = 2400
    refresh_steps: int = 50


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW (Loshchilov and Hutter, ICLR 2019) and the averaging of weights.

    Attributes:
        peak: Highest learning rate.
        warm_up: Share of the run that warms up.
        weight_decay: Decoupled weight decay.
        ema: Decay of the average of the weights.
        dice: Weight of the Dice term.
    """

    peak: float = 1.5e-3
    warm_up: float = 0.03
    weight_decay: float = 0.02
    ema: float = 0.998
    dice: float = 0.5


@dataclass(frozen=True)
class FitConfig:
    """Everything that decides a run."""

    run: RunConfig
    pool: PoolConfig
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    model: ForensicUNetConfig = field(default_factory=ForensicUNetConfig)
    stages: tuple[Stage, ...] = (
        Stage(0.25, 256, 32, 0.9, 0.85, 0.0, 0.0),
        Stage(0.72, 256, 32, 0.85, 0.6, 0.1, 1.0),
        Stage(1.0, 512, 8, 0.5, 0.15, 1.0, 1.0),
    )

    def __post_init__(self) -> None:
        """Refuse runs without a length, or with two."""
        if (self.run.minutes > 0) == (self.run.steps > 0):
            raise ValueError(
                "exactly one of run.minutes and run.steps must be above 0, "
                f"but got {self.run.minutes} and {self.run.steps}"
            )


@dataclass(frozen=True)
class SynthConfig:
    """Raw material and kind of pages; read from the same or another file."""

    sources: SourceFolders = field(default_factory=SourceFolders)
    page: PageRecipe = field(default_factory=PageRecipe)


def read_config(path: Path, kind: type[_T]) -> _T:
    """Read a configuration.

    Args:
        path: TOML file; sections are named like the fields of `kind`, others are ignored.
        kind: A dataclass, such as `FitConfig`.

    Returns:
        An instance; what the file leaves out keeps its default.

    Raises:
        ValueError: If a section holds a name that does not exist.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    return build(kind, {k: v for k, v in table.items() if k in known})


def build(kind: type[_T], table: Mapping[str, Any]) -> _T:
    """Make a dataclass of nested tables; lists become tuples.

    Raises:
        ValueError: If the table holds a name that the dataclass lacks.
    """
    hints = get_type_hints(kind)
    unknown = set(table) - set(hints)
    if unknown:
        raise ValueError(
            f"{kind.__name__} must hold {sorted(hints)}, but got {sorted(unknown)} as well"
        )
    return kind(**{name: _value(name, hints[name], value) for name, value in table.items()})


def _value(name: str, hint: Any, value: Any) -> Any:
    if is_dataclass(hint) and isinstance(value, dict):
        return build(hint, value)  # type: ignore[arg-type]
    if isinstance(value, list):
        items = [build(Stage, v) if isinstance(v, dict) else v for v in value]
        return tuple(items)
    return value


def as_table(config: FitConfig) -> dict[str, Any]:
    """Return a configuration as plain data, for the header of a checkpoint."""
    return asdict(config)
