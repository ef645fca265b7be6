"""What speed costs: the maps of each setting against those of the reference backend."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from forensics_rt.backends.registry import examine
from forensics_rt.bench.answers import Answers, read_answers
from forensics_rt.bench.setting import Setting
from forensics_rt.bench.task import Task
from forensics_rt.bench.worker import Worker
from forensics_rt.bundle import Bundle
from forensics_rt.errors import BenchmarkError
from forensics_rt.parity import Difference, difference_of_masks
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


@dataclass(frozen=True, eq=False)
class Reference:
    """The maps that others are held against.

    Attributes:
        label: What made them.
        answers: What it finds.
    """

    label: str
    answers: Answers

    @property
    def facts(self) -> ReferenceFacts:
        """What to say of it."""
        return ReferenceFacts(self.label, float(self.answers.mask.mean()))

    def difference(self, folder: Path, images: int) -> Difference:
        """Compare with the maps and masks that a `Worker` wrote.

        Args:
            folder: Where they are.
            images: How many.
        """
        ours, theirs = read_answers(folder, images), self.answers
        return difference_of_masks(theirs.probability, ours.probability, theirs.mask, ours.mask)


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
        f"nothing to measure accuracy against; tried {'; '.join(tried)}. Install one of them, or "
        "leave accuracy out with --reference none"
    )


def make_reference(task: Task) -> Reference:
    """Have the maps made, in a process of their own.

    Args:
        task: The reference setting.

    Raises:
        BenchmarkError: If it cannot run.
    """
    with Worker(task) as worker:
        opened = worker.opened()
        worker.maps()
    label = f"{opened.backend} {opened.precision}, {task.setting.recipe.name}"
    return Reference(label, read_answers(Path(task.folder), len(task.images)))
