"""How often is the sign of an earlier JPEG compression right that a report shows?

Each picture is halved, which takes traces of its own compression out, and saved once, or twice:
first with one quality, then with another.

    python -m benchmarks.double_compression FOLDER... [--count 20]
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from forensics_rt.io.sources import find_sources
from forensics_rt.report.facts.coefficients import decoded_brightness
from forensics_rt.report.facts.double_compression import DoubleCompression, double_compression
from forensics_rt.report.facts.jpeg import jpeg_facts

EARLIER = (None, 60, 75, 85, 95)
LATER = (70, 80, 90, 95)
# Of the estimated earlier quality.
CLOSE = 5
_LONGEST = 2600


@dataclass(frozen=True)
class Case:
    """One saved picture.

    Attributes:
        earlier: Quality of the earlier compression; `None` for none.
        later: Quality of the last one.
        found: What the histograms say.
    """

    earlier: int | None
    later: int
    found: DoubleCompression


def saved(picture: Image.Image, quality: int) -> bytes:
    """Return a picture as JPEG."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def cases(path: Path) -> Iterator[Case]:
    """Yield a picture saved in all ways."""
    with Image.open(path) as opened:
        whole = opened.convert("RGB")
    whole.thumbnail((_LONGEST, _LONGEST))
    picture = whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.LANCZOS)
    for earlier in EARLIER:
        before = picture
        if earlier is not None:
            before = Image.open(io.BytesIO(saved(picture, earlier))).convert("RGB")
        for later in LATER:
            if later == earlier:
                continue
            data = saved(before, later)
            steps = jpeg_facts(data).tables[0].steps
            yield Case(earlier, later, double_compression(decoded_brightness(data), steps))


def table(done: Sequence[Case]) -> Iterator[str]:
    """Yield a line for each earlier quality, with a column for each later one."""
    yield "| earlier | " + " | ".join(f"then {later}" for later in LATER) + " |"
    yield "|---|" + "---|" * len(LATER)
    for earlier in EARLIER:
        cells = []
        for later in LATER:
            found = [one.found for one in done if (one.earlier, one.later) == (earlier, later)]
            probable = sum(one.sign == "probable" for one in found)
            cells.append(f"{probable} of {len(found)}" if found else "–")
        yield f"| {'none' if earlier is None else earlier} | " + " | ".join(cells) + " |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=20, help="pictures of each folder")
    options = parser.parse_args(arguments)
    done: list[Case] = []
    for folder in options.folders:
        paths = [source.image for source in find_sources([folder])][: options.count]
        for path in paths:
            if isinstance(path, Path):
                done += cases(path)
    print("\n".join(table(done)))
    alarms = [one for one in done if one.earlier is None and one.found.sign == "probable"]
    once = sum(one.earlier is None for one in done)
    stronger = [one for one in done if one.earlier is not None and one.earlier < one.later]
    hits = [one for one in stronger if one.found.sign == "probable"]
    close = [one for one in hits if abs((one.found.earlier_quality or 0) - one.earlier) <= CLOSE]
    print(f"saved once: a wrong sign in {len(alarms)} of {once}")
    print(f"a stronger compression before: found in {len(hits)} of {len(stronger)},")
    print(f"its quality within {CLOSE} in {len(close)} of these")


if __name__ == "__main__":
    main()
