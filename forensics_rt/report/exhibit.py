"""What a report shows of one image: its result, its pixels, its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.io.file_source import FileInput, FileSource, file_source
from forensics_rt.results.detection import Detection


@dataclass(frozen=True, eq=False)
class Exhibit:
    """One examined image.

    Attributes:
        document: What `Detection.to_dict` returns, or `NAME.json` holds.
        image: H×W×3 RGB uint8, as the networks saw it.
        probability: H×W float32; `None` where it is not there any more.
        file: Where the bytes of its file are; `None` for an array.
    """

    document: Mapping[str, Any]
    image: npt.NDArray[np.uint8]
    probability: npt.NDArray[np.float32] | None
    file: FileSource | None


def exhibit_of(detection: Detection, file: FileInput | None = None) -> Exhibit:
    """Return the exhibit of a detection.

    Args:
        detection: The result.
        file: Its file: a path, bytes, a `MemoryFile` or an attachment; `None` for the PDF that the
            detection knows of, or for no file.
    """
    if file is None:
        known = None if detection.pdf_file is None else detection.pdf_file.source
    else:
        known = file_source(file)
    return Exhibit(detection.to_dict(), detection.image, detection.probability, known)
