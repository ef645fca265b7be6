"""Finds which pixels of a photographed, scanned or screen-captured document were forged.

Example:
    >>> from forensics_rt import Detector
    >>> with Detector() as detector:  # doctest: +SKIP
    ...     print(detector("scan.jpg").regions)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from forensics_rt.version import __version__ as __version__

if TYPE_CHECKING:
    from forensics_rt.bundle.opening import Bundle as Bundle
    from forensics_rt.bundle.trust.keys import read_keys as read_keys
    from forensics_rt.bundle.trust.policy import TrustPolicy as TrustPolicy
    from forensics_rt.calibration.record import CalibrationRecord as CalibrationRecord
    from forensics_rt.detector import Detector as Detector
    from forensics_rt.errors import ForensicsError as ForensicsError
    from forensics_rt.io.pages import Page as Page
    from forensics_rt.io.pages import pages_of as pages_of
    from forensics_rt.io.pdf.attachment import Attachment as Attachment
    from forensics_rt.io.pdf.attachments import attachments_of as attachments_of
    from forensics_rt.recipe import Recipe as Recipe
    from forensics_rt.results.detection import Detection as Detection
    from forensics_rt.results.failure import Failure as Failure
    from forensics_rt.results.provenance import Provenance as Provenance
    from forensics_rt.results.regions import Region as Region

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
    "TrustPolicy": "bundle.trust.policy",
    "attachments_of": "io.pdf.attachments",
    "pages_of": "io.pages",
    "read_keys": "bundle.trust.keys",
}
__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    # Importing the package must stay cheap for programs that may never detect anything.
    if name not in _HOMES:
        raise AttributeError(f"module 'forensics_rt' has no attribute {name!r}")
    return getattr(import_module(f"forensics_rt.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
