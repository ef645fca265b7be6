"""The result: which pixels, how sure, and how it was found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.verdict import VerdictName
from forensics_rt.errors import OutputError
from forensics_rt.io.file_source import PdfFile
from forensics_rt.io.medium.kinds import Medium
from forensics_rt.io.names import printable
from forensics_rt.io.pdf.annotated_copy import write_annotated_pdf
from forensics_rt.io.pdf.geometry import page_box
from forensics_rt.io.pdf.page_report import PagePart, PageReport
from forensics_rt.plan.mask import forged_mask
from forensics_rt.results.page_marks import examined_pdf, marks_of
from forensics_rt.results.provenance import Provenance
from forensics_rt.results.regions import Region, find_regions
from forensics_rt.results.rendering import overlay
from forensics_rt.results.robustness import Robustness
from forensics_rt.results.saving import (
    RESULT_SCHEMA,
    beside,
    place_for,
    write_detection,
)


@dataclass(frozen=True, eq=False)
class Finding(ABC):
    """What is said of one image, whether its maps are arrays or files.

    Attributes:
        name: The path, with `-page2` behind it for a page; or `<bytes>`, `<array>`, `<image>`.
        raw_score: How strongly the map speaks for a forgery somewhere in the image, in [0, 1]: see
            `plan.score`.
        score: If calibrated, the probability that the image is forged, for the share of forged
            images in the calibration or that of `prevalence`. Otherwise the raw score, which is no
            probability.
        verdict: `forged`, `authentic`, or `uncertain` if the calibration cannot tell.
            `not_applicable` if there can be no traces of editing; no network was run. `None` if not
            calibrated.
        medium: What kind of picture it is; `None` if it fits none well, or was not measured.
        threshold: Probability from which a pixel counts as forged.
        high_threshold: Probability that a region must reach to be in the mask; `None` for any.
        high_area: With how many pixels it must reach that.
        provenance: How it was found.
        seconds: Time spent by stage.
        reason: Why the verdict is `not_applicable`, or is `uncertain` for every raw score. `None`
            for other verdicts.
    """

    name: str
    raw_score: float
    score: float
    verdict: VerdictName | None
    medium: Medium | None
    threshold: float
    high_threshold: float | None
    provenance: Provenance
    seconds: Mapping[str, float]
    high_area: int = field(default=1, kw_only=True)
    reason: str | None = field(default=None, kw_only=True)

    def __repr__(self) -> str:
        said = self.to_dict()
        return (
            f"{type(self).__name__}({self.name!r}, {said['width']}×{said['height']}, "
            f"score={self.score:.3f}, verdict={self.verdict}, regions={len(said['regions'])}, "
            f"forged={said['forged_share']:.2%})"
        )

    @property
    def calibrated(self) -> bool:
        """Whether the score is a probability, and the verdict follows from it."""
        return self.verdict not in (None, "not_applicable")

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return everything but the pixels, ready for JSON."""

    def _document(
        self,
        size: tuple[int, ...],
        forged_share: float,
        regions: tuple[Region, ...],
        page_report: PageReport | None = None,
        robust: Robustness | None = None,
    ) -> dict[str, Any]:
        height, width = size
        # Only where it was asked for: it is no part of what other programs give.
        looked = {} if robust is None else {"robust": robust.to_dict()}
        return {
            "schema": RESULT_SCHEMA,
            "name": self.name,
            "width": width,
            "height": height,
            "raw_score": round(self.raw_score, 6),
            "score": round(self.score, 6),
            "calibrated": self.calibrated,
            "verdict": self.verdict,
            "reason": self.reason,
            "medium": None if self.medium is None else self.medium.to_dict(),
            "threshold": self.threshold,
            "high_threshold": self.high_threshold,
            "high_area": self.high_area,
            "forged_share": round(forged_share, 8),
            "exif_orientation": self.provenance.exif_orientation,
            "regions": [_region(region, page_report) for region in regions],
            "page_report": None if page_report is None else _page_report(page_report),
            **looked,
            "provenance": self.provenance.as_record(),
            "seconds": {stage: round(value, 6) for stage, value in self.seconds.items()},
        }


def _page_report(page: PageReport) -> dict[str, Any]:
    written = asdict(page)
    written["density"] = [round(x, 3) for x in page.density]
    for part in (*written["overlays"], *written["hidden"], *written["differences"]):
        part["page_box"] = [round(x, 3) for x in part["page_box"]]
    return written


def _region(region: Region, page: PageReport | None) -> dict[str, Any]:
    on_page = None if page is None else [round(x, 3) for x in page_box(region.box, page.to_page)]
    return {**asdict(region), "page_box": on_page}


@dataclass(frozen=True, eq=False, repr=False)
class Detection(Finding):
    """Which pixels of one image were forged, in stored orientation.

    Name, score, verdict, medium, thresholds and provenance are described at the base, `Finding`.

    Attributes:
        image: H×W×3 uint8 RGB, as the networks saw it.
        probability: H×W float32 in [0, 1].
        uncertainty: H×W float32 standard deviation over members and symmetries, or `None` for one
            member under one symmetry, and where no network was asked.
        seconds: Time spent by stage: `decode`, `plan`, `gather`, `engine`, `merge`, `finish`; on a
            device `decode`, `plan`, `device`, `finish`. In a stream stages of several images run at
            the same time; `engine` and `device` never do, so that their sum is the time in which
            the engine, or the device, was busy.
        page_report: Of a page of a PDF, where its pixels come from, what else is there, and how
            they lie on the page; `None` for other images.
        pdf_file: The PDF, to be read again for a copy with annotations: its path, or the bytes that
            were given; `None` for other images.
        robust: How much of the mask is marked again after small changes of the image; `None` where
            nobody asked (`Detector(robust=True)`), or the verdict is `not_applicable`.

    Example:
        >>> from forensics_rt import Detector
        >>> with Detector() as detector:  # doctest: +SKIP
        ...     detector("scan.jpg").save("out")
    """

    image: npt.NDArray[np.uint8]
    probability: npt.NDArray[np.float32]
    uncertainty: npt.NDArray[np.float32] | None
    page_report: PageReport | None = None
    pdf_file: PdfFile | None = None
    robust: Robustness | None = None

    @cached_property
    def mask(self) -> npt.NDArray[np.bool_]:
        """Regions at the threshold with enough pixels at the high threshold: H×W bool."""
        return forged_mask(self.probability, self.threshold, self.high_threshold, self.high_area)

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """The connected parts of the mask of 16 pixels or more, the largest first."""
        return find_regions(self.mask, self.probability)

    @property
    def forged_share(self) -> float:
        """Share of the pixels in the mask."""
        return float(self.mask.mean())

    @property
    def overlays(self) -> tuple[PagePart, ...]:
        """What was painted over the scan of a PDF page and can be seen; empty for other images."""
        return () if self.page_report is None else self.page_report.overlays

    @property
    def hidden(self) -> tuple[PagePart, ...]:
        """What the file holds and the page does not show; empty for other images."""
        return () if self.page_report is None else self.page_report.hidden

    def overlay(self) -> npt.NDArray[np.uint8]:
        """Return the image tinted by probability, regions outlined: H×W×3 uint8 RGB.

        Where pixels are not square, it is stretched to look as it should, so that it has more rows
        or columns than the image; boxes and polygons stay in stored pixels.
        """
        return overlay(self.image, self.probability, self.regions, self.provenance.density)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the pixels, ready for JSON."""
        return self._document(
            self.probability.shape,
            self.forged_share,
            self.regions,
            self.page_report,
            self.robust,
        )

    def save(
        self,
        folder: str | Path,
        stem: str | PurePath | None = None,
        overlay: bool = True,
        pdf: bool = False,
    ) -> Path:
        """Write the result, each file whole or not at all, the JSON last.

        `STEM.probability.png` holds the map as 16-bit gray (65535 is 1), `STEM.mask.png` 0 or 255,
        `STEM.overlay.jpg` the image with outlines, `STEM.uncertainty.png` 16-bit gray where there
        is one, `STEM.annotated.pdf` the PDF with the regions of this page as annotations, if asked
        for, `STEM.json` what `to_dict` returns, with the seconds of `encode` added.

        Args:
            folder: Where to write; made if missing.
            stem: Start of the file names, may hold sub-folders, and what is there is written over;
                `None` for the name of the image, where another image's result is left alone.
            overlay: Whether to write the overlay.
            pdf: Whether to write a copy of the PDF that the image is a page of, with a square and a
                note around each region.

        Returns:
            The path of the JSON file.

        Raises:
            OutputError: If a file cannot be written, folder or `stem` is no path, or without `stem`
                another image has the name, or a PDF is asked for and the image is no page of one.
            ImageError: If the PDF cannot be read again, or has changed since.
        """
        base = place_for(folder, stem, self.name, self.provenance)
        write_detection(self, base, overlay, self._annotator() if pdf else None)
        return beside(base, ".json")

    def _annotator(self) -> Callable[[dict[str, Any], Path], None]:
        pdf_file = self.pdf_file
        if pdf_file is None or self.page_report is None:
            raise OutputError(
                f"{printable(self.name)}: must be a page of a PDF to be saved as an annotated PDF, "
                f"but is {self.provenance.image_format}; leave pdf=True out"
            )

        def write(said: dict[str, Any], path: Path) -> None:
            write_annotated_pdf(pdf_file, examined_pdf(said), marks_of(said), path)

        return write
