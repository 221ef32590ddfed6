"""What a title, a line or a header says: every word of it is understood, or is left and can be asked about."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from curation.sheets.names import Meaning, SheetNames
from curation.sheets.periods import PART_OF_YEAR, YEAR, PartOfYear, part_in
from indicators.choices import Accumulation, ObservationStatus, Qualifier
from indicators.models import Unit

IN_BRACKETS = re.compile(r"[（(\[【]([^（）()\[\]【】]*)[)）\]】]")
UNIT_IS = re.compile(r"\s*(?:计量单位|单位|unit)?\s*[:：]?\s*", re.IGNORECASE)
NUMBERING = re.compile(
    r"\A(?:\s*(?:续?表|附表|图|table)\s*[\d一二三四五六七八九十]+(?:[-—.]\d+)*[:：.、\s]*|\s*\d+(?:[-—.]\d+)+\s+|\s*(?:\d{1,2}|[一二三四五六七八九十]+)、)",
    re.IGNORECASE,
)
A_YEAR = re.compile(rf"{YEAR}年?(?:度|末|底)?")
TO_DATE = ("累计值", "累计数", "累计")
ALONE = ("当月值", "当月数", "当月", "本月", "当季值", "当季", "本季")
NOTED_UNIT = re.compile(  # of the whole table: 本表单位为万元, but not 出口额单位为万元
    r"(?:\A|[\s，,。；;：:、.)）])(?:本表|表中|表内|以上|上表)?(?:数据|数值|金额|计量|计价|货币)?的?单位(?:均?[为是系]|[:：])\s*(?P<unit>[^\s，,。.;；、)）]+)"
    r"|\bunits?(?: is| are|:)\s*(?P<en>[^,.;]+)",
    re.IGNORECASE,
)
UNIT_BEHIND = re.compile(r"[_/／:：,，、\s](?P<unit>[^_/／:：,，、\s()（）]+)\s*\Z")
# Words that say what any table is of.
PLAIN_WORDS = """
    各 分 按 的 年 表 市 州 县 区 省 和 与 及其 全省 全市 全县 全区 我省 我市 本省 本市 各县市区
    县市区 县市 市州 县区 市县 州市 区县 地区 分地区 分市州 分县市 主要 指标 情况 统计 统计表 一览 数据
    汇总 汇总表 续 续表 continued 历年 年度 月度 季度 分月 分年 完成 经济 开放型经济 国民经济 社会 发展
    the of by in for and to a an main region regions county counties city cities prefecture prefectures year years
    month annual monthly quarterly table data statistics
"""
PLAIN = frozenset(PLAIN_WORDS.split())
# Of what a table is, too; but firms in foreign trade are not the firms.
OF_TRADE = ("外贸", "对外贸易", "贸易", "进出口")
GOALS = ("目标", "目标值", "计划", "计划数", "规划", "力争", "target", "targets", "goal", "goals")
FORECASTS = ("预计", "预测", "预计数", "forecast", "forecasts")
FIRST_RESULTS = ("快报", "快报数", "初步核算", "初步统计", "初步核算数", "preliminary")
TRADED = "出口"
TRADES = re.compile(f"{TRADED}|进口|贸易|trade|export|import", re.IGNORECASE)  # indicators of trade
PARTNER_AFTER = ("对", "自", "to ", "from ", "with ")
MOST_WORDS = 200  # characters of a title


@dataclass
class TitleSaid:
    """What was understood of words, by column of observations, and what is `left` of them."""

    columns: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # as they stand, for messages
    units: list[Unit] = field(default_factory=list)
    years: list[str] = field(default_factory=list)
    part: PartOfYear | None = None
    to_date: bool = False  # 累计 is said
    alone: bool = False  # 当月 is said: the month or quarter for itself
    topics: list[str] = field(default_factory=list)  # of OF_TRADE
    several: bool = False  # two indicators, or two members of one breakdown
    left: str = ""
    region_ends: int = -1  # where in the words the last region's name ends

    @property
    def says_what(self) -> bool:
        """Whether it says anything of figures but their unit."""
        return bool(self.columns or self.years or self.part or self.to_date or self.alone)

    @property
    def is_whole(self) -> bool:
        return not self.left and not self.several


class TitleReader:
    """Reads titles and headers by the names of the store."""

    def __init__(self, names: SheetNames) -> None:
        self.names = names
        words: dict[str, Meaning] = dict.fromkeys(PLAIN, Meaning("", ""))
        words |= dict.fromkeys(OF_TRADE, Meaning("", "trade"))
        words |= dict.fromkeys(GOALS, Meaning("qualifier", Qualifier.TARGET.value))
        words |= dict.fromkeys(FORECASTS, Meaning("status", ObservationStatus.FORECAST.value))
        words |= dict.fromkeys(FIRST_RESULTS, Meaning("status", ObservationStatus.PROVISIONAL.value))
        self.words = words | dict(names.vocabulary)
        self.longest = max(map(len, self.words))
        self.read_before: dict[str, TitleSaid] = {}

    def read(self, title: str) -> TitleSaid:
        """What a title says; the same words are read once."""
        if title not in self.read_before:
            self.read_before[title] = self._read(title)
        return self.read_before[title]

    def unit(self, words: str) -> Unit | None:
        """The unit that words such as 单位：亿元 or 亿元 name."""
        return self.names.unit(UNIT_IS.sub("", words.strip("()（）[]【】 "), count=1).strip())

    def unit_in_note(self, note: str) -> Unit | None:
        """The unit that a note says the figures have: 注：本表单位为万元."""
        found = NOTED_UNIT.search(note[:MOST_WORDS])
        return self.unit(found["unit"] or found["en"]) if found else None

    def _read(self, title: str) -> TitleSaid:
        said = TitleSaid()
        if len(title) > MOST_WORDS:
            said.left = title
            return said
        text = title
        for inside in IN_BRACKETS.findall(title):
            if (unit := self.unit(inside)) is not None:
                said.units.append(unit)
                text = text.replace(inside, "", 1)
        if not said.units and (behind := UNIT_BEHIND.search(text)) and (unit := self.unit(behind["unit"])):
            said.units.append(unit)
            text = text[: behind.start()]
        text = NUMBERING.sub("", unicodedata.normalize("NFKC", text), count=1).casefold()
        place = 0
        while place < len(text):
            place += (
                self._take_period(said, text, place) or self._take_name(said, text, place) or _leave(said, text, place)
            )
        if said.topics and not TRADES.search(said.names.get("indicator", TRADED)):
            said.left += f" {' '.join(said.topics)}"
        said.left = " ".join(said.left.split())
        return said

    def _take_period(self, said: TitleSaid, text: str, place: int) -> int:
        """How many characters from a place on are a year or a part of one."""
        for word in (*TO_DATE, *ALONE):
            if text.startswith(word, place):
                said.to_date, said.alone = said.to_date or word in TO_DATE, said.alone or word in ALONE
                return len(word)
        if year := A_YEAR.match(text, place):
            said.years.append(year["year"])
            return len(year[0])
        if text[place - 1 : place].isdigit() or not (part := PART_OF_YEAR.match(text, place)):
            return 0
        of_year = part_in(part)
        if said.part and said.part != of_year:
            said.several = True
        said.part = of_year
        return len(part[0])

    def _take_name(self, said: TitleSaid, text: str, place: int) -> int:
        """How many characters from a place on are the longest name or plain word that begins there."""
        for before in PARTNER_AFTER:
            if text.startswith(before, place) and (length := self._longest(text, place + len(before), "region")):
                name = text[place + len(before) :][:length]
                _note(said, Meaning("partner", self.words[name].code), name)
                return len(before) + length
        length = self._longest(text, place)
        if length:
            name = text[place : place + length]
            if self.words[name].column == "region":  # 湖南省醴陵市 is one place, 湖南与广东 are two
                said.several |= said.region_ends not in (-1, place) and said.columns["region"] != self.words[name].code
                said.region_ends = place + length
            _note(said, self.words[name], name)
            said.topics += [name] if name in OF_TRADE else []
        return length

    def _longest(self, text: str, place: int, column: str | None = None) -> int:
        if place and text[place - 1].isascii() and text[place - 1].isalnum() and text[place : place + 1].isascii():
            return 0  # within a word
        for length in range(min(self.longest, len(text) - place), 0, -1):
            word, after = text[place : place + length], text[place + length : place + length + 1]
            cut = word[-1].isascii() and word[-1].isalnum() and after.isascii() and after.isalnum()
            if word in self.words and not cut and column in (None, self.words[word].column):
                return length
        return 0


def _note(said: TitleSaid, meaning: Meaning, name: str) -> None:
    if not meaning.column:
        return
    held = said.columns.get(meaning.column)
    if (
        held and held != meaning.code and meaning.column != "region"
    ):  # the last of several regions is meant: 湖南省醴陵市
        said.several = True
    said.columns[meaning.column], said.names[meaning.column] = meaning.code, name
    if meaning.code == Qualifier.TARGET:
        said.columns["status"] = ObservationStatus.FORECAST.value


def _leave(said: TitleSaid, text: str, place: int) -> int:
    """Leave a character: one that is no letter or number separates what is left."""
    said.left += text[place] if text[place].isalnum() or text[place] in "%#*" else " " if said.left[-1:].strip() else ""
    return 1


def accumulated(label_part: PartOfYear, *, to_date: bool) -> PartOfYear:
    """A part of a year, to date where 累计 is said beside it."""
    return PartOfYear(label_part.part, Accumulation.YTD.value) if to_date and label_part.part else label_part
