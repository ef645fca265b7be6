"""How many bytes a row of the samples of an image takes."""

from __future__ import annotations

from typing import Any

_COMPONENTS = {
    "/DeviceGray": 1, "/CalGray": 1, "/Indexed": 1, "/Separation": 1, "/DeviceRGB": 3,
    "/CalRGB": 3, "/Lab": 3, "/DeviceCMYK": 4,
}  # fmt: skip


def row_bytes(image: Any) -> int | None:
    """Return how many bytes a row takes that no codec compresses; `None` where that is not known.

    Args:
        image: The image, as pikepdf has it.
    """
    if image.get("/ImageMask", False):
        bits = 1
    else:
        components = _components(image.get("/ColorSpace"))
        if components is None or "/BitsPerComponent" not in image:
            return None
        bits = components * int(image.BitsPerComponent)
    return -(-int(image.Width) * bits // 8)


def _components(space: Any) -> int | None:
    import pikepdf

    if not isinstance(space, pikepdf.Array) or not len(space):
        return _COMPONENTS.get(str(space))
    if space[0] == "/ICCBased":
        return int(space[1].get("/N", 0)) or None
    if space[0] == "/DeviceN":
        return len(space[1])
    return _COMPONENTS.get(str(space[0]))
