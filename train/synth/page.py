"""One synthetic page: scene, capture, edits — everything but its after-life."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from pydantic.dataclasses import dataclass as pydantic_dataclass

from train.ranges import STRICT, NotNegativeInt, UnitShare
from train.synth.capture import captured
from train.synth.forgery import FORGERY_KINDS, Canvas, Hands
from train.synth.forgery.erase import ERASERS
from train.synth.labels import MaskStyle, mark
from train.synth.rasterize import RASTERIZERS
from train.synth.scene.base import Image, Scene, crop_scene
from train.synth.scene.draw import draw_scene, scan_scene
from train.synth.sources import Sources


@pydantic_dataclass(frozen=True, config=STRICT)
class PageConfig:
    """What pages are like.

    Attributes:
        size: Side of the square page in pixels; 0 keeps the size of the scene.
        real_share: Share of pages made on real scans.
        authentic_share: Share of pages without any edit.
        most_edits: Largest number of edits on a page.
        mask_style: `blob` or `stroke`, see `labels.mark`.
        rasterizers: What draws text that is typed in, by names of `rasterize.RASTERIZERS`; empty
            for Pillow alone, as before there were others.
        erasers: What makes words disappear, by names of `erase.ERASERS`; empty for the four oldest.
        unused_rasterizers: The same for pages of the cross test, which never train.
        unused_erasers: The same.
        jpeg_only: Make every page a JPEG before it is edited and a JPEG afterwards: captures and
            after-lives end with a JPEG save. `fit` then cuts crops on the grid of the last save,
            and does not mirror them.
    """

    size: NotNegativeInt = 640
    real_share: UnitShare = 0.55
    authentic_share: UnitShare = 0.27
    most_edits: NotNegativeInt = 7
    mask_style: MaskStyle = "blob"
    rasterizers: tuple[str, ...] = ()
    erasers: tuple[str, ...] = ()
    unused_rasterizers: tuple[str, ...] = ()
    unused_erasers: tuple[str, ...] = ()
    jpeg_only: bool = False

    def __post_init__(self) -> None:
        """Refuse programs that do not exist, or that train and do not."""
        for field, known in (("rasterizers", RASTERIZERS), ("erasers", ERASERS)):
            names, unused = getattr(self, field), getattr(self, f"unused_{field}")
            strays = {*names, *unused} - {*known}
            if strays:
                raise ValueError(
                    f"page.{field} must be some of {', '.join(known)}, but got {sorted(strays)}"
                )
            if {*names} & {*unused}:
                raise ValueError(
                    f"page.unused_{field} must not train, but page.{field} names "
                    f"{sorted({*names} & {*unused})} too"
                )
        if bool(self.rasterizers) != bool(self.erasers):
            raise ValueError("page.rasterizers and page.erasers must be named together, or neither")

    @property
    def hands(self) -> Hands | None:
        """The programs that edit; `None` for one rasterizer and the four oldest erasers."""
        return Hands(self.rasterizers, self.erasers) if self.rasterizers else None

    def crossed(self) -> PageConfig:
        """Return the config with the programs that never train in place of the others.

        Raises:
            ValueError: If it names none.
        """
        if not (self.unused_rasterizers and self.unused_erasers):
            raise ValueError(
                "the cross test needs page.unused_rasterizers and page.unused_erasers, but the "
                "config names none"
            )
        return replace(
            self,
            rasterizers=self.unused_rasterizers,
            erasers=self.unused_erasers,
            unused_rasterizers=(),
            unused_erasers=(),
        )


@dataclass(frozen=True)
class SyntheticPage:
    """A page and its authentic twin.

    Attributes:
        image: H×W×3 uint8 RGB, with the edits.
        twin: The same without edits.
        mask: H×W uint8: 0 authentic, 1.. kind of edit, 255 nothing to learn.
        origin: Layout or file of the scene.
        real: True if the scene was a real scan or photograph.
        ornaments: Honest things on it that look like forgeries.
        domain: `scan`, `photo`, `screen` or `digital`; empty where the origin says enough.
    """

    image: Image
    twin: Image
    mask: npt.NDArray[np.uint8]
    origin: str
    real: bool
    ornaments: tuple[str, ...] = ()
    domain: str = ""


def make_page(
    seed: int, index: int, sources: Sources, config: PageConfig | None = None
) -> SyntheticPage:
    """Make one page; the same seed, index and sources give the same page.

    Args:
        seed: Seed of the collection.
        index: Number of the page in it.
        sources: Typefaces and scans.
        config: What pages are like.

    Returns:
        The page, its twin and its mask, all of one size.
    """
    config = config or PageConfig()
    rng = np.random.default_rng([seed, index])
    scene = draw_scene(rng, sources, config.real_share)
    if config.size and scene.domain:
        scene = _window(rng, scene, config.size)
    scene = captured(rng, scene, config.jpeg_only)
    if config.size:
        scene = _fit(rng, sources, scene, config.size)
    return forge(rng, sources, scene, config)


def forge(
    rng: np.random.Generator, sources: Sources, scene: Scene, config: PageConfig
) -> SyntheticPage:
    """Edit a captured scene, or leave it alone."""
    hands = config.hands
    canvas = Canvas(scene.image.copy(), list(scene.words), sources.fonts, scene, hands)
    if rng.random() >= config.authentic_share:
        canvas.donor = donor_for(rng, sources, scene)
        kinds = [(n, one) for n, one in enumerate(FORGERY_KINDS.values(), 1) if hands or one.always]
        weights = np.array([kind.weight for _, kind in kinds])
        count = 1 + int(min(rng.geometric(0.3), config.most_edits) - 1)
        for place in rng.choice(len(kinds), count, p=weights / weights.sum()):
            number, kind = kinds[int(place)]
            before = canvas.image.copy()
            touched = kind.edit(rng, canvas)
            if touched is not None:
                mark(canvas, touched, number, before, style=config.mask_style)
            elif (canvas.image != before).any():
                canvas.image[:] = before
    return SyntheticPage(
        canvas.image,
        scene.image,
        canvas.mask,
        scene.origin,
        scene.real,
        scene.ornaments,
        scene.domain,
    )


def donor_for(rng: np.random.Generator, sources: Sources, scene: Scene) -> Scene:
    """Return another picture that an editor may take pieces from."""
    if sources.photos.files and rng.random() < 0.25:
        photo = sources.photos.load(sources.photos.pick(rng))
        return Scene(photo, (), "photo", True)
    if sources.scans.files or sources.plain_scans.files or sources.collections:
        return scan_scene(rng, sources)
    return scene


def _window(rng: np.random.Generator, scene: Scene, size: int) -> Scene:
    """Cut out what a capture of the page will need, so that large pages cost no more than small."""
    side = int(1.7 * size)
    height, width = scene.image.shape[:2]
    if height <= 1.2 * side and width <= 1.2 * side:
        return scene
    across, down = min(width, side), min(height, side)
    spots = [
        (
            8 * int(rng.integers((width - across) // 8 + 1)),
            8 * int(rng.integers((height - down) // 8 + 1)),
        )
        for _ in range(3)
    ]
    cuts = [crop_scene(scene, x, y, across, down) for x, y in spots]
    return max(cuts, key=lambda cut: min(len(cut.words), 12))


def _fit(rng: np.random.Generator, sources: Sources, scene: Scene, size: int) -> Scene:
    """Cut a square on the 8×8 grid of the scene; small scenes lie on a desk."""
    height, width = scene.image.shape[:2]
    if height < size or width < size:
        scene = _on_desk(rng, sources, scene, max(height, size), max(width, size))
        height, width = scene.image.shape[:2]
    corners = [
        (
            8 * int(rng.integers(0, (width - size) // 8 + 1)),
            8 * int(rng.integers(0, (height - size) // 8 + 1)),
        )
        for _ in range(3)
    ]
    cuts = [crop_scene(scene, x, y, size, size) for x, y in corners]
    return max(cuts, key=lambda cut: min(len(cut.words), 8))


def _on_desk(
    rng: np.random.Generator, sources: Sources, scene: Scene, height: int, width: int
) -> Scene:
    desk = np.empty((height, width, 3), np.float32)
    desk[:] = rng.integers(0, 256, 3) if rng.random() < 0.6 else 255
    desk += rng.normal(0, float(rng.uniform(0, 4)), (height, width, 1))
    canvas = np.clip(desk, 0, 255).astype(np.uint8)
    y = 8 * int(rng.integers(0, (height - scene.image.shape[0]) // 8 + 1))
    x = 8 * int(rng.integers(0, (width - scene.image.shape[1]) // 8 + 1))
    canvas[y : y + scene.image.shape[0], x : x + scene.image.shape[1]] = scene.image
    words = tuple(word.moved(x, y) for word in scene.words)
    return replace(scene, image=canvas, words=words)
