"""The front door: an image in, a detection out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor
from dataclasses import replace
from numbers import Real
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, overload

import cv2
import numpy as np

from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.backends.registry import backend_for
from forensics_rt.bundle.opening import Bundle
from forensics_rt.calibration.file import read_calibration
from forensics_rt.calibration.record import CalibrationRecord
from forensics_rt.cuda.interchange import size_of
from forensics_rt.cuda.request import DeviceMaps, MapRequest
from forensics_rt.errors import BackendUnavailable, BundleAltered, RecipeError
from forensics_rt.inference.cuda import open_device_way
from forensics_rt.inference.device_pipeline import stream_on_device
from forensics_rt.inference.host import HostWay
from forensics_rt.inference.maps import Merged
from forensics_rt.inference.ordered import DEFAULT_PIXELS
from forensics_rt.inference.pipeline import (
    Ahead,
    Decoded,
    Failure,
    Passed,
    check_request,
    handing_out,
    prepare,
    stream_on_host,
)
from forensics_rt.inference.timing import StageClock
from forensics_rt.io.decode import decode
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.decoders import decoder_versions
from forensics_rt.io.image_errors import errors_of
from forensics_rt.io.inputs import ImageInput, name_of
from forensics_rt.io.limits import DEFAULT_MAX_PIXELS, check_size
from forensics_rt.io.names import printable
from forensics_rt.io.read_options import ReadOptions, WhenDamaged
from forensics_rt.plan.by_recipe import plan_for
from forensics_rt.plan.finish import MapType
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe, find_recipe
from forensics_rt.results.detection import Detection, Provenance
from forensics_rt.results.policy import choose_conclusions, fit_recipe
from forensics_rt.system.closing import Closing
from forensics_rt.version import __version__

__all__ = ["Detector", "Failure"]

Known = TypeVar("Known")


class Detector(Closing):
    """Finds forged pixels with the networks of a bundle. Thread-safe.

    Can be pickled: another process opens the bundle again and starts an engine of its own.

    Args:
        bundle: A folder, an opened bundle, or the name of one inside the package: `default`, or
            `fast` with 34 % of the work and less accuracy. `None` for `default`.
        backend: `auto`, or a name from `backends.registry.ADAPTERS`, such as `openvino` or
            `tensorrt`; or a backend already started with the bundle, which is then the detector's.
        recipe: A recipe, or the name of one: `fast`, `balanced`, `max`, `tianchi-fft2`, or one that
            the bundle carries.
        device: `cpu`, `cuda`, or `cuda:1` for the second GPU; `None` for `cpu`, or for what the
            backend asked for runs on.
        threshold: Probability from which a pixel counts as forged; `None` for the calibration's,
            or else the recipe's, or else the bundle's. It puts their high threshold out of force
            too: a high threshold means little beside a threshold it was not chosen for.
        high_threshold: Probability that a region must reach somewhere to be reported; `None` for
            that which comes with the threshold.
        calibration: A calibration of your own, as a record or as the file that `forensics-rt
            calibrate --out` wrote; `None` for the bundle's, if it has one.
        operating_point: Name of one of the calibration's, such as `fpr-1%`: an image is then called
            forged from that limit on.
        prevalence: Share of the images that will be shown which you expect to be forged, such as
            0.01: scores become probabilities for such a mix, and verdicts follow; `None` for the
            share among the images of the calibration, half of them as a rule.
        threads: How many threads compute, on the CPU; `None` for the engine's own choice. Several
            processes that each have a detector share the CPU best with a part of it each.
        exact: Whether to compute in float32, or the number format of the bundle's graphs, where the
            processor could do in bf16 or int8 and be faster: for the same maps, but for rounding,
            on every machine.
        max_pixels: Largest width × height accepted.
        damaged: `refuse` an image that its decoder complains of, or `examine` what could be decoded
            of it, and say so in `provenance.conversions`.
        password: What opens locked PDFs; `None` for no password.

    Raises:
        BundleError: If the bundle is missing, malformed or altered, or the backend was started for
            another.
        BackendUnavailable: If the backend cannot run here.
        RecipeError: If the recipe is unknown or does not fit the bundle, or threshold, high
            threshold or `max_pixels` is no number in its range.
        CalibrationError: If the calibration cannot be read, belongs to other networks, does not
            support the operating point, or cannot be brought to the prevalence.

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
        high_threshold: float | None = None,
        calibration: str | Path | CalibrationRecord | None = None,
        operating_point: str | None = None,
        prevalence: float | None = None,
        threads: int | None = None,
        precision: PrecisionName = "auto",
        max_pixels: int = DEFAULT_MAX_PIXELS,
        damaged: WhenDamaged = "refuse",
        password: str | None = None,
    ) -> None:
        """Open the bundle and start the backend."""
        self._asked = {name: value for name, value in list(locals().items()) if name != "self"}
        self.bundle = bundle if isinstance(bundle, Bundle) else Bundle.open(bundle)
        manifest = self.bundle.manifest
        self.recipe = fit_recipe(find_recipe(recipe, manifest.recipes), manifest)
        if calibration is not None and not isinstance(calibration, CalibrationRecord):
            calibration = read_calibration(calibration)
        self._asked["calibration"] = calibration  # as it is now, wherever it is opened again
        self.conclusions = choose_conclusions(
            (threshold, high_threshold),
            calibration,
            operating_point,
            prevalence,
            self.recipe,
            manifest,
            self.bundle_name,
        )
        _check_reading(max_pixels, damaged)
        self.read_options = ReadOptions(max_pixels, damaged, password)
        self.precision = precision
        self._closed = False
        members = manifest.members[: self.recipe.members]
        self._weights = tuple(member.weight for member in members)
        self._backend = backend_for(self.bundle, backend, device, threads, precision)
        screen = len(manifest.members)
        self._host_way = HostWay(self._backend, self.recipe, self._weights, screen)
        self._device_way = open_device_way(self._backend, self.recipe, self._weights)

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
    def high_threshold(self) -> float | None:
        """Probability that a region must reach somewhere to be reported; `None` for any."""
        return self.conclusions.decision.high_threshold

    @property
    def backend(self) -> Backend:
        """What runs the networks; it is the detector's to close."""
        return self._backend

    @property
    def weights(self) -> tuple[float, ...]:
        """One weight a member that votes."""
        return self._weights

    @property
    def capabilities(self) -> Capabilities:
        """The backend that really runs, its device, precision and versions."""
        return self._backend.capabilities

    def __call__(self, image: ImageInput, name: str | None = None) -> Detection:
        """Find the forged pixels of one image.

        Args:
            image: A path, an entry of a folder, a page of a file, an attachment, encoded bytes, an
                open file, a PIL image, or a uint8 array in memory of the host: H×W×3 RGB, H×W×4
                RGBA or H×W gray, of numpy, torch or nested lists.
            name: What to call it; `None` for its path or kind.

        Raises:
            ImageError: If the input gives no image.
            RecipeError: If the recipe cannot take an image of this size.
            EngineFailed: If the engine fails or gives values that are not finite.
            BackendUnavailable: If the detector is closed.
        """
        self._refuse_closed()
        with errors_of(printable(name) if name else name_of(image)):
            decoded = self._decode(image, name)
            return self._without_network(decoded) or self._compute(decoded)

    def maps(
        self, image: Any, kind: MapType = "float32", *, on_device: bool = True, mask: bool = True
    ) -> DeviceMaps:
        """Find the forged pixels of an image that lies on the GPU, and leave the maps there.

        For programs that have their images on the GPU already. Returns when the maps are done.
        Nothing is recorded of how they came about; `conclusions.judge(maps.raw_score)` gives score
        and verdict. The maps are those of `detector(image)`, to the bit, and the mask follows the
        detector's threshold and high threshold. Keep them, or what shares their memory, until
        whatever reads them is done; of torch's default stream DLPack tells, and it is waited for.

        Args:
            image: H×W×3 uint8 RGB without gaps: a torch tensor, a CuPy array, a pycuda GPUArray, an
                image of `cuda.decode.NvJpegDecoder`, or a numpy array.
            kind: Number format of the maps: `float32`, `float16` or `uint8`, for which 255 is 1.
            on_device: Whether the maps stay on the GPU; else they are numpy arrays.
            mask: Whether the mask is wanted, H×W uint8, 0 or 1.

        Raises:
            BackendUnavailable: If the backend keeps nothing on a GPU, or the recipe merges on the
                host, or the detector is closed.
            InvalidArray: If it is no such image, or lies where the backend's GPU cannot read it.
            ImageTooLarge: If it has more pixels than `max_pixels`.
            RecipeError: If the recipe cannot take an image of this size.
            EngineFailed: If the engine or CUDA fails, or answers are not finite.
            ValueError: If there is no such number format.

        Example:
            >>> with Detector(backend="torch", device="cuda") as detector:  # doctest: +SKIP
            ...     maps = detector.maps(page)  # a tensor on the GPU
            ...     probability = torch.from_dlpack(maps.probability)
        """
        self._refuse_closed()
        if self._device_way is None:
            raise BackendUnavailable(
                f"recipe {self.recipe.name!r} on backend {self.capabilities.name!r} "
                f"({self.capabilities.device}) merges its maps on the host; call the detector "
                "itself, or open it with device='cuda', a recipe that blends and does not screen, "
                "and cuda-core"
            )
        request = MapRequest(kind, on_device, mask, self.threshold, self.high_threshold)
        height, width = size_of(image)
        check_size("<array>", (width, height), self.read_options.max_pixels)
        return self._device_way.maps(image, self._plan_of(height, width), request)

    @overload
    def stream(
        self,
        sources: Iterable[ImageInput],
        on_error: Literal["raise"] = "raise",
        *,
        decoders: int | None = None,
        images_ahead: int | None = None,
        pixels_ahead: int = DEFAULT_PIXELS,
    ) -> Generator[Detection, None, None]: ...

    @overload
    def stream(
        self,
        sources: Iterable[ImageInput],
        on_error: Literal["yield"],
        *,
        decoders: int | None = None,
        images_ahead: int | None = None,
        pixels_ahead: int = DEFAULT_PIXELS,
    ) -> Generator[Detection | Failure, None, None]: ...

    @overload
    def stream(
        self,
        sources: Iterable[ImageInput],
        on_error: Literal["yield"],
        *,
        decoders: int | None = None,
        images_ahead: int | None = None,
        pixels_ahead: int = DEFAULT_PIXELS,
        known: Callable[[int, ImageInput], Known | None],
    ) -> Generator[Detection | Failure | Known, None, None]: ...

    def stream(
        self,
        sources: Iterable[ImageInput],
        on_error: Literal["raise", "yield"] = "raise",
        *,
        decoders: int | None = None,
        images_ahead: int | None = None,
        pixels_ahead: int = DEFAULT_PIXELS,
        known: Callable[[int, ImageInput], Any | None] | None = None,
    ) -> Generator[Any, None, None]:
        """Yield a detection for each image, in order; decoding, computing and your work overlap.

        The same maps as one by one, to the bit. Several threads decode; on the CPU two images are
        computed in turn, so that the engine has work while one of them is gathered or merged.

        Args:
            sources: Whatever `detector(image)` takes; read lazily, all on one thread of their own,
                so that they may wait for an answer before they give the next image. What must stay
                on its thread, such as a database connection, has to be opened where they are read.
            on_error: `raise` stops at the first input that fails, `yield` gives a `Failure` in its
                place and goes on.
            decoders: Threads that decode; `None` for half of the CPUs, 1 to 8.
            images_ahead: Most images under way: read and not yet consumed; `None` for the decoders
                and four more.
            pixels_ahead: Most pixels of the images under way; an image with more goes alone, as
                does a pipe, whose size is not known before it is read.
            known: Asked on the decoding threads for each input, with its number from 0: what it
                returns is yielded in place of a detection, and the input is not decoded; `None` to
                go on.

        Raises:
            ForensicsError: With `raise`, as for one image.
            TypeError: If `sources` is one image.
            ValueError: If a number is below 1, or `on_error` is another word.
        """
        self._refuse_closed()
        check_request(sources, on_error)
        ahead = Ahead.resolve(decoders, images_ahead, pixels_ahead, self.read_options.password)
        first_step = prepare(self._decode_or_settle, known)
        if self._device_way is None:
            results = stream_on_host(sources, ahead, first_step, self._compute)
        else:
            results = stream_on_device(
                sources, ahead, first_step, self._device_way, self._plan, self._conclude
            )
        return handing_out(results, on_error)

    def close(self) -> None:
        """Give back what the engine holds; the detector takes no images after."""
        self._closed = True
        if self._device_way is not None:
            self._device_way.close()
        self._backend.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """Have another process open the bundle again and start the backend anew.

        Raises:
            BackendUnavailable: If it was given a backend that runs, or is closed.
        """
        self._refuse_closed()
        if not isinstance(self._asked["backend"], str):
            raise BackendUnavailable(
                "a detector that was given a running backend cannot be pickled: another process "
                "cannot start that; name it (backend='openvino'), or make the detector there"
            )
        # Absolute, as the other process may be in another folder.
        asked = self._asked | {"bundle": self.bundle.path.absolute()}
        return _open_again, (type(self), asked, self.bundle.id)

    def _refuse_closed(self) -> None:
        if self._closed:
            raise BackendUnavailable("the detector is closed; make another")

    def _decode(self, image: ImageInput, name: str | None = None) -> Decoded:
        clock = StageClock()
        with clock.stage("decode"):
            return decode(image, name, self.read_options), clock

    def _decode_or_settle(self, image: ImageInput) -> Decoded | Passed[Detection]:
        decoded = self._decode(image)
        settled = self._without_network(decoded)
        return decoded if settled is None else Passed(settled)

    def _without_network(self, decoded: Decoded) -> Detection | None:
        """Return the detection of an image that can carry no traces; `None` for any other."""
        image = decoded[0]
        if image.medium is None or image.medium.no_traces is None:
            return None
        nothing = Merged(np.zeros(image.pixels.shape[:2], np.float32), None, raw_score=0.0)
        return self._conclude(decoded, replace(self._plan(decoded), tiles=()), nothing)

    def _compute(self, decoded: Decoded, engine: Executor | None = None) -> Detection:
        pixels, clock = decoded[0].pixels, decoded[1]
        if self._device_way is not None:
            plan = self._plan(decoded)
            return self._conclude(decoded, plan, self._device_way(pixels, plan, clock))
        with clock.stage("plan"):
            plan = self._plan(decoded)
        return self._conclude(decoded, plan, self._host_way(pixels, plan, clock, engine))

    def _plan(self, decoded: Decoded) -> Plan:
        return self._plan_of(*decoded[0].pixels.shape[:2])

    def _plan_of(self, height: int, width: int) -> Plan:
        return plan_for(self.recipe, height, width, self.bundle.manifest.tile_sizes)

    def _conclude(self, of: Decoded, plan: Plan, merged: Merged) -> Detection:
        decoded, clock = of
        with clock.stage("finish"):
            score, verdict = self.conclusions.judge(merged.raw_score, decoded.medium)
        return Detection(
            name=decoded.name,
            image=decoded.pixels,
            probability=merged.probability,
            uncertainty=merged.uncertainty,
            raw_score=merged.raw_score,
            score=score,
            verdict=verdict,
            medium=decoded.medium,
            threshold=self.threshold,
            high_threshold=self.high_threshold,
            provenance=self.provenance(decoded, plan, merged.settled_tiles),
            seconds=clock.seconds,
            page_report=decoded.page_report,
            pdf_file=decoded.pdf_file,
        )

    def provenance(self, decoded: DecodedImage, plan: Plan, settled_tiles: int = 0) -> Provenance:
        """Say how a detection came about.

        Args:
            decoded: The image; its pixels are not asked for.
            plan: Its tiles.
            settled_tiles: How many of them the screen settled.
        """
        manifest = self.bundle.manifest
        return Provenance(
            bundle_id=self.bundle.id,
            bundle_name=f"{manifest.name} {manifest.version}",
            backend=self.capabilities.name,
            device=self.capabilities.device,
            precision=self.capabilities.precision,
            recipe=self.recipe.with_threshold(self.threshold, self.high_threshold),
            calibration=self.conclusions.calibration_id,
            operating_point=self.conclusions.operating_point_name,
            prevalence=self.conclusions.expected_share,
            tile_size=plan.tile_size,
            tiles=len(plan.tiles),
            versions={
                "forensics_rt": __version__,
                "numpy": np.__version__,
                "opencv": cv2.__version__,
                **decoder_versions(decoded.format),
                **self.capabilities.versions,
            },
            image_sha256=decoded.sha256,
            image_format=decoded.format,
            image_mode=decoded.mode,
            conversions=decoded.conversions,
            exif_orientation=decoded.exif_orientation,
            frames=decoded.frames,
            settled_tiles=settled_tiles,
            page=decoded.page,
            density=decoded.density,
        )


def _check_reading(max_pixels: object, damaged: object) -> None:
    if not isinstance(max_pixels, Real) or not float(max_pixels) >= 1:
        raise RecipeError(f"max_pixels must be a number of pixels from 1 on, got {max_pixels!r}")
    if damaged not in get_args(WhenDamaged):
        raise RecipeError(f"damaged must be 'refuse' or 'examine', got {damaged!r}")


def _open_again(kind: type[Detector], asked: dict[str, Any], bundle_id: str) -> Detector:
    bundle = Bundle.open(asked["bundle"])
    if bundle.id != bundle_id:
        raise BundleAltered(
            f"{bundle.path}: the bundle must have the id {bundle_id}, as when the detector was "
            f"pickled, but has {bundle.id}; make the detector anew"
        )
    return kind(**{**asked, "bundle": bundle})
