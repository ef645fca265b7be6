"""Where the maps of a page lie in the results of a run."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from forensics_rt.distributed.patience import write_patiently
from forensics_rt.distributed.places import Place
from forensics_rt.io.image_files import encode_image
from forensics_rt.results.detection import Detection
from forensics_rt.results.saving import map_in_16_bits

MapsWanted = Literal["all", "forged", "none"]


def write_maps(detection: Detection, settings: str, out: Place) -> dict[str, str]:
    """Write the map and the mask of a page.

    Their names are made of content and settings: who computes the page again writes the same bytes
    to the same place.

    Args:
        detection: Of the page.
        settings: Id of the settings of the run.
        out: The results.

    Returns:
        Where they are, relative to the results, by the column of the row.

    Raises:
        OutputError: If one cannot be written.
    """
    provenance = detection.provenance
    sha256 = provenance.image_sha256
    page = "" if provenance.page is None else f"-page{provenance.page}"
    stem = f"maps/{settings}/{sha256[:2]}/{sha256}{page}"
    pictures = {
        "map": (f"{stem}.probability.png", map_in_16_bits(detection.probability)),
        "mask": (f"{stem}.mask.png", detection.mask.view("uint8") * 255),
    }
    for name, pixels in pictures.values():
        write_patiently(out.below(name), encode_image(PurePath(name).suffix, pixels, name))
    return {column: name for column, (name, _) in pictures.items()}
