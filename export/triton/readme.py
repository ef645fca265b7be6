"""The README of a model repository."""

from __future__ import annotations

from importlib.resources import files
from string import Template

from export.triton.members import MemberPlan
from export.triton.memory import SharedMemory
from export.triton.request import RepositoryRequest
from forensics_rt.triton.names import BLS
from forensics_rt.version import __version__

_BLS_ROW = (
    f"| `{BLS}` | the file of an image | the same; Triton runs the members, and batches tiles of "
    "several requests |"
)


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
        **_of_members(request, plans, figures),
        shm_size=figures.docker_shm_size,
        largest_file=_mebibytes(request.largest_file),
        max_mpx=f"{request.max_pixels / 1e6:g}",
        pipeline=_mebibytes(figures.pipeline),
        pipeline_with_floats=_mebibytes(figures.pipeline_with_floats),
        total=_mebibytes(figures.total),
        queue=request.queue,
        timeout=f"{request.timeout:g}",
    )


def _of_members(
    request: RepositoryRequest, plans: tuple[MemberPlan, ...], figures: SharedMemory
) -> dict[str, str]:
    """Return what the text says of members, or why they have no models."""
    if not request.with_members:
        return {
            "member_rows": "\nThe networks read the coefficients of JPEG beside the pixels, so "
            "their members have no models.",
            "start_members": "This Python also needs jpeglib, which reads the coefficients: `pip "
            "install 'forensics_rt[jpeg]'`.",
            "member_memory": "",
        }
    load = " ".join(f"--load-model={plan.name}" for plan in plans)
    return {
        "member_rows": "\n".join((_BLS_ROW, *(_row(request, plan) for plan in plans))),
        "start_members": f"For `{BLS}`, load the members first:\n\n```sh\n"
        'tritonserver --model-repository="$PWD" --disable-auto-complete-config '
        f"--model-control-mode=explicit \\\n  {load} --load-model={BLS}\n```",
        "member_memory": f"| an instance of `{BLS}`, where somebody does | "
        f"{_mebibytes(figures.bls)} |\n| a member that forensics_rt runs | "
        f"{_mebibytes(figures.member)} |\n",
    }


def _row(request: RepositoryRequest, plan: MemberPlan) -> str:
    size = "any size" if plan.tile is None else f"{plan.tile} × {plan.tile}"
    name = request.bundle.manifest.networks[plan.member].name
    return (
        f"| `{plan.name}` | tiles of {size} | member {name} on backend "
        f"`{request.member_backend}`, up to {plan.batch} tiles at a time |"
    )


def _mebibytes(count: int) -> int:
    return -(-count // (1 << 20))
