"""What speed costs: the maps of each setting against those of the reference backend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from forensics_rt.backends.registry import examine
from forensics_rt.bench.answers import BenchAnswer, read_answer
from forensics_rt.bench.setting import Setting
from forensics_rt.bench.task import Task
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
            expected = read_answer(self.folder, index)
            return expected.probability, found.probability, expected.mask, found.mask

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
    folder = Path(task.folder)
    with Worker(task) as worker:
        opened = worker.opened()
        for image in range(len(task.images)):
            worker.map(image)
            mask = read_answer(folder, image).mask
            pixels, forged = pixels + mask.size, forged + int(mask.sum())
    label = f"{opened.backend} {opened.precision}, {task.setting.recipe.name}"
    return Reference(ReferenceFacts(label, forged / pixels), folder)
