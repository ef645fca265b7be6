"""How a model of the repository is to run, as its `config.pbtxt` says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forensics_rt.errors import RecipeError
from forensics_rt.io.limits import DEFAULT_MAX_PIXELS
from forensics_rt.system.cpu import usable_cores
from forensics_rt.triton.names import BUNDLE_FOLDER

AUTO = "auto"
# Parameters of `config.pbtxt`, all text; an empty one is not set.
DETECTOR_PARAMETERS = (
    "recipe",
    "threshold",
    "high_threshold",
    "high_area",
    "operating_point",
    "prevalence",
    "max_pixels",
    "damaged",
)
ENGINE_PARAMETERS = ("backend", "threads", "precision")


@dataclass(frozen=True)
class Deployment:
    """One instance of a model, as Triton describes it.

    Attributes:
        model: Name of the model.
        folder: The model's folder in the repository.
        device: `cpu`, or `cuda:N` for an instance on a GPU.
        instances: How many instances of the model there are.
        parameters: Of `config.pbtxt`, those that are not empty.
    """

    model: str
    folder: Path
    device: str
    instances: int
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Deployment:
        """Read what Triton gives to `initialize`."""
        config = json.loads(arguments["model_config"])
        groups = config.get("instance_group", [])
        on_gpu = arguments.get("model_instance_kind") == "GPU"
        ordinal = arguments.get("model_instance_device_id", "0")
        written = {key: value["string_value"] for key, value in config["parameters"].items()}
        return cls(
            model=arguments["model_name"],
            folder=Path(arguments["model_repository"]),
            device=f"cuda:{ordinal}" if on_gpu else "cpu",
            instances=max(1, sum(int(group.get("count", 1)) for group in groups)),
            parameters={key: value for key, value in written.items() if value},
        )

    @property
    def bundle(self) -> Path:
        """The bundle, which lies in the folder of the model."""
        return self.folder / BUNDLE_FOLDER

    @property
    def threads(self) -> int | None:
        """How many threads compute in this instance; `None` on a GPU.

        `auto` shares the CPUs among the instances.

        Raises:
            RecipeError: If it is no number.
        """
        if self.device != "cpu":
            return None
        asked = self.parameters.get("threads", AUTO)
        return max(1, usable_cores() // self.instances) if asked == AUTO else self._whole("threads")

    def detector_arguments(self) -> dict[str, Any]:
        """Return what the parameters say to a `Detector`, but for its engine.

        Raises:
            RecipeError: If a number is none.
        """
        recipe = self.parameters.get("recipe", "balanced")
        numbers = ("threshold", "high_threshold", "prevalence")
        return {
            "recipe": self.folder / recipe if recipe.endswith(".toml") else recipe,
            "operating_point": self.parameters.get("operating_point"),
            "damaged": self.parameters.get("damaged", "refuse"),
            "max_pixels": self._whole("max_pixels", DEFAULT_MAX_PIXELS),
            "high_area": self._whole("high_area") if "high_area" in self.parameters else None,
            **{name: self._real(name) for name in numbers},
        }

    def _real(self, name: str) -> float | None:
        text = self.parameters.get(name)
        try:
            return None if text is None else float(text)
        except ValueError:
            raise self._no_number(name) from None

    def _whole(self, name: str, default: int = 0) -> int:
        try:
            return int(self.parameters.get(name, default))
        except ValueError:
            raise self._no_number(name) from None

    def _no_number(self, name: str) -> RecipeError:
        return RecipeError(
            f"parameter {name} of model {self.model} must be a number, got "
            f"{self.parameters[name]!r}; change it in {self.folder / 'config.pbtxt'}"
        )
