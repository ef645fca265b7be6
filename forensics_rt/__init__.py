"""Finds which pixels of a photographed, scanned or screen-captured document were forged.

Example:
    >>> from forensics_rt import Detector
    >>> with Detector() as detector:  # doctest: +SKIP
    ...     print(detector("scan.jpg").regions)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from forensics_rt.version import __version__

if TYPE_CHECKING:
    from forensics_rt.bundle.opening import Bundle
    from forensics_rt.calibration.record import CalibrationRecord
    from forensics_rt.detector import Detector
    from forensics_rt.errors import ForensicsError
    from forensics_rt.io.pages import Page, pages_of
    from forensics_rt.io.pdf.attachment import Attachment
    from forensics_rt.io.pdf.attachments import attachments_of
    from forensics_rt.recipe import Recipe
    from forensics_rt.results.detection import Detection
    from forensics_rt.results.failure import Failure
    from forensics_rt.results.provenance import Provenance
    from forensics_rt.results.regions import Region

__all__ = [
    "Attachment",
    "Bundle",
    "CalibrationRecord",
    "Detection",
    "Detector",
    "Failure",
    "ForensicsError",
    "Page",
    "Provenance",
    "Recipe",
    "Region",
    "__version__",
    "attachments_of",
    "pages_of",
]

_HOMES = {
    "Attachment": "io.pdf.attachment",
    "Bundle": "bundle.opening",
    "CalibrationRecord": "calibration.record",
    "Detection": "results.detection",
    "Detector": "detector",
    "Failure": "results.failure",
    "ForensicsError": "errors",
    "Page": "io.pages",
    "Provenance": "results.provenance",
    "Recipe": "recipe",
    "Region": "results.regions",
    "attachments_of": "io.pdf.attachments",
    "pages_of": "io.pages",
}


def __getattr__(name: str) -> Any:
    # Importing the package must stay cheap for programs that may never detect anything.
    if name not in _HOMES:
        raise AttributeError(f"module 'forensics_rt' has no attribute {name!r}")
    return getattr(import_module(f"forensics_rt.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
