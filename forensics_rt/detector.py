"""The front door: an image in, a detection out."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.backends.number_formats import INT8, PrecisionName
from forensics_rt.backends.registry import backend_for
from forensics_rt.bundle.manifest import Manifest
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.recipes import find_recipe
from forensics_rt.bundle.trust.policy import TrustPolicy
from forensics_rt.calibration.file import read_calibration
from forensics_rt.calibration.record import CalibrationRecord
from forensics_rt.errors import BackendUnavailable, BundleAltered, RecipeError
from forensics_rt.image_task import ImageTask, Setup
from forensics_rt.inference.ahead import DEFAULT_PIXELS, Ahead
from forensics_rt.inference.base import Inferer
from forensics_rt.inference.choose import open_inferer
from forensics_rt.inference.job import Job
from forensics_rt.inference.robust import RobustInferer
from forensics_rt.io.image_errors import image_error
from forensics_rt.io.inputs import ImageInput, refuse_one_image
from forensics_rt.io.jpeg_library import load_reader
from forensics_rt.io.limits import DEFAULT_MAX_PIXELS, check_size
from forensics_rt.io.read_options import ReadOptions, WhenDamaged
from forensics_rt.plan.finish import MapType
from forensics_rt.plan.maps import Maps
from forensics_rt.recipe import Recipe
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure
from forensics_rt.results.policy import AskedDecision, choose_conclusions, fit_recipe
from forensics_rt.system.arguments import flag, of_kind
from forensics_rt.system.closing import Closing

if TYPE_CHECKING:
    from forensics_rt.io.isolated.pool import DecoderPool

__all__ = ["Detector", "Failure"]


class Detector(Closing):
    """Finds forged pixels with the networks of a bundle. Thread-safe.

    Can be pickled: another process opens the bundle again and starts an engine of its own.

    Args:
        bundle: A folder, an opened bundle, or the name of one inside the package: `default`, or
            `fast`, which needs less than half of the work and is less accurate. `None` for
            `default`.
        backend: `auto`, or a name from `backends.adapters.ADAPTERS`, such as `openvino` or
            `tensorrt`. Or a backend already started with the bundle; the detector closes it.
        recipe: A recipe, the name of one (`fast`, `balanced`, `max`, `tianchi-fft2`, or one in the
            bundle), or a TOML file with the fields of one, such as `Path("my.toml")`.
        device: `cpu`, `cuda`, or `cuda:1` for the second GPU. `None` for `cpu`, or for the device
            of the backend that was named.
        threshold: Probability from which a pixel counts as forged. `None` for that of
            `calibration`, or else of the recipe, or else of the bundle. A threshold of your own
            also removes their high threshold, which was chosen for another threshold.
        high_threshold: Probability that a region must reach to be reported. `None` for the one that
            comes with the threshold.
        high_area: With how many pixels a region must reach it. `None` for the number that comes
            with the high threshold, one as a rule.
        calibration: A calibration of your own, as a record or as the file that `forensics-rt
            calibrate --out` wrote. `None` for that of the bundle, if it has one.
        operating_point: Name of an operating point of the calibration, such as `fpr-1%`. An image
            is then called forged from its limit on.
        prevalence: Share of the images that you expect to be forged, such as 0.01. Scores become
            probabilities for such a mix, and verdicts follow. `None` for the share among the images
            of the calibration, half of them as a rule.
        threads: How many threads compute, on the CPU. `None` for the engine's own choice. If
            several processes each have a detector, give each a part of the CPUs.
        precision: `auto` for the fastest number format of this processor, bf16 or int8 if the
            bundle allows it. `float32` for the format of the bundle's graphs, float32 as a rule:
            the maps are then the same on every machine, except for rounding.
        max_pixels: Largest width × height accepted.
        damaged: `refuse` refuses a damaged image. `examine` examines the part that can be decoded,
            and says so in `provenance.conversions`.
        password: What opens locked PDFs; `None` for no password.
        isolate: Whether child processes decode. A file that crashes its decoder, takes all memory
            or never ends is then one input that fails. Or a `DecoderPool`; the detector closes it.
        trust: What the bundle must prove, such as a signature. `None` for the policy of the
            environment variables.
        robust: Whether each image is examined twice more, saved as JPEG at quality 90 and turned by
            1°. `Detection.robust` then says how much of the mask is marked again. It takes about
            three times as long. `maps` leaves it out; `detect_large` and `detect_dataset` refuse
            it.

    Attributes:
        backend: What runs the networks; the detector closes it.
        decoders: The pool of child processes; `None` without it.
        inferer: What stands between an image with its plan and its maps; the detector closes it.
        robust: Whether changed copies are examined.
        weights: One weight for each member that votes.

    Raises:
        BundleError: If the bundle is missing, malformed or altered, or the backend was started for
            another, or the policy does not accept it.
        BackendUnavailable: If the backend cannot run here.
        RecipeError: If the recipe is unknown or does not fit the bundle, or threshold, high
            threshold, high area or `max_pixels` is no number in its range, or `damaged`,
            `password`, `isolate` or `robust` is nothing it can be, or `robust` is asked for and the
            networks read the coefficients of JPEG.
        OptionalDependency: If the networks read the coefficients of JPEG, and the extra `jpeg` is
            missing.
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
        recipe: str | Path | Recipe = "balanced",
        device: str | None = None,
        *,
        threshold: float | None = None,
        high_threshold: float | None = None,
        high_area: int | None = None,
        calibration: str | Path | CalibrationRecord | None = None,
        operating_point: str | None = None,
        prevalence: float | None = None,
        threads: int | None = None,
        precision: PrecisionName = "auto",
        max_pixels: int = DEFAULT_MAX_PIXELS,
        damaged: WhenDamaged = "refuse",
        password: str | None = None,
        isolate: bool | DecoderPool = False,
        trust: TrustPolicy | None = None,
        robust: bool = False,
    ) -> None:
        """Open the bundle and start the backend."""
        self._asked = {name: value for name, value in list(locals().items()) if name != "self"}
        self.bundle = _open_bundle(bundle, trust)
        manifest = self.bundle.manifest
        self.recipe = fit_recipe(find_recipe(recipe, manifest.recipes), manifest)
        if calibration is not None and not isinstance(calibration, CalibrationRecord):
            calibration = read_calibration(calibration)
        self._asked["calibration"] = calibration  # as it is now, wherever it is opened again
        self.conclusions = choose_conclusions(
            AskedDecision(threshold, high_threshold, high_area),
            calibration,
            operating_point,
            prevalence,
            self.recipe,
            manifest,
            self.bundle_name,
        )
        self.robust = flag("robust", robust, RecipeError)
        _check_isolate(isolate)
        if robust and manifest.contract.coefficients is not None:
            raise RecipeError(
                f"{self.bundle_name}: its networks read the coefficients of JPEG, which changed "
                "copies of an image do not have; leave out `robust=True`"
            )
        self.read_options = ReadOptions(max_pixels, damaged, password, _dct_limit(manifest))
        self.precision = precision
        self._closed = False
        members = manifest.members[: self.recipe.members]
        self.weights = self.recipe.weights or tuple(member.weight for member in members)
        self.backend = backend_for(self.bundle, backend, device, threads, precision)
        try:  # now, and not with the first image, whatever was checked when the bundle was opened
            uses = self.capabilities
            self.bundle.check_used(uses.precision == INT8, uses.name)
        except BundleAltered:
            if isinstance(backend, str):
                self.backend.close()
            raise
        self.setup = Setup(self.bundle, self.recipe, self.conclusions, self.backend.capabilities)
        cascade = len(manifest.members)
        inferer = open_inferer(self.backend, self.recipe, self.weights, cascade)
        self.inferer: Inferer = RobustInferer(inferer, self.setup.plan) if robust else inferer
        self._asked["isolate"] = bool(isolate)  # another process has a pool of its own
        self.decoders = _decoders_for(isolate)

    @property
    def bundle_name(self) -> str:
        """Name, version and id of the bundle."""
        manifest = self.bundle.manifest
        return f"{manifest.name} {manifest.version} (id {self.bundle.id})"

    @property
    def threshold(self) -> float:
        """Probability from which a pixel counts as forged."""
        return self.conclusions.decision.threshold

    @property
    def high_threshold(self) -> float | None:
        """Probability that a region must reach to be reported; `None` for any."""
        return self.conclusions.decision.high_threshold

    @property
    def high_area(self) -> int:
        """With how many pixels a region must reach the high threshold, or else the threshold."""
        return self.conclusions.decision.high_area

    @property
    def capabilities(self) -> Capabilities:
        """The backend that really runs, its device, precision and versions."""
        return self.backend.capabilities

    def __call__(self, image: ImageInput, name: str | None = None) -> Detection:
        """Find the forged pixels of one image.

        Args:
            image: A path, an entry of a folder, a page of a file, an attachment, encoded bytes, an
                open file, a PIL image, or a uint8 array in memory of the host: H×W×3 RGB, H×W×4
                RGBA or H×W gray, of numpy, torch or nested lists.
            name: What to call it; `None` for its path or kind.

        Raises:
            ImageError: If the input gives no image.
            RecipeError: If the recipe cannot take an image of this size, or with `robust` a
                side has more than 32,000 pixels, or the name is no text.
            EngineFailed: If the engine fails or gives values that are not finite.
            BackendUnavailable: If the detector is closed.
        """
        self._refuse_closed()
        task = self.task(image, name)
        try:
            job = task.prepare()
            return task.conclude(None if job is None else self.inferer.run(job))
        except Exception as error:
            found = image_error(task.name, error)
            try:
                if found is error:
                    raise
                raise found from found.__cause__
            finally:
                del found  # it leads to this frame, which would keep it, and with it the pixels

    def maps(
        self, image: Any, kind: MapType = "float32", *, on_device: bool = True, mask: bool = True
    ) -> Maps[Any]:
        """Find the forged pixels of an image that lies on the GPU, and leave the maps there.

        For programs that have their images on the GPU already. Returns when the maps are done.
        There is no provenance; `conclusions.judge(maps.raw_score)` gives score and verdict. The
        maps are those of `detector(image)`, to the bit, and the mask follows the detector's
        decision. Keep the maps, or what shares their memory, until everything that reads them is
        done. For torch's default stream the detector waits by itself.

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
            RecipeError: If the recipe cannot take an image of this size, or there is no such number
                format.
            EngineFailed: If the engine or CUDA fails, or answers are not finite.

        Example:
            >>> with Detector(backend="torch", device="cuda") as detector:  # doctest: +SKIP
            ...     maps = detector.maps(page)  # a tensor on the GPU
            ...     probability = torch.from_dlpack(maps.probability)
        """
        from forensics_rt.cuda.interchange import size_of  # needed where there is a GPU
        from forensics_rt.cuda.request import MapRequest

        self._refuse_closed()
        decision = self.conclusions.decision
        request = MapRequest(
            kind, on_device, mask, decision.threshold, decision.high_threshold, decision.high_area
        )
        height, width = size_of(image)
        check_size("<array>", (width, height), self.read_options.max_pixels)
        return self.inferer.run(Job(image, self.setup.plan(height, width), request=request))

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

    def stream(
        self,
        sources: Iterable[ImageInput],
        on_error: Literal["raise", "yield"] = "raise",
        *,
        decoders: int | None = None,
        images_ahead: int | None = None,
        pixels_ahead: int = DEFAULT_PIXELS,
    ) -> Generator[Any, None, None]:
        """Yield a detection for each image, in order; decoding, computing and your work overlap.

        The same maps as one by one, to the bit. Several threads decode; on the CPU two images are
        computed in turn, so that the engine has work while one of them is gathered or merged.

        Args:
            sources: Everything that `detector(image)` takes. They are read lazily, on one thread,
                so a generator may wait for a result before it gives the next image. Open what must
                stay on its thread, such as a database connection, inside the generator.
            on_error: `raise` stops at the first input that fails, `yield` gives a `Failure` in its
                place and continues.
            decoders: Threads that decode; `None` for half of the CPUs, 1 to 8.
            images_ahead: Most images in progress: read and not yet consumed. `None` for the number
                of decoders and four more.
            pixels_ahead: Most pixels of the images in progress. An image with more goes alone. So
                does a pipe, whose size is not known before it is read.

        Raises:
            ForensicsError: With `raise`, as for one image.
            TypeError: If `sources` is one image.
            RecipeError: If a number is no whole one of 1 or more, or `on_error` is another word.
        """
        self._refuse_closed()
        refuse_one_image(sources)
        if on_error not in ("raise", "yield"):
            raise RecipeError(f"on_error must be 'raise' or 'yield', but is {on_error!r}")
        ahead = Ahead.resolve(decoders, images_ahead, pixels_ahead)
        results = self.inferer.stream(map(self.task, sources), ahead)
        return _handing_out(results, on_error)

    def task(self, image: ImageInput, name: str | None = None) -> ImageTask:
        """Return the task that takes one image through `inferer`: for streams of your own.

        Args:
            image: Whatever `detector(image)` takes.
            name: What to call it; `None` for its path or kind.

        Example:
            >>> tasks = (detector.task(path) for path in paths)  # doctest: +SKIP
            >>> for result in detector.inferer.stream(tasks):  # doctest: +SKIP
            ...     print(result)
        """
        if self.decoders is None:
            return ImageTask(image, name, self.setup, self.read_options)
        pool = self.decoders
        return ImageTask(image, name, self.setup, self.read_options, pool.decode, pool.pixel_count)

    def close(self) -> None:
        """Give back what the engine holds; the detector takes no more images."""
        self._closed = True
        if self.decoders is not None:
            self.decoders.close()
        self.inferer.close()
        self.backend.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """Have another process open the bundle again and start the backend again.

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
        asked = self._asked | {"bundle": self.bundle.path.absolute(), "trust": self.bundle.trust}
        return _open_again, (type(self), asked, self.bundle.id)

    def _refuse_closed(self) -> None:
        if self._closed:
            raise BackendUnavailable("the detector is closed; make another")


def _dct_limit(manifest: Manifest) -> int | None:
    """Return how coefficients are clipped that the networks read; `None` where they read none."""
    taken = manifest.contract.coefficients
    if taken is None:
        return None
    load_reader()  # now, and not with the first image
    return taken.limit


def _handing_out(
    results: Generator[Detection | Failure, None, None], on_error: Literal["raise", "yield"]
) -> Generator[Detection | Failure, None, None]:
    """Yield results, and with `raise` end at the first failure; closes the stream in any case."""
    with closing(results):
        for result in results:
            if on_error == "raise" and isinstance(result, Failure):
                raise result.error
            yield result
            del result  # its memory must not be kept until the next one comes


def _open_again(kind: type[Detector], asked: dict[str, Any], bundle_id: str) -> Detector:
    bundle = Bundle.open(asked["bundle"], hashes=False, trust=asked["trust"])
    if bundle.id != bundle_id:
        raise BundleAltered(
            f"{bundle.path}: the bundle must have the id {bundle_id}, as when the detector was "
            f"pickled, but has {bundle.id}; make a new detector"
        )
    return kind(**{**asked, "bundle": bundle, "trust": None})


def _check_isolate(isolate: object) -> None:
    if not isinstance(isolate, bool):
        from forensics_rt.io.isolated.pool import DecoderPool

        of_kind("isolate", isolate, DecoderPool, "True, False or a DecoderPool", RecipeError)


def _decoders_for(isolate: bool | DecoderPool) -> DecoderPool | None:
    if not isinstance(isolate, bool):
        return isolate
    if not isolate:
        return None
    from forensics_rt.io.isolated.pool import DecoderPool  # needed where it is asked for

    return DecoderPool(Ahead.resolve().decoders)


def _open_bundle(bundle: str | Path | Bundle | None, trust: TrustPolicy | None) -> Bundle:
    if not isinstance(bundle, Bundle):
        return Bundle.open(bundle, hashes=False, trust=trust)
    if trust is None:
        return bundle
    again = Bundle.open(bundle.path, hashes=False, trust=trust)
    if again.id != bundle.id:
        raise BundleAltered(
            f"{bundle.path}: the bundle must have the id {bundle.id}, as when it was opened, but "
            f"has {again.id}; open it again"
        )
    return again
