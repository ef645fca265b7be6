"""The configuration of a training run: frozen dataclasses read from one TOML file."""

from __future__ import annotations

from dataclasses import asdict, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from train.config.data import DataConfig, FoldsConfig, PoolConfig, ValidationConfig
from train.config.stage import Stage, check_crop
from train.networks import HOUSE, HOUSE_DCT
from train.networks.forensic_unet import ForensicUNetConfig
from train.ranges import STRICT, AtLeastOne, NotNegative, NotNegativeInt, Positive, UnitShare
from train.synth.page import PageConfig
from train.synth.sources import SourceFolders

_SIZED = (HOUSE, HOUSE_DCT)


@dataclass(frozen=True, config=STRICT)
class RunConfig:
    """Length, place and manner of a run.

    Attributes:
        out: Folder of checkpoints.
        seed: Seed of views and weights.
        minutes: Length by the clock; 0 to count steps instead.
        steps: Length in steps where `minutes` is 0.
        checkpoint_minutes: Time between checkpoints; 0 to count steps instead.
        checkpoint_steps: Steps between checkpoints; 0 to go by the clock.
        keep: Newest checkpoints to keep beside the best one; 0 for all.
        device: `cpu`, `cuda`, or `auto` for CUDA where there is any.
        threads: Threads of PyTorch on the CPU.
        workers: Threads that cut batches ahead of the network.
        precision: `bf16` or `fp16` autocast, or `fp32`.
        compile: Compile the network with TorchInductor (needs a C++ compiler).
        accumulate: Batches whose gradients are summed up before a step.
        device_after_life: Resize, blur, noise and JPEG on the device instead of in the workers.
        init: Checkpoint of the same architecture to start from; empty for fresh weights. Where
            `model.dilations` goes on, the blocks that it lacks start as the identity.
        frozen: Parts of the network, by name such as `stem`, that stay as they start: no gradient
            is computed for them, which saves its time.
        teacher: Checkpoint of any architecture whose probabilities are learned beside the masks.
        tensorboard: Write scalars and pictures for TensorBoard to `out`.
        picture_steps: Steps between sample pictures; 0 for none.
        report_steps: Steps between reported figures.
    """

    out: str
    seed: NotNegativeInt = 0
    minutes: NotNegative = 0.0
    steps: NotNegativeInt = 0
    checkpoint_minutes: NotNegative = 5.0
    checkpoint_steps: NotNegativeInt = 0
    keep: NotNegativeInt = 0
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: AtLeastOne = 2
    workers: AtLeastOne = 1
    precision: Literal["fp32", "bf16", "fp16"] = "bf16"
    compile: bool = False
    accumulate: AtLeastOne = 1
    device_after_life: bool = False
    init: str = ""
    frozen: tuple[str, ...] = ()
    teacher: str = ""
    tensorboard: bool = True
    picture_steps: NotNegativeInt = 1000
    report_steps: AtLeastOne = 50


@dataclass(frozen=True, config=STRICT)
class OptimizerConfig:
    """AdamW (Loshchilov and Hutter, ICLR 2019), the loss, and the averaging of weights.

    Attributes:
        learning_rate: The highest, between the warm-up and the cosine.
        warm_up: Share of the run that warms up; below 1, because the rest is what learns.
        weight_decay: Decoupled weight decay.
        clip: Longest gradient; longer ones are shortened to it.
        ema: Decay of the average of the weights.
        bce: Weight of the cross-entropy.
        dice: Weight of the Dice term.
        focal: Weight of the focal term.
        gamma: Exponent of the focal term.
        distill: Weight of the teacher's probabilities, where `run.teacher` names one.
    """

    learning_rate: Positive = 1.5e-3
    warm_up: Annotated[float, Field(ge=0, lt=1)] = 0.03
    weight_decay: NotNegative = 0.02
    clip: Positive = 2.0
    ema: UnitShare = 0.998
    bce: NotNegative = 1.0
    dice: NotNegative = 0.5
    focal: NotNegative = 0.0
    gamma: NotNegative = 2.0
    distill: NotNegative = 1.0


@dataclass(frozen=True, config=STRICT)
class ModelConfig(ForensicUNetConfig):
    """Which network; the sizes are those of `forensic_unet` and `forensic_unet_dct` alone.

    Attributes:
        architecture: A name that `build_network` takes, such as `seresnext50`.
    """

    architecture: str = HOUSE

    def __post_init__(self) -> None:
        """Refuse sizes of a house network for another one."""
        if self.architecture not in _SIZED and self._sizes() != asdict(ForensicUNetConfig()):
            raise ValueError(
                f"model may hold {sorted(self._sizes())} only for {' and '.join(_SIZED)}, but the "
                f"architecture is {self.architecture}; leave them out"
            )

    @property
    def sizes(self) -> dict[str, Any]:
        """What `build_network` takes beside the name."""
        return self._sizes() if self.architecture in _SIZED else {}

    def _sizes(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(ForensicUNetConfig)}


@dataclass(frozen=True, config=STRICT)
class SynthConfig:
    """Raw material and kind of pages; read from the same or another file."""

    sources: SourceFolders = field(default_factory=SourceFolders)
    page: PageConfig = field(default_factory=PageConfig)


@dataclass(frozen=True, config=STRICT)
class FitConfig:
    """Everything that decides a run."""

    run: RunConfig
    pool: PoolConfig | None = None
    data: tuple[DataConfig, ...] = ()
    folds: FoldsConfig | None = None
    validation: ValidationConfig = field(default_factory=ValidationConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    stages: tuple[Stage, ...] = (
        Stage(0.25, 256, 32, 0.9, 0.85, 0.0, 0.0),
        Stage(0.72, 256, 32, 0.85, 0.6, 0.1, 1.0),
        Stage(1.0, 512, 8, 0.5, 0.15, 1.0, 1.0),
    )
    sources: SourceFolders = field(default_factory=SourceFolders)
    page: PageConfig = field(default_factory=PageConfig)

    def __post_init__(self) -> None:
        """Refuse runs without a length or with two, without data, or measured on two things."""
        if (self.run.minutes > 0) == (self.run.steps > 0):
            raise ValueError(
                "exactly one of run.minutes and run.steps must be above 0, "
                f"but got {self.run.minutes} and {self.run.steps}"
            )
        if not self.mix:
            raise ValueError("the run must have data, but has none; add [[data]] or [pool]")
        if not self.stages:
            raise ValueError("stages must hold at least one stage, but got none")
        if self.folds and not any(entry.kind in ("pairs", "list") for entry in self.mix):
            raise ValueError("folds need data of the kind pairs or list, but there is none")
        self._check_validation()
        self._check_stages()

    def _check_validation(self) -> None:
        for name in ("images", "file"):
            named = getattr(self.validation, name)
            if self.folds and named:
                raise ValueError(
                    "[folds] must not stand beside "
                    f"validation.{name} ({named!r}), which would not be read: the run is measured "
                    "on the fold that is left out. Leave out one of the two"
                )

    def _check_stages(self) -> None:
        ends = [stage.until for stage in self.stages]
        if ends != sorted(ends):  # two may be equal: that leaves out the later one
            raise ValueError(
                "stages.until must not fall from one stage to the next, but are "
                f"{', '.join(map(str, ends))}; sort them"
            )
        for stage in self.stages:
            check_crop("stages.size", stage.size, self.model.architecture)

    @property
    def mix(self) -> tuple[DataConfig, ...]:
        """All entries of data; `[pool]` counts as one more."""
        if self.pool is None:
            return self.data
        pool = self.pool
        entry = DataConfig(
            "pool",
            folder=pool.folder,
            capacity=pool.capacity,
            refresh_steps=pool.refresh_steps,
        )
        return (entry, *self.data)

    @property
    def out(self) -> Path:
        """Folder of this run's checkpoints; every fold has its own."""
        folder = Path(self.run.out)
        return folder if self.folds is None else folder / f"fold_{self.folds.index}"

    @property
    def largest_crop(self) -> int:
        """Side of the largest crops of any stage, in pixels."""
        return max(stage.size for stage in self.stages)


# Every section that a file may hold; other commands read some of them.
SECTIONS = tuple(section.name for section in fields(FitConfig))
