"""Which images of a page lie on a scan, as stamps do: they do not decide how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.io.pdf.geometry import common, is_upright
from forensics_rt.io.pdf.page_report import PointBox
from forensics_rt.io.pdf.things import StoredImage, Thing

Floats = npt.NDArray[np.float64]
_UNITS_PER_INCH = 72.0
# Densities that differ by rounding alone.
AS_DENSE = 0.98
# Pixels per inch that words need: where there are any, an image of fewer is a colored ground.
LEAST_DENSITY = 72.0
# Pixels per inch of the ground that scanners leave when they cut out its text (MRC), at most.
_GROUND_DENSITY = 150.0
# Of what a scan paints, as much as an image may paint that counts as lying on it.
_MOST_SHARE = 0.5
_NOWHERE = (0.0, 0.0, 0.0, 0.0)


def by_density(images: Sequence[StoredImage], places: Sequence[int]) -> list[list[int]]:
    """Put images together that are equally dense, such as tiles; the finest come first.

    Args:
        images: Of a page.
        places: Which of them.

    Returns:
        Of each density the places of its images.
    """
    groups: list[list[int]] = []
    for place in sorted(places, key=lambda place: -images[place].density):
        finest = images[groups[-1][0]].density if groups else 0.0
        if not groups or images[place].density < AS_DENSE * finest:
            groups.append([])
        groups[-1].append(place)
    return groups


def stamps_of(
    things: Sequence[Thing],
    shown: PointBox,
    painted: Mapping[int, float],
    units_per_inch: float = _UNITS_PER_INCH,
) -> frozenset[int]:
    """Return the images that lie on a scan.

    Images of one density count as one. They lie on a scan if at least half of them lies on images
    painted before, of one lower density, that paint twice as much of the page or more. Two kinds
    differ:

    - An annotation lies on a scan however large and dense that is.
    - Text that a scanner cut out of its scan (MRC) does not lie on the ground that was left, which
      has 150 samples per inch or fewer: the text is what matters.

    Args:
        things: Images that can be seen, in the order of painting.
        shown: What is shown of the page.
        painted: Which share of its place an image paints, by its place among all things of the
            page; 1 for those that are missing.
        units_per_inch: Of the page.

    Returns:
        Their places among these.
    """
    pile = _pile_of(things, shown, painted)
    if len(pile.groups) < 2:
        return frozenset()
    density = pile.density * units_per_inch / _UNITS_PER_INCH
    found: set[int] = set()
    for number, group in enumerate(pile.groups):
        scans = pile.own & (density >= AS_DENSE * LEAST_DENSITY)
        if pile.own[number]:
            scans &= (density < density[number]) & (pile.ink[number] <= _MOST_SHARE * pile.ink)
            if any(_is_cut_out(things[place]) for place in group):
                scans &= density * AS_DENSE > _GROUND_DENSITY
        if scans.any() and _lies_on(pile, number)[scans].any():
            found.update(group)
    return frozenset(found)


@dataclass(frozen=True)
class _Pile:
    """The images of a page in groups of one density, those of annotations by themselves.

    Attributes:
        boxes: Of each image: what is shown of it; nothing where it stands at an angle, and so is
            resampled in any case.
        order: Of each image: when it is painted.
        group: Of each image: the number of its group.
        groups: Places of the images of each group.
        own: Of each group: whether its images are not those of annotations.
        density: Of each group, as its images have it.
        ink: Of each group: how much of the page it paints.
    """

    boxes: Floats
    order: npt.NDArray[np.int_]
    group: npt.NDArray[np.int_]
    groups: Sequence[Sequence[int]]
    own: npt.NDArray[np.bool_]
    density: Floats
    ink: Floats


def _pile_of(things: Sequence[Thing], shown: PointBox, painted: Mapping[int, float]) -> _Pile:
    images = [thing.image for thing in things if thing.image is not None]
    is_own = [thing.kind == "image" for thing in things]
    groups = [
        group
        for own in (True, False)
        for group in by_density(images, [place for place, one in enumerate(is_own) if one == own])
    ]
    boxes = np.array([
        (common(thing.box, shown) if is_upright(image.matrix) else None) or _NOWHERE
        for thing, image in zip(things, images, strict=True)
    ]).reshape(-1, 4)  # fmt: skip
    # Of cut-out text all its place counts, however little ink it is.
    shares = [1.0 if _is_cut_out(thing) else painted.get(thing.place, 1.0) for thing in things]
    group_of = np.zeros(len(things), int)
    for number, group in enumerate(groups):
        group_of[group] = number
    ink: Floats = np.bincount(group_of, _areas(boxes) * shares).astype(float)
    return _Pile(
        boxes,
        np.array([thing.place for thing in things]),
        group_of,
        groups,
        np.array([is_own[group[0]] for group in groups], bool),
        np.array([images[group[0]].density for group in groups]),
        ink,
    )


def _lies_on(pile: _Pile, number: int) -> npt.NDArray[np.bool_]:
    """Tell on which groups at least half of one group lies, and was painted later."""
    on = np.zeros(len(pile.boxes))
    for place in pile.groups[number]:
        left, low, right, high = pile.boxes[place]
        across = np.minimum(pile.boxes[:, 2], right) - np.maximum(pile.boxes[:, 0], left)
        up = np.minimum(pile.boxes[:, 3], high) - np.maximum(pile.boxes[:, 1], low)
        both = np.maximum(across, 0) * np.maximum(up, 0)
        on += np.where(pile.order < pile.order[place], both, 0)
    size = _areas(pile.boxes[pile.groups[number]]).sum()
    covered = np.bincount(pile.group, on)
    return np.asarray((covered > 0) & (covered * 2 >= size))


def _areas(boxes: Floats) -> Floats:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))


def _is_cut_out(thing: Thing) -> bool:
    return thing.image is not None and (thing.image.bits == 1 or thing.image.is_mask)
