"""Form fields that make sense: a date after a date label, a code after a code label."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from train.synth.scene import text as say

SURNAMES = "王李张刘陈杨赵黄周吴徐孙朱马胡林郭何高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰建国志文"
CITIES = "北京市 上海市 广州市 深圳市 杭州市 南京市 成都市 武汉市 西安市 苏州市".split()
ROADS = "中山路 人民路 解放路 建设路 文化路 长江路 和平路 新华街 学院路 光明街".split()
TRADES = "科技 贸易 电子 建材 食品 物流 医药 机械 纺织 环保".split()
LATIN_NAMES = "Anna Smith|John Carter|Maria Lopez|David Lee|Laura Weber|Peter Novak".split("|")
STREETS = "High Street|Station Road|Park Avenue|Mill Lane|King Street|Harbour View".split("|")


def _one(rng: np.random.Generator, items: list[str] | str) -> str:
    return items[int(rng.integers(len(items)))]


def person(rng: np.random.Generator, chinese: bool) -> str:
    """Return the name of a person."""
    if not chinese:
        return _one(rng, LATIN_NAMES)
    return _one(rng, SURNAMES) + "".join(_one(rng, GIVEN) for _ in range(int(rng.integers(1, 3))))


def company(rng: np.random.Generator, chinese: bool) -> str:
    """Return the name of a company."""
    if not chinese:
        return _one(rng, LATIN_NAMES).split()[1] + " Trading Ltd"
    name = "".join(_one(rng, GIVEN) for _ in range(2))
    return _one(rng, CITIES) + name + _one(rng, TRADES) + "有限公司"


def address(rng: np.random.Generator, chinese: bool) -> str:
    """Return a postal address."""
    number = int(rng.integers(1, 400))
    if not chinese:
        return f"{number} {_one(rng, STREETS)}"
    return f"{_one(rng, CITIES)}{_one(rng, ROADS)}{number}号"


def _code(rng: np.random.Generator, chinese: bool) -> str:
    return say.code(rng)


def _money(rng: np.random.Generator, chinese: bool) -> str:
    if chinese and rng.random() < 0.6:
        return f"人民币{int(rng.integers(10, 9000))}万元整"
    return say.amount(rng)


FIELD_KINDS: tuple[tuple[str, Callable[[np.random.Generator, bool], str]], ...] = (
    ("日 期限 date issued valid", say.date),
    ("代码 编号 号 文号 账号 身份证 number account reference registration licence", _code),
    ("资本 金额 amount total tax price cash change balance", _money),
    ("代表人 姓名 发明人 审核 经办人 customer signature", person),
    ("名称 机关 银行 单位 name", company),
    ("住所 地址 address", address),
)
"""Marks that a label may hold → what its field says; the first match counts."""


def field_value(rng: np.random.Generator, label: str, chinese: bool) -> str:
    """Return the contents that fit a label.

    Example:
        >>> field_value(np.random.default_rng(0), "Address", False)[-1].isalpha()
        True
    """
    for marks, make in FIELD_KINDS:
        if any(mark in label.lower() for mark in marks.split()):
            return make(rng, chinese)
    return say.value(rng, chinese)
