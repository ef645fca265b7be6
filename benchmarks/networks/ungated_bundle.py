"""Bundles of any graphs, for measurements and tests: nothing compares their answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx

from export.pack import record_of
from forensics_rt.bundle.manifest import GoldenRecord, Manifest, MemberRecord
from forensics_rt.bundle.opening import Bundle


def write_bundle(
    folder: Path,
    graphs: Sequence[onnx.ModelProto],
    tiles: tuple[int, ...] = (32, 64),
    weights: Sequence[float] | None = None,
    goldens: Sequence[tuple[np.ndarray, np.ndarray]] = (),
    precision: Literal["fp32", "fp16"] = "fp32",
    **changes: Any,
) -> Bundle:
    """Write a bundle of the given graphs, one a member, and open it.

    Args:
        folder: Where.
        graphs: From pixels to probability.
        tiles: Sides in pixels of the tiles that the bundle is for.
        weights: Of the members; `None` for 1 each.
        goldens: Tiles and the probabilities that each member should answer.
        precision: Number format of the graphs, `fp32` or `fp16`.
        changes: Other fields of the manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    records = []
    for index, (image, probability) in enumerate(goldens):
        file = folder / f"golden{index}.npz"
        np.savez_compressed(file, image=image, probability=probability)
        records.append(GoldenRecord(tile=image.shape[0], file=record_of(folder, file)))
    members = []
    for index, graph in enumerate(graphs, start=1):
        file = folder / f"fold{index}.onnx"
        onnx.save(graph, file)
        members.append(
            MemberRecord(
                name=f"fold{index}",
                architecture="tiny",
                parameters=0,
                precision=precision,
                weight=weights[index - 1] if weights else 1.0,
                graph=record_of(folder, file),
                goldens=tuple(records),
            )
        )
    settings: dict[str, Any] = {
        "name": "tiny",
        "license": "Apache-2.0",
        "members": tuple(members),
        "tile_sizes": tiles,
        "thresholds": {"pixel": 0.5},
        "built_with": {"onnx": onnx.__version__},
        "created": "2026-11-23T00:00:00Z",
    }
    manifest = Manifest(**(settings | changes))
    (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return Bundle.open(folder)
