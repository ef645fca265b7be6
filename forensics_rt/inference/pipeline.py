"""A stream of images on the host: decoders, two images computed in turn, one engine thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from PIL import Image

from forensics_rt.errors import ForensicsError
from forensics_rt.inference.engine_thread import open_engine_thread
from forensics_rt.inference.ordered import Bounds, default_threads, overlap
from forensics_rt.inference.timing import StageClock
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.image_errors import image_error
from forensics_rt.io.inputs import ImageInput, name_of
from forensics_rt.io.pages import Page
from forensics_rt.io.size import pixel_count
from forensics_rt.results.detection import Detection
from forensics_rt.system.arguments import whole_number

Known = TypeVar("Known")
Decoded: TypeAlias = tuple[DecodedImage, StageClock]
Numbered: TypeAlias = tuple[int, ImageInput]

# While one image is in the engine, the other is gathered, merged and finished.
_COMPUTERS = 2
# Beside those being decoded: two computed, one decoded that waits, one computed that waits.
_BESIDE_DECODING = _COMPUTERS + 2


@dataclass(frozen=True)
class Failure:
    """An input of a stream that gave no detection.

    Attributes:
        name: The path, or the kind of input.
        error: Why.
    """

    name: str
    error: ForensicsError


@dataclass(frozen=True)
class Passed(Generic[Known]):
    """An input that needs no detection.

    Attributes:
        value: What comes in its place.
    """

    value: Known


Step: TypeAlias = "Decoded | Failure | Passed[Any]"


@dataclass(frozen=True)
class Ahead:
    """How far a stream runs ahead of its consumer.

    Attributes:
        decoders: Threads that decode.
        images: Most images under way.
        pixels: Most pixels of the images under way; an image with more goes alone.
        password: What opens locked PDFs, whose pages are weighed, too; `None` for no password.

    Raises:
        ValueError: If a number is none, or below 1.
    """

    decoders: int
    images: int
    pixels: int
    password: str | None = field(default=None, repr=False)

    @classmethod
    def resolve(
        cls, decoders: int | None, images: int | None, pixels: int, password: str | None = None
    ) -> Ahead:
        """Fill in what is `None`: half of the CPUs, and four images more than decoders."""
        decoders = default_threads() if decoders is None else decoders
        decoders = whole_number("decoders", decoders, ValueError)
        images = decoders + _BESIDE_DECODING if images is None else images
        return cls(decoders, images, pixels, password)

    def __post_init__(self) -> None:
        """Check."""
        whole_number("decoders", self.decoders, ValueError)
        whole_number("images_ahead", self.images, ValueError)
        whole_number("pixels_ahead", self.pixels, ValueError)

    @property
    def bounds(self) -> Bounds:
        """The same for `stream.in_order`, where an image weighs its pixels."""
        return Bounds(self.images, self.pixels)

    def weigh(self, numbered: Numbered) -> int:
        """Return the pixels of an input; of a pipe as many as may be under way at all."""
        pixels = pixel_count(numbered[1], self.password)
        return self.pixels if pixels is None else pixels


def check_request(sources: object, on_error: object) -> None:
    """Refuse what can only be a mistake of the caller of a stream.

    Raises:
        TypeError: For one image in place of several.
        ValueError: If `on_error` is none of its choices.
    """
    one = (str, bytes, bytearray, memoryview, os.PathLike, Page, Image.Image)
    axes = getattr(sources, "shape", None)  # of an array of images there are four
    if isinstance(sources, one) or hasattr(sources, "read") or len(axes or ()) in (2, 3):
        called = name_of(sources)  # type: ignore[arg-type]
        raise TypeError(
            f"sources must be several images, but is {called}; for one image, give a list with it"
        )
    if not isinstance(sources, Iterable):
        raise TypeError(
            f"sources must be several images, but is a {type(sources).__name__}; give a list"
        )
    if on_error not in ("raise", "yield"):
        raise ValueError(f"on_error must be 'raise' or 'yield', but is {on_error!r}")


def failure(name: str, error: Exception) -> Failure:
    """Return what comes in place of a detection, whatever failed."""
    return Failure(name, image_error(name, error))


def prepare(
    decode: Callable[[ImageInput], Decoded | Passed[Any]],
    known: Callable[[int, ImageInput], Any | None] | None,
) -> Callable[[Numbered], Step]:
    """Return the first step of every input: passed, decoded, or why it is no image.

    Args:
        decode: Gives what is to be computed, or what comes in its place.
        known: Gives what comes in place of an input, before it is decoded; `None` for nothing.
    """

    def step(numbered: Numbered) -> Step:
        index, source = numbered
        value = None if known is None else known(index, source)
        if value is not None:
            return Passed(value)
        try:
            return decode(source)
        except Exception as error:
            return failure(name_of(source), error)

    return step


def number(sources: Iterable[ImageInput]) -> Iterator[Numbered]:
    """Number the inputs from 0."""
    # Not enumerate: it keeps its last input, and with it an image, until the next one is there.
    return map(lambda index, source: (index, source), count(), sources)


def stream_on_host(
    sources: Iterable[ImageInput],
    ahead: Ahead,
    first_step: Callable[[Numbered], Step],
    compute: Callable[[Decoded, Executor], Detection],
) -> Generator[Detection | Failure | Any, None, None]:
    """Yield what becomes of each image, in order; the engine has a thread of its own.

    Args:
        sources: Read lazily, on one thread of their own.
        ahead: How many at one time.
        first_step: What `prepare` returned; runs on the decoding threads.
        compute: From a decoded image to its detection, with the engine's thread; runs on two
            threads, an image each.
    """
    engine = open_engine_thread()

    def compute_step(step: Step) -> Detection | Failure | Any:
        if isinstance(step, Passed):
            return step.value
        if isinstance(step, Failure):
            return step
        try:
            return compute(step, engine)
        except Exception as error:
            return failure(step[0].name, error)

    try:
        yield from overlap(
            number(sources),
            first_step,
            compute_step,
            ahead.images,
            decoders=ahead.decoders,
            computers=_COMPUTERS,
            most_weight=ahead.pixels,
            weigh=ahead.weigh,
            leave=lambda: _refuse(engine),
        )
    finally:
        engine.shutdown()


def _refuse(engine: ThreadPoolExecutor) -> None:
    # First of all, so that an image of a thousand tiles ends with its present one.
    engine.shutdown(wait=False, cancel_futures=True)


def handing_out(
    results: Generator[Detection | Failure | Any, None, None], on_error: Literal["raise", "yield"]
) -> Generator[Detection | Failure | Any, None, None]:
    """Yield results, and with `raise` end at the first failure; closes the stream in any case."""
    with closing(results):
        for result in results:
            if on_error == "raise" and isinstance(result, Failure):
                raise result.error
            yield result
            del result  # its memory must not be kept until the next one comes
