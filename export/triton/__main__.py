"""`python -m export.triton`: a bundle in, a model repository for an NVIDIA Triton server out.

Exit codes: 0 the repository is there; 1 it could not be written, and nothing was left behind; 2 the
command line was wrong.

Example:
    python -m export.triton default --out models
    python -m export.triton my-bundle --out models --recipe max --instances 4 --queue 200
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from export.triton.command_line import parse
from export.triton.repository import write_repository
from export.triton.request import RepositoryRequest
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.recipes import find_recipe
from forensics_rt.errors import ForensicsError
from forensics_rt.results.policy import fit_recipe
from forensics_rt.triton.deployment import DETECTOR_PARAMETERS, ENGINE_PARAMETERS

FAILED = 1
_OWN = ("recipe", "max_pixels")  # fields of the request


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: Those after the name of the program; `None` for those of the process.
    """
    values = parse(arguments)
    try:
        made = write_repository(_request(values))
    except ForensicsError as error:
        sys.stderr.write(f"error: {error}\n")
        return FAILED
    sys.stdout.write(f"written: {made}\nits README.md says how to start it\n")
    return 0


def _request(values: argparse.Namespace) -> RepositoryRequest:
    bundle = Bundle.open(values.bundle)
    recipe = values.recipe
    # What does not fit is said now, and not when the server starts.
    fit_recipe(find_recipe(recipe, bundle.manifest.recipes), bundle.manifest)
    names = [name for name in (*DETECTOR_PARAMETERS, *ENGINE_PARAMETERS) if name not in _OWN]
    given = [(name, getattr(values, name)) for name in names]
    return RepositoryRequest(
        bundle=bundle,
        out=values.out,
        recipe=str(recipe),
        parameters=tuple((name, str(value)) for name, value in given if value is not None),
        member_backend=values.member_backend,
        on_gpu=values.gpu,
        instances=values.instances,
        bls_instances=values.bls_instances,
        member_instances=values.member_instances,
        max_batch=values.max_batch,
        queue=values.queue,
        timeout=values.timeout,
        max_pixels=values.max_pixels,
        largest_file=values.largest_file << 20,
        warm_up=values.warm_up,
        force=values.force,
    )


if __name__ == "__main__":
    sys.exit(main())
