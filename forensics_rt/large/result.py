"""The result for an image too large for memory: its maps are files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from forensics_rt.calibration.verdict import VerdictName
from forensics_rt.detection import Provenance
from forensics_rt.large.memory import MemoryNeed
from forensics_rt.regions import Region
from forensics_rt.saving import RESULT_SCHEMA

MapFormat = Literal["uint8", "float32"]


@dataclass(frozen=True)
class LargeDetection:
    """Which pixels of one image were forged: what `Detection` holds, with its maps on disk.

    The files are tiled pyramids (BigTIFF, deflate), in stored orientation.

    Attributes:
        name: The path of the image.
        height: In pixels.
        width: In pixels.
        probability: File of the map: of `float32` in [0, 1], or of `uint8`, where 255 is 1.
        map_format: Which of the two.
        mask: File of the mask, 0 or 255.
        disagreement: File of the standard deviation over members and symmetries, like the map;
            `None` for one member under one symmetry.
        document: File of `to_dict` as JSON, written last.
        evidence: What the map holds against the image as a whole, in [0, 1].
        score: If calibrated, the probability that the image is forged; else the evidence.
        verdict: `forged`, `untouched` or `uncertain`; `None` if not calibrated.
        threshold: Probability from which a pixel counts as forged.
        peak: Probability that a region must reach somewhere to be in the mask; `None` for any.
        forged_share: Share of the pixels in the mask.
        regions: The connected parts of the mask of 16 pixels or more, the largest first.
        provenance: How it was found.
        seconds: Time spent by stage: `decode`, `gather`, `engine`, `merge`, `finish`.
        memory: What the run was predicted to take at most.
    """

    name: str
    height: int
    width: int
    probability: Path
    map_format: MapFormat
    mask: Path
    disagreement: Path | None
    document: Path
    evidence: float
    score: float
    verdict: VerdictName | None
    threshold: float
    peak: float | None
    forged_share: float
    regions: tuple[Region, ...]
    provenance: Provenance
    seconds: Mapping[str, float]
    memory: MemoryNeed

    def __repr__(self) -> str:
        """Say the result in a line."""
        return (
            f"LargeDetection({self.name!r}, {self.width}×{self.height}, score={self.score:.3f}, "
            f"verdict={self.verdict}, regions={len(self.regions)}, forged={self.forged_share:.2%})"
        )

    @property
    def calibrated(self) -> bool:
        """Whether the score is a probability, and there is a verdict."""
        return self.verdict is not None

    def to_dict(self) -> dict[str, Any]:
        """Return all that `Detection.to_dict` does, the files' names and the memory."""
        files = {"probability": self.probability, "mask": self.mask}
        if self.disagreement is not None:
            files["disagreement"] = self.disagreement
        return {
            "schema": RESULT_SCHEMA,
            "name": self.name,
            "width": self.width,
            "height": self.height,
            "evidence": round(self.evidence, 6),
            "score": round(self.score, 6),
            "calibrated": self.calibrated,
            "verdict": self.verdict,
            "threshold": self.threshold,
            "peak": self.peak,
            "forged_share": round(self.forged_share, 8),
            "exif_orientation": self.provenance.exif_orientation,
            "regions": [asdict(region) for region in self.regions],
            "provenance": asdict(self.provenance),
            "seconds": {stage: round(value, 6) for stage, value in self.seconds.items()},
            "files": {kind: path.name for kind, path in files.items()},
            "map_format": self.map_format,
            "predicted_bytes": dict(self.memory.parts),
        }
