"""From facts and measures to the medium; docs/explanation/medium.md measures the limits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forensics_rt.io.medium.kinds import Medium
from forensics_rt.io.medium.measures import Measures, measure_pixels
from forensics_rt.io.metadata import MediumFacts

# Phones held upright, long screenshots of one page among them; pages reach 1.6 at most.
_PHONE = (1.6, 2.6)
# Screens of computers and phones held across.
_WIDE = (16 / 9, 16 / 10)
_WIDE_WITHIN = 0.01


def measure_medium(
    pixels: npt.NDArray[np.uint8], facts: MediumFacts | None = None
) -> Medium | None:
    """Tell scan, photograph, screen, born digital and fax apart.

    What the file says goes first; else simple measures decide, whose limits leave a gap between
    kinds, because a wrong name does more harm than none.

    Args:
        pixels: H×W×3 uint8 RGB.
        facts: What the file says; `None` for pixels without a file.

    Returns:
        The medium with its evidence; `None` where the image fits none well, or has less than 128
        pixels a side and no facts.

    Example:
        >>> print(measure_medium(np.zeros((8, 8, 3), np.uint8)))
        None
        >>> measure_medium(np.zeros((8, 8, 3), np.uint8), MediumFacts("CCITT Group 4"))
        Medium(name='fax', evidence='stored as CCITT Group 4', no_traces=None)
    """
    said = None if facts is None else medium_by_facts(facts)
    if said is not None:
        return said
    measures = measure_pixels(pixels)
    return None if measures is None else medium_by_measures(measures)


def medium_by_facts(facts: MediumFacts) -> Medium | None:
    """Return the medium that a file says it has; `None` where it says nothing."""
    if facts.fax_coding is not None:
        return Medium("fax", f"stored as {facts.fax_coding}")
    if facts.one_bit:
        return Medium("fax", "stored in one bit a pixel")
    if facts.is_screenshot:
        return Medium("screen", "EXIF says that it is a screenshot")
    if facts.camera is not None:
        return Medium("photograph", f"EXIF names a camera and its exposure: {facts.camera}")
    return None


def medium_by_measures(found: Measures) -> Medium | None:
    """Return the medium that the pixels speak for; `None` where they speak for none."""
    if _is_screen(found):
        return Medium(
            "screen",
            f"of a screen's shape (1:{found.shape:.2f}), {_per_cent(found.tinted)} of its "
            "blocks exactly flat and colored",
        )
    if found.flat < 0.5:
        return _with_grain(found)
    return None if found.sharpness is None else _flat_page(found, found.sharpness)


def _is_screen(found: Measures) -> bool:
    if not _has_a_screens_shape(found) or found.sharpness is None or found.sharpness < 0.5:
        return False
    if _is_black_and_white(found):
        return False  # its black surfaces are flat and not white
    pictured = found.tinted >= 0.05 and found.flat >= 0.5 and found.grain <= 0.8
    drawn = found.tinted >= 0.02 and found.flat >= 0.75 and found.sharpness >= 0.7
    return pictured or drawn


def _has_a_screens_shape(found: Measures) -> bool:
    if found.is_upright:
        return _PHONE[0] <= found.shape <= _PHONE[1]
    return any(abs(found.shape / shape - 1) < _WIDE_WITHIN for shape in _WIDE)


def _is_black_and_white(found: Measures) -> bool:
    return found.sharpness is not None and found.sharpness >= 0.97 and found.gray < 1.2


def _flat_page(found: Measures, sharpness: float) -> Medium | None:
    """Tell apart what has no grain, because it never had or because white was cut off."""
    flat, edge = _per_cent(found.flat), _per_cent(sharpness)
    one_paper = found.paper >= 0.6
    if sharpness <= 0.66 and one_paper:
        return Medium(
            "scan", f"soft edges, {edge} of their height in one pixel, on paper cut to white"
        )
    if found.flat < 0.75:
        return None
    if _is_black_and_white(found):
        said = f"black and white without gray: edges rise {edge} of their height in one pixel"
        return Medium("fax", said) if one_paper else None
    if sharpness < 0.7 or (found.is_upright and _has_a_screens_shape(found)):
        return None  # the second: a screen or a receipt
    return Medium(
        "born digital",
        f"{flat} of the quiet blocks exactly flat, sharp edges, {edge} of their height in one "
        "pixel",
    )


def _with_grain(found: Measures) -> Medium | None:
    paper, noise = _per_cent(found.paper), f"noise of {found.noise:.1f} levels"
    steps = f"brightness changes by {found.unevenness:.1f} levels between neighboring parts"
    if found.paper >= 0.68 and found.unevenness <= 6:
        return Medium("scan", f"{paper} of the pixels of one brightness, {noise}")
    if found.paper >= 0.25 and found.unevenness <= 2.5:
        return Medium("scan", f"evenly lit, {steps}, {noise}")
    if found.paper < 0.6 and found.unevenness >= 4:
        return Medium("photograph", f"unevenly lit, {steps}, {paper} of one brightness, {noise}")
    return None


def _per_cent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
