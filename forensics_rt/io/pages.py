"""Files that hold several pages, as scanners and fax machines write them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from forensics_rt.io.names import printable
from forensics_rt.io.opening import TIFF_SIGNATURES, without_pillows_limit

_SUBFILE_TYPE = 254
# Of that tag: a smaller version of another page, and a mask of one.
_NO_PAGE = 0b101


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a file; whatever takes an image takes it.

    Attributes:
        path: The file.
        number: Which picture of the file, from 1.

    Example:
        >>> print(Page(Path("in/contract.tif"), 2))
        in/contract.tif-page2
    """

    path: Path
    number: int

    def __str__(self) -> str:
        """Return what results call it."""
        return f"{printable(self.path)}-page{self.number}"


def pages_of(path: str | Path) -> tuple[Page, ...]:
    """List the pages of a file.

    Only a TIFF holds several: the frames of an animation and what a camera puts behind its
    photograph are no pages, nor are the smaller versions of a page in a TIFF and its masks.

    Args:
        path: An image file. One that is missing or damaged counts as one page; the reason comes
            when it is decoded.

    Example:
        >>> from forensics_rt import Detector
        >>> with Detector() as detector:  # doctest: +SKIP
        ...     for detection in detector.stream(pages_of("contract.tif")):
        ...         print(detection.name, detection.verdict)
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            numbers = _tiff_pages(stream) if stream.read(4) in TIFF_SIGNATURES else []
    except Exception:  # what Pillow raises on damaged files is no contract
        numbers = []
    return tuple(Page(path, number) for number in numbers or [1])


def _tiff_pages(stream: object) -> list[int]:
    numbers = []
    with without_pillows_limit(), Image.open(stream, formats=("TIFF",)) as image:  # type: ignore[arg-type]
        for index in range(image.n_frames):
            image.seek(index)
            if not image.tag_v2.get(_SUBFILE_TYPE, 0) & _NO_PAGE:
                numbers.append(index + 1)
    return numbers
