"""The README of a model repository."""

from __future__ import annotations

from importlib.resources import files
from string import Template

from export.triton.members import MemberPlan
from export.triton.memory import SharedMemory
from export.triton.request import RepositoryRequest
from forensics_rt.version import __version__


def readme(request: RepositoryRequest, plans: tuple[MemberPlan, ...], figures: SharedMemory) -> str:
    """Return the text.

    Args:
        request: The repository.
        plans: Its members.
        figures: What it takes of shared memory.
    """
    manifest = request.bundle.manifest
    template = files("export.triton") / "templates" / "README.md"
    return Template(template.read_text(encoding="utf-8")).substitute(
        bundle=f"{manifest.name} {manifest.version} (id {request.bundle.id})",
        version=__version__,
        recipe=request.recipe,
        instances=request.instances,
        member_rows="\n".join(_row(request, plan) for plan in plans),
        load_members=" ".join(f"--load-model={plan.name}" for plan in plans),
        shm_size=figures.docker_shm_size,
        largest_file=_mebibytes(request.largest_file),
        max_mpx=f"{request.max_pixels / 1e6:g}",
        pipeline=_mebibytes(figures.pipeline),
        pipeline_with_floats=_mebibytes(figures.pipeline_with_floats),
        bls=_mebibytes(figures.bls),
        member=_mebibytes(figures.member),
        total=_mebibytes(figures.total),
        queue=request.queue,
        timeout=f"{request.timeout:g}",
    )


def _row(request: RepositoryRequest, plan: MemberPlan) -> str:
    size = "any size" if plan.tile is None else f"{plan.tile} × {plan.tile}"
    name = request.bundle.manifest.networks[plan.member].name
    return (
        f"| `{plan.name}` | tiles of {size} | member {name} on backend "
        f"`{request.member_backend}`, up to {plan.batch} tiles at a time |"
    )


def _mebibytes(count: int) -> int:
    return -(-count // (1 << 20))
