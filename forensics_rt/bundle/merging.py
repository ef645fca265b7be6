"""One bundle of several: the members of all vote, each with the weight that it had."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from forensics_rt.bundle.copying import refuse_taken, staged, write_manifest
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import (
    BatchProfile,
    Contract,
    FileRecord,
    Manifest,
    MemberRecord,
    ParityRecord,
)
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import BundleError, OutputError
from forensics_rt.io.digest import sha256_of
from forensics_rt.recipe import Recipe

_CARD = "MODEL_CARD.md"


def merge_bundles(
    bundles: Sequence[Bundle],
    out: Path,
    *,
    name: str | None = None,
    threshold: float | None = None,
    weights: Sequence[float] | None = None,
) -> Bundle:
    """Write a bundle with the members of several.

    Goldens, parity rows, recipes and model cards come along, and graphs in int8 where every member
    has one. A calibration stays behind, because it was fitted with other networks, and so do
    prebuilt engines.

    Args:
        bundles: Two or more; their members are called `member-1` and so on, in this order.
        out: The folder.
        name: Of the bundle; `None` for that of the folder.
        threshold: Probability from which a pixel counts as forged; `None` where all have the same.
        weights: A factor for the weights of each bundle's members; `None` for 1.

    Returns:
        The bundle, every hash checked.

    Raises:
        BundleError: If the bundles do not go together; the message says what differs.
        OutputError: If `out` exists or cannot be written.
        BundleAltered: If a file changed since its bundle was opened.

    Example:
        >>> merge_bundles([Bundle.open("a"), Bundle.open("b")], Path("c"))  # doctest: +SKIP
    """
    refuse_taken(out)
    if len(bundles) < 2:
        raise BundleError("to merge takes two bundles or more; name another")
    factors = [1.0] * len(bundles) if weights is None else list(weights)
    if len(factors) != len(bundles) or not all(0 < one < math.inf for one in factors):
        raise BundleError(
            f"weights must be {len(bundles)} positive numbers, one for each bundle, got {factors}"
        )
    tiles = _common_tiles(bundles)
    pixel = _threshold(bundles, threshold)
    recipes, cascade = _recipes(bundles), _cascade(bundles)
    try:
        with staged(out) as folder:
            members, parity = _members(bundles, factors, tiles, folder)
            contract = _contract(bundles)
            manifest = Manifest(
                schema=contract.schema_version,
                name=name or out.absolute().name,
                license=" AND ".join(dict.fromkeys(one.manifest.license for one in bundles)),
                model_card=_card(bundles, folder),
                members=tuple(members),
                cascade=None if cascade is None else _copied(cascade[0], cascade[1], tiles, folder),
                contract=contract,
                tile_sizes=tiles,
                recipes=recipes,
                thresholds={"pixel": pixel},
                built_with=_built_with(bundles, members),
                created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
                parity=tuple(parity),
                limits=_widest(bundles),
            )
            write_manifest(folder, manifest)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or error}") from error
    return Bundle.open(out)


def _common_tiles(bundles: Sequence[Bundle]) -> tuple[int, ...]:
    sizes = [set(bundle.manifest.tile_sizes) for bundle in bundles]
    common = sorted(set.intersection(*sizes))
    if not common:
        each = "; ".join(f"{one.path}: {list(one.manifest.tile_sizes)}" for one in bundles)
        raise BundleError(
            f"the bundles have no tile size in common ({each}); build one with tiles of the other"
        )
    return tuple(common)


def _threshold(bundles: Sequence[Bundle], asked: float | None) -> float:
    there = {bundle.manifest.thresholds["pixel"] for bundle in bundles}
    if asked is not None:
        if not 0.0 < asked < 1.0:
            raise BundleError(f"threshold must lie between 0 and 1, got {asked}")
        return asked
    if len(there) > 1:
        raise BundleError(
            f"the bundles have different thresholds, {sorted(there)}; say which is to be used: "
            "threshold"
        )
    return there.pop()


def _recipes(bundles: Sequence[Bundle]) -> dict[str, Recipe]:
    found: dict[str, Recipe] = {}
    for bundle in bundles:
        for name, recipe in bundle.manifest.recipes.items():
            if found.setdefault(name, recipe) != recipe:
                raise BundleError(
                    f"{bundle.path}: its recipe {name!r} is another than that of a bundle before "
                    "it; pack one of them under another name"
                )
    return found


def _cascade(bundles: Sequence[Bundle]) -> tuple[Bundle, MemberRecord] | None:
    there = [(one, one.manifest.cascade) for one in bundles if one.manifest.cascade is not None]
    if len(there) > 1:
        raise BundleError(
            f"{' and '.join(str(one.path) for one, _ in there)} each have a cascade network; a "
            "bundle has one at most, so build one of them without --cascade"
        )
    return (there[0][0], network) if there and (network := there[0][1]) is not None else None


def _members(
    bundles: Sequence[Bundle], factors: Sequence[float], tiles: tuple[int, ...], folder: Path
) -> tuple[list[MemberRecord], list[ParityRecord]]:
    members, parity = list[MemberRecord](), list[ParityRecord]()
    quantized = all(member.int8 for bundle in bundles for member in bundle.manifest.members)
    for bundle, factor in zip(bundles, factors, strict=True):
        for member in bundle.manifest.members:
            name = f"member-{len(members) + 1}"
            changed: dict[str, object] = {"name": name, "weight": member.weight * factor}
            if not quantized:
                changed["int8"] = None
            # Parsed anew, as the weight may leave its range.
            kept = MemberRecord(**(dict(member) | changed))
            members.append(_copied(bundle, kept, tiles, folder))
            parity += [
                row.model_copy(update={"member": name})
                for row in bundle.manifest.parity
                if row.member == member.name
                and row.tile in tiles
                and (quantized or "int8" not in row.engine)
            ]
    return members, parity


def _copied(
    bundle: Bundle, member: MemberRecord, tiles: tuple[int, ...], folder: Path
) -> MemberRecord:
    """Copy a network's files under its name, and return its record with their places."""

    def place(record: FileRecord, path: str) -> FileRecord:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bundle.file(record), file)
        return record.model_copy(update={"path": path})

    int8 = member.int8
    return member.model_copy(
        update={
            "graph": place(member.graph, f"graphs/{member.name}.onnx"),
            "int8": int8 and place(int8, f"graphs/{member.name}-int8.onnx"),
            "goldens": tuple(
                golden.model_copy(
                    update={"file": place(golden.file, f"goldens/{member.name}-{golden.tile}.npz")}
                )
                for golden in member.goldens
                if golden.tile in tiles
            ),
        }
    )


def _contract(bundles: Sequence[Bundle]) -> Contract:
    contracts = [bundle.manifest.contract for bundle in bundles]
    least = max(one.batch.min for one in contracts)
    most = min(one.batch.max for one in contracts)
    if least > most:
        raise BundleError("the bundles take no batch size in common; build one of them anew")
    if len({one.coefficients for one in contracts}) > 1:
        raise BundleError(
            "the networks of all bundles must read the same coefficients of JPEG, or none, but "
            "those of some bundles read pixels alone or clip otherwise; merge bundles of one kind"
        )
    best = min(max(least, min(one.batch.opt for one in contracts)), most)
    return Contract(
        size_multiple=math.lcm(*(one.size_multiple for one in contracts)),
        batch=BatchProfile(min=least, opt=best, max=most),
        coefficients=contracts[0].coefficients,
    )


def _widest(bundles: Sequence[Bundle]) -> Limits:
    """Return the limits under which the goldens of every bundle passed."""
    each = [bundle.manifest.limits.model_dump() for bundle in bundles]
    return Limits(**{key: max(one[key] for one in each) for key in each[0]})


def _built_with(bundles: Sequence[Bundle], members: Sequence[MemberRecord]) -> dict[str, str]:
    found: dict[str, str] = {}
    names = iter(members)
    for number, bundle in enumerate(bundles, start=1):
        manifest = bundle.manifest
        found[f"bundle {number}"] = f"{manifest.name} {manifest.version} (id {bundle.id})"
        renamed = {old.name: next(names).name for old in manifest.members}
        for key, value in manifest.built_with.items():
            kind, _, of = key.rpartition(" ")
            if of in renamed:
                found[f"{kind} {renamed[of]}"] = value
            elif found.setdefault(key, value) != value:
                found[f"{key} of bundle {number}"] = value
    return found


def _card(bundles: Sequence[Bundle], folder: Path) -> FileRecord | None:
    cards = [(bundle.manifest.name, card) for bundle in bundles if (card := bundle.model_card())]
    if not cards:
        return None
    file = folder / _CARD
    parts = [f"# {name}\n\n{card.strip()}\n" for name, card in cards]
    file.write_text("\n---\n\n".join(parts), encoding="utf-8")
    return FileRecord(path=_CARD, bytes=file.stat().st_size, sha256=sha256_of(file))
