"""Invented contents: names, numbers, dates, amounts and running text in two scripts."""

from __future__ import annotations

import numpy as np

COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下"
    "过子说产种面而方后多"
    "定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本"
    "去把性好应开它合还因由"
    "其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向"
    "道命此变条只没结解问意"
    "建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老"
    "头基资边流路级少图山统"
)
LABELS = (
    "统一社会信用代码 名称 类型 法定代表人 注册资本 成立日期 营业期限 住所 经营范围 登记机关 "
    "证书编号 专利号 发明人 "
    "申请日 授权公告日 姓名 性别 民族 出生日期 身份证号 地址 有效期 发证机关 产品名称 规格型号 "
    "检验结果 批准文号 "
    "生产日期 合同编号 金额 单位 联系电话 开户银行 账号 备注 审核 经办人"
).split()
TITLES = (
    "营业执照 荣誉证书 结业证书 资格证书 发明专利证书 登记证书 检验报告 授权委托书 通知书 收据 "
    "证明 合格证 "
    "税务登记证 组织机构代码证 采购合同 送货单"
).split()
ENGLISH = (
    "the of and to in for is on that by this with you it not or be are from at as your all "
    "have new more an was we "
    "will home can us about if page my has search free but our one other do no information "
    "time they site he up "
    "may what which their news out use any there see only so his when contact here business "
    "who web also now help "
    "get view online first been would how were services some these click its like service than "
    "find price date back "
    "top people had list name just over state year day into email two health world next used "
    "go work last most"
).split()
ENGLISH_LABELS = (
    "Name Address Date Number Amount Total Subtotal Invoice Customer Phone Account Signature "
    "Reference Quantity "
    "Description Price Tax Cash Change Balance Issued Valid Grade Score Registration Licence "
    "Certificate"
).split()
ENGLISH_TITLES = (
    "CERTIFICATE|BUSINESS LICENCE|INVOICE|RECEIPT|OFFICIAL LETTER|TEST REPORT|STATEMENT|DIPLOMA|"
    "Certificate of Registration|Purchase Order|Transcript|PERMIT"
).split("|")


def digits(rng: np.random.Generator, count: int) -> str:
    """Return `count` random digits."""
    return "".join(str(d) for d in rng.integers(0, 10, count))


def hanzi(rng: np.random.Generator, count: int) -> str:
    """Return `count` random common Chinese characters."""
    return "".join(COMMON[int(i)] for i in rng.integers(0, len(COMMON), count))


def date(rng: np.random.Generator, chinese: bool) -> str:
    """Return a date in one of the usual spellings."""
    y, m, d = int(rng.integers(1985, 2026)), int(rng.integers(1, 13)), int(rng.integers(1, 29))
    if chinese and rng.random() < 0.7:
        return f"{y}年{m:02d}月{d:02d}日"
    return (f"{d:02d}/{m:02d}/{y}", f"{y}-{m:02d}-{d:02d}", f"{y}.{m}.{d}")[int(rng.integers(3))]


def amount(rng: np.random.Generator) -> str:
    """Return a sum of money."""
    value = float(10 ** rng.uniform(0, 5))
    return ("", "¥", "RM ", "$")[int(rng.integers(4))] + f"{value:,.2f}"


def code(rng: np.random.Generator) -> str:
    """Return a serial number with letters."""
    letters = "".join("ABCDEFGHJKLMNPQRTUWXY"[int(i)] for i in rng.integers(0, 21, 3))
    return (digits(rng, 8) + letters, letters + digits(rng, 9), digits(rng, 12))[
        int(rng.integers(3))
    ]


def sentence(rng: np.random.Generator, chinese: bool, words: int) -> str:
    """Return running text of about `words` words."""
    if chinese:
        parts = [hanzi(rng, int(rng.integers(4, 12))) for _ in range(max(1, words // 3))]
        return "\uff0c".join(parts) + "\u3002"
    picked = [ENGLISH[int(i)] for i in rng.integers(0, len(ENGLISH), words)]
    return (" ".join(picked)).capitalize() + "."


def value(rng: np.random.Generator, chinese: bool) -> str:
    """Return the contents of a form field."""
    kind = int(rng.integers(6))
    if kind == 0:
        return date(rng, chinese)
    if kind == 1:
        return amount(rng)
    if kind == 2:
        return code(rng)
    if chinese:
        return hanzi(rng, int(rng.integers(2, 14)))
    return " ".join(ENGLISH[int(i)].title() for i in rng.integers(0, len(ENGLISH), 3))


def altered(rng: np.random.Generator, text: str) -> str:
    """Return `text` with some characters replaced by others of their class.

    Example:
        >>> len(altered(np.random.default_rng(0), "2019-01-05"))
        10
    """
    out = list(text)
    for index in range(len(out)):
        if rng.random() > 0.6:
            continue
        char = out[index]
        if char.isdigit():
            out[index] = str(int(rng.integers(10)))
        elif ord(char) > 0x2E80:
            out[index] = COMMON[int(rng.integers(len(COMMON)))]
        elif char.isalpha():
            letter = chr(ord("a") + int(rng.integers(26)))
            out[index] = letter.upper() if char.isupper() else letter
    return "".join(out)


def invented(rng: np.random.Generator, width: float, height: float, chinese: bool) -> str:
    """Return a text that fills a box of the given size roughly."""
    if chinese and rng.random() < 0.5:
        return hanzi(rng, max(1, round(width / max(height, 1.0))))
    count = max(1, round(width / max(0.55 * height, 1.0)))
    if rng.random() < 0.55:
        return digits(rng, count)
    text = "".join(ENGLISH[int(i)].title() for i in rng.integers(0, len(ENGLISH), count))[:count]
    return text.upper() if rng.random() < 0.5 else text
