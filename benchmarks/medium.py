"""How often is the medium of an image named rightly, how often wrongly, and what does it cost?

python -m benchmarks.medium --images 'scans/*=scan' 'screens/*=screen' 'scans/camera-*=photograph'
"""

from __future__ import annotations

import argparse
import hashlib
import io
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from glob import glob
from pathlib import Path
from typing import NamedTuple, get_args

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt import Detector
from forensics_rt.io.decode import decode
from forensics_rt.io.medium.kinds import MediumName
from forensics_rt.io.medium.rules import measure_medium

NO_NAME, FAX = "none", "fax"
NAMES = (*get_args(MediumName), NO_NAME)
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}
_REDUCED = 0.6

Pixels = npt.NDArray[np.uint8]


class MediumCase(NamedTuple):
    """An image in one of its lives.

    Attributes:
        truth: Its medium, as the command line says.
        half: `limits` for images on which limits were chosen, `held out` for the others.
        life: What was done to the file.
        data: The file.
    """

    truth: str
    half: str
    life: str
    data: bytes


def main() -> None:
    """Print the table, and with `--page` the share of the time of a whole page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--images",
        nargs="+",
        required=True,
        metavar="PATTERN=MEDIUM",
        help="files and what they are, or 'skip'; a later pattern overrides an earlier one",
    )
    parser.add_argument("--page", help="an image that a detector is timed on, too")
    options = parser.parse_args()
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for case in medium_cases(truths(options.images)):
        medium = decode(case.data).medium
        counts[(*case[:3], NO_NAME if medium is None else medium.name)] += 1
    print(table(counts))
    if options.page:
        print(f"\n{share_of_a_page(options.page)}")


def truths(patterns: list[str]) -> dict[Path, str]:
    """Return the medium of each file.

    Raises:
        SystemExit: If a pattern names no medium.
    """
    found: dict[Path, str] = {}
    for one in patterns:
        pattern, _, medium = one.rpartition("=")
        if medium not in (*get_args(MediumName), "skip"):
            raise SystemExit(f"{one}: must end in =MEDIUM, one of {', '.join(NAMES[:-1])}, skip")
        files = (Path(file) for file in glob(pattern))
        found |= {file: medium for file in files if file.suffix.lower() in _SUFFIXES}
    return {file: medium for file, medium in sorted(found.items()) if medium != "skip"}


def medium_cases(files: dict[Path, str]) -> Iterator[MediumCase]:
    """Yield each file in each of its lives."""
    for file, truth in files.items():
        half = half_of(file.name)
        pixels = decode(file).pixels
        for life, live in LIVES.items():
            yield MediumCase(truth, half, life, file.read_bytes() if live is None else live(pixels))
        # What a fax machine makes of it is a fax, whatever it was.
        yield MediumCase(FAX, half, FAX, _faxed(pixels))


def half_of(name: str) -> str:
    """Tell by a sum of its name on which side of the experiment a file stands."""
    return ("limits", "held out")[int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2]


def table(counts: Counter[tuple[str, str, str, str]]) -> str:
    """Lay counts of (truth, half, life, answer) out as Markdown."""
    kinds = sorted({key[:3] for key in counts}, key=_order)
    lines = [
        f"| half | is | file | {' | '.join(NAMES)} | right | wrong |",
        f"|---|---|---|{'---|' * (len(NAMES) + 2)}",
    ]
    for kind in kinds:
        answers = [counts[(*kind, name)] for name in NAMES]
        total, right, none = sum(answers), counts[(*kind, kind[0])], answers[-1]
        cells = " | ".join(str(count or "") for count in answers)
        shares = f"{right / total:.0%} | {(total - right - none) / total:.0%}"
        lines.append(f"| {kind[1]} | {kind[0]} | {kind[2]} | {cells} | {shares} |")
    return "\n".join(lines)


def _order(kind: tuple[str, str, str]) -> tuple[str, int, int]:
    truth, half, life = kind
    return half, NAMES.index(truth), [*LIVES, FAX].index(life)


def share_of_a_page(path: str) -> str:
    """Time a page through the detector, and its medium alone."""
    pixels = decode(path).pixels
    with Detector() as detector:
        detector(path)  # graphs are compiled when they are first run
        start = time.perf_counter()
        detector(path)
        whole = time.perf_counter() - start
    alone = []
    for _ in range(20):
        start = time.perf_counter()
        measure_medium(pixels)
        alone.append(time.perf_counter() - start)
    medium, megapixels = statistics.median(alone), pixels.size / 3e6
    return (
        f"{megapixels:.1f} Mpx: medium {1000 * medium:.1f} ms of {1000 * whole:.0f} ms, "
        f"{medium / whole:.2%}"
    )


def _jpeg(pixels: Pixels, quality: int = 85) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _reduced(pixels: Pixels) -> bytes:
    size = dict(dsize=None, fx=_REDUCED, fy=_REDUCED, interpolation=cv2.INTER_AREA)
    return _jpeg(np.asarray(cv2.resize(pixels, **size), np.uint8), 90)


def _faxed(pixels: Pixels) -> bytes:
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    _, black_and_white = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    stream = io.BytesIO()
    Image.fromarray(black_and_white).convert("1").save(stream, "TIFF", compression="group4")
    with Image.open(stream) as fax:  # saved by an office: a JPEG, and nothing says that it was one
        return _jpeg(np.array(fax.convert("RGB")), 90)


LIVES: dict[str, Callable[[Pixels], bytes] | None] = {
    "as found": None,
    "JPEG 85": _jpeg,
    f"× {_REDUCED}, JPEG 90": _reduced,
}


if __name__ == "__main__":
    main()
