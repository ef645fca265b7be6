"""A report as PDF/A-2a that is also PDF/UA-1, with its fonts inside."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from forensics_rt.errors import ReportError
from forensics_rt.io.optional import load_optional
from forensics_rt.report.render.glyphs import Glyphs
from forensics_rt.report.render.html import TEMPLATES
from forensics_rt.report.text import all_visible, breakable
from forensics_rt.report.view import ReportView

# For archives, and for screen readers.
STANDARDS = ["a-2a", "ua-1"]
# What is no text for a reader, and what must not be broken.
_PLAIN = frozenset(("file", "alt", "verdict"))
_log = logging.getLogger(__name__)


def write_pdf(view: ReportView, folder: Path, date: datetime, out: BinaryIO) -> None:
    """Write a report as PDF; its text reaches Typst as data, never as source.

    Text is set in fonts that Typst's package brings; for scripts that they lack, in fonts of the
    system. Characters that no font has are written as their number, with a warning.

    Args:
        view: The report.
        folder: Where its pictures are; Typst's files are written there, too.
        date: Of the report.
        out: Where to write.

    Raises:
        OptionalDependency: If Typst is not installed.
        ReportError: If Typst cannot lay it out.
    """
    typst = load_optional("typst", "report", "a PDF report")
    data = _broken(all_visible(asdict(view)))
    data["set_on"] = [date.year, date.month, date.day, date.hour, date.minute, date.second]
    fonts = typst.Fonts()
    glyphs = Glyphs(typst, fonts, date)
    data = glyphs.only_shown(data)
    if glyphs.missing:
        _log.warning(
            "no font here shows %d characters of the report, which are written as their numbers: "
            "install fonts for them, such as Noto",
            len(glyphs.missing),
        )
    (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    source = folder / "report.typ"
    shutil.copyfile(TEMPLATES / "report.typ", source)
    compiler = typst.Compiler(source, root=folder, font_paths=fonts)
    try:
        made = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=date)
    except typst.TypstError as error:
        raise ReportError(
            f"the PDF of the report cannot be laid out: {error.message}; write it as HTML"
        ) from error
    out.write(made)


def _broken(value: Any) -> Any:
    if isinstance(value, str):
        return breakable(value)
    if isinstance(value, dict):
        return {key: one if key in _PLAIN else _broken(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_broken(one) for one in value]
    return value
