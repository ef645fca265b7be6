"""Writing the model repository: whole, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from export.triton.config import member_config, pipeline_config
from export.triton.members import MemberPlan, fixed_sizes, plan_members
from export.triton.memory import shared_memory
from export.triton.readme import readme
from export.triton.request import RepositoryRequest
from export.triton.text_format import Word, text_of
from export.triton.warm_up import warm_up_pages, warm_up_sides
from forensics_rt.bundle.copying import refuse_taken, staged
from forensics_rt.bundle.manifest import MANIFEST_FILE
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.trust.signature import SIGNATURE_FILE
from forensics_rt.errors import OutputError
from forensics_rt.triton.deployment import DETECTOR_PARAMETERS
from forensics_rt.triton.names import BLS, BUNDLE_FOLDER, PIPELINE

TILES_AHEAD = 8
_RECIPE_FILE = "recipe.toml"


def write_repository(request: RepositoryRequest) -> Path:
    """Write a model repository.

    Args:
        request: What it is to be.

    Returns:
        Its folder.

    Raises:
        OutputError: If `out` exists or cannot be written.
        BundleAltered: If a file of the bundle is not the one that its manifest names.
    """
    if not request.force:
        refuse_taken(request.out)
    plans = plan_members(request)
    try:
        with staged(request.out, replace=request.force) as folder:
            _write_pipeline(request, folder / PIPELINE)
            if request.with_members:
                _write_bls(request, folder / BLS, plans)
            for plan in plans:
                _write_member(request, folder / plan.name, plan)
            figures = shared_memory(request, plans, TILES_AHEAD)
            text = readme(request, plans, figures)
            (folder / "README.md").write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{request.out}: cannot be written: {error.strerror or error}") from error
    return request.out


def _write_pipeline(request: RepositoryRequest, folder: Path) -> None:
    pages = warm_up_pages(request.bundle.manifest) if request.warm_up else {}
    sizes = {name: len(data) for name, data in pages.items()}
    parameters = _detector_parameters(request, folder)
    asked = dict(request.parameters)
    for name in ("backend", "threads", "precision"):
        parameters[name] = asked.get(name) or "auto"
    config = pipeline_config(request, PIPELINE, request.instances, parameters, sizes)
    _write_model(folder, config, "pipeline_model.py")
    _copy_bundle(request.bundle, folder / BUNDLE_FOLDER)
    for name, data in pages.items():
        (folder / "warmup").mkdir(exist_ok=True)
        (folder / "warmup" / name).write_bytes(data)


def _write_bls(request: RepositoryRequest, folder: Path, plans: tuple[MemberPlan, ...]) -> None:
    parameters = _detector_parameters(request, folder) | {
        "member_backend": request.member_backend,
        "tile_sizes": ",".join(map(str, fixed_sizes(plans))),
        "tiles_ahead": str(TILES_AHEAD),
    }
    # Without warm-up: while models load, none can call another.
    config = pipeline_config(request, BLS, request.bls_instances, parameters, {})
    config["instance_group"][0] = {**config["instance_group"][0], "kind": Word("KIND_CPU")}
    _write_model(folder, config, "bls_model.py")
    _copy_bundle(request.bundle, folder / BUNDLE_FOLDER)


def _write_member(request: RepositoryRequest, folder: Path, plan: MemberPlan) -> None:
    asked, parameters = dict(request.parameters), {}
    if plan.file is None:
        parameters = {"member": str(plan.member)} | {
            name: asked.get(name) or "auto" for name in ("backend", "threads", "precision")
        }
    sides = warm_up_sides(request.bundle.manifest) if plan.tile is None else (plan.tile,)
    config = member_config(request, plan, parameters, sides if request.warm_up else ())
    if plan.file is None:
        _write_model(folder, config, "member_model.py")
        _copy_bundle(request.bundle, folder / BUNDLE_FOLDER)
        return
    _write_model(folder, config, None)
    _link(plan.file, folder / "1" / config["default_model_filename"])


def _detector_parameters(request: RepositoryRequest, folder: Path) -> dict[str, str]:
    asked = dict(request.parameters)
    recipe = request.recipe
    if recipe.endswith(".toml"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(recipe, folder / _RECIPE_FILE)
        recipe = _RECIPE_FILE
    return {
        "recipe": recipe,
        "max_pixels": str(request.max_pixels),
        **{
            name: asked.get(name, "")
            for name in DETECTOR_PARAMETERS
            if name not in ("recipe", "max_pixels")
        },
    }


def _write_model(folder: Path, config: Mapping[str, Any], template: str | None) -> None:
    (folder / "1").mkdir(parents=True)
    (folder / "config.pbtxt").write_text(text_of(config), encoding="utf-8")
    if template is not None:
        source = files("export.triton") / "templates" / template
        (folder / "1" / "model.py").write_bytes(source.read_bytes())


def _copy_bundle(bundle: Bundle, folder: Path) -> None:
    """Copy what the manifest names, as links to the same bytes where the disk allows it."""
    for record in bundle.manifest.files():
        _link(bundle.file(record), folder / record.path)
    # Never a link: the id of the bundle is that of its bytes.
    shutil.copyfile(bundle.path / MANIFEST_FILE, folder / MANIFEST_FILE)
    if (bundle.path / SIGNATURE_FILE).exists():
        shutil.copyfile(bundle.path / SIGNATURE_FILE, folder / SIGNATURE_FILE)
    Bundle.open(folder, trust=bundle.trust)


def _link(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, place)
    except OSError:  # on another disk, or one without links
        shutil.copyfile(source, place)
