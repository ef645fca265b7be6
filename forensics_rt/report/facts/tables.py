"""From facts of a file to the tables of a report."""

from __future__ import annotations

from collections.abc import Iterator

from forensics_rt.report.facts.double_compression import DoubleCompression
from forensics_rt.report.facts.exif import Metadata
from forensics_rt.report.facts.fact import Fact, FactTable, shortened
from forensics_rt.report.facts.jpeg import JpegFacts
from forensics_rt.report.facts.pdf import PdfFacts

HINT_NOTE = (
    "The sign of an earlier compression is a hint only. It is found where the earlier compression "
    "was the stronger one and the picture was neither cropped nor resized in between. On pictures "
    "of known history it found half of these cases, and was wrong in 1 of 224 that "
    "were saved once. Saving a picture again is common and no sign of a forgery."
)
# Templates set what has this label as a grid.
QUANTIZATION = "quantization tables"
_SIGNED_NOTE = "Whether a signature is valid was not checked."
_MOST_COUNTED = 12


def exif_table(found: Metadata) -> FactTable:
    """Return the metadata of an image file."""
    facts = found.facts or (Fact("EXIF and other text", "none"),)
    if found.damaged is not None:
        facts = (*facts, Fact("damaged", shortened(found.damaged)))
    return FactTable("EXIF and other text in the file", facts, "The file says so; it can be wrong.")


def jpeg_table(
    jpeg: JpegFacts, earlier: DoubleCompression | None, title: str = "JPEG compression"
) -> FactTable:
    """Return how a JPEG is coded.

    Args:
        jpeg: The facts.
        earlier: Signs of an earlier compression; `None` where nobody looked.
        title: Heading of the table.
    """
    facts = tuple(_jpeg_facts(jpeg))
    hint = () if earlier is None else (Fact("earlier compression", _hint(earlier)),)
    tables = " // ".join(_steps(table.steps) for table in jpeg.tables)
    steps = (Fact(QUANTIZATION, tables),) if tables else ()
    return FactTable(title, (*facts, *hint, *steps), HINT_NOTE if hint else "")


def _steps(steps: tuple[int, ...]) -> str:
    rows = (steps[start : start + 8] for start in range(0, 64, 8))
    return " / ".join(" ".join(map(str, row)) for row in rows)


def _jpeg_facts(jpeg: JpegFacts) -> Iterator[Fact]:
    yield Fact("coding", f"{jpeg.coding or 'not known'}, {_count(jpeg.scans, 'scan')}")
    if jpeg.quality is not None:
        quality, exact = jpeg.quality
        usual = (
            "the usual table at exactly this quality"
            if exact
            else "nearest usual table; the program used its own"
        )
        yield Fact("estimated quality", f"{quality} ({usual})")
    yield Fact("color subsampling", jpeg.subsampling or "none (gray), or not known")
    interval = jpeg.restart_interval
    yield Fact("restart markers", f"every {interval} blocks" if interval else "none")
    yield Fact("contents", ", ".join(jpeg.contents) or "no application segments")
    for comment in jpeg.comments:
        yield Fact("comment", shortened(comment))
    if jpeg.content_credentials:
        yield Fact("content credentials", "present (C2PA); they were not checked")
    after = jpeg.bytes_after_end
    yield Fact("after the picture", "the end marker is missing" if after is None else _bytes(after))


def _hint(found: DoubleCompression) -> str:
    if found.sign == "unknown":
        return "cannot be measured: too few blocks with detail"
    if found.sign == "none":
        return f"no sign of one ({found.blocks:,} blocks), which does not exclude it"
    return (
        f"probable, at a quality of about {found.earlier_quality} "
        f"(strength {found.strength:.2f}, {found.blocks:,} blocks)"
    )


def pdf_tables(pdf: PdfFacts) -> Iterator[FactTable]:
    """Yield what a PDF says of itself."""
    yield FactTable("The PDF file", tuple(_pdf_facts(pdf)), "The file says so; it can be wrong.")
    if pdf.signatures:
        signed = tuple(
            Fact(
                f"signature {number}",
                f"{one.name}, {one.date}; "
                + ("covers the whole file" if one.covers_all else "bytes were added after it"),
            )
            for number, one in enumerate(pdf.signatures, 1)
        )
        yield FactTable("Digital signatures", signed, _SIGNED_NOTE)


def _pdf_facts(pdf: PdfFacts) -> Iterator[Fact]:
    if pdf.damaged is not None:
        yield Fact("cannot be read whole", shortened(pdf.damaged))
    else:
        yield Fact("version and pages", f"PDF {pdf.version}, {_count(pdf.pages, 'page')}")
        yield from pdf.info or (Fact("producer, creator, dates", "none"),)
    yield from _saves(pdf)
    if pdf.damaged is not None:
        return
    if not pdf.signatures:
        yield Fact("digital signatures", "none")
    fonts = [f"{name} ({'embedded' if inside else 'not embedded'})" for name, inside in pdf.fonts]
    yield Fact("fonts", ", ".join(fonts) or "none")
    yield Fact("images", _counted(pdf.images))
    if pdf.annotations:
        yield Fact("annotations", _counted(pdf.annotations))
    if pdf.layers:
        yield Fact("layers", str(pdf.layers))
    if pdf.active:
        yield Fact("holds", ", ".join(pdf.active))
    yield Fact("encrypted", "yes" if pdf.locked else "no")


def _saves(pdf: PdfFacts) -> Iterator[Fact]:
    saved = pdf.revisions
    times = saved.incremental_saves
    more = f"{_count(times, 'incremental save')}: content was added or changed after the first save"
    yield Fact("saved again", more if times else "no incremental save")
    parts = (
        f"{saved.ends} %%EOF, {_count(saved.tables, 'cross-reference table')}, "
        f"{_count(saved.streams, 'cross-reference stream')}"
    )
    yield Fact(
        "structure", parts + (", written for the web (linearized)" if saved.linearized else "")
    )
    if pdf.same_id is not None:
        differ = "its halves differ, as after a later save"
        yield Fact(
            "file ID", "its halves are equal, as after a first save" if pdf.same_id else differ
        )
    if saved.bytes_after_end != 0:
        after = saved.bytes_after_end
        yield Fact("after the end", "no %%EOF" if after is None else _bytes(after))


def _counted(kinds: tuple[tuple[str, int], ...]) -> str:
    shown = [f"{count} × {name}" for name, count in kinds[:_MOST_COUNTED]]
    return ", ".join(shown) or "none"


def _bytes(count: int) -> str:
    return f"{count:,} bytes follow" if count else "nothing follows"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
