"""The file at the end of a history: its pixels, and the coefficients of its JPEG."""

from __future__ import annotations

from forensics_rt.io.coefficients import (
    Coefficients,
    recompressed_coefficients,
    stored_coefficients,
)
from train.synth.afterlife.history import AfterLife, Save, live
from train.synth.imageops import jpeg_file, jpeg_pixels
from train.synth.scene.base import Image

_NAME = "a page that is made"


def live_as_file(
    image: Image, life: AfterLife, limit: int, own: Coefficients | None = None
) -> tuple[Image, Coefficients]:
    """Return a picture as it is after a history, and the coefficients of its file.

    Args:
        image: H×W×3 uint8 RGB.
        life: The history. One that ends without a save leaves a file without coefficients, which
            gets those of a copy at quality 100, as the runtime gives them.
        limit: Coefficients are clipped to ± so much.
        own: Coefficients of the picture before its history; they hold if nothing happens to it.

    Raises:
        OptionalDependency: If the package that reads coefficients is missing.
    """
    last = life.steps[-1] if life.steps else None
    if not isinstance(last, Save):
        image = live(image, life)
        if own is None or last is not None:
            own = recompressed_coefficients(image, limit, _NAME)
        return image, own
    data = jpeg_file(live(image, life.without_last()), last.quality, last.subsample)
    pixels = jpeg_pixels(data)
    found = stored_coefficients(data.tobytes(), pixels.shape[:2], limit)
    if isinstance(found, str):
        raise ValueError(f"a JPEG made a moment ago gives no coefficients: {found}")
    return pixels, found
