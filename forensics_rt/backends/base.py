"""The port: what every backend can do, and nothing that only some can."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.number_formats import FormatChoice
from forensics_rt.errors import EngineFailed, EngineOutOfMemory, ForensicsError
from forensics_rt.plan.coefficients import TileCoefficients
from forensics_rt.system.closing import Closing
from forensics_rt.system.out_of_memory import is_out_of_memory

if TYPE_CHECKING:  # what only a GPU needs
    from forensics_rt.cuda.blend import Infer
    from forensics_rt.cuda.port import Device

Run: TypeAlias = Callable[[int, npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
RunWith: TypeAlias = Callable[
    [int, npt.NDArray[np.uint8], TileCoefficients], npt.NDArray[np.float32]
]
# How far rounding to half precision may lead out of 0 to 1.
_SLACK = 1e-3


@dataclass(frozen=True)
class Capabilities:
    """What a backend is, as data.

    Attributes:
        name: Name of the backend, such as `openvino`.
        device: What computes, such as `cpu`.
        precision: Number format of the arithmetic, such as `bf16`.
        batch: Batch size at which it is at its best.
        versions: Version of each engine package in use.
        formats: Which number format was taken, and why; where there was a choice.
        rectangles: Whether it takes tiles of any height and width at about the cost of squares.
        side_by_side: How many calls of `infer` at once it is at its best with.
    """

    name: str
    device: str
    precision: str
    batch: int
    versions: Mapping[str, str]
    formats: FormatChoice | None = None
    rectangles: bool = False
    side_by_side: int = 1


@dataclass(frozen=True, eq=False)
class DeviceEngine:
    """How a backend runs batches that lie on a device already.

    Attributes:
        device: Where.
        infer: Queues a batch on a stream. May be called from several threads, each with a stream.
    """

    device: Device
    infer: Infer


class Backend(Closing):
    """Runs the members' graphs of one bundle.

    Thread-safe: `infer` may be called from several threads at once. What a member needs at a batch
    size and tile size (a compiled graph, a session, an engine) is made when they first come. An
    adapter implements `_infer` and `close`, and `_infer_with` if it runs networks that read the
    coefficients of JPEG.

    Attributes:
        capabilities: What it is.
        networks_id: Which networks it runs, as `Manifest.networks_id` has it; `None` for unknown.
        on_device: The way for batches on a device; `None` where there is none.
        reads_coefficients: Whether its networks take coefficients beside the pixels.
    """

    capabilities: Capabilities
    networks_id: str | None = None
    on_device: DeviceEngine | None = None
    reads_coefficients: bool = False

    def infer(
        self,
        member: int,
        images: npt.NDArray[np.uint8],
        coefficients: TileCoefficients | None = None,
    ) -> npt.NDArray[np.float32]:
        """Run one member on a batch.

        Args:
            member: Index of the network in the bundle; the cascade network comes after the members.
            images: N×H×W×3 RGB, H and W multiples of what the contract says.
            coefficients: Of the same tiles, where the networks take them.

        Returns:
            N×H×W float32 probabilities, owned by the caller.

        Raises:
            EngineFailed: If the engine refuses the graph, fails, or answers with another shape or
                what is no probability, such as NaN.
            EngineOutOfMemory: If it has too little memory; it is an `EngineFailed`, too.
        """
        return self._checked(self._infer, self._infer_with, member, images, coefficients)

    def infer_alone(
        self,
        member: int,
        images: npt.NDArray[np.uint8],
        coefficients: TileCoefficients | None = None,
    ) -> npt.NDArray[np.float32]:
        """Do what `infer` does, with the same bits, while no other call comes.

        An adapter that runs several calls side by side gives this one the whole processor.
        """
        if coefficients is None:  # adapters of before take no third argument
            return self.infer(member, images)
        return self.infer(member, images, coefficients)

    def _checked(
        self,
        run: Run,
        run_with: RunWith,
        member: int,
        images: npt.NDArray[np.uint8],
        coefficients: TileCoefficients | None,
    ) -> npt.NDArray[np.float32]:
        if self.reads_coefficients != (coefficients is not None):
            takes = "pixels and coefficients" if self.reads_coefficients else "pixels alone"
            raise EngineFailed(
                f"{self._who(member)} takes {takes}, but was given "
                f"{'both' if coefficients is not None else 'pixels alone'}; run it by a Detector"
            )
        try:
            if coefficients is None:
                probability = run(member, images)
            else:
                probability = run_with(member, images, coefficients)
        except ForensicsError:
            raise
        except Exception as error:  # engines share no base of their errors, not even RuntimeError
            kind = EngineOutOfMemory if is_out_of_memory(error) else EngineFailed
            raise kind(f"{self._who(member)} failed: {error}") from error
        if probability.shape != images.shape[:3]:
            raise EngineFailed(
                f"{self._who(member)} gave shape {probability.shape} for input {images.shape}, "
                f"expected {images.shape[:3]}"
            )
        # NaN is neither above nor below.
        low, high = float(probability.min()), float(probability.max())
        if not (low >= -_SLACK and high <= 1.0 + _SLACK):
            half = "16" in self.capabilities.precision
            advice = ", or export with --precision fp32" if half else ""
            finite = np.isfinite(low) and np.isfinite(high)
            found = f"{low:g} to {high:g} for a probability" if finite else "NaN or infinity"
            raise EngineFailed(
                f"{self._who(member)} gave {found}: the {self.capabilities.precision} arithmetic "
                f"overflowed, or the graph lacks its sigmoid; try another backend{advice}"
            )
        return probability

    def prepare(
        self, members: int, tile: tuple[int, int] | None = None, alone: bool = False
    ) -> None:
        """Make what the first members need before a tile is there; by default nothing.

        An adapter that compiles can do so while an image is still to be read. `infer` works without
        it, and says what goes wrong.

        Args:
            members: How many of them.
            tile: Height and width of the tiles; `None` to make what tiles of any size need.
            alone: Whether such tiles come to `infer_alone`.
        """
        del members, tile, alone

    @abstractmethod
    def close(self) -> None:
        """Give back what the engine holds; `infer` must not be called after."""

    @abstractmethod
    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]: ...

    def _infer_with(
        self, member: int, images: npt.NDArray[np.uint8], coefficients: TileCoefficients
    ) -> npt.NDArray[np.float32]:
        """Do what `_infer` does, of networks that take coefficients, too."""
        raise NotImplementedError(f"{type(self).__name__} runs no networks that read coefficients")

    def _who(self, member: int) -> str:
        return f"backend {self.capabilities.name!r}, member {member}"
