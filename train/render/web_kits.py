"""Phone screens from the style sheets of open UI kits, whose components are written as plain HTML.

A folder of kits holds `vant.css` (of the npm package vant: lib/index.css) and `antd-mobile.css` (of
antd-mobile: bundle/style.css), or one of them. Both are under the MIT licence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from train.render.content import Content
from train.render.web_parts import box, picture, tag


@dataclass(frozen=True)
class Kit:
    """How one kit writes its components.

    Attributes:
        bar: A head with a title.
        cell: A label and what stands at its right.
        group: Several cells.
        card: A title and what is below it.
        button: A wide button.
    """

    bar: Callable[[str], str]
    cell: Callable[[str, str, str], str]
    group: Callable[[str], str]
    card: Callable[[Content, str, str, str], str]
    button: Callable[[str], str]


def _vant_bar(title: str) -> str:
    left = box(
        "<i class='van-icon van-icon-arrow-left van-nav-bar__arrow'></i>", "van-nav-bar__left"
    )
    inside = box(
        left + tag("div", title, "van-nav-bar__title van-ellipsis"), "van-nav-bar__content"
    )
    return box(inside, "van-nav-bar van-hairline--bottom")


def _vant_cell(label: str, value: str, below: str) -> str:
    small = tag("div", below, "van-cell__label") if below else ""
    title = box(tag("span", label) + small, "van-cell__title")
    return box(title + box(tag("span", value), "van-cell__value"), "van-cell")


def _vant_card(made: Content, title: str, below: str, price: str) -> str:
    thumb = box(picture(made, 88), "van-card__thumb")
    texts = box(tag("div", title, "van-card__title") + tag("div", below, "van-card__desc"))
    foot = box(
        tag("div", price, "van-card__price") + tag("div", "x1", "van-card__num"), "van-card__bottom"
    )
    return box(box(thumb + box(texts + foot, "van-card__content"), "van-card__header"), "van-card")


def _vant_button(text: str) -> str:
    inside = box(tag("span", text, "van-button__text"), "van-button__content")
    kinds = "van-button van-button--primary van-button--normal van-button--block van-button--round"
    return f"<div style='padding:16px'><button class='{kinds}'>{inside}</button></div>"


def _adm_bar(title: str) -> str:
    back = box("<span style='font-size:22px'>‹</span>", "adm-nav-bar-left")
    return box(
        back + tag("div", title, "adm-nav-bar-title") + box("", "adm-nav-bar-right"), "adm-nav-bar"
    )


def _adm_cell(label: str, value: str, below: str) -> str:
    small = tag("div", below, "adm-list-item-description") if below else ""
    main = box(tag("span", label) + small, "adm-list-item-content-main")
    return box(
        box(main + tag("div", value, "adm-list-item-content-extra"), "adm-list-item-content"),
        "adm-list-item",
    )


def _adm_card(made: Content, title: str, below: str, price: str) -> str:
    head = box(tag("div", title, "adm-card-header-title") + tag("div", price), "adm-card-header")
    return box(head + box(picture(made, 60) + tag("div", below), "adm-card-body"), "adm-card")


KITS: dict[str, Kit] = {
    "vant": Kit(
        _vant_bar,
        _vant_cell,
        lambda cells: box(cells, "van-cell-group van-cell-group--inset' style='margin:12px"),
        _vant_card,
        _vant_button,
    ),
    "antd-mobile": Kit(
        _adm_bar,
        _adm_cell,
        lambda cells: box(box(box(cells, "adm-list-body-inner"), "adm-list-body"), "adm-list"),
        _adm_card,
        lambda text: (
            "<div style='padding:14px'><button class='adm-button adm-button-primary adm-button-block "
            f"adm-button-shape-default'>{tag('span', text)}</button></div>"
        ),
    ),
}
"""Kits by name; a new one is a new entry."""


def find_kits(folder: Path | None) -> dict[str, str]:
    """Read the style sheets of a folder.

    Returns:
        Name of a kit → its style sheet.

    Raises:
        ValueError: If the folder holds none.
    """
    if folder is None:
        return {}
    found = {name: folder / f"{name}.css" for name in KITS}
    sheets = {
        name: path.read_text(encoding="utf-8") for name, path in found.items() if path.is_file()
    }
    if not sheets:
        raise ValueError(
            f"--kits must hold some of {', '.join(p.name for p in found.values())}, but {folder} holds none"
        )
    return sheets


def kit_screen(made: Content, name: str) -> str:
    """Return the body of a screen written with the components of a kit."""
    kit = KITS[name]
    title = made.word("Order details", "订单详情") if made.rng.random() < 0.5 else made.firm()
    parts = [kit.bar(title)]
    for _ in range(int(made.rng.integers(2, 5))):
        kind = int(made.rng.integers(4))
        if kind == 0:
            parts.append(kit.card(made, made.item(), made.text(1), made.amount(3)))
        elif kind == 1:
            moved = [
                kit.cell(made.person(), made.amount(4), f"{made.date()} {made.time()}")
                for _ in range(3)
            ]
            parts.append(kit.group("".join(moved)))
        else:
            pairs = made.fields(int(made.rng.integers(2, 6)))
            parts.append(kit.group("".join(kit.cell(label, value, "") for label, value in pairs)))
    return "".join(parts) + kit.button(made.word("Confirm", "确认"))
