"""A report as one HTML file that loads nothing from elsewhere."""

from __future__ import annotations

import base64
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import BinaryIO

from forensics_rt.io.optional import load_optional
from forensics_rt.report.text import all_visible
from forensics_rt.report.view import ReportView

TEMPLATES = Path(__file__).parents[1] / "templates"
_KINDS = {".jpg": "image/jpeg", ".png": "image/png"}


def write_html(view: ReportView, folder: Path, out: BinaryIO) -> None:
    """Write a report as HTML, one picture in memory at a time.

    Whatever text the view holds is escaped.

    Args:
        view: The report.
        folder: Where its pictures are.
        out: Where to write.

    Raises:
        OptionalDependency: If Jinja is not installed.
    """
    jinja2 = load_optional("jinja2", "report", "an HTML report")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["embedded"] = partial(_embedded, folder)
    template = environment.get_template("report.html.jinja")
    for part in template.generate(all_visible(asdict(view))):
        out.write(part.encode())


def _embedded(folder: Path, file: str) -> str:
    data = base64.b64encode((folder / file).read_bytes()).decode()
    return f"data:{_KINDS[Path(file).suffix]};base64,{data}"
