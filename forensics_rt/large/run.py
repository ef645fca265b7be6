"""The front door for images too large for memory: a file in, files and a result out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path, PurePath
from typing import Any, get_args

import numpy as np

from forensics_rt.detector import Detector
from forensics_rt.errors import OutputError, RecipeError
from forensics_rt.inference.banded import BandedInferer
from forensics_rt.inference.job import Job
from forensics_rt.inference.tile_loop import TileLoop
from forensics_rt.inference.timing import StageClock
from forensics_rt.io.optional import load_optional
from forensics_rt.io.pyramid import RawPlane, Shrink, write_pyramid
from forensics_rt.io.windowed import FileRows
from forensics_rt.io.writers import remove, write_json
from forensics_rt.large.coefficients import peak_bytes, read_coefficients
from forensics_rt.large.memory import (
    BATCHES_AHEAD,
    MemoryNeed,
    most_parts,
    parse_bytes,
    predict,
    require_memory,
    rows_at_once,
)
from forensics_rt.large.result import LargeDetection, MapFormat
from forensics_rt.large.sinks import MapSinks
from forensics_rt.large.workspace import disk_bytes, workspace
from forensics_rt.plan.coefficients import blank_coefficients
from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import PRESETS, Recipe
from forensics_rt.results.policy import fit_recipe
from forensics_rt.results.saving import place_for
from forensics_rt.system.memory import resident_bytes

DEFAULT_MEMORY = "1.5GB"
_COUNTED = ("settled_tiles", "constant_tiles", "repeated_tiles")


def detect_large(
    detector: Detector,
    image: str | Path,
    out: str | Path,
    *,
    memory: str | int = DEFAULT_MEMORY,
    map_format: MapFormat = "uint8",
    stem: str | PurePath | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> LargeDetection:
    """Find the forged pixels of an image of any size, in bounded memory.

    Map, mask, score and regions are those of `detector(image)` to the bit (the map rounded, if it
    is to be `uint8`), as long as the backend runs batches from the host and answers a tile alike
    whatever else is in its batch. The detector's `max_pixels` is not asked: memory is the limit.

    Writes `STEM.probability.tif`, `STEM.mask.tif`, `STEM.uncertainty.tif` where there is one, and
    `STEM.json` last. Until they are whole they lie in a hidden folder inside `out`.

    Args:
        detector: What finds.
        image: A JPEG, PNG, TIFF or BigTIFF.
        out: Where to write; made if missing.
        memory: What the process may take in all, such as `1.5GB`, or in bytes.
        map_format: Number format of the maps.
        stem: Start of the file names, may hold sub-folders, and what is there is written over;
            `None` for the name of the image, where another image's result is left alone.
        on_rows: Called now and then with how many rows are done.

    Raises:
        OptionalDependency: If pyvips or tifffile is not installed.
        TooLittleMemory: If the image will not fit; the message says what would help.
        ImageError: If the file gives no image, or cannot be read row by row.
        RecipeError: If the recipe cannot take an image of this size, or the detector examines
            changed copies.
        EngineFailed: If the engine fails or gives values that are not finite.
        OutputError: If a file cannot be written, or without `stem` another image has the name.

    Example:
        >>> from forensics_rt import Detector
        >>> with Detector() as detector:  # doctest: +SKIP
        ...     print(detect_large(detector, "map.tif", "results", memory="1.5GB").regions)
    """
    if map_format not in get_args(MapFormat):
        raise OutputError(f"map_format must be uint8 or float32, but is {map_format!r}")
    limit = parse_bytes(memory)
    if detector.robust:
        raise RecipeError(
            "changed copies of an image are examined whole, but this one is read row by row; give "
            "a detector without `robust=True`"
        )
    load_optional("tifffile", "large", "writing a tiled pyramid TIFF")  # now, not after the work
    clock = StageClock()
    with FileRows(image, detector.read_options.damaged) as source:
        plan = detector.setup.plan(source.height, source.width)
        dct_limit = detector.read_options.dct_limit
        peak = peak_bytes(source, Path(image), dct_limit)
        need = _check_memory(detector, source, plan, limit, peak)
        with clock.stage("decode"):
            coefficients, header = read_coefficients(source, Path(image), dct_limit)
            provenance = detector.setup.provenance(header, plan)
            versions = {**provenance.versions, "libvips": source.libvips_version}
            provenance = replace(provenance, versions=versions)
        base = place_for(out, stem, header.name, provenance)
        maps = 2 if len(detector.weights) * len(detector.recipe.tta) > 1 else 1
        with workspace(
            base.parent, disk_bytes(source.height * source.width, map_format, maps)
        ) as folder:
            sinks = MapSinks(
                folder,
                source.height,
                source.width,
                map_format,
                detector.conclusions.decision,
                most_parts(need, limit),
            )
            with closing(sinks):
                counts = _compute(
                    detector, Job(source, plan, clock, coefficients=coefficients), sinks, on_rows
                )
                with clock.stage("finish"):
                    regions = sinks.mask.finish()
            with clock.stage("finish"):
                written = _write_maps(sinks, base)
            raw_score = sinks.raw_score.value()
            judgment = detector.conclusions.judge(raw_score, header.medium)
            detection = LargeDetection(
                name=header.name,
                height=source.height,
                width=source.width,
                probability=written["probability"],
                map_format=map_format,
                mask=written["mask"],
                uncertainty=written.get("uncertainty"),
                document=base.with_name(base.name + ".json"),
                raw_score=raw_score,
                score=judgment.score,
                verdict=judgment.verdict,
                reason=judgment.reason,
                medium=header.medium,
                threshold=detector.threshold,
                high_threshold=detector.high_threshold,
                high_area=detector.high_area,
                forged_share=sinks.mask.forged_pixels / (source.height * source.width),
                regions=regions,
                provenance=replace(provenance, **counts),
                seconds=clock.seconds,
                memory=need,
            )
            write_json(detection.document, detection.to_dict())
            return detection


def _check_memory(
    detector: Detector, source: FileRows, plan: Plan, limit: int, coefficients: int | None
) -> MemoryNeed:
    backend, members = detector.backend, len(detector.weights)
    batch = min(backend.capabilities.batch, len(plan.tiles) * len(detector.recipe.tta))
    # What an engine takes is not to be computed, only seen: it runs once before the question.
    views = (View(tile, name) for tile in plan.tiles for name in detector.recipe.tta)
    shapes = sorted({view.shape for view in views})
    networks = [*range(members)]
    if detector.recipe.exit_threshold is not None:
        networks.append(len(detector.bundle.manifest.members))
    for network, shape in product(networks, shapes):
        beside = None if coefficients is None else blank_coefficients((batch, *shape))
        backend.infer(network, np.full((batch, *shape, 3), 128, np.uint8), beside)
    resident = resident_bytes()
    need_for = partial(
        predict,
        batch=batch,
        reading=source.working_bytes,
        resident=resident,
        coefficients=coefficients,
    )
    need = need_for(plan, detector.recipe, members)

    def need_of(recipe: Recipe) -> MemoryNeed:
        small = replace(detector.setup, recipe=recipe).plan(plan.height, plan.width)
        return need_for(small, recipe, recipe.members or members)

    def smaller() -> tuple[str, MemoryNeed]:
        sizes = detector.recipe.tile_sizes or detector.bundle.manifest.tile_sizes
        least = replace(detector.recipe, tile_sizes=(min(sizes),), tta=("identity",))
        choices = {
            "recipe 'fast'": fit_recipe(PRESETS["fast"], detector.bundle.manifest),
            f"from Python, a Recipe with tile_sizes=({min(sizes)},) and no TTA": least,
        }
        needs = [(called, need_of(recipe)) for called, recipe in choices.items()]
        return next((choice for choice in needs if choice[1].total <= limit), needs[-1])

    require_memory(source.header.name, need, limit, smaller)
    return need


def _compute(
    detector: Detector, job: Job, sinks: MapSinks, on_rows: Callable[[int], None] | None
) -> dict[str, Any]:
    """Take the rows to where they go; return what provenance counts of the tiles."""
    loop = TileLoop(
        detector.backend,
        detector.recipe,
        detector.weights,
        len(detector.bundle.manifest.members),
        BATCHES_AHEAD,
    )
    done, counts = 0, Counter[str]()
    with closing(BandedInferer(loop, rows_at_once(job.plan.width)).rows(job)) as maps:
        for rows in maps:
            with job.clock.stage("finish"):
                sinks.add(rows)
            done += len(rows.probability)
            if on_rows is not None:
                on_rows(done)
            counts.update({name: getattr(rows, name) for name in _COUNTED})
    return dict(counts)


def _write_maps(sinks: MapSinks, base: Path) -> dict[str, Path]:
    """Write the pyramids, give them their final names once all are whole, and return these."""
    planes: dict[str, tuple[RawPlane, Shrink]] = {
        "probability": (sinks.probability, "mean"),
        "mask": (sinks.mask.plane, "max"),
    }
    if sinks.uncertainty is not None:
        planes["uncertainty"] = (sinks.uncertainty, "mean")
    finals = {kind: base.with_name(f"{base.name}.{kind}.tif") for kind in planes}
    whole = {}
    for kind, (plane, shrink) in planes.items():
        file = plane.path.with_name(finals[kind].name)
        write_pyramid(plane, file, shrink)
        plane.path.unlink()
        whole[file] = finals[kind]
    # What an earlier run left must not pass for a part of this result.
    earlier = (
        ".json",
        ".uncertainty.tif",
        ".disagreement.tif",  # as schema 1 called it
    )
    for suffix in earlier:
        remove(base.with_name(base.name + suffix))
    for file, final in whole.items():
        file.replace(final)
    return finals
