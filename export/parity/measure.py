"""Measuring how far a backend's answers lie from PyTorch's, a row for each tile size."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from export.coefficients import limit_of, probe_coefficients
from export.errors import ParityError
from export.parity.judges import Judge
from export.parity.rows import ParityRow
from export.parity.watch import Watch
from forensics_rt.backends.base import Backend
from forensics_rt.bundle.goldens import check_goldens
from forensics_rt.bundle.limits import Limits, is_float32
from forensics_rt.bundle.manifest import MemberRecord, ParityRecord
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.parity import Difference, difference
from forensics_rt.errors import BackendError, EngineOutOfMemory

Pixels: TypeAlias = npt.NDArray[np.uint8]
Probability: TypeAlias = npt.NDArray[np.float32]
Probes: TypeAlias = Mapping[int, tuple[Pixels, Probability]]

_log = logging.getLogger(__name__)

# Two, as a batch other than one is to be tried too. More would try nothing else, and a folder of
# own images in one batch of 1024×1024 takes gigabytes.
_BATCH = 2
_NO_ANSWER = Difference(1.0, 1.0, 1.0, 1.0)


def of_one_network(bundle: Bundle, network: MemberRecord, limits: Limits) -> Bundle:
    """Return a bundle as if one network were all it had, to be judged by these limits.

    Args:
        bundle: In whose folder the network's files lie.
        network: Its record, which need not be in the manifest.
        limits: To judge it by.
    """
    alone = {"members": (network,), "cascade": None, "parity": (), "engines": (), "limits": limits}
    return replace(bundle, manifest=bundle.manifest.model_copy(update=alone))


def measure_all(
    judges: Sequence[Judge], bundle: Bundle, watch: Watch, probes: Probes | None = None
) -> list[ParityRow]:
    """Let each judge run a bundle of one network, and tell a watch of it; see `measure`.

    Raises:
        ParityError: If a required judge cannot run it.
    """
    rows = []
    for judge in judges:
        watch.step(f"{bundle.manifest.members[0].name}: {judge.engine} answers the probes")
        for row in measure(judge, bundle, probes):
            watch.row(row)
            rows.append(row)
    return rows


def measure(judge: Judge, bundle: Bundle, probes: Probes | None = None) -> list[ParityRow]:
    """Run a bundle of one network on its goldens, and on probes, a row for each tile size.

    The goldens go through the very code of `forensics-rt verify`, so that what passes here passes
    there. Probes go two by two, so that a batch other than one is tried, too.

    Args:
        judge: What runs it.
        bundle: Of one network (`of_one_network`).
        probes: Tiles and PyTorch's answers by tile size; `None` for the goldens alone.

    Raises:
        ParityError: If a required judge cannot run it. One that is not, and lacks the memory, gives
            no row.
    """
    name = bundle.manifest.members[0].name
    try:
        with judge.start(bundle) as backend:
            return list(_rows(judge, bundle, backend, probes))
    except BackendError as error:
        if judge.required:
            raise ParityError(
                f"{name}: {judge.engine} cannot run the graph: {error}; nothing was written"
            ) from error
        _log.info("%s: %s cannot run the graph: %s", name, judge.engine, error)
        if isinstance(error, EngineOutOfMemory):
            return []
        return [
            _row(judge, bundle, tile, answers, _NO_ANSWER, ("no usable answer",))
            for tile, (_, answers) in (probes or goldens_of(bundle)).items()
        ]


def goldens_of(bundle: Bundle) -> Probes:
    """Return the goldens of a bundle of one network as probes: one for each tile size."""
    (network,) = bundle.manifest.networks
    opened = {record.tile: bundle.golden(record) for record in network.goldens}
    return {tile: (image[None], answer[None]) for tile, (image, answer) in opened.items()}


def _rows(
    judge: Judge, bundle: Bundle, backend: Backend, probes: Probes | None
) -> Iterator[ParityRow]:
    checks = {one.tile: one for one in check_goldens(bundle, backend.infer, judge.arithmetic)}
    if probes is None:
        for tile, (_, answers) in goldens_of(bundle).items():
            yield _row(judge, bundle, tile, answers, checks[tile].found, checks[tile].breaches)
        return
    limits, graph = bundle.manifest.limits, bundle.manifest.members[0].precision
    limit = limit_of(bundle.manifest.contract)
    for tile, (tiles, answers) in probes.items():
        most = bundle.manifest.contract.batch.max
        found = difference(
            answers, _answers(backend, tiles, most, limit), bundle.manifest.decision_threshold
        )
        beyond = limits.breaches(found, float32=is_float32(graph, judge.arithmetic))
        golden = tuple(f"golden: {one}" for one in checks[tile].breaches) if tile in checks else ()
        yield _row(judge, bundle, tile, answers, found, (*beyond, *golden))


def _answers(backend: Backend, tiles: Pixels, most: int, limit: int | None) -> Probability:
    batch = min(_BATCH, most)
    found = []
    for start in range(0, len(tiles), batch):
        part = tiles[start : start + batch]
        found.append(backend.infer_alone(0, part, probe_coefficients(part, limit)))
    return np.concatenate(found)


def _row(
    judge: Judge,
    bundle: Bundle,
    tile: int,
    answers: Probability,
    found: Difference,
    breaches: tuple[str, ...],
) -> ParityRow:
    manifest = bundle.manifest
    record = ParityRecord(
        member=manifest.members[0].name,
        engine=judge.engine,
        tile=tile,
        probes=len(answers),
        max_difference=found.max_difference,
        flipped_share=found.flipped_share,
        iou_loss=found.iou_loss,
        passed=not breaches,
    )
    forged = float((answers >= manifest.decision_threshold).mean())
    return ParityRow(
        record, found.mean_difference, forged, judge.required, manifest.limits, breaches
    )
