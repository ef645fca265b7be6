"""Made-up people, firms, places, sums and sentences, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

_T = TypeVar("_T")
_SURNAMES = "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 邓 冯 韩 曹".split()
_GIVEN = "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 霞 平 刚 桂英 建国 子涵 雨桐 浩然 一诺 欣怡".split()
_FIRST = (
    "Anna Ben Carla David Emma Felix Grace Hugo Irene Jonas Karen Liam Maria Noah Olga Paul Rosa "
    "Simon Tara Victor Wendy Yusuf Zoe Ahmed Priya Chen Diego Fatima"
).split()
_LAST = (
    "Adams Becker Costa Dubois Evans Fischer Garcia Hansen Ito Jensen Kumar Lopez Moreau Novak "
    "Okafor Petrov Quinn Rossi Schmidt Tanaka Ueda Varga Weber Young Zhang Silva Murphy Larsen"
).split()
_CITIES = "北京市海淀区 上海市浦东新区 广州市天河区 深圳市南山区 杭州市西湖区 成都市武侯区 武汉市洪山区 南京市鼓楼区 西安市雁塔区 重庆市渝北区".split()
_ROADS = "中山路 人民路 解放大道 建设街 和平路 科技园路 文化路 学院路 长江路 新华街".split()
_TRADES = (
    "科技 贸易 建筑工程 餐饮管理 文化传媒 医疗器械 物流 电子商务 食品 环保 信息技术 装饰".split()
)
_WORDS = "华信 东方 天宇 恒泰 瑞丰 博远 金盛 海纳 鼎新 万通 星河 云帆 嘉禾 永安 中联".split()
_TOWNS = "Lisbon Berlin Leeds Dublin Austin Denver Oslo Ghent Turin Lyon Porto Graz Aarhus Boston".split()
_STREETS = "Mill Lane|High Street|Station Road|Oak Avenue|Harbour Way|Church Street|Park Row|Elm Drive".split(
    "|"
)
_FIRMS = (
    "Northwind Trading|Blue Harbor Foods|Silverline Logistics|Oakmont Dental|Pinecrest Supply|"
    "Lakeview Motors|Summit Energy|Brightway Media|Granite Works|Redwood Clinic|Cobalt Systems"
).split("|")
_ITEMS = (
    "Desk lamp|Printer paper A4|Office chair|USB cable 2 m|Whiteboard|Water filter|Hand drill|"
    "Garden hose|LED panel|Router|Toner black|Consulting hour|Delivery|Coffee beans 1 kg|Batteries AA"
).split("|")
_GOODS = "办公桌 打印纸 台灯 投影仪 鼠标 键盘 矿泉水 咖啡豆 充电器 数据线 插座 墨盒 文件夹 订书机 服务费 运费 水果 牛奶".split()
_SENTENCES = (
    "Please find the agreed terms below.|The undersigned confirms the information given here.|"
    "Payment is due within thirty days of the date of this document.|We thank you for your order.|"
    "This record is valid without signature.|Any change must be reported to the office in writing.|"
    "The amount has been transferred to the account named above.|Keep this paper for your records.|"
    "The goods remain our property until they are paid in full.|Your application has been approved."
).split("|")
_CHINESE = (
    "兹证明上述内容真实有效。|请妥善保管本凭证，遗失不补。|本合同自双方签字盖章之日起生效。|"
    "款项已于当日转入指定账户。|如有疑问请及时与我们联系。|该同志工作认真，表现良好。|"
    "经审核，符合相关规定，准予登记。|收到以上款项，特此证明。|有效期届满前三十日应申请延续。"
).split("|")


class Content:
    """Draws made-up data in one language.

    Args:
        rng: Source of randomness.
        chinese: Write Chinese; else English.

    Example:
        >>> Content(np.random.default_rng(1), False).date()
        '2014-10-22'
    """

    def __init__(self, rng: np.random.Generator, chinese: bool) -> None:
        """Choose the spelling of dates and sums for the whole page."""
        self.rng = rng
        self.chinese = chinese
        self._date = int(rng.integers(3))
        self.currency = str(rng.choice(["¥", "￥", ""] if chinese else ["$", "€", "£", "RM "]))

    def pick(self, values: Sequence[_T]) -> _T:
        """Return one of some values."""
        return values[int(self.rng.integers(len(values)))]

    def digits(self, count: int) -> str:
        """Return so many digits, the first not zero."""
        return str(self.rng.integers(1, 10)) + "".join(
            map(str, self.rng.integers(0, 10, count - 1))
        )

    def person(self) -> str:
        """Return a name."""
        if self.chinese:
            return self.pick(_SURNAMES) + self.pick(_GIVEN)
        return f"{self.pick(_FIRST)} {self.pick(_LAST)}"

    def firm(self) -> str:
        """Return a company."""
        if self.chinese:
            town = self.pick(_CITIES)[:2]
            return f"{town}{self.pick(_WORDS)}{self.pick(_TRADES)}有限公司"
        return f"{self.pick(_FIRMS)} {self.pick(('Ltd', 'Inc.', 'GmbH', 'LLC'))}"

    def address(self) -> str:
        """Return a street with its town."""
        number = int(self.rng.integers(1, 400))
        if self.chinese:
            return f"{self.pick(_CITIES)}{self.pick(_ROADS)}{number}号{self.rng.integers(1, 30)}室"
        return f"{number} {self.pick(_STREETS)}, {self.digits(5)} {self.pick(_TOWNS)}"

    def date(self) -> str:
        """Return a day."""
        year, month, day = (
            int(self.rng.integers(*span)) for span in ((2008, 2027), (1, 13), (1, 29))
        )
        if self.chinese and self._date < 2:
            return (
                f"{year}年{month:02d}月{day:02d}日" if self._date else f"{year}年{month}月{day}日"
            )
        return (
            f"{year}-{month:02d}-{day:02d}",
            f"{day:02d}/{month:02d}/{year}",
            f"{year}.{month:02d}.{day:02d}",
        )[self._date]

    def time(self) -> str:
        """Return an hour of the day."""
        return f"{self.rng.integers(0, 24):02d}:{self.rng.integers(0, 60):02d}"

    def amount(self, most: float = 5.0) -> str:
        """Return a sum of money of at most so many digits."""
        return f"{self.currency}{float(10 ** self.rng.uniform(0.5, most)):,.2f}"

    def phone(self) -> str:
        """Return a telephone number."""
        if self.chinese:
            return "1" + str(self.pick((3, 5, 7, 8))) + self.digits(9)
        return f"+{self.rng.integers(1, 99)} {self.digits(3)} {self.digits(3)} {self.digits(4)}"

    def code(self) -> str:
        """Return a number of a record."""
        letters = "".join(self.pick("ABCDEFGHJKLMNPRSTUVWXY") for _ in range(2))
        return self.pick(
            (letters + self.digits(8), self.digits(16), f"{self.digits(4)}-{self.digits(5)}")
        )

    def item(self) -> str:
        """Return something that is sold."""
        return self.pick(_GOODS if self.chinese else _ITEMS)

    def text(self, count: int) -> str:
        """Return some sentences."""
        source = _CHINESE if self.chinese else _SENTENCES
        return ("" if self.chinese else " ").join(self.pick(source) for _ in range(count))

    def word(self, english: str, chinese: str) -> str:
        """Return one of two words, by language."""
        return chinese if self.chinese else english

    def fields(self, count: int) -> list[list[str]]:
        """Return labels and values of a form."""
        known: list[tuple[str, str, Any]] = [
            ("Name", "姓名", self.person),
            ("Company", "单位名称", self.firm),
            ("Address", "住所", self.address),
            ("Date of birth", "出生日期", self.date),
            ("Date of issue", "成立日期", self.date),
            ("Valid until", "有效期至", self.date),
            ("Number", "证书编号", self.code),
            ("Reference", "统一社会信用代码", self.code),
            ("Telephone", "联系电话", self.phone),
            ("Amount", "金额", self.amount),
            ("Registered capital", "注册资本", self.amount),
            ("Legal representative", "法定代表人", self.person),
            ("Account", "银行账号", lambda: self.digits(16)),
            ("Score", "成绩", lambda: str(self.rng.integers(40, 100))),
            ("Issued by", "发证机关", self.firm),
        ]
        order = self.rng.permutation(len(known))[:count]
        return [[self.word(known[i][0], known[i][1]), str(known[i][2]())] for i in order]

    def rows(self, count: int) -> list[list[str]]:
        """Return lines of a bill: item, quantity, price, sum."""
        made = []
        for _ in range(count):
            pieces, price = int(self.rng.integers(1, 40)), float(10 ** self.rng.uniform(0.3, 3))
            made.append([self.item(), str(pieces), f"{price:,.2f}", f"{pieces * price:,.2f}"])
        return made

    def movements(self, count: int) -> list[list[str]]:
        """Return lines of an account: day, with whom, sum, balance."""
        balance = float(10 ** self.rng.uniform(2, 5))
        made = []
        for _ in range(count):
            change = float(self.rng.normal(0, 900))
            balance = abs(balance + change)
            party = self.firm() if self.rng.random() < 0.6 else self.person()
            made.append([self.date(), party, f"{change:+,.2f}", f"{balance:,.2f}"])
        return made
