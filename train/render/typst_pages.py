"""Documents by Typst: certificates, licences, letters, forms, invoices and statements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from train.render.content import Content
from train.render.written import box_line
from train.synth.scene.base import Image
from train.synth.scene.fonts import FontBook, load_font
from train.text_lines.sheets import TextLine

TEMPLATE = Path(__file__).parent / "templates" / "document.typ"
KINDS = ("certificate", "licence", "letter", "form", "invoice", "statement")
_TITLES = {
    "certificate": (
        "Certificate of Completion|Certificate of Registration|DIPLOMA",
        "荣誉证书|结业证书|资格证书",
    ),
    "licence": ("BUSINESS LICENCE|Trading Permit|LICENCE", "营业执照|食品经营许可证|登记证书"),
    "letter": ("Notice|Letter of Confirmation|To whom it may concern", "通知书|证明|授权委托书"),
    "form": ("Application Form|Registration|Medical record", "申请表|登记表|检验报告"),
    "invoice": ("INVOICE|Receipt|Purchase Order", "收据|送货单|采购订单"),
    "statement": ("Account Statement|Statement of Transactions", "交易明细|账户流水|对账单"),
}
_ACCENTS = ("#111111", "#8a1c1c", "#1c3d8a", "#0b6b3a", "#444444", "#b22222", "#204a87")
_PAPERS = ("#ffffff", "#ffffff", "#ffffff", "#fffdf4", "#f7fbff", "#fbf7ee")


def typst_page(rng: np.random.Generator, fonts: FontBook) -> tuple[Image, list[TextLine], str]:
    """Render one document.

    Args:
        rng: Source of randomness.
        fonts: Typefaces; Typst finds them by the family name that the files state.

    Returns:
        The page, its lines of text, and its kind.

    Raises:
        ValueError: If Typst is not installed.
    """
    try:
        import typst
    except ImportError as error:
        raise ValueError(
            f"documents are rendered by Typst, which is missing ({error}): "
            "pip install 'forensics_rt[train]'"
        ) from error
    data = contents(rng, fonts)
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    resolution = float(rng.uniform(85, 190))
    compiler = typst.Compiler(str(TEMPLATE), sys_inputs=inputs)
    drawn = _first(compiler.compile(format="png", ppi=resolution))
    document = _first(compiler.compile(format="pdf"))
    picture = cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_COLOR)
    image: Image = np.ascontiguousarray(np.asarray(picture, np.uint8)[..., ::-1])
    return image, lines_of_pdf(document, image.shape[0]), str(data["kind"])


def contents(rng: np.random.Generator, fonts: FontBook) -> dict[str, Any]:
    """Return what the template takes: kind, style and contents of one document."""
    chinese = bool(rng.random() < 0.5)
    made = Content(rng, chinese)
    kind = made.pick(KINDS)
    title = made.pick(_TITLES[kind][chinese].split("|"))
    families = [_family(fonts.pick(rng, False)), _family(fonts.pick(rng, True))]
    landscape = kind in ("certificate", "licence") and rng.random() < 0.4
    sides = (
        (595, 842)
        if rng.random() < 0.6
        else (float(rng.uniform(420, 620)), float(rng.uniform(380, 860)))
    )
    width, height = sorted(sides, reverse=landscape)
    gray = int(rng.integers(0, 70))
    bill = ("Item|Qty|Price|Sum", "名称|数量|单价|金额")[chinese].split("|")
    moved = ("Date|Details|Amount|Balance", "日期|对方户名|金额|余额")[chinese].split("|")
    rows = made.rows(int(rng.integers(2, 9)))
    total = sum(float(row[3].replace(",", "")) for row in rows)
    return {
        "kind": kind,
        "title": title,
        "lang": "zh" if chinese else "en",
        "fonts": families if not chinese or rng.random() < 0.6 else families[::-1],
        "width": width,
        "height": height,
        "margin": float(rng.uniform(28, 70)),
        "paper": made.pick(_PAPERS),
        "ink": f"#{gray:02x}{gray:02x}{gray:02x}",
        "accent": made.pick(_ACCENTS),
        "size": float(rng.uniform(8.5, 14)),
        "leading": float(rng.uniform(0.5, 1.1)),
        "justify": bool(rng.random() < 0.4),
        "head_scale": float(rng.uniform(1.3, 2.6)),
        "head_weight": made.pick(("regular", "bold", "bold")),
        "stroke": float(rng.uniform(0.4, 1.4)),
        "inset": float(rng.uniform(3, 8)),
        "gap": float(rng.uniform(0.3, 1.5)),
        **{
            name: bool(rng.random() < 0.5)
            for name in ("pale", "grid", "shaded", "striped", "ruled")
        },
        "frame": bool(rng.random() < 0.3),
        "align_left": bool(rng.random() < 0.4),
        "pairs": made.fields(int(rng.integers(4, 11))),
        "text": made.text(int(rng.integers(1, 5))),
        "more": made.text(int(rng.integers(1, 6))),
        "firm": made.firm(),
        "address": made.address(),
        "phone": made.phone(),
        "person": made.person(),
        "other": made.person(),
        "date": made.date(),
        "code": made.code(),
        "rows": rows,
        "heads": bill,
        "total": f"{made.currency}{total:,.2f}",
        "total_label": made.word("Total", "合计"),
        "movements": made.movements(int(rng.integers(4, 16))),
        "movement_heads": moved,
    }


def lines_of_pdf(document: bytes, height: int) -> list[TextLine]:
    """Read the lines of text on the first page of a PDF.

    Args:
        document: The PDF.
        height: Of the picture of that page, in pixels.

    Returns:
        Boxes in pixels of the picture, with text.
    """
    import pypdfium2

    pdf = pypdfium2.PdfDocument(document)
    page = pdf[0]
    scale = height / page.get_height()
    text = page.get_textpage()
    lines = []
    for index in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(index)
        said = text.get_text_bounded(left, bottom, right, top)
        box = (left * scale, height - top * scale, right * scale, height - bottom * scale)
        if said.strip():
            lines.append(box_line(*box, said))
    pdf.close()
    return lines


def _first(pages: bytes | Sequence[bytes] | None) -> bytes:
    if not pages:
        raise ValueError("Typst must draw a page, but drew none")
    return pages if isinstance(pages, bytes) else pages[0]


@lru_cache(maxsize=512)
def _family(font: str) -> str:
    family, _ = load_font(font, 24).getname()
    return family or "Liberation Sans"
