"""The parity gate: an exported graph must answer as PyTorch does, or there is no bundle.

What a CPU computes in only because it is faster there, such as bf16, is measured too and stops
nothing: the manifest says that it did not pass, and the runtime computes in float32.

Two kinds of arithmetic, two measures. Where graph and engine both compute in float32, any
difference beyond rounding is a fault of the export, and the largest |Δp| of any pixel is judged.
In bf16 or fp16 single pixels near an edge may move far without harm; there the share of pixels is
judged whose decision at the bundle's threshold flips, and the mean |Δp|. The mean is there because
a map that lies wholly on one side of the threshold flips nothing, however wrong it is. A small
fault can still hide in the rounding of an fp16 graph: building the same checkpoint in fp32 is the
strict test of the tracing.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from export.engines import Engine, Run
from export.graph import PixelsToProbability
from export.request import Tolerance
from forensics_rt.bundle.manifest import ParityRecord
from forensics_rt.bundle.parity import difference
from forensics_rt.errors import ParityError

Pixels = npt.NDArray[np.uint8]
Probability = npt.NDArray[np.float32]

_log = logging.getLogger(__name__)

# Two, as a batch other than one is to be tried too. More would try nothing else, and a folder of
# own images in one batch of 1024×1024 takes gigabytes.
_BATCH = 2


@dataclass(frozen=True)
class ParityRow:
    """One engine on the probes of one tile size.

    Attributes:
        record: The measurement; see `recorded` for what the manifest keeps.
        mean_difference: Mean |Δp| over all pixels.
        forged_share: Share of the pixels that PyTorch puts at the threshold or above; at 0 or 1 no
            decision was near to flipping.
        exact: Graph and engine both compute in float32.
        bonus: The engine may fail; the runtime then does without it.
    """

    record: ParityRecord
    mean_difference: float
    forged_share: float
    exact: bool
    bonus: bool = False

    def breaches(self, tolerance: Tolerance) -> list[str]:
        """Say what lies beyond the tolerance; empty where the row passes."""
        judged = {"max |Δp|": (self.record.max_difference, tolerance.max_difference)}
        if not self.exact:
            judged = {
                "flipped share": (self.record.flipped_share, tolerance.flipped_share),
                "mean |Δp|": (self.mean_difference, tolerance.mean_difference),
            }
        # Written so that NaN, which compares false with everything, is a breach.
        return [
            f"{name} {found:.3g}, at most {limit:.3g}"
            for name, (found, limit) in judged.items()
            if not found <= limit
        ]

    def told(self, tolerance: Tolerance) -> str:
        """Return the row in words: whose, on what, and what lies beyond the tolerance."""
        of = self.record
        beyond = "; ".join(self.breaches(tolerance))
        return f"{of.member}, {of.engine}, tile {of.tile}: {beyond}"


def torch_answers(whole: PixelsToProbability, probes: Pixels) -> Probability:
    """Return PyTorch's float32 probabilities, N×H×W, one tile at a time."""
    with torch.inference_mode():
        return np.concatenate(
            [
                whole(torch.from_numpy(probes[index : index + 1])).numpy()
                for index in range(len(probes))
            ]
        )


def _engine_answers(run: Run, probes: Pixels) -> Probability:
    return np.concatenate(
        [run(probes[start : start + _BATCH]) for start in range(0, len(probes), _BATCH)]
    )


def measure(
    graph: Path,
    engine: Engine,
    expected: Mapping[int, tuple[Pixels, Probability]],
    *,
    member: str,
    reduced: bool,
    threshold: float,
) -> Iterable[ParityRow]:
    """Run a graph on the probes of every tile size, a row for each.

    They go two by two, so that a batch other than one is tried too.

    Args:
        graph: The `.onnx` file.
        engine: What runs it.
        expected: Probes and PyTorch's answers by tile size.
        member: Name of the member in the rows.
        reduced: The graph keeps its weights in less than float32.
        threshold: Probability from which a pixel counts as forged.

    Raises:
        ParityError: If the engine refuses the graph or gives another shape.
    """
    run = None
    for tile, (probes, answers) in expected.items():
        try:
            run = run or engine.load(graph)
            found = _engine_answers(run, probes)
            apart = difference(answers, found, threshold)
        except (RuntimeError, ValueError) as error:
            raise ParityError(
                f"{member}: {engine.name} cannot run the graph at {tile}×{tile}: {error}; the "
                "bundle was not written"
            ) from error
        yield ParityRow(
            record=ParityRecord(
                member=member,
                engine=engine.name,
                tile=tile,
                probes=len(probes),
                max_difference=apart.max_difference,
                flipped_share=apart.flipped_share,
                iou_loss=apart.iou_loss,
            ),
            mean_difference=apart.mean_difference,
            forged_share=float((answers >= threshold).mean()),
            exact=engine.exact and not reduced,
            bonus=engine.bonus,
        )


def check(rows: Iterable[ParityRow], tolerance: Tolerance) -> None:
    """Let the rows pass, or raise; a warning names those of a bonus that do not pass.

    Raises:
        ParityError: Listing every other row beyond the tolerance.
    """
    failed = [row for row in rows if row.breaches(tolerance)]
    for row in failed:
        if row.bonus:
            _log.warning(
                "%s. The bundle is built all the same, and computes in float32 where a processor "
                "would have been faster so",
                row.told(tolerance),
            )
    refused = [row for row in failed if not row.bonus]
    if refused:
        raise ParityError(
            "the exported graphs do not answer as PyTorch does, so the bundle was not written:\n  "
            + "\n  ".join(row.told(tolerance) for row in refused)
            + _advice(refused)
        )


def recorded(row: ParityRow, tolerance: Tolerance) -> ParityRecord:
    """Return what the manifest keeps of a row: the figures, and whether they passed."""
    figures: dict[str, object] = {"passed": not row.breaches(tolerance)}
    if math.isnan(row.record.max_difference):  # which JSON lacks
        figures["max_difference"] = 1.0
    kept: ParityRecord = row.record.model_copy(update=figures)
    return kept


def _advice(refused: list[ParityRow]) -> str:
    advice = ""
    if any(row.exact for row in refused):
        advice += (
            "\nAll computed in float32, so the graph is wrong: take other versions of torch and "
            "onnx, or, if the use allows it, raise --max-difference"
        )
    if any(not row.exact for row in refused):
        advice += (
            "\nfloat16 is too coarse for this network: export with --precision fp32 or, if the use "
            "allows it, raise --flipped-share and --mean-difference"
        )
    return advice
