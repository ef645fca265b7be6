"""Which models run the members of a bundle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from export.triton.request import RepositoryRequest
from forensics_rt.triton.names import member_model


@dataclass(frozen=True)
class MemberPlan:
    """One model for one member.

    Attributes:
        member: Index of the network in the bundle.
        tile: Side of its tiles in pixels; `None` for tiles of any height and width.
        batch: Most tiles at a time.
        best: Batch size at which the engine is at its best.
        file: What Triton's own backend runs; `None` where a backend of forensics_rt does.
    """

    member: int
    tile: int | None
    batch: int
    best: int
    file: Path | None

    @property
    def name(self) -> str:
        """Name of the model."""
        return member_model(self.member, self.tile)


def plan_members(request: RepositoryRequest) -> tuple[MemberPlan, ...]:
    """Return the models that run the members, the cascade network among them.

    A network that pools nothing over the tile has one model for tiles of every shape, any other one
    for each tile size of the bundle. An engine of TensorRT has the size that it was built for.
    Networks that read the coefficients of JPEG have no models here.
    """
    if not request.with_members:
        return ()
    if request.member_backend == "tensorrt":
        return tuple(_engines(request))
    manifest = request.bundle.manifest
    any_tile = bool(manifest.tile_sides)
    best = min(manifest.contract.batch.opt, request.batch)
    return tuple(
        MemberPlan(
            member,
            tile,
            request.batch,
            best,
            None if request.member_backend == "python" else request.bundle.file(network.graph),
        )
        for member, network in enumerate(manifest.networks)
        for tile in ((None,) if any_tile else manifest.tile_sizes)
    )


def fixed_sizes(plans: tuple[MemberPlan, ...]) -> tuple[int, ...]:
    """Return the sides of the tiles for which there are models; empty where any tile is taken."""
    return tuple(sorted({plan.tile for plan in plans if plan.tile is not None}))


def _engines(request: RepositoryRequest) -> Iterator[MemberPlan]:
    names = [network.name for network in request.bundle.manifest.networks]
    for engine in request.bundle.manifest.engines:
        if engine.kind == "tensorrt":
            batch = min(request.batch, engine.batch.max)
            file = request.bundle.file(engine.file)
            best = min(engine.batch.opt, batch)
            yield MemberPlan(names.index(engine.member), engine.tile, batch, best, file)
