"""Do the names and shapes in a checkpoint fit a network, under whatever prefix they were saved?

A wrapper such as Lightning's module, DataParallel or torch.compile puts its own word before every
name: `model.`, `module.`, `_orig_mod.`. Which word it is does not matter: the one is taken under
which the names are those of the network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Shapes = Mapping[str, tuple[int, ...]]

# A counter that old versions of PyTorch did not save and that inference does not read.
OPTIONAL = "num_batches_tracked"
# A counter that torch.optim.swa_utils.AveragedModel puts beside the weights.
AVERAGED = "n_averaged"
NAMES_SHOWN = 4


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
            tensor that says so and that number.
    """

    prefix: str
    total: int
    outside: tuple[str, ...]
    agreeing: int
    differences: tuple[str, ...]
    classes: tuple[str, int] | None = None

    @property
    def fits(self) -> bool:
        """Whether every weight has its place."""
        return not self.differences and not self.outside

    def remedy(self, network: str) -> str | None:
        """Say what to do where nearly all is as in the network of this name; `None` elsewhere."""
        if self.outside and not self.differences:
            part = self.prefix.rstrip(".")
            return (
                f"{self._share} begin with {self.prefix!r} and are those of {network} without it, "
                f"but not {listed(self.outside)}; save the weights of that part alone: "
                f"torch.save(trained.{part}.state_dict(), 'weights.pth')"
            )
        if self.classes is not None and not self.outside:
            name, count = self.classes
            return (
                f"found {count} classes in {name}, expected 1, whose probability is that of a "
                f"forged pixel; all else is as in {network}. Train it with one class (classes=1 "
                "in segmentation-models-pytorch) and binary cross-entropy"
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


def match(found: Shapes, expected: Shapes) -> Match:
    """Compare weights with those of a network, under the prefix that suits them best.

    Args:
        found: The shape of every weight in the checkpoint by its name.
        expected: The same of the network.

    Example:
        >>> match({"model.a.weight": (1, 2)}, {"a.weight": (1, 2)}).prefix
        'model.'
    """
    names = [name for name in found if name in expected or name != AVERAGED]
    fitting = Counter(prefix for name in names for prefix in _prefixes(name, expected))
    # Of two that suit as many names the shorter: it leaves fewer out.
    prefix = min(fitting, key=lambda one: (-fitting[one], len(one)), default="")
    inside = {n.removeprefix(prefix): found[n] for n in names if n.startswith(prefix)}
    return Match(
        prefix=prefix,
        total=len(names),
        outside=tuple(name for name in names if not name.startswith(prefix)),
        agreeing=sum(inside.get(name) == shape for name, shape in expected.items()),
        differences=tuple(_differences(inside, expected)),
        classes=_classes(inside, expected),
    )


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


def _classes(found: Shapes, expected: Shapes) -> tuple[str, int] | None:
    """Return the tensor and the number of classes, where nothing else differs."""
    missing = [name for name in expected if name not in found and not name.endswith(OPTIONAL)]
    if missing or any(name not in expected for name in found):
        return None
    other = {name: shape for name, shape in found.items() if shape != expected[name]}
    counts = {shape[:1] for shape in other.values()}
    ends = all(expected[name] == (1, *shape[1:]) for name, shape in other.items())
    if not ends or len(counts) != 1 or counts == {()}:
        return None
    name = max(other, key=lambda one: len(other[one]))  # the kernel rather than the bias
    return name, other[name][0]
