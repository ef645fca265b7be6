"""Do the names and shapes in a checkpoint fit a network, under whatever prefix they were saved?

A wrapper such as Lightning's module, DataParallel or torch.compile puts its own word before every
name: `model.`, `module.`, `_orig_mod.`. Which word it is does not matter: the one is taken under
which the names are those of the network. Where a file holds the network twice, once averaged, the
prefix of the average has a word for it: `ema_model.`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]
WeightsChoice: TypeAlias = Literal["auto", "model", "ema"]

# A counter that old versions of PyTorch did not save and that inference does not read.
OPTIONAL = "num_batches_tracked"
# Counters that torch.optim.swa_utils.AveragedModel and copies of it put beside the weights.
AVERAGED = re.compile(r"(^|\.)(n_averaged|num_updates|decay|initted|step)$")
NAMES_SHOWN = 4
_AVERAGE = re.compile(r"(^|[._])(ema|swa|averaged?|shadow)([._]|$)", re.IGNORECASE)
# Names that belong to training and not to the network; `mean` and `std` are those of pixels.
_OF_TRAINING = re.compile(
    r"^\w*(loss|criterion|metric|accuracy|iou|dice|f1|auroc)\w*\.|^(pixel_)?(mean|std)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Match:
    """How the weights of a checkpoint compare with those of a network.

    Attributes:
        prefix: What stands before the names; empty for nothing.
        total: How many names the checkpoint holds.
        outside: Names that do not begin with the prefix.
        agreeing: How many names and shapes are those of the network.
        differences: What is missing, unexpected or of another shape, in words.
        classes: Where all that differs is the number of classes at the end of the network, the
            tensors that say so, the kernel first, and that number.
        taken: Names that are the network's, or stand among them.
        beside: Names that are not and that it does without: losses, metrics, what pixels were
            normalized by, and parts that are not run for a map.
        copies: Other prefixes under which the whole network lies.
    """

    prefix: str
    total: int
    outside: tuple[str, ...]
    agreeing: int
    differences: tuple[str, ...]
    classes: tuple[tuple[str, ...], int] | None = None
    taken: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether every weight has its place."""
        return not self.differences and not self.outside

    @property
    def fits_but_for_classes(self) -> bool:
        """Whether every weight has its place, if the network gave so many classes."""
        return self.classes is not None and not self.outside

    def remedy(self, network: str) -> str | None:
        """Say what to do where nearly all is as in the network of this name; `None` elsewhere."""
        if self.outside and not self.differences:
            part = self.prefix.rstrip(".")
            return (
                f"{self._share} begin with {self.prefix!r} and are those of {network} without it, "
                f"but not {listed(self.outside)}; save the weights of that part alone: "
                f"torch.save(trained.{part}.state_dict(), 'weights.pth')"
            )
        return None

    def explain(self) -> str:
        """Say what differs, and without which prefix it was compared."""
        if not self.prefix:
            return listed(self.differences)
        beside = f", not {listed(self.outside)}" if self.outside else ""
        found = listed(self.differences)
        return f"{self._share} begin with {self.prefix!r}{beside}; without it {found}"

    @property
    def _share(self) -> str:
        outside = len(self.outside)
        return f"{self.total - outside} of {self.total} names" if outside else "all names"


def match(
    found: Shapes,
    expected: Shapes,
    weights: WeightsChoice = "auto",
    not_run: re.Pattern[str] | None = None,
) -> Match:
    """Compare weights with those of a network, under the prefix that suits them best.

    Args:
        found: The shape of every weight in the checkpoint by its name.
        expected: The same of the network.
        weights: Of a network and its average the one to compare; `auto` prefers the network.
        not_run: Found in names that checkpoints of the network may hold and it does without.

    Example:
        >>> match({"model.a.weight": (1, 2)}, {"a.weight": (1, 2)}).prefix
        'model.'
    """
    names = [name for name in found if name in expected or not AVERAGED.search(name)]
    fitting = Counter(prefix for name in names for prefix in _prefixes(name, expected))
    needed = [name for name in expected if not name.endswith(OPTIONAL)]
    whole = [one for one in fitting if all(one + name in found for name in needed)]

    def suits(one: str) -> tuple[object, ...]:
        # Of two that suit as many names the shorter: it leaves fewer out.
        return (is_average(one) != (weights == "ema"), -fitting[one], len(one))

    if whole:
        prefix = min(whole, key=suits)
    else:
        prefix = min(fitting, key=lambda one: (-fitting[one], len(one)), default="")
    copies = tuple(one for one in sorted(whole) if one != prefix)

    def is_beside(name: str) -> bool:
        return any(one.search(name) for one in (_OF_TRAINING, not_run) if one is not None)

    def is_taken(name: str) -> bool:
        inner = tuple(one for one in copies if one.startswith(prefix))
        if not name.startswith(prefix) or (inner and name.startswith(inner)):
            return False
        return name.removeprefix(prefix) in expected or not is_beside(name)

    taken = [name for name in names if is_taken(name)]
    inside = {name.removeprefix(prefix): found[name] for name in taken}
    others = [name for name in names if name not in set(taken)]
    left = tuple(name for name in others if name.startswith(copies) or is_beside(name))
    return Match(
        prefix=prefix,
        total=len(names),
        outside=tuple(name for name in others if name not in left),
        agreeing=sum(inside.get(name) == shape for name, shape in expected.items()),
        differences=tuple(_differences(inside, expected)),
        classes=_classes(inside, expected),
        taken=tuple(taken),
        beside=tuple(name for name in left if not name.startswith(copies)),
        copies=copies,
    )


def is_average(prefix: str) -> bool:
    """Tell whether a prefix has a word for a moving average.

    Example:
        >>> is_average("ema_model.module."), is_average("model."), is_average("schema.")
        (True, False, False)
    """
    return bool(_AVERAGE.search(prefix))


def listed(lines: tuple[str, ...] | list[str]) -> str:
    """Return the first of many words, and how many more there are."""
    more = len(lines) - NAMES_SHOWN
    return ", ".join(lines[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _prefixes(name: str, expected: Shapes) -> Iterator[str]:
    """Yield everything before a dot of the name that leaves a name of the network."""
    rest = name
    while rest:
        if rest in expected:
            yield name.removesuffix(rest)
        rest = rest.partition(".")[2]


def _differences(found: Shapes, expected: Shapes) -> Iterator[str]:
    yield from (f"missing {n}" for n in expected if n not in found and not n.endswith(OPTIONAL))
    yield from (f"unexpected {n}" for n in found if n not in expected)
    yield from (
        f"{n} has shape {list(found[n])}, expected {list(shape)}"
        for n, shape in expected.items()
        if n in found and found[n] != shape
    )


def _classes(found: Shapes, expected: Shapes) -> tuple[tuple[str, ...], int] | None:
    """Return the tensors and the number of classes, where nothing else differs."""
    missing = [name for name in expected if name not in found and not name.endswith(OPTIONAL)]
    if missing or any(name not in expected for name in found):
        return None
    other = {name: shape for name, shape in found.items() if shape != expected[name]}
    counts = {shape[:1] for shape in other.values()}
    ends = all(expected[name] == (1, *shape[1:]) for name, shape in other.items())
    if not ends or len(counts) != 1 or counts == {()}:
        return None
    # The kernel before the bias.
    names = tuple(sorted(other, key=lambda one: -len(other[one])))
    return names, other[names[0]][0]
