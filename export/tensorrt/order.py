"""What the parent asks of the child that builds one engine, and what the child answers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from export.tensorrt.request import Kind


@dataclass(frozen=True)
class EngineOrder:
    """One engine to build; it travels as JSON.

    Attributes:
        kind: Which TensorRT.
        graph: The ONNX file, typed as the engine shall compute.
        plan: File to write the engine to.
        answer: File to write the answer to.
        tile: Side of the tiles in pixels.
        batch: Least, best and most tiles at once.
        capabilities: Of the GPUs that the engine is for; empty for the one that is here.
        workspace_mib: Limit of scratch memory; `None` for TensorRT's own.
        optimization_level: 0 to 5; `None` for TensorRT's own.
        hardware_compatible: Run from Ampere on.
        version_compatible: Run with later TensorRT of the same major version.
        timing_cache: File of kernel timings; `None` for none.
    """

    kind: Kind
    graph: str
    plan: str
    answer: str
    tile: int
    batch: tuple[int, int, int]
    capabilities: tuple[str, ...] = ()
    workspace_mib: int | None = None
    optimization_level: int | None = None
    hardware_compatible: bool = False
    version_compatible: bool = False
    timing_cache: str | None = None

    def write(self, path: Path) -> None:
        """Write the order where a child can read it."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> EngineOrder:
        """Read an order again."""
        values = json.loads(path.read_text(encoding="utf-8"))
        values["batch"], values["capabilities"] = (
            tuple(values["batch"]),
            tuple(values["capabilities"]),
        )
        return cls(**values)


@dataclass(frozen=True)
class EngineAnswer:
    """What the child made, or why it could not.

    Attributes:
        error: Why there is no engine; `None` where there is one.
        version: Of the TensorRT used.
        seconds: For parsing and building.
        peak_bytes: Largest resident memory of the child; `None` where the system does not say.
        network: Format that each layer of the typed network computes in, by layer name.
        engine: The inspector's JSON of the engine as loaded; `None` where no GPU could load it.
        weight_bytes: Bytes of constants by format, as the plan's program names them.
        timing_cache: What became of the timing cache.
    """

    error: str | None = None
    version: str = ""
    seconds: float = 0.0
    peak_bytes: int | None = None
    network: dict[str, str] = field(default_factory=dict)
    engine: dict[str, Any] | None = None
    weight_bytes: dict[str, int] = field(default_factory=dict)
    timing_cache: str = "none"

    def write(self, path: Path) -> None:
        """Write the answer where the parent will read it."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> EngineAnswer:
        """Read an answer again."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))
