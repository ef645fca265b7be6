"""The front door: an image in, a detection out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, overload

import cv2
import numpy as np

from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.backends.registry import open_backend
from forensics_rt.bundle import Bundle
from forensics_rt.calibration.file import read_calibration
from forensics_rt.calibration.record import CalibrationRecord
from forensics_rt.detection import Detection, Provenance
from forensics_rt.errors import ForensicsError
from forensics_rt.fitting import choose_conclusions, fit_recipe
from forensics_rt.io.decode import DEFAULT_MAX_PIXELS, DecodedImage, ImageInput, decode, name_of
from forensics_rt.plan.by_recipe import merger_for, plan_for
from forensics_rt.plan.gather import gather
from forensics_rt.plan.merge import MergedMap
from forensics_rt.plan.schedule import schedule
from forensics_rt.plan.score import image_score
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe, find_recipe
from forensics_rt.stages import StageClock
from forensics_rt.stream import overlap
from forensics_rt.version import __version__


@dataclass(frozen=True)
class Failure:
    """An input of a stream that gave no detection.

    Attributes:
        name: The path, or the kind of input.
        error: Why.
    """

    name: str
    error: ForensicsError


class Detector:
    """Finds forged pixels with the networks of a bundle. Thread-safe.

    Args:
        bundle: A folder, an opened bundle, or `None` for the one inside the package.
        backend: `auto`, `openvino`, `onnxruntime`, `torch` or `numpy`.
        recipe: A recipe, or the name of one: `fast`, `balanced`, `max`, `tianchi-fft2`, or one that
            the bundle carries.
        device: `cpu` or `cuda`; `None` for `cpu`.
        threshold: Probability from which a pixel counts as forged; `None` for the calibration's,
            or else the recipe's, or else the bundle's. It puts their peak out of force too: a peak
            means little beside a threshold it was not chosen for.
        peak: Probability that a region must reach somewhere to be reported; `None` for that which
            comes with the threshold.
        calibration: A calibration of your own, as a record or as the file that `forensics-rt
            calibrate --out` wrote; `None` for the bundle's, if it has one.
        operating_point: Name of one of the calibration's, such as `fpr-1%`: an image is then called
            forged from that limit on.
        max_pixels: Largest width × height accepted.

    Raises:
        BundleError: If the bundle is missing, malformed or altered.
        BackendUnavailable: If the backend cannot run here.
        RecipeError: If the recipe is unknown or does not fit the bundle.
        CalibrationError: If the calibration cannot be read, belongs to other networks, or does not
            support the operating point.

    Example:
        >>> with Detector() as detector:  # doctest: +SKIP
        ...     detection = detector("scan.jpg")
        ...     for region in detection.regions:
        ...         print(region.box, region.mean_probability)
    """

    def __init__(
        self,
        bundle: str | Path | Bundle | None = None,
        backend: str = "auto",
        recipe: str | Recipe = "balanced",
        device: str | None = None,
        *,
        threshold: float | None = None,
        peak: float | None = None,
        calibration: str | Path | CalibrationRecord | None = None,
        operating_point: str | None = None,
        max_pixels: int = DEFAULT_MAX_PIXELS,
    ) -> None:
        """Open the bundle and start the backend."""
        self.bundle = bundle if isinstance(bundle, Bundle) else Bundle.open(bundle)
        manifest = self.bundle.manifest
        self.recipe = fit_recipe(find_recipe(recipe, manifest.recipes), manifest)
        if isinstance(calibration, (str, Path)):
            calibration = read_calibration(calibration)
        self.conclusions = choose_conclusions(
            (threshold, peak),
            calibration,
            operating_point,
            self.recipe,
            manifest,
            self.bundle_name,
        )
        self.max_pixels = max_pixels
        members = manifest.members[: self.recipe.members]
        self._weights = tuple(member.weight for member in members)
        self._backend: Backend = open_backend(self.bundle, backend, device)

    @property
    def bundle_name(self) -> str:
        """Name, version and id of the bundle, for people."""
        manifest = self.bundle.manifest
        return f"{manifest.name} {manifest.version} (id {self.bundle.id})"

    @property
    def threshold(self) -> float:
        """Probability from which a pixel counts as forged."""
        return self.conclusions.decision.threshold

    @property
    def peak(self) -> float | None:
        """Probability that a region must reach somewhere to be reported; `None` for any."""
        return self.conclusions.decision.peak

    @property
    def capabilities(self) -> Capabilities:
        """The backend that really runs, its device, precision and versions."""
        return self._backend.capabilities

    def __call__(self, image: ImageInput, name: str | None = None) -> Detection:
        """Find the forged pixels of one image.

        Args:
            image: A path, encoded bytes, an open file, an H×W×3 RGB uint8 array or a PIL image.
            name: What to call it; `None` for its path or kind.

        Raises:
            ImageError: If the input gives no image.
            RecipeError: If the recipe cannot take an image of this size.
            EngineFailed: If the engine fails or gives values that are not finite.
        """
        return self._compute(*self._decode(image, name))

    @overload
    def stream(
        self, sources: Iterable[ImageInput], on_error: Literal["raise"] = "raise"
    ) -> Iterator[Detection]: ...

    @overload
    def stream(
        self, sources: Iterable[ImageInput], on_error: Literal["yield"]
    ) -> Iterator[Detection | Failure]: ...

    def stream(
        self, sources: Iterable[ImageInput], on_error: Literal["raise", "yield"] = "raise"
    ) -> Iterator[Detection | Failure]:
        """Yield a detection for each image, in order; decoding, computing and your work overlap.

        Args:
            sources: Whatever `detector(image)` takes; read lazily.
            on_error: `raise` stops at the first input that fails, `yield` gives a `Failure` in its
                place and goes on.

        Raises:
            ForensicsError: With `raise`, as for one image.
        """

        def decode_one(source: ImageInput) -> tuple[DecodedImage, StageClock] | Failure:
            try:
                return self._decode(source, None)
            except ForensicsError as error:
                return Failure(name_of(source), error)

        def compute_one(
            decoded: tuple[DecodedImage, StageClock] | Failure,
        ) -> Detection | Failure:
            if isinstance(decoded, Failure):
                return decoded
            try:
                return self._compute(*decoded)
            except ForensicsError as error:
                return Failure(decoded[0].name, error)

        for result in overlap(sources, decode_one, compute_one):
            if on_error == "raise" and isinstance(result, Failure):
                raise result.error
            yield result

    def close(self) -> None:
        """Give back what the engine holds; the detector must not be used after."""
        self._backend.close()

    def __enter__(self) -> Detector:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def _decode(self, image: ImageInput, name: str | None) -> tuple[DecodedImage, StageClock]:
        clock = StageClock()
        with clock.stage("decode"):
            return decode(image, name, self.max_pixels), clock

    def _compute(self, decoded: DecodedImage, clock: StageClock) -> Detection:
        height, width = decoded.pixels.shape[:2]
        plan = plan_for(self.recipe, height, width, self.bundle.manifest.tile_sizes)
        merged = self._run(decoded, plan, clock)
        with clock.stage("finish"):
            evidence = image_score(merged.probability)
            score, verdict = self.conclusions.judge(evidence)
        return Detection(
            name=decoded.name,
            image=decoded.pixels,
            probability=merged.probability,
            disagreement=merged.disagreement,
            evidence=evidence,
            score=score,
            verdict=verdict,
            threshold=self.threshold,
            peak=self.peak,
            provenance=self._provenance(decoded, plan),
            seconds=clock.seconds,
        )

    def _run(self, decoded: DecodedImage, plan: Plan, clock: StageClock) -> MergedMap:
        merger = merger_for(self.recipe, plan, self._weights)
        size, symmetries = plan.tile_size, self.recipe.symmetries
        for batch in schedule(plan, symmetries, len(self._weights), self.capabilities.batch):
            with clock.stage("gather"):
                images = np.empty((len(batch.views), size, size, 3), np.uint8)
                for view, out in zip(batch.views, images, strict=True):
                    gather(decoded.pixels, view.tile, view.symmetry, out)
            with clock.stage("engine"):
                answers = self._backend.infer(batch.member, images)
            with clock.stage("merge"):
                for view, answer in zip(batch.views, answers, strict=True):
                    merger.add(batch.member, view, answer)
        with clock.stage("merge"):
            return merger.finish()

    def _provenance(self, decoded: DecodedImage, plan: Plan) -> Provenance:
        manifest = self.bundle.manifest
        return Provenance(
            bundle_id=self.bundle.id,
            bundle_name=f"{manifest.name} {manifest.version}",
            backend=self.capabilities.name,
            device=self.capabilities.device,
            precision=self.capabilities.precision,
            recipe=self.recipe.with_threshold(self.threshold, self.peak),
            calibration=self.conclusions.calibration_id,
            operating_point=self.conclusions.operating_point_name,
            tile_size=plan.tile_size,
            tiles=len(plan.tiles),
            versions={
                "forensics_rt": __version__,
                "numpy": np.__version__,
                "opencv": cv2.__version__,
                **self.capabilities.versions,
            },
            image_sha256=decoded.sha256,
            image_format=decoded.format,
            image_mode=decoded.mode,
            conversions=decoded.conversions,
            exif_orientation=decoded.exif_orientation,
        )
