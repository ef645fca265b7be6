"""An engine that is made ready for the first image while the rest of the command is imported."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from forensics_rt.backends.number_formats import PrecisionName
from forensics_rt.backends.openvino import load_openvino
from forensics_rt.backends.registry import open_backend
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import ForensicsError
from forensics_rt.recipe import Recipe
from forensics_rt.system.closing import Closing

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from forensics_rt.io.inputs import ImageInput

    SizeOf: TypeAlias = Callable[[ImageInput, str | None], tuple[int, int] | None]


class EngineAhead(Closing):
    """A backend, and a thread on which it reads and compiles before the first tile is there.

    What goes wrong there is told when the first tile comes, which asks for the same.

    Args:
        bundle: What it runs.
        recipe: How it is run.
        backend: Its name, or `auto`.
        device: What it runs on; `None` for its own choice.
        threads: How many threads compute; `None` for its own choice.
        precision: `auto` or `float32`.

    Attributes:
        backend: It; closed with this, unless a detector closes it.
    """

    def __init__(
        self,
        bundle: Bundle,
        recipe: Recipe,
        backend: str,
        device: str | None,
        threads: int | None,
        precision: PrecisionName,
    ) -> None:
        """Start the backend, and begin to read the graphs."""
        if backend in ("auto", "openvino"):
            with suppress(ImportError, OSError):  # whoever opens it says why not
                load_openvino(converter=False)
        self.backend = open_backend(bundle, backend, device, threads=threads, precision=precision)
        self._bundle = bundle
        self._recipe = recipe
        self._members = recipe.members or len(bundle.manifest.members)
        self._thread = ThreadPoolExecutor(1, "prepare")
        self._thread.submit(self.backend.prepare, self._members)

    def expect(
        self,
        image: ImageInput,
        password: str | None,
        only: bool = False,
        size_of: SizeOf | None = None,
    ) -> None:
        """Begin to compile for the tiles of an image, as its header tells them.

        Args:
            image: That which comes first.
            password: What opens a locked PDF; `None` for no password.
            only: Whether no other image follows.
            size_of: What reads its header; `None` for this process.
        """
        # Not above: the graphs are read meanwhile.
        from forensics_rt.io.size import image_size
        from forensics_rt.plan.by_recipe import plan_for
        from forensics_rt.plan.schedule import View

        size = (size_of or image_size)(image, password)
        if size is not None and all(size):  # else decoding it says what is wrong
            manifest = self._bundle.manifest
            sides = manifest.tile_sides if self.backend.capabilities.rectangles else ()
            with suppress(ForensicsError):  # as the image's turn says
                plan = plan_for(self._recipe, *size, manifest.tile_sizes, sides)
                views = [View(tile, name) for name in self._recipe.tta for tile in plan.tiles]
                for shape in dict.fromkeys(view.shape for view in views):
                    self._thread.submit(self.backend.prepare, self._members, shape, only)
        self._thread.shutdown(wait=False)

    def close(self) -> None:
        """Drop the backend."""
        self._thread.shutdown()
        self.backend.close()
