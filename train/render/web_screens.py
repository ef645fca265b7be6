"""Screens of phones and desktops as HTML: payments, transfers, chats, settings, orders, tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from train.render.content import Content
from train.render.web_kits import kit_screen
from train.render.web_parts import ACCENTS, box, code_square, page, picture, tag

_CSS = """
body{background:BG;color:INK;font-size:SIZEpx;line-height:1.4}
.bar{display:flex;justify-content:space-between;padding:6px 18px;font-size:13px;font-weight:600}
.head{display:flex;align-items:center;justify-content:center;height:46px;font-size:17px;font-weight:600}
.fill{background:ACCENT;color:#fff}.card{background:CARD;margin:MARGINpx;border-radius:RADIUSpx;padding:4px 0}
.row{display:flex;align-items:center;gap:12px;padding:PADpx 16px;border-bottom:LINE}
.row:last-child{border:0}.grow{flex:1;min-width:0}.pale{color:PALE;font-size:.86em}
.right{text-align:right}.big{font-size:34px;font-weight:600;text-align:center;padding:8px}
.center{text-align:center;padding:14px}.in{color:ACCENT}.button{margin:18px;padding:11px;
border-radius:RADIUSpx;text-align:center;background:ACCENT;color:#fff;font-size:1.1em}
.bubble{max-width:70%;padding:9px 12px;border-radius:RADIUSpx;background:CARD}
.own{flex-direction:row-reverse}.own .bubble{background:ACCENT;color:#fff}.plain{border:0;padding:7px 12px}
.tabs{position:fixed;bottom:0;left:0;right:0;display:flex;justify-content:space-around;background:CARD;
padding:8px 0 18px;font-size:11px;border-top:LINE}.tabs div{text-align:center}
table{border-collapse:collapse;width:100%;background:CARD}td,th{padding:PADpx 12px;text-align:left;
border-bottom:LINE}.side{position:fixed;left:0;top:0;bottom:0;width:190px;background:SIDE;color:#cfd6e0;padding:18px}
.side div{padding:8px 4px}.main{margin-left:190px;padding:22px}.tag{padding:1px 7px;border-radius:4px;
background:ACCENT;color:#fff;font-size:12px}
"""


def web_screen(
    rng: np.random.Generator, kits: Mapping[str, str] | None = None
) -> tuple[str, int, int, float, bool, str]:
    """Return a screen: HTML, CSS width and height, device pixel ratio, phone or not, and kind.

    Args:
        rng: Source of randomness.
        kits: Style sheets of UI kits by name; with them half of the phone screens are theirs.
    """
    made = Content(rng, bool(rng.random() < 0.6))
    desktop = bool(rng.random() < 0.22)
    kind = made.pick(("table", "mail")) if desktop else made.pick(tuple(PHONE))
    dark = bool(rng.random() < 0.18)
    tones = {
        "BG": "#111" if dark else made.pick(("#f7f8fa", "#ededed", "#fff", "#f2f2f7", "#f5f5f5")),
        "INK": "#e5e5ea" if dark else made.pick(("#111", "#191919", "#323233", "#333")),
        "CARD": "#1e1e1e" if dark else "#fff",
        "PALE": "#8e8e93" if dark else made.pick(("#969799", "#8a8a8a", "#666", "#999")),
        "LINE": made.pick(("0", "1px solid #2c2c2e" if dark else "1px solid #ebedf0")),
        "ACCENT": made.pick(ACCENTS),
        "RADIUS": str(int(rng.integers(0, 16))),
        "MARGIN": str(int(rng.choice((0, 8, 12, 16)))),
        "PAD": str(int(rng.integers(8, 16))),
        "SIZE": str(int(rng.integers(13, 18))),
        "SIDE": made.pick(("#001529", "#20222a", "#2b3a4a")),
    }
    css = _CSS
    for name, value in sorted(tones.items(), key=lambda item: -len(item[0])):
        css = css.replace(name, value)
    if desktop:
        body = (_table if kind == "table" else _mail)(made)
        return (
            page(made, css, body),
            1180,
            760,
            float(rng.choice((1.0, 1.25, 1.5, 2.0))),
            False,
            kind,
        )
    ratio = float(rng.choice((2.0, 2.0, 2.625, 3.0)))
    width, height = made.pick(((360, 740), (375, 812), (390, 844), (412, 892), (414, 736)))
    if kits and rng.random() < 0.5:
        kind = made.pick(tuple(kits))
        css = kits[kind] + f"body{{background:{tones['BG'] if not dark else '#f5f5f5'}}}"
        return page(made, css, kit_screen(made, kind)), width, height, ratio, True, kind
    body = _bar(made) + PHONE[kind](made)
    return (
        page(made, css, body),
        width,
        height,
        ratio,
        True,
        kind,
    )


def _bar(made: Content) -> str:
    battery = f"{made.rng.integers(3, 100)}%"
    return box(
        tag("span", made.time()) + tag("span", f"{made.pick(('4G', '5G', 'LTE'))}  {battery}"),
        "bar",
    )


def _head(made: Content, english: str, chinese: str) -> str:
    return box(tag("span", made.word(english, chinese)), "head" + made.pick(("", "", " fill")))


def _pairs(made: Content, pairs: list[list[str]]) -> str:
    rows = "".join(
        box(tag("div", label, "pale") + tag("div", value, "grow right"), "row")
        for label, value in pairs
    )
    return box(rows, "card")


def _payment(made: Content) -> str:
    pairs = made.fields(int(made.rng.integers(3, 8)))
    pairs.insert(0, [made.word("Time", "支付时间"), f"{made.date()} {made.time()}"])
    pairs.insert(1, [made.word("Order", "交易单号"), made.digits(20)])
    sum_paid = made.amount(4)
    return (
        _head(made, "Payment details", "账单详情")
        + box(picture(made, 52, 26) + tag("div", made.firm()), "center")
        + tag("div", f"-{sum_paid}", "big")
        + tag("div", made.word("Paid", "支付成功"), "center pale")
        + _pairs(made, pairs)
        + tag("div", made.word("Done", "完成"), "button")
    )


def _transfers(made: Content) -> str:
    rows = ""
    for _ in range(12):
        incoming = made.rng.random() < 0.4
        who = made.person() if made.rng.random() < 0.5 else made.firm()
        middle = tag("div", who) + tag("div", f"{made.date()} {made.time()}", "pale")
        moved = ("+" if incoming else "-") + made.amount(4)
        rows += box(
            picture(made, 38) + box(middle, "grow") + tag("div", moved, "in" if incoming else ""),
            "row",
        )
    return _head(made, "Transactions", "账单") + box(rows, "card")


def _chat(made: Content) -> str:
    rows = ""
    for _ in range(int(made.rng.integers(6, 12))):
        said = made.pick((made.text(1), made.amount(4), made.date(), made.text(1), made.phone()))
        own = " own" if made.rng.random() < 0.5 else ""
        rows += box(picture(made, 38, 5) + tag("div", said, "bubble"), f"row plain{own}")
        if made.rng.random() < 0.3:
            rows += tag("div", made.time(), "center pale")
    return _head(made, made.person(), made.person()) + rows


def _settings(made: Content) -> str:
    names = (
        "通用 隐私 通知 账号与安全 关于 存储空间 语言 帮助与反馈 字体大小 青少年模式".split()
        if made.chinese
        else "General|Privacy|Notifications|Account|About|Storage|Language|Help|Display|Sounds".split(
            "|"
        )
    )
    rows = "".join(
        box(
            picture(made, 26, 6)
            + tag("div", name, "grow")
            + tag("div", made.pick(("›", "›", "On", made.time())), "pale"),
            "row",
        )
        for name in names
    )
    me = box(
        picture(made, 60)
        + box(tag("div", made.person()) + tag("div", made.phone(), "pale"), "grow"),
        "row",
    )
    return _head(made, "Settings", "设置") + box(me, "card") + box(rows, "card")


def _order(made: Content) -> str:
    rows, total = "", 0.0
    for item, pieces, price, whole in made.rows(int(made.rng.integers(2, 5))):
        total += float(whole.replace(",", ""))
        rows += box(
            picture(made, 66) + box(tag("div", item) + tag("div", f"x{pieces}", "pale"), "grow")
            + tag("div", made.currency + price), "row"
        )  # fmt: skip
    pairs = [[made.word("Total", "实付款"), f"{made.currency}{total:,.2f}"]]
    pairs += [
        [made.word("Order no.", "订单编号"), made.digits(18)],
        [made.word("Created", "创建时间"), f"{made.date()} {made.time()}"],
    ]
    to = box(
        box(
            tag("div", f"{made.person()}  {made.phone()}") + tag("div", made.address(), "pale"),
            "grow",
        ),
        "row",
    )
    return (
        _head(made, "Order", "订单详情") + box(to, "card") + box(rows, "card") + _pairs(made, pairs)
    )


def _ticket(made: Content) -> str:
    return (
        _head(made, "My code", "电子凭证")
        + box(code_square(made, int(made.rng.integers(150, 240))), "center")
        + tag("div", made.code(), "center")
        + _pairs(made, made.fields(int(made.rng.integers(3, 7))))
    )


def _balance(made: Content) -> str:
    tabs = "".join(
        box(picture(made, 24, 12) + tag("div", name))
        for name in (
            ("首页", "理财", "信用卡", "我的")
            if made.chinese
            else ("Home", "Invest", "Cards", "Me")
        )
    )
    return (
        _head(made, "My account", "我的账户")
        + tag("div", made.word("Balance", "可用余额"), "center pale")
        + tag("div", made.amount(6), "big")
        + _pairs(made, made.fields(int(made.rng.integers(4, 9))))
        + box(tabs, "tabs")
    )


def _notice(made: Content) -> str:
    body = tag("div", made.text(int(made.rng.integers(2, 7))), "grow")
    return (
        _head(made, "Notice", "通知详情")
        + box(
            box(body, "row")
            + box(tag("div", f"{made.firm()}  {made.date()}", "grow right pale"), "row"),
            "card",
        )
        + _pairs(made, made.fields(int(made.rng.integers(2, 6))))
    )


def _side(made: Content) -> str:
    names = (
        "工作台 客户 订单 财务 报表 设置"
        if made.chinese
        else "Home Customers Orders Finance Reports Settings"
    ).split()
    return box(tag("b", made.firm()) + "".join(tag("div", name) for name in names), "side")


def _table(made: Content) -> str:
    heads = (
        "编号 客户 日期 金额 状态" if made.chinese else "Number Customer Date Amount State"
    ).split()
    states = ("已完成", "处理中", "待付款") if made.chinese else ("Done", "Open", "Due")
    rows = "".join(
        "<tr>" + "".join(tag("td", value) for value in (made.code(), made.firm(), made.date(), made.amount()))
        + f"<td>{tag('span', made.pick(states), 'tag')}</td></tr>"
        for _ in range(14)
    )  # fmt: skip
    head = "<tr>" + "".join(tag("th", name) for name in heads) + "</tr>"
    title = tag("h2", made.word("Orders", "订单管理"))
    return _side(made) + box(title + f"<table>{head}{rows}</table>", "main")


def _mail(made: Content) -> str:
    body = "".join(tag("p", made.text(int(made.rng.integers(1, 4)))) for _ in range(3))
    who = box(
        picture(made, 40, 20)
        + box(
            tag("div", made.person()) + tag("div", f"{made.date()} {made.time()}", "pale"), "grow"
        ),
        "row",
    )
    subject = tag("h2", f"{made.word('Invoice', '付款通知')} {made.code()}")
    return _side(made) + box(subject + who + body + _pairs(made, made.fields(4)), "main")


PHONE: dict[str, Callable[[Content], str]] = {
    "payment": _payment,
    "transfers": _transfers,
    "chat": _chat,
    "settings": _settings,
    "order": _order,
    "ticket": _ticket,
    "balance": _balance,
    "notice": _notice,
}
"""Kinds of phone screens."""
