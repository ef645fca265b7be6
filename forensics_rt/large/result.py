"""The result for an image too large for memory: its maps are files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from forensics_rt.large.memory import MemoryNeed
from forensics_rt.results.detection import Finding
from forensics_rt.results.regions import Region

MapFormat = Literal["uint8", "float32"]


@dataclass(frozen=True, repr=False)
class LargeDetection(Finding):
    """Which pixels of one image were forged: what `Detection` holds, with its maps on disk.

    The files are tiled pyramids (BigTIFF, deflate), in stored orientation.

    Attributes:
        height: In pixels.
        width: In pixels.
        probability: File of the map: of `float32` in [0, 1], or of `uint8`, where 255 is 1.
        map_format: Which of the two.
        mask: File of the mask, 0 or 255.
        uncertainty: File of the standard deviation over members and symmetries, like the map;
            `None` for one member under one symmetry.
        document: File of `to_dict` as JSON, written last.
        forged_share: Share of the pixels in the mask.
        regions: The connected parts of the mask of 16 pixels or more, the largest first.
        seconds: Time spent by stage: `decode`, `gather`, `engine`, `merge`, `finish`.
        memory: What the run was predicted to take at most.
    """

    height: int
    width: int
    probability: Path
    map_format: MapFormat
    mask: Path
    uncertainty: Path | None
    document: Path
    forged_share: float
    regions: tuple[Region, ...]
    memory: MemoryNeed

    def to_dict(self) -> dict[str, Any]:
        """Return all that `Detection.to_dict` does, the files' names and the memory."""
        files = {"probability": self.probability, "mask": self.mask}
        if self.uncertainty is not None:
            files["uncertainty"] = self.uncertainty
        return {
            **self._document((self.height, self.width), self.forged_share, self.regions),
            "files": {kind: path.name for kind, path in files.items()},
            "map_format": self.map_format,
            "predicted_bytes": dict(self.memory.parts),
        }
