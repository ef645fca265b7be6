"""Recipes: how a bundle is run over an image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, cast, get_args

from forensics_rt.errors import RecipeError
from forensics_rt.system.arguments import of_kind

WindowName = Literal["flat", "pyramid", "gaussian"]
MergeName = Literal["blend", "tianchi-fft2"]
TtaName = Literal[
    "identity",
    "rotate90",
    "rotate180",
    "rotate270",
    "flip_left_right",
    "flip_up_down",
    "transpose",
    "transverse",
]

# Fields of a recipe.
_PROBABILITIES = ("threshold", "high_threshold", "exit_threshold")
# Of a member, as in a manifest: within what float32 adds up without losing either.
_LEAST_WEIGHT, _MOST_WEIGHT = 1e-3, 1e3
# All eight symmetries of the square.
D4: tuple[TtaName, ...] = get_args(TtaName)
# What `--tta` and a file of a recipe may say in place of a list; each is a group.
TTA_SETS: Mapping[str, tuple[TtaName, ...]] = {
    "none": ("identity",),
    "flips": ("identity", "flip_left_right", "flip_up_down", "rotate180"),
    "all": D4,
}


@dataclass(frozen=True)
class Recipe:
    """How a bundle is run: tiles, overlap, window, symmetries, members and threshold.

    Attributes:
        name: The name to ask for it by.
        tile_sizes: Sides of the square tiles it may use, in pixels; `None` for tiles that fit the
            page where networks and backend take them, and else for all of the bundle's.
        overlap: Least number of pixels that two neighboring tiles share.
        window: Weight of a pixel by its place in the tile when tiles are blended.
        tta: Elements of D4, the symmetries of the square, that each tile is seen under.
        members: How many members of the bundle vote, counted from the first; `None` for all.
        weights: Of these members in the mean, in their order; `None` for those of the bundle.
        merge: `blend` averages overlapping tiles; `tianchi-fft2` overwrites and rounds to 8 bits,
            as the competition system did.
        exit_threshold: Run a cascade: if the bundle's cascade network stays below this probability
            in the whole tile, its answer is used and no member sees the tile. `None` to show every
            tile to the members.
        threshold: Probability from which a pixel counts as forged; `None` for that of the bundle.
        high_threshold: Probability that a region must reach to be reported, see `plan.mask`.
            `None` for that of the bundle if `threshold` is `None` too. Otherwise `None` is for no
            high threshold.
        high_area: With how many pixels a region must reach it. `None` for that of the bundle if
            both thresholds are `None` too, and otherwise for one.

    Example:
        >>> PRESETS["balanced"].with_threshold(0.7).threshold
        0.7
    """

    name: str
    tile_sizes: tuple[int, ...] | None = None
    overlap: int = 24
    window: WindowName = "pyramid"
    tta: tuple[TtaName, ...] = ("identity",)
    members: int | None = None
    merge: MergeName = "blend"
    exit_threshold: float | None = None
    threshold: float | None = None
    high_threshold: float | None = None
    weights: tuple[float, ...] | None = None
    high_area: int | None = None

    # Read by pydantic where a manifest holds recipes: a misspelt key is an error there.
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """Refuse values that no image could be run with.

        Lists become tuples and numbers of numpy those of Python: recipes are compared, and written
        as JSON.

        Raises:
            RecipeError: For an empty or repeated choice, or a number out of its range.
        """
        self._make_plain()
        for kind, value, known in (
            ("window", self.window, get_args(WindowName)),
            ("merge", self.merge, get_args(MergeName)),
            *(("symmetry", symmetry, D4) for symmetry in self.tta),
        ):
            if value not in known:
                raise self._error(f"no {kind} {value!r}; there are: {', '.join(known)}")
        if self.overlap < 0:
            raise self._error(f"overlap is {self.overlap}, must be 0 or more")
        if self.tile_sizes is not None and (
            not self.tile_sizes or min(self.tile_sizes) <= self.overlap
        ):
            raise self._error(
                f"tile sizes must be larger than the overlap of {self.overlap}, got "
                f"{list(self.tile_sizes)}"
            )
        if not self.tta:
            raise self._error("needs a symmetry; write 'identity' for none")
        if self.merge == "blend" and len(set(self.tta)) != len(self.tta):
            raise self._error(f"repeats a symmetry: {list(self.tta)}; name each once")
        for kind, count in (("members", self.members), ("high_area", self.high_area)):
            if count is not None and count < 1:
                raise self._error(f"{kind} must be at least 1, got {count}")
        if self.weights is not None:
            self._check_weights(self.weights)
        if self.exit_threshold is not None and self.merge != "blend":
            raise self._error(
                "only merge 'blend' can be a cascade; leave out exit_threshold, or merge "
                f"{self.merge!r}"
            )
        for kind in _PROBABILITIES:
            number = getattr(self, kind)
            if number is not None and not 0.0 < number < 1.0:
                raise self._error(f"{kind} must lie between 0 and 1, got {number}")

    def _check_weights(self, weights: tuple[float, ...]) -> None:
        if not all(_LEAST_WEIGHT <= weight <= _MOST_WEIGHT for weight in weights) or not weights:
            raise self._error(
                f"weights must lie between {_LEAST_WEIGHT:g} and {_MOST_WEIGHT:g}, got "
                f"{list(weights)}"
            )
        if self.members not in (None, len(weights)):
            raise self._error(
                f"has {len(weights)} weights for {self.members} members; give one for each"
            )
        if self.merge != "blend":
            raise self._error(
                f"merge {self.merge!r} weighs all members alike; leave out weights, or merge by "
                "'blend'"
            )

    def _error(self, reason: str) -> RecipeError:
        return RecipeError(f"recipe {self.name!r}: {reason}")

    def _make_plain(self) -> None:
        of_kind("the name of a recipe", self.name, str, "a text", RecipeError)
        sizes, weights = self.tile_sizes, self.weights
        for kind, several in (("tile_sizes", sizes), ("tta", self.tta), ("weights", weights)):
            if several is not None:
                kind = f"recipe {self.name!r}: {kind}"
                of_kind(kind, several, Iterable, "several, such as a list", RecipeError)
        if sizes is not None:
            sizes = tuple(self._whole("a tile size", size) for size in sizes)
        plain = {
            "tile_sizes": sizes,
            "overlap": self._whole("overlap", self.overlap),
            "tta": tuple(self.tta),
            **{
                name: None if count is None else self._whole(name, count)
                for name, count in (("members", self.members), ("high_area", self.high_area))
            },
            "weights": None if weights is None else tuple(map(self._weight, weights)),
            **{name: self._real(name, getattr(self, name)) for name in _PROBABILITIES},
        }
        for name, value in plain.items():
            object.__setattr__(self, name, value)  # frozen from here on

    def _whole(self, kind: str, number: object) -> int:
        if isinstance(number, bool) or not isinstance(number, Integral):
            raise self._error(f"{kind} must be whole, got {number!r}")
        return int(number)

    def _weight(self, number: object) -> float:
        found = self._real("a weight", number)
        if found is None:
            raise self._error("a weight must be a number, got None")
        return found

    def _real(self, kind: str, number: object) -> float | None:
        if number is None:
            return None
        if isinstance(number, bool) or not isinstance(number, Real):
            raise self._error(f"{kind} must be a number, got {number!r}")
        return float(number)

    def as_record(self) -> dict[str, Any]:
        """Return the fields as results have them: `weights` and `high_area` only where set.

        Earlier versions, whose recipes had neither, read them then.
        """
        written = asdict(self)
        for name in ("weights", "high_area"):
            if written[name] is None:
                del written[name]
        return written

    def with_threshold(
        self, threshold: float, high_threshold: float | None = None, high_area: int = 1
    ) -> Recipe:
        """Return the same recipe with another decision: see `plan.mask`."""
        area = None if high_area == 1 else high_area
        return replace(self, threshold=threshold, high_threshold=high_threshold, high_area=area)

    def changed(
        self,
        *,
        overlap: int | None = None,
        tiles: Sequence[int] | None = None,
        tta: Sequence[TtaName] | None = None,
    ) -> Recipe:
        """Return the recipe with other tiles or symmetries, and with a name that shows the changes.

        Args:
            overlap: Least number of pixels that two neighboring tiles share; `None` to keep it.
            tiles: Sides of the tiles it may use, in pixels; `None` to keep them.
            tta: Elements of D4 that each tile is seen under; `None` to keep them.

        Raises:
            RecipeError: If no image could be run so, or the recipe's merge ignores the overlap.

        Example:
            >>> PRESETS["balanced"].changed(overlap=64, tta=D4).name
            'balanced+overlap=64+tta=all'
        """
        if overlap is not None and self.merge != "blend":
            raise self._error(
                f"merge {self.merge!r} places tiles by its own rule and ignores the overlap; "
                "change that of a recipe that blends, such as balanced"
            )
        wanted: dict[str, tuple[str, Any]] = {}  # field by field: its word, its value
        if overlap is not None:
            wanted["overlap"] = ("overlap", overlap)
        if tiles is not None:
            wanted["tile_sizes"] = ("tiles", tuple(tiles))
        if tta is not None:
            wanted["tta"] = ("tta", tuple(tta))
        differing = {k: v for k, v in wanted.items() if v[1] != getattr(self, k)}
        name = self.name + "".join(f"+{word}={_short(value)}" for word, value in differing.values())
        return replace(self, name=name, **{k: value for k, (_, value) in differing.items()})

    def differences(self, other: Recipe) -> tuple[str, ...]:
        """Return the names of the fields in which the probabilities differ from another's.

        Name and decision, which is both thresholds and `high_area`, are not among them.

        Example:
            >>> PRESETS["balanced"].differences(PRESETS["balanced"].with_threshold(0.7))
            ()
            >>> PRESETS["balanced"].differences(PRESETS["max"])
            ('overlap', 'tta')
        """
        names = (field.name for field in fields(self))
        return tuple(
            name
            for name in names
            if name not in ("name", "threshold", "high_threshold", "high_area")
            and getattr(self, name) != getattr(other, name)
        )


def parse_tta(text: str) -> tuple[TtaName, ...]:
    """Return the symmetries that a text names: one of `TTA_SETS`, or names with commas between.

    Raises:
        RecipeError: If there is no such name.

    Example:
        >>> parse_tta("identity, transpose")
        ('identity', 'transpose')
    """
    if text in TTA_SETS:
        return TTA_SETS[text]
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in D4:
            raise RecipeError(
                f"no TTA named {name!r}; there are: {', '.join(TTA_SETS)}, or several of "
                f"{', '.join(D4)}, separated by commas"
            )
    return cast(tuple[TtaName, ...], tuple(names))


def _short(value: Any) -> str:
    if not isinstance(value, tuple):
        return str(value)
    sets = [name for name, members in TTA_SETS.items() if members == value]
    return sets[0] if sets else ",".join(map(str, value))


PRESETS: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("fast", overlap=16, members=1),
        Recipe("balanced"),
        Recipe("max", overlap=128, tta=D4),
        Recipe(
            "tianchi-fft2",
            tile_sizes=(384, 512, 768, 1024),
            overlap=0,
            window="flat",
            merge="tianchi-fft2",
            threshold=0.5,
        ),
    )
}
