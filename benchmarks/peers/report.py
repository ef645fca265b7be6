"""What a comparison of ways found, as a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from forensics_rt.errors import ForensicsError


class PeerRecord(BaseModel):
    """A part of the file: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Agreement(PeerRecord):
    """How far a way's map of one page lies from ours, computed on that way's own tiles.

    Attributes:
        max_difference: Largest |Δp| of any pixel.
        flipped_share: Share of the pixels that are forged in one and not in the other.
    """

    max_difference: float
    flipped_share: float


class WayRecord(PeerRecord):
    """One way.

    Attributes:
        name: What it is asked for by.
        title: What it is called in tables and charts.
        equal: Name of our way that computes equal tiles; `None` for our ways.
        tiles: How many tiles it computes of each image.
        tile_sizes: Their side in pixels, for each image.
        seconds: Of each image, in each round.
        pass_seconds: What a pass over all images costs on top of them.
        peak_mib: Most memory that its process held; `None` where nothing tells.
        versions: Of the packages that matter.
        agreement: With our map; `None` for our own ways, or where none of them ran.
    """

    name: str
    title: str
    equal: str | None
    tiles: tuple[int, ...]
    tile_sizes: tuple[int, ...]
    seconds: tuple[tuple[float, ...], ...]
    pass_seconds: float
    peak_mib: float | None
    versions: dict[str, str]
    agreement: Agreement | None

    @property
    def computed_pixels(self) -> int:
        """Pixels sent through each network in a pass over all images."""
        pairs = zip(self.tiles, self.tile_sizes, strict=True)
        return sum(count * size * size for count, size in pairs)


class PeerReport(PeerRecord):
    """A whole run.

    Attributes:
        taken: Day on which it was run.
        machine: What it was run on.
        network: Architecture of the members.
        members: How many voted.
        tile: Side in pixels of the tiles of every way that takes one size.
        overlap: Pixels that their neighbors share.
        threads: Threads that each way computed with.
        images: Height and width of each page.
        ways: Those that ran, in order.
        not_run: Reason of each way that did not.
    """

    taken: date
    machine: dict[str, str]
    network: str
    members: int
    tile: int
    overlap: int
    threads: int
    images: tuple[tuple[int, int], ...]
    ways: tuple[WayRecord, ...]
    not_run: dict[str, str]

    @model_validator(mode="after")
    def _every_way_saw_every_image(self) -> PeerReport:
        for way in self.ways:
            rounds = {len(of_image) for of_image in way.seconds}
            if {len(way.seconds), len(way.tiles)} != {len(self.images)} or len(rounds) != 1:
                raise ValueError(f"way {way.name} must have the seconds and tiles of every image")
        return self

    @property
    def pixels(self) -> int:
        """Pixels of all pages."""
        return sum(height * width for height, width in self.images)

    @property
    def rounds(self) -> int:
        """How often each way saw each page."""
        return len(self.ways[0].seconds[0]) if self.ways else 0

    def way(self, name: str | None) -> WayRecord | None:
        """Return a way that ran; `None` if there is none of that name."""
        return next((way for way in self.ways if way.name == name), None)


def read_peer_report(path: Path) -> PeerReport:
    """Read a report.

    Raises:
        ForensicsError: If the file is missing, or no report.
    """
    try:
        return PeerReport.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ForensicsError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise ForensicsError(
            f"{path}: not what `python -m benchmarks.peers --json` writes: {error}"
        ) from error
