"""From an exhibit to the section of a report about it: pictures are written, facts worded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from forensics_rt.calibration.verdict import Conclusions
from forensics_rt.report.exhibit import Exhibit
from forensics_rt.report.facts.fact import Fact, FactTable, shortened
from forensics_rt.report.facts.file import FileFacts
from forensics_rt.report.pictures.files import write_jpeg, write_png
from forensics_rt.report.pictures.marked import marked_picture
from forensics_rt.report.pictures.zoom import zoom_of
from forensics_rt.report.view import Picture, Section, ZoomView
from forensics_rt.report.words import (
    VERDICTS,
    limit_in_words,
    percent,
    robustness_in_words,
    score_in_words,
)

MOST_ZOOMS = 6
MOST_REGIONS = 30
_MOST_PARTS = 20
_SOURCES = {
    "stored": "all pixels are those of one image, as stored",
    "composed": "the pixels of images as stored, with the rest of the page drawn",
    "drawn": "the whole page was drawn, because no stored image shows it as it is",
}


def section_of(
    number: int, exhibit: Exhibit, file: FileFacts, conclusions: Conclusions, folder: Path
) -> Section:
    """Write the pictures of an exhibit, and word what is known of it.

    Args:
        number: Its place in the report, from 1.
        exhibit: The image.
        file: Facts of its file.
        conclusions: Of the detector.
        folder: Where the pictures go.

    Raises:
        OutputError: If a picture cannot be written.
    """
    document = exhibit.document
    word, meaning = VERDICTS[document["verdict"]]
    picture, note = _picture(number, exhibit, folder)
    regions = document["regions"]
    return Section(
        number=number,
        name=document["name"],
        verdict=document["verdict"] or "none",
        word=word,
        meaning=_reason(document) or meaning,
        score=_short_score(document),
        result=FactTable("Result", tuple(_result(document, conclusions))),
        picture=picture,
        picture_note=note,
        region_count=len(regions),
        region_rows=tuple(_row(k, region) for k, region in enumerate(regions[:MOST_REGIONS], 1)),
        region_note=_left_out(len(regions)),
        zooms=tuple(_zooms(number, exhibit, folder)),
        tables=(_examined(document, file), *_page(document), *file.tables),
        thumbnail=_thumbnail(number, file, folder, document["name"]),
    )


def _reason(document: Mapping[str, Any]) -> str | None:
    reason = document.get("reason")
    if reason is None:
        return None
    if document["verdict"] == "uncertain":
        return f"No verdict: {reason}."
    return f"No network examined this page: {reason}."


def _short_score(document: Mapping[str, Any]) -> str:
    return "–" if document["verdict"] == "not_applicable" else f"{document['score']:.3f}"


def _result(document: Mapping[str, Any], conclusions: Conclusions) -> Iterator[Fact]:
    yield Fact("score", score_in_words(document, conclusions))
    if document["verdict"] == "not_applicable":
        return
    if document["calibrated"]:
        medium = document["medium"]
        name = None if medium is None else medium["name"]
        yield Fact("limit for forged", limit_in_words(conclusions, name))
    yield Fact("raw score", f"{document['raw_score']:.4f} of 1, not a probability")
    count = len(document["regions"])
    share = percent(document["forged_share"]) if document["forged_share"] else "none"
    yield Fact("regions", f"{count}; {share} of the pixels are marked")
    if document.get("robust") is not None:
        yield Fact("after small changes", robustness_in_words(document["robust"]))


def _row(number: int, region: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = (number, *region["box"], region["area"])
    return (*(f"{one:,}" for one in numbers), f"{region['mean_probability']:.2f}")


def _left_out(count: int) -> str:
    parts = []
    if count > MOST_REGIONS:
        parts.append(f"The table lists the largest {MOST_REGIONS} of {count} regions.")
    if count > MOST_ZOOMS:
        parts.append(f"The largest {MOST_ZOOMS} are enlarged below.")
    return " ".join(parts)


def _picture(number: int, exhibit: Exhibit, folder: Path) -> tuple[Picture, str]:
    document = exhibit.document
    regions, orientation = document["regions"], document["exif_orientation"]
    density = document["provenance"].get("density")
    marked = marked_picture(exhibit.image, regions, density, orientation)
    file = f"image-{number}.jpg"
    write_jpeg(folder / file, marked.pixels)
    notes = []
    if marked.scale < 0.999:
        notes.append(f"Reduced to {percent(marked.scale)} of its width and height.")
    if orientation != 1:
        notes.append(
            f"Turned upright as its orientation ({orientation}) says; coordinates are those of the "
            "pixels as stored."
        )
    height, width = marked.pixels.shape[:2]
    return Picture(file, _alt(document), width, height), " ".join(notes)


def _alt(document: Mapping[str, Any]) -> str:
    regions = document["regions"]
    if not regions:
        return f"Picture of {document['name']}; no region is marked."
    places = "; ".join(
        f"region {number} at {box[0]} from the left and {box[1]} from the top, {box[2]}×{box[3]}"
        for number, box in enumerate((one["box"] for one in regions[:5]), 1)
    )
    return f"Picture of {document['name']} with {len(regions)} outlined, in pixels: {places}."


def _zooms(number: int, exhibit: Exhibit, folder: Path) -> Iterator[ZoomView]:
    document = exhibit.document
    for k, region in enumerate(document["regions"][:MOST_ZOOMS], 1):
        zoom = zoom_of(exhibit.image, exhibit.probability, region, document["exif_orientation"])
        pictures = []
        for kind, pixels in (("stored", zoom.stored), ("marked", zoom.marked)):
            if pixels is None:
                continue
            file = f"image-{number}-region-{k}-{kind}.png"
            write_png(folder / file, pixels)
            height, width = pixels.shape[:2]
            how = "as stored" if kind == "stored" else "with probabilities from yellow to red"
            pictures.append(Picture(file, f"Region {k}, enlarged, {how}.", width, height))
        left, top, across, down = zoom.box
        caption = f"Region {k}: {across}×{down} pixels from {left}, {top}, {_scale(zoom.factor)}"
        yield ZoomView(caption, pictures[0], pictures[1] if len(pictures) > 1 else None)


def _scale(factor: float) -> str:
    if factor < 1:
        return f"reduced to {percent(factor)}"
    return "shown as large as stored" if factor == 1 else f"shown {factor:.0f} times as large"


def _thumbnail(number: int, file: FileFacts, folder: Path, name: str) -> Picture | None:
    if file.thumbnail is None:
        return None
    written = f"image-{number}-thumbnail.png"
    write_png(folder / written, file.thumbnail)
    height, width = file.thumbnail.shape[:2]
    return Picture(written, f"Thumbnail in the EXIF of {name}.", width, height)


def _examined(document: Mapping[str, Any], file: FileFacts) -> FactTable:
    provenance, medium = document["provenance"], document.get("medium")
    frames, page = provenance["frames"], provenance["page"]
    density = provenance.get("density")
    facts = [
        Fact("SHA-256 of the file", provenance["image_sha256"]),
        Fact("format", f"{provenance['image_format']}, mode {provenance['image_mode']}"),
        Fact("size of the image", f"{document['width']:,} × {document['height']:,} pixels"),
    ]
    if file.size is not None:
        facts.append(Fact("size of the file", f"{file.size:,} bytes"))
    if page is not None or frames > 1:
        facts.append(Fact("page", f"{page or 1} of {frames}"))
    if density is not None:
        facts.append(Fact("density", f"{density[0]:g} × {density[1]:g} pixels per inch"))
    turned = document["exif_orientation"]
    facts.append(Fact("orientation", "upright" if turned == 1 else f"{turned} (EXIF); as stored"))
    said = "not known" if medium is None else f"{medium['name']}: {medium['evidence']}"
    facts.append(Fact("kind of picture", said))
    changes = [one for one in provenance["conversions"] if not one.startswith("damaged: ")]
    facts.append(Fact("conversions", "; ".join(changes) or "none"))
    damage = [one for one in provenance["conversions"] if one.startswith("damaged: ")]
    facts.append(Fact("damage", shortened("; ".join(damage)) if damage else "none was found"))
    facts.append(Fact("tiles", _tiles(provenance)))
    return FactTable("What was examined", tuple(facts))


def _tiles(provenance: Mapping[str, Any]) -> str:
    settled = provenance.get("settled_tiles", 0)
    return f"{provenance['tiles']}" + (f", {settled} settled by the cascade" if settled else "")


def _page(document: Mapping[str, Any]) -> Iterator[FactTable]:
    page = document.get("page_report")
    if page is None:
        return
    density = page["density"]
    facts = [
        Fact("pixels", _SOURCES[page["source"]]),
        Fact("density on the page", f"{density[0]:.0f} × {density[1]:.0f} pixels per inch"),
    ]
    for key, label, none in (
        ("overlays", "painted over the scan", "nothing"),
        ("hidden", "in the file, not visible", "nothing"),
        ("differences", "not shown as stored", "nothing"),
    ):
        parts = [_part(one) for one in page[key][:_MOST_PARTS]]
        left = len(page[key]) - _MOST_PARTS
        facts.append(Fact(label, "; ".join(parts) + (f"; {left} more" if left > 0 else "") or none))
    yield FactTable("The page in the PDF", tuple(facts))


def _part(part: Mapping[str, Any]) -> str:
    left, top, across, down = part["box"]
    return f"{part['kind']} at {left}, {top} ({across}×{down} pixels)"
