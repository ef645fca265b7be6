"""One image from input to detection, with the networks left to an inferer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import metadata
from pathlib import PurePath
from typing import Any, TypeAlias

import cv2
import numpy as np

from forensics_rt.backends.base import Capabilities
from forensics_rt.bundle.opening import Bundle
from forensics_rt.calibration.verdict import Conclusions
from forensics_rt.errors import RecipeError
from forensics_rt.inference.job import Job, Task
from forensics_rt.inference.timing import StageClock
from forensics_rt.io.decode import decode
from forensics_rt.io.decoded import DecodedImage, ImageInfo
from forensics_rt.io.formats import decoder_versions
from forensics_rt.io.image_errors import image_error, let_go
from forensics_rt.io.inputs import ImageInput, name_of
from forensics_rt.io.jpeg_library import PACKAGE
from forensics_rt.io.names import printable
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.size import pixel_count
from forensics_rt.plan.by_recipe import plan_for
from forensics_rt.plan.maps import Maps
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure
from forensics_rt.results.provenance import Provenance
from forensics_rt.results.robustness import Robustness, robustness_of
from forensics_rt.version import __version__

Decoder: TypeAlias = Callable[[ImageInput, "str | None", ReadOptions], DecodedImage]
Weigh: TypeAlias = Callable[[ImageInput, "str | None"], "int | None"]


@dataclass(frozen=True)
class Setup:
    """What every result of a detector has in common.

    Attributes:
        bundle: The networks.
        recipe: How they are run, fitted to the bundle.
        conclusions: What is concluded from their maps.
        uses: The backend that really runs.
    """

    bundle: Bundle
    recipe: Recipe
    conclusions: Conclusions
    uses: Capabilities

    @cached_property
    def recipe_used(self) -> Recipe:
        """The recipe with the decision really used."""
        return self.conclusions.decided(self.recipe)

    @cached_property
    def precision_reason(self) -> str | None:
        """Why the number format was taken; `None` where there was no choice."""
        return None if self.uses.formats is None else self.uses.formats.describe()

    @cached_property
    def reader_versions(self) -> dict[str, str]:
        """What reads the coefficients of JPEG; empty where the networks take pixels alone."""
        takes = self.bundle.manifest.contract.coefficients is not None
        return {PACKAGE: metadata.version(PACKAGE)} if takes else {}

    @cached_property
    def sides(self) -> tuple[int, ...]:
        """Heights and widths for tiles that fit the page; empty where all must be squares."""
        return self.bundle.manifest.tile_sides if self.uses.rectangles else ()

    def plan(self, height: int, width: int) -> Plan:
        """Return the tiles of an image of this size in pixels.

        Raises:
            RecipeError: If the recipe cannot take it.
        """
        return plan_for(self.recipe, height, width, self.bundle.manifest.tile_sizes, self.sides)

    def provenance(self, image: ImageInfo, plan: Plan, maps: Maps[Any] | None = None) -> Provenance:
        """Say how a result came about.

        Args:
            image: What is known of the image.
            plan: Its tiles.
            maps: What came of it, for the counts of tiles; `None` for none yet.
        """
        manifest, concluded, uses = self.bundle.manifest, self.conclusions, self.uses
        return Provenance(
            bundle_id=self.bundle.id,
            bundle_name=f"{manifest.name} {manifest.version}",
            backend=uses.name,
            device=uses.device,
            precision=uses.precision,
            recipe=self.recipe_used,
            calibration=concluded.calibration_id,
            operating_point=concluded.operating_point_name,
            prevalence=concluded.expected_share,
            tile_size=plan.tile_size,
            tile_shapes=plan.tile_shapes,
            tiles=len(plan.tiles),
            versions={
                "forensics_rt": __version__,
                "numpy": np.__version__,
                "opencv": cv2.__version__,
                **decoder_versions(image.format),
                **self.reader_versions,
                **uses.versions,
            },
            image_sha256=image.digest.result(),
            image_format=image.format,
            image_mode=image.mode,
            conversions=image.conversions,
            exif_orientation=image.exif_orientation,
            frames=image.frames,
            settled_tiles=0 if maps is None else maps.settled_tiles,
            constant_tiles=0 if maps is None else maps.constant_tiles,
            repeated_tiles=0 if maps is None else maps.repeated_tiles,
            page=image.page,
            density=image.density,
            precision_reason=self.precision_reason,
        )


class ImageTask(Task["Detection | Failure"]):
    """Decodes and plans an image, and concludes from its maps.

    Args:
        image: Whatever a detector takes.
        name: What to call it; `None` for its path or kind.
        setup: Of the detector.
        options: How it is read.
        decoder: What reads it, such as a pool of child processes; `None` for this process.
        weigh: What tells its pixels from its header, likewise.
        check: Called before it is decoded and between its tiles; raises to have the work stopped.
            `None` for nobody who may want that.
    """

    def __init__(
        self,
        image: ImageInput,
        name: str | None,
        setup: Setup,
        options: ReadOptions,
        decoder: Decoder | None = None,
        weigh: Weigh | None = None,
        check: Callable[[], None] | None = None,
    ) -> None:
        """Read nothing yet.

        Raises:
            RecipeError: If the name is no text.
        """
        given: object = name
        if given is not None and not isinstance(given, (str, PurePath)):
            found = f"{given!r} ({type(given).__name__})"
            raise RecipeError(f"name must be a text or None, but is {found}")
        self._image = image
        self._name = name
        self._setup = setup
        self._options = options
        self._decoder = decoder
        self._weigh = weigh
        self._check = check
        self._clock = StageClock()
        self._decoded: tuple[DecodedImage, Plan] | None = None

    @property
    def name(self) -> str:
        """What the image is called."""
        return printable(self._name) if self._name else name_of(self._image)

    def weight(self) -> int | None:
        """Return its pixels, from its header."""
        return (self._weigh or pixel_count)(self._image, self._options.password)

    def prepare(self) -> Job | None:
        """Decode and plan; `None` for an image that can carry no traces.

        Raises:
            ImageError: If the input gives no image.
            RecipeError: If the recipe cannot take an image of this size.
        """
        clock = self._clock
        if self._check is not None:
            self._check()
        with clock.stage("decode"):
            image = (self._decoder or decode)(self._image, self._name, self._options)
        with clock.stage("plan"):
            plan = self._setup.plan(*image.pixels.shape[:2])
        self._decoded = image, plan
        if image.medium is not None and image.medium.no_traces is not None:
            return None
        return Job(image.pixels, plan, clock, check=self._check, coefficients=image.coefficients)

    def conclude(self, maps: Maps[Any] | None) -> Detection:
        """Return the detection; without maps, of an image that can carry no traces.

        Raises:
            ImageError: If its file cannot be read again for its SHA-256.
        """
        if self._decoded is None:
            raise ValueError("a task is concluded once, after it was prepared")
        (image, plan), self._decoded = self._decoded, None  # a stream must not keep its memory
        if maps is None:
            maps = Maps(np.zeros(image.pixels.shape[:2], np.float32), raw_score=0.0)
            plan = replace(plan, tiles=())
        conclusions = self._setup.conclusions
        with self._clock.stage("finish"):
            judgment = conclusions.judge(maps.raw_score, image.medium)
            robust = self._robustness(maps)
        return Detection(
            name=image.name,
            image=image.pixels,
            probability=maps.probability,
            uncertainty=maps.uncertainty,
            raw_score=maps.raw_score,
            score=judgment.score,
            verdict=judgment.verdict,
            reason=judgment.reason,
            medium=image.medium,
            threshold=conclusions.decision.threshold,
            high_threshold=conclusions.decision.high_threshold,
            high_area=conclusions.decision.high_area,
            provenance=self._setup.provenance(image, plan, maps),
            seconds=self._clock.seconds,
            page_report=image.page_report,
            pdf_file=image.pdf_file,
            robust=robust,
        )

    def _robustness(self, maps: Maps[Any]) -> Robustness | None:
        if not maps.looks:
            return None
        return robustness_of(maps.probability, maps.looks, self._setup.conclusions.decision)

    def fail(self, error: Exception) -> Failure:
        """Return what comes in place of a detection."""
        name, self._decoded = self.name, None
        found = image_error(name, error)
        let_go(found)
        return Failure(name, found)
