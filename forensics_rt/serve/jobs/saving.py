"""The files of one page of a job: written once it is examined, read when they are asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.image_files import write_image
from forensics_rt.io.writers import write_json
from forensics_rt.results.detection import Detection
from forensics_rt.results.saving import beside, map_in_16_bits
from forensics_rt.serve.answers import document_of
from forensics_rt.serve.pictures import heat_png, thumbnail_jpeg

JobPicture = Literal["image", "overlay", "heat", "map", "mask", "thumbnail"]
_FILES: dict[JobPicture, str] = {
    "image": ".image.jpg",
    "overlay": ".overlay.jpg",
    "map": ".map.png",
    "mask": ".mask.png",
}


def save_page(detection: Detection, base: Path, name: str | None) -> dict[str, Any]:
    """Write the result of a page and its pictures, and return what the JSON says.

    Pictures are in stored orientation, without EXIF, so that they lie over one another.

    Raises:
        OutputError: If they cannot be written.
    """
    document = document_of(detection, name)
    write_image(beside(base, _FILES["map"]), map_in_16_bits(detection.probability))
    write_image(beside(base, _FILES["mask"]), detection.mask.view(np.uint8) * np.uint8(255))
    write_image(beside(base, _FILES["image"]), detection.image)
    write_image(beside(base, _FILES["overlay"]), detection.overlay())
    write_json(beside(base, ".json"), document)
    return document


def read_page(base: Path) -> dict[str, Any]:
    """Return what the JSON of a page says."""
    document: dict[str, Any] = json.loads(beside(base, ".json").read_bytes())
    return document


def read_map(base: Path) -> npt.NDArray[np.uint16]:
    """Return the probability map of a page, H×W; 65535 is 1."""
    values = cv2.imread(str(beside(base, _FILES["map"])), cv2.IMREAD_UNCHANGED)
    return np.asarray(values, np.uint16)


def read_picture(base: Path, picture: JobPicture) -> tuple[bytes, str]:
    """Return a picture of a page and its media type; heat and thumbnail are drawn now."""
    if picture == "heat":
        return heat_png(read_map(base)), "image/png"
    if picture == "thumbnail":
        image = cv2.imread(str(beside(base, _FILES["image"])), cv2.IMREAD_COLOR_RGB)
        return thumbnail_jpeg(np.asarray(image, np.uint8)), "image/jpeg"
    file = beside(base, _FILES[picture])
    return file.read_bytes(), "image/jpeg" if file.suffix == ".jpg" else "image/png"
