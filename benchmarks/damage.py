"""How often damage passes for a page: seeded byte flips and cuts over every kind of file.

    python -m benchmarks.damage --each 1000

Each damaged copy is refused, or gives the pixels of the sound file, or passes silently: other
pixels without a word. What passes is the share that the format and its decoder cannot tell.
"""

from __future__ import annotations

import argparse
import io
import logging
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pikepdf
from PIL import Image

from forensics_rt.errors import ImageError
from forensics_rt.io.damage import tells_of_damage
from forensics_rt.io.decode import decode
from forensics_rt.io.read_options import ReadOptions, WhenDamaged

Pixels = npt.NDArray[np.uint8]
# One damaged copy in so many is cut, the others have bytes changed.
_CUT_ONE_IN = 4
_MOST_FLIPS = 3


def page(height: int = 240, width: int = 320) -> Pixels:
    """Return a small page, H×W×3 RGB uint8: paper with grain, lines of text, a picture."""
    random = np.random.default_rng(11)
    sheet = np.full((height, width, 3), 236, np.uint8)
    for line, top in enumerate(range(24, height - 100, 16)):
        text = f"Line {line} of an invoice over {random.integers(1000)}.00"
        cv2.putText(sheet, text, (12, top), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (20, 20, 30), 1)
    coarse = random.integers(0, 256, (10, 12, 3), np.uint8)
    sheet[-90:-10, 12:108] = cv2.resize(coarse, (96, 80), interpolation=cv2.INTER_CUBIC)
    grain = random.normal(0, 3, sheet.shape)
    return np.clip(sheet + grain, 0, 255).astype(np.uint8)


def sound_files() -> dict[str, bytes]:
    """Return the page in each kind of file, by what it is called in the table."""
    color = Image.fromarray(page())
    fax = color.convert("L").point(lambda level: 255 if level > 128 else 0).convert("1")
    return {
        "JPEG": _encoded(color, "JPEG", quality=80),
        "JPEG progressive": _encoded(color, "JPEG", quality=80, progressive=True),
        "PNG": _encoded(color, "PNG"),
        "WebP lossy": _encoded(color, "WEBP", quality=80),
        "WebP lossless": _encoded(color, "WEBP", lossless=True),
        "TIFF G3": _encoded(fax, "TIFF", compression="group3"),
        "TIFF G4": _encoded(fax, "TIFF", compression="group4"),
        "TIFF LZW": _encoded(color, "TIFF", compression="tiff_lzw"),
        "TIFF deflate": _encoded(color, "TIFF", compression="tiff_adobe_deflate"),
        "TIFF PackBits": _encoded(color, "TIFF", compression="packbits"),
        "TIFF JPEG": _encoded(color, "TIFF", compression="jpeg", quality=80),
        "JP2": _encoded(color, "JPEG2000", quality_mode="rates", quality_layers=[12]),
        "AVIF": _encoded(color, "AVIF", quality=80),
        "PDF JPEG": _encoded(color, "PDF", quality=80),
        "PDF G4": _encoded(fax, "PDF"),
        "PDF deflate": _deflated_pdf(_encoded(color, "PDF", quality=80), page()),
    }


def _deflated_pdf(data: bytes, pixels: Pixels) -> bytes:
    """Return a PDF whose one image is deflated."""
    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        (image,) = dict(document.pages[0].Resources.XObject).values()
        image.write(zlib.compress(pixels.tobytes()), filter=pikepdf.Name.FlateDecode)
        document.save(stream, static_id=True)
    return stream.getvalue()


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def damaged_copies(data: bytes, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield copies with one to three bytes changed, or cut off, and what was done to each."""
    random = np.random.default_rng(seed)
    for number in range(count):
        if number % _CUT_ONE_IN == 0:
            length = int(random.integers(1, len(data)))
            yield f"cut to {length} bytes", data[:length]
            continue
        changed = bytearray(data)
        places = random.choice(len(data), random.integers(1, _MOST_FLIPS + 1), replace=False)
        for place in places:
            changed[place] ^= int(random.integers(1, 256))
        yield f"bytes {sorted(map(int, places))} changed", bytes(changed)


@dataclass(frozen=True)
class Outcomes:
    """What became of the damaged copies of a file.

    Attributes:
        refused: How many were refused.
        told: How many were examined, and said to be damaged.
        same: How many gave the pixels of the sound file.
        silent: What had been done to those that gave other pixels without a word.
    """

    refused: int
    told: int
    same: int
    silent: tuple[str, ...]

    @property
    def copies(self) -> int:
        """How many there were."""
        return self.refused + self.told + self.same + len(self.silent)


def outcomes(data: bytes, copies: int, seed: int = 0, damaged: WhenDamaged = "refuse") -> Outcomes:
    """Decode damaged copies of a file and count what becomes of them."""
    sound, options = decode(data).pixels, ReadOptions(damaged=damaged)
    found: Counter[str] = Counter()
    silent = []
    for done, copy in damaged_copies(data, copies, seed):
        try:
            decoded = decode(copy, options=options)
        except ImageError:
            found["refused"] += 1
            continue
        if tells_of_damage(decoded.conversions):
            found["told"] += 1
        elif np.array_equal(decoded.pixels, sound):
            found["same"] += 1
        else:
            silent.append(done)
    return Outcomes(found["refused"], found["told"], found["same"], tuple(silent))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=1000, help="damaged copies of each kind")
    parser.add_argument("--show", action="store_true", help="say what was done to those that pass")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    print(f"{'kind':18}{'bytes':>8}{'refused':>9}{'same':>7}{'silent':>8}{'share':>8}")
    for kind, data in sound_files().items():
        found = outcomes(data, given.each)
        share = len(found.silent) / found.copies
        print(
            f"{kind:18}{len(data):8}{found.refused:9}{found.same:7}{len(found.silent):8}{share:8.1%}"
        )
        if given.show:
            print(*(f"    {done}" for done in found.silent), sep="\n")


if __name__ == "__main__":
    main()
