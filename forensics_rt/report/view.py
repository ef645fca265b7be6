"""A report as its readers see it, before it becomes HTML or PDF: text, tables and pictures."""

from __future__ import annotations

from dataclasses import dataclass

from forensics_rt.report.facts.fact import FactTable


@dataclass(frozen=True)
class Picture:
    """A picture in the folder of a report.

    Attributes:
        file: Its name there.
        alt: What it shows, for who does not see it.
        width: In pixels.
        height: In pixels.
    """

    file: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class ZoomView:
    """A region, enlarged.

    Attributes:
        caption: Which region, and how it is shown.
        stored: The pixels as stored.
        marked: The same with probabilities tinted; `None` without a map.
    """

    caption: str
    stored: Picture
    marked: Picture | None


@dataclass(frozen=True)
class Section:
    """One image of a report.

    Attributes:
        number: Its place in the report, from 1.
        name: What the image is called.
        verdict: Its verdict, which colors the heading; `none` for no verdict.
        word: The verdict as a word.
        meaning: What the verdict means.
        score: The score, rounded, for the summary.
        result: Score, raw score, regions.
        picture: The image with its regions; `None` where it could not be shown.
        picture_note: How it is shown.
        region_count: How many regions there are.
        region_rows: Of each region: number, left, top, width, height, area, mean probability.
        region_note: What of the regions is not shown.
        zooms: Enlarged regions.
        tables: Facts of the image, its page and its file.
        thumbnail: The small picture that EXIF holds; `None` for none.
    """

    number: int
    name: str
    verdict: str
    word: str
    meaning: str
    score: str
    result: FactTable
    picture: Picture | None
    picture_note: str
    region_count: int
    region_rows: tuple[tuple[str, ...], ...]
    region_note: str
    zooms: tuple[ZoomView, ...]
    tables: tuple[FactTable, ...]
    thumbnail: Picture | None = None


@dataclass(frozen=True)
class NotExamined:
    """An image without a result.

    Attributes:
        number: Its place in the report, from 1.
        name: What it is called.
        reason: Why there is no result.
    """

    number: int
    name: str
    reason: str


@dataclass(frozen=True)
class Guide:
    """A heading with paragraphs or items for people who never read such a report.

    Attributes:
        title: The heading.
        paragraphs: Below it.
        items: A list below them.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportView:
    """A whole report.

    Attributes:
        title: Its heading.
        date: When it was made, for a reader.
        program: What made it.
        overview: How many images have which verdict.
        guides: How to read it, what the terms mean, and what it does not prove.
        sections: The images, in order.
        not_examined: Images without a result.
        method: How the images were examined.
        model: Summary and limits of the model.
    """

    title: str
    date: str
    program: str
    overview: FactTable
    guides: tuple[Guide, ...]
    sections: tuple[Section, ...]
    not_examined: tuple[NotExamined, ...]
    method: tuple[FactTable, ...]
    model: Guide
