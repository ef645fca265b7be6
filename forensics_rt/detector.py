"""The front door: an image in, a detection out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeAlias, overload

import cv2
import numpy as np

from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.backends.registry import open_backend
from forensics_rt.bundle import Bundle
from forensics_rt.calibration.file import read_calibration
from forensics_rt.calibration.record import CalibrationRecord
from forensics_rt.detection import Detection, Provenance
from forensics_rt.device_way import DeviceWay, Job, open_device_way
from forensics_rt.errors import ForensicsError
from forensics_rt.fitting import choose_conclusions, fit_recipe
from forensics_rt.host_way import HostWay
from forensics_rt.io.decode import DEFAULT_MAX_PIXELS, DecodedImage, ImageInput, decode, name_of
from forensics_rt.merged import Merged
from forensics_rt.plan.by_recipe import plan_for
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe, find_recipe
from forensics_rt.stages import StageClock
from forensics_rt.stream import overlap
from forensics_rt.version import __version__

_Decoded: TypeAlias = tuple[DecodedImage, StageClock]


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
        backend: `auto`, or a name from `backends.registry.ADAPTERS`, such as `openvino` or
            `tensorrt`; or a backend already started with the bundle, which is then the detector's.
        recipe: A recipe, or the name of one: `fast`, `balanced`, `max`, `tianchi-fft2`, or one that
            the bundle carries.
        device: `cpu` or `cuda`; `None` for `cpu`, or for what the backend asked for runs on.
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
        backend: str | Backend = "auto",
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
        if isinstance(backend, str):
            backend = open_backend(self.bundle, backend, device)
        self._backend = backend
        self._host_way = HostWay(backend, self.recipe, self._weights)
        self._device_way = open_device_way(backend, self.recipe, self._weights)

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
        return self._compute(self._decode(image, name))

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

        def decode_one(source: ImageInput) -> _Decoded | Failure:
            try:
                return self._decode(source, None)
            except ForensicsError as error:
                return Failure(name_of(source), error)

        results = (
            overlap(sources, decode_one, self._compute_one)
            if self._device_way is None
            else self._stream_on(self._device_way, overlap(sources, decode_one, lambda one: one))
        )
        for result in results:
            if on_error == "raise" and isinstance(result, Failure):
                raise result.error
            yield result

    def close(self) -> None:
        """Give back what the engine holds; the detector must not be used after."""
        if self._device_way is not None:
            self._device_way.close()
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

    def _decode(self, image: ImageInput, name: str | None) -> _Decoded:
        clock = StageClock()
        with clock.stage("decode"):
            return decode(image, name, self.max_pixels), clock

    def _stream_on(
        self, way: DeviceWay, decoded: Iterable[_Decoded | Failure]
    ) -> Iterator[Detection | Failure]:
        def job(one: _Decoded | Failure) -> Job[_Decoded | Failure]:
            return Job(one, None if isinstance(one, Failure) else (one[0].pixels, self._plan(one)))

        for done in way.stream(map(job, decoded)):
            if isinstance(done.tag, Failure):
                yield done.tag
            elif isinstance(done.found, Merged):
                done.tag[1].add("device", done.seconds)
                yield self._conclude(done.tag, self._plan(done.tag), done.found)
            elif done.found is not None:
                yield Failure(done.tag[0].name, done.found)

    def _compute_one(self, decoded: _Decoded | Failure) -> Detection | Failure:
        if isinstance(decoded, Failure):
            return decoded
        try:
            return self._compute(decoded)
        except ForensicsError as error:
            return Failure(decoded[0].name, error)

    def _compute(self, decoded: _Decoded) -> Detection:
        plan = self._plan(decoded)
        way = self._device_way or self._host_way
        return self._conclude(decoded, plan, way(decoded[0].pixels, plan, decoded[1]))

    def _plan(self, decoded: _Decoded) -> Plan:
        height, width = decoded[0].pixels.shape[:2]
        return plan_for(self.recipe, height, width, self.bundle.manifest.tile_sizes)

    def _conclude(self, of: _Decoded, plan: Plan, merged: Merged) -> Detection:
        decoded, clock = of
        with clock.stage("finish"):
            score, verdict = self.conclusions.judge(merged.evidence)
        return Detection(
            name=decoded.name,
            image=decoded.pixels,
            probability=merged.probability,
            disagreement=merged.disagreement,
            evidence=merged.evidence,
            score=score,
            verdict=verdict,
            threshold=self.threshold,
            peak=self.peak,
            provenance=self._provenance(decoded, plan),
            seconds=clock.seconds,
        )

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
