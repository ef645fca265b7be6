"""Where the rows of the maps go as they are finished."""

from __future__ import annotations

from pathlib import Path

from forensics_rt.calibration.decision import Decision
from forensics_rt.io.pyramid import RawPlane
from forensics_rt.large.mask_regions import StreamedMask
from forensics_rt.large.raw_score import StreamedRawScore
from forensics_rt.large.result import MapFormat
from forensics_rt.plan.finish import encode
from forensics_rt.plan.maps import HostMaps


class MapSinks:
    """Takes the maps row by row: writes them, scores them, and collects the mask.

    Args:
        folder: Where the files go.
        height: Of the image in pixels.
        width: Of the image in pixels.
        kind: Number format of the maps.
        decision: What makes the mask.
        most_parts: How many parts of the mask there is memory for.
    """

    def __init__(
        self,
        folder: Path,
        height: int,
        width: int,
        kind: MapFormat,
        decision: Decision,
        most_parts: int,
    ) -> None:
        """Open the files."""
        self.probability = RawPlane(folder / "probability.raw", height, width, kind)
        self.uncertainty: RawPlane | None = None
        self.mask = StreamedMask(folder, height, width, decision, most_parts)
        self.raw_score = StreamedRawScore()
        self._spread = RawPlane(folder / "uncertainty.raw", height, width, kind)
        self._kind: MapFormat = kind
        self._probability_file = self.probability.path.open("wb", buffering=0)
        self._spread_file = self._spread.path.open("wb", buffering=0)

    def add(self, maps: HostMaps) -> None:
        """Take the next rows."""
        encode(maps.probability, self._kind).tofile(self._probability_file)
        if maps.uncertainty is not None:
            self.uncertainty = self._spread
            encode(maps.uncertainty, self._kind).tofile(self._spread_file)
        self.raw_score.add(maps.probability)
        self.mask.add(maps.probability)

    def close(self) -> None:
        """Close the files; they are the caller's to remove."""
        self.mask.close()
        self._probability_file.close()
        self._spread_file.close()
