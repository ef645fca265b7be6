"""What speed costs: the maps of each setting against those of the reference backend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forensics_rt.backends.registry import examine
from forensics_rt.bench.setting import Setting
from forensics_rt.bench.subject import BenchAnswer, Task
from forensics_rt.bench.worker import Worker
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.parity import BoolMask, Difference, FloatMap, pooled_difference
from forensics_rt.errors import BenchmarkError
from forensics_rt.recipe import Recipe

# In float32 on the CPU, the nearest to what the networks were trained with first.
REFERENCES = ("torch", "onnxruntime", "numpy")


@dataclass(frozen=True)
class ReferenceFacts:
    """What accuracy was measured against.

    Attributes:
        label: What made the maps, such as `torch fp32, balanced`.
        forged_share: Share of the pixels that it calls forged. Where it calls none, a mask that
            agrees says little.
    """

    label: str
    forged_share: float


@dataclass(frozen=True)
class Reference:
    """The maps that others are held against: on disk, one image in memory at a time.

    Attributes:
        facts: What to say of it.
        folder: Where its maps are.
    """

    facts: ReferenceFacts
    folder: Path

    def difference(self, answers: Iterable[BenchAnswer]) -> Difference:
        """Compare with what another setting finds in the same images, in the same order."""

        def pair(index: int, found: BenchAnswer) -> tuple[FloatMap, FloatMap, BoolMask, BoolMask]:
            with np.load(self.folder / f"{index}.npz", allow_pickle=False) as expected:
                return expected["probability"], found.probability, expected["mask"], found.mask

        return pooled_difference(pair(index, found) for index, found in enumerate(answers))


def choose_reference(bundle: Bundle, recipe: Recipe) -> Setting:
    """Return the reference backend of this machine, on the CPU, with the recipe asked for.

    Settings with other tiles or overlap are held against it too: what they change is part of their
    price.

    Raises:
        BenchmarkError: If none can run here.
    """
    tried = []
    for name in REFERENCES:
        candidate = examine(name, "cpu", bundle)
        if candidate.usable:
            return Setting(name, "cpu", recipe)
        tried.append(f"{name}: {candidate.reason}")
    raise BenchmarkError(
        f"no backend can be the reference for accuracy; tried {'; '.join(tried)}. "
        "Install one of them, or skip accuracy with --reference none"
    )


def make_reference(task: Task) -> Reference:
    """Have the maps made, in a process of their own.

    Args:
        task: The reference setting.

    Raises:
        BenchmarkError: If it cannot run.
    """
    pixels = forged = 0
    with Worker(task) as worker:
        opened = worker.subject.opened()
        for image in range(len(task.pages)):
            answer = worker.subject.map(image)
            file = task.folder / f"{image}.npz"
            np.savez(file, probability=answer.probability, mask=answer.mask)
            pixels, forged = pixels + answer.mask.size, forged + int(answer.mask.sum())
    label = f"{opened.backend} {opened.precision}, {task.setting.recipe.name}"
    return Reference(ReferenceFacts(label, forged / pixels), task.folder)
