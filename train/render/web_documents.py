"""Documents as HTML, as firms print them to PDF: bills, certificates, statements, forms, letters."""

from __future__ import annotations

import numpy as np

from train.render.content import Content
from train.render.web_parts import ACCENTS, box, code_square, page, picture, tag

KINDS = ("bill", "certificate", "statement", "form", "letter")
_CSS = """
body{background:PAPER;color:#1a1a1a;font-size:SIZEpx;line-height:1.5;padding:PADpx}
h1{color:ACCENT;font-size:1.9em;margin:.2em 0;text-align:HEAD}
.two{display:flex;justify-content:space-between;gap:30px;margin:1em 0}.right{text-align:right}
table{border-collapse:collapse;width:100%;margin:1em 0}td,th{padding:6px 8px;border:EDGE;text-align:left}
th{background:SHADE}.num{text-align:right}.frame{border:3px double ACCENT;padding:2em;text-align:center}
.pale{color:#666;font-size:.88em}b{color:ACCENT}
"""


def document(rng: np.random.Generator) -> tuple[str, int, int, float, bool, str]:
    """Return a document: HTML, CSS width and height, device pixel ratio, False, and kind."""
    made = Content(rng, bool(rng.random() < 0.5))
    kind = made.pick(KINDS)
    tones = {
        "PAPER": made.pick(("#fff", "#fff", "#fff", "#fdfcf5", "#fafcff")),
        "SIZE": str(int(rng.integers(12, 17))),
        "PAD": str(int(rng.integers(24, 64))),
        "ACCENT": made.pick(ACCENTS),
        "HEAD": made.pick(("left", "center", "right")),
        "EDGE": made.pick(("1px solid #999", "0", "1px solid #ddd", "1.5px solid #222")),
        "SHADE": made.pick(("#eee", "#fff", "#e8f0fe", "#f5f0e6")),
    }
    css = _CSS
    for name, value in tones.items():
        css = css.replace(name, value)
    body = {"bill": _bill, "certificate": _certificate, "statement": _statement, "form": _form}
    inside = body.get(kind, _letter)(made)
    ratio = float(rng.choice((1.0, 1.3, 1.5, 2.0)))
    height = int(rng.integers(700, 1123))
    return page(made, css, inside, serif=bool(rng.random() < 0.4)), 794, height, ratio, False, kind


def _table(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(tag("th", name) for name in heads)
    lines = "".join(
        "<tr>" + "".join(tag("td", v, "num" if i > 1 else "") for i, v in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{lines}</table>"


def _bill(made: Content) -> str:
    rows = made.rows(int(made.rng.integers(3, 11)))
    total = sum(float(row[3].replace(",", "")) for row in rows)
    heads = made.word("Item|Qty|Price|Sum", "名称|数量|单价|金额").split("|")
    left = tag("b", made.firm()) + tag("div", made.address()) + tag("div", made.phone())
    right = tag("div", made.code()) + tag("div", made.date())
    return (
        picture(made, 54) + tag("h1", made.word("INVOICE", "销售单"))
        + box(box(left) + box(right, "right"), "two") + _table(heads, rows)
        + box(tag("b", f"{made.word('Total', '合计')}: {made.currency}{total:,.2f}"), "right")
        + tag("p", made.text(2), "pale") + (code_square(made, 90) if made.rng.random() < 0.4 else "")
    )  # fmt: skip


def _certificate(made: Content) -> str:
    title = made.word("Certificate of Achievement", "荣誉证书")
    fields = "".join(tag("p", f"{label}: {value}") for label, value in made.fields(5))
    return box(tag("h1", title) + tag("h2", made.person()) + fields + tag("p", made.text(2))
               + box(tag("p", made.firm()) + tag("p", made.date()), "right"), "frame")  # fmt: skip


def _statement(made: Content) -> str:
    heads = made.word("Date|Details|Amount|Balance", "日期|摘要|金额|余额").split("|")
    who = tag("b", made.person()) + tag("div", made.address())
    account = tag("div", made.digits(16)) + tag("div", made.date())
    return (
        tag("h1", made.word("Account statement", "账户交易明细"))
        + box(box(who) + box(account, "right"), "two")
        + _table(heads, made.movements(int(made.rng.integers(8, 20))))
        + tag("p", made.text(1), "pale")
    )


def _form(made: Content) -> str:
    rows = [[*a, *b] for a, b in zip(made.fields(7), made.fields(7), strict=True)]
    title = made.word("Registration form", "信息登记表")
    body = "".join("<tr>" + "".join(tag("td", value) for value in row) + "</tr>" for row in rows)
    return tag("h1", title) + f"<table>{body}</table>" + tag("p", made.text(3))


def _letter(made: Content) -> str:
    paragraphs = "".join(tag("p", made.text(int(made.rng.integers(2, 5)))) for _ in range(4))
    return (
        box(box(tag("b", made.firm()) + tag("div", made.address())) + box(tag("div", made.date()), "right"), "two")
        + tag("h1", made.word("Confirmation", "证明")) + tag("p", made.person()) + paragraphs
        + tag("p", made.person())
    )  # fmt: skip
