"""What is refused before it is decoded: it would take more memory or time than images do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics_rt.errors import ImageTooLarge

if TYPE_CHECKING:
    from PIL import Image

DEFAULT_MAX_PIXELS = 200_000_000
# Attached to one PDF; a mail box that was printed to a portfolio has hundreds.
MOST_FILES = 1_000
# Many times what anybody writes: allowed whatever the limit is.
_LARGEST_TILE = 1 << 24
_TILE_WIDTH, _TILE_LENGTH = 322, 323
# Encoders write about ten.
_START_OF_SCAN, _MOST_SCANS = b"\xff\xda", 500


def check_size(name: str, size: tuple[int, int], max_pixels: int, by_bands: bool = False) -> None:
    """Refuse an image of too many pixels.

    Args:
        name: What to call it.
        size: Width and height.
        max_pixels: Largest width × height accepted.
        by_bands: Whether `detect_large` could read it.

    Raises:
        ImageTooLarge: If it is larger.
    """
    width, height = size
    if width * height > max_pixels:
        large = "; `detect_large` is made for such images"
        raise ImageTooLarge(
            name,
            f"{width}×{height} is {width * height / 1e6:.1f} Mpx, the limit is "
            f"{max_pixels / 1e6:.1f} Mpx; raise it with `max_pixels` if you trust it"
            f"{large if by_bands else ''}",
        )


def check_tiles(image: Image.Image, name: str, max_pixels: int) -> None:
    """Refuse a TIFF that would take more than its size says: a tile is decoded whole.

    Raises:
        ImageTooLarge: If its tiles are larger than the limit, and than any sensible one.
    """
    tags = getattr(image, "tag_v2", None)  # which a TIFF has
    if tags is None:
        return
    width, height = (tags.get(tag, 0) for tag in (_TILE_WIDTH, _TILE_LENGTH))
    most = max(max_pixels, _LARGEST_TILE)
    if isinstance(width, int) and isinstance(height, int) and width * height > most:
        raise ImageTooLarge(
            name,
            f"its tiles are {width}×{height}, {width * height / 1e6:.1f} Mpx, the limit is "
            f"{most / 1e6:.1f} Mpx; save it in smaller tiles",
        )


def check_scans(image: Image.Image) -> None:
    """Refuse a progressive JPEG that takes minutes to decode: each scan walks through all of it.

    Raises:
        ValueError: If it has more scans than any encoder writes.
    """
    # An image that is decoded already has no tiles left, and its file may be closed.
    if image.info.get("progressive") and getattr(image, "tile", None):
        image.fp.seek(0)  # type: ignore[attr-defined]
        scans = image.fp.read().count(_START_OF_SCAN)  # type: ignore[attr-defined]
        if scans > _MOST_SCANS:
            raise ValueError(f"it has {scans} scans, the limit is {_MOST_SCANS}; save it again")
