"""What an observation consists of, declared once: the dimensions of its series, its period, its value, its attributes.

How each is stored is said by the models; what it is to those who read and bring in figures is said here. The SQL of reading,
the rows of the API, the columns of the import, the preview of a batch, SDMX, PxWeb and JSON-stat take theirs from this list
(docs/recipes.md: adding an attribute).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import models

from indicators.choices import Accumulation
from indicators.models import Observation, Series
from sources.bilingual import LANGUAGES, Text, both

PREFERRED = "preferred"  # the code of the statement that is no variant, where it needs one


class Role(StrEnum):
    """What a component does: a breakdown is a dimension that most series do not have."""

    DIMENSION = "dimension"
    BREAKDOWN = "breakdown"
    TIME = "time"
    MEASURE = "measure"
    ATTRIBUTE = "attribute"
    ORIGIN = "origin"  # which release published the row: no part of what is stated


class Detail(StrEnum):
    """The least detail of an answer in which a component shows."""

    DATA = "data"
    STANDARD = "standard"
    FULL = "full"


@dataclass(frozen=True)
class Concept:
    """A component in SDMX: its id and name in the standard's words, and the code list that its values are of."""

    id: str
    zh: str
    en: str
    codelist: str = ""


@dataclass(frozen=True)
class Nothing:
    """That a series is not divided by a dimension: what is stored then, and what formats that need a member call it."""

    stored: Any
    code: str
    zh: str
    en: str

    @property
    def title(self) -> Text:
        """What it is called, in the language of the answer."""
        return both(self.zh, self.en)


@dataclass(frozen=True, kw_only=True)
class Component:
    """A dimension, the period, the value or an attribute of an observation.

    `zh` and `en` are what it is called, `says` is its documentation for readers. `members` is the attribute of Labels that
    holds the records it refers to; words and numbers have none. `translated` is a text in both languages, in two columns.
    `narrows` says of an attribute that callers may ask for some of its values; `example` is one, and `many` the English plural.
    `prefix` stands before its code in the key of a series, where the code alone could be taken for another dimension's.
    """

    name: str
    zh: str
    en: str
    concept: Concept | None
    role: Role = Role.DIMENSION
    detail: Detail = Detail.STANDARD
    members: str = ""
    says: Text | None = None
    nothing: Nothing | None = None
    stored: str = ""
    translated: bool = False
    narrows: bool = False
    example: str = ""
    many: str = ""
    prefix: str = ""

    @property
    def title(self) -> Text:
        """What it is called, in the language of the answer."""
        return both(self.zh, self.en)

    @property
    def of_series(self) -> bool:
        """Whether it is the same for all observations of a series."""
        return self.role in (Role.DIMENSION, Role.BREAKDOWN)

    @property
    def model(self) -> type[models.Model]:
        """The model whose record holds it."""
        return Series if self.of_series else Observation

    @property
    def field(self) -> Any:
        """The model's field that holds it; of a translated text the Chinese one."""
        return self.model._meta.get_field(self.columns[0])

    @property
    def column(self) -> str:
        """The name of that field."""
        return self.stored or self.name

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the fields that hold it: of a translated text one for each language."""
        return tuple(f"{self.column}_{spoken}" for spoken in LANGUAGES) if self.translated else (self.column,)

    @property
    def place(self) -> str:
        """The column of the store, where a series is `s` and an observation `o`."""
        return f"{'s' if self.of_series else 'o'}.{self.field.column}"

    @property
    def words(self) -> Mapping[str, Any]:
        """The closed list that its values are of, with their labels; empty where there is none."""
        return dict(self.field.choices or ())

    @property
    def default(self) -> Any:
        """What it is where nothing is said; None where it has to be said."""
        return self.field.default if self.words and self.field.has_default() else None

    @property
    def optional(self) -> bool:
        """Whether it may be missing."""
        return bool(self.field.null or self.translated or self.field.blank)


# In the order in which a row of an answer has them, those of the standard detail first.
COMPONENTS: tuple[Component, ...] = (
    Component(
        name="frequency", zh="频率", en="frequency", detail=Detail.FULL,
        concept=Concept("FREQ", "频率", "Frequency", "CL_FREQ"), says=both("A 年、Q 季、M 月。", "A, Q or M."),
    ),
    Component(
        name="accumulation", zh="累计", en="accumulation", detail=Detail.FULL,
        concept=Concept("ACCUMULATION", "累计", "Accumulation over the year", "CL_ACCUMULATION"),
        says=both("none 当期，ytd 年初累计。", "none, or ytd for year-to-date."),
        nothing=Nothing(Accumulation.NONE.value, Accumulation.NONE.value, "当期", "Not accumulated"),
    ),
    Component(
        name="indicator", zh="指标", en="indicator", members="indicators",
        concept=Concept("INDICATOR", "指标", "Indicator", "CL_INDICATOR"),
    ),
    Component(
        name="region", zh="地区", en="region", members="regions",
        concept=Concept("REF_AREA", "地区", "Reference area", "CL_AREA"),
    ),
    Component(
        name="industry", zh="行业", en="industry", many="industries", role=Role.BREAKDOWN, members="industries", example="CERAMICS",
        concept=Concept("INDUSTRY", "行业", "Industry", "CL_INDUSTRY"), nothing=Nothing(None, "total", "不分行业", "All industries"),
    ),
    Component(
        name="product", zh="商品", en="product", many="products", role=Role.BREAKDOWN, members="products", example="LAPTOPS",
        concept=Concept("PRODUCT", "商品", "Product", "CL_PRODUCT"), nothing=Nothing(None, "total", "不分商品", "All products"),
    ),
    Component(
        name="partner", zh="贸易伙伴", en="partner region", many="partner regions", role=Role.BREAKDOWN, members="regions",
        example="W1", concept=Concept("COUNTERPART_AREA", "贸易伙伴", "Counterpart area", "CL_AREA"),
        nothing=Nothing(None, "total", "不分伙伴", "All partners"),
    ),
    Component(
        name="trade_mode", zh="贸易方式", en="mode of trade", many="modes of trade", role=Role.BREAKDOWN,
        members="trade_modes", example="PROCESSING", concept=Concept("TRADE_MODE", "贸易方式", "Mode of trade", "CL_TRADE_MODE"),
        nothing=Nothing(None, "total", "不分方式", "All modes of trade"),
    ),
    Component(
        name="whole", zh="整体", en="whole", members="regions", prefix="of-", example="CN",
        concept=Concept("WHOLE", "整体", "Whole of a share or rank", "CL_AREA"),
        says=both("占比所占、位次所在的地区的代码；其他数值为空。",
                  "Code of the region that a share is of, or within which a rank holds; null for other figures."),
        nothing=Nothing(None, "none", "不适用", "Not applicable"),
    ),
    Component(
        name="variant", zh="其他说法", en="variant",
        concept=Concept("VARIANT", "变体", "Statement of another source or method", "CL_VARIANT"),
        says=both("首选说法为空，否则为其他来源或方法的代号。",
                  "Null for the preferred statement, else which other source or method states it."),
        nothing=Nothing("", PREFERRED, "首选表述", "Preferred statement"),
    ),
    Component(
        name="period", zh="时期", en="period", role=Role.TIME, detail=Detail.DATA,
        concept=Concept("TIME_PERIOD", "时期", "Time period"),
        says=both("时期：2024、2024-Q1 或 2024-07。", "Label of the period: 2024, 2024-Q1 or 2024-07."),
    ),
    Component(
        name="value", zh="数值", en="value", role=Role.MEASURE, detail=Detail.DATA,
        concept=Concept("OBS_VALUE", "观测值", "Observation value"),
        says=both("原文数值，保留其小数位；缺失为空，不以 0 代替。",
                  "The figure as stated, with its decimals; null where it is missing, never 0 for missing."),
    ),
    Component(
        name="unit", zh="单位", en="unit", role=Role.ATTRIBUTE, members="units",
        concept=Concept("UNIT_MEASURE", "计量单位", "Unit of measure", "CL_UNIT_MEASURE"),
        says=both("单位代码。", "Code of the unit."),
    ),
    Component(
        name="decimals", zh="小数位", en="decimals", role=Role.ATTRIBUTE, detail=Detail.FULL,
        concept=Concept("DECIMALS", "小数位", "Decimals", "CL_DECIMALS"),
        says=both("原文的小数位数。", "Decimals of the figure as stated."),
    ),
    Component(
        name="status", zh="状态", en="status", role=Role.ATTRIBUTE, narrows=True,
        concept=Concept("OBS_STATUS", "观测状态", "Observation status", "CL_OBS_STATUS"),
        says=both("SDMX CL_OBS_STATUS：A 正常、E 估计、F 预测或目标、P 初步、O 缺失、M 无值（不可能有，或早先发布时记为缺失）。",
                  "SDMX CL_OBS_STATUS: A normal, E estimated, F forecast or goal, P provisional, O missing, M without a value "
                  "(that cannot exist, or was published as missing in earlier releases)."),
    ),
    Component(
        name="qualifier", zh="限定", en="qualifier", role=Role.ATTRIBUTE,
        concept=Concept("QUALIFIER", "限定", "How the figure was put", "CL_QUALIFIER"),
        says=both("数值的说法：确数、约、超过、不足或目标。",
                  "How the figure was put: exactly, about, more than, less than, or as a target."),
    ),
    Component(
        name="period_basis", zh="时期依据", en="period basis", role=Role.ATTRIBUTE,
        concept=Concept("PERIOD_BASIS", "时期依据", "Whether the period is stated", "CL_PERIOD_BASIS"),
        says=both("时期由来源明述，或由推断得出。", "Whether the source states the period or it was inferred."),
    ),
    Component(
        name="source", zh="来源", en="source", role=Role.ATTRIBUTE, members="sources", narrows=True,
        concept=Concept("SOURCE", "来源", "Source", "CL_SOURCE"),
        says=both("来源代码。", "Code of the source."),
    ),
    Component(
        name="release", zh="发布版本", en="release", role=Role.ORIGIN, members="releases", concept=None,
        stored="released", says=both("发布该行的版本。", "Version of the release that published the row."),
    ),
    Component(
        name="note", zh="备注", en="remark", role=Role.ATTRIBUTE, detail=Detail.FULL, translated=True,
        concept=Concept("COMMENT", "备注", "Comment"),
        says=both("备注，按答复的语言。", "Remark, in the language of the answer."),
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Component] = {component.name: component for component in COMPONENTS}

# What tells one series from another, in the order in which its key and the key of a table of figures say it.
KEY: tuple[str, ...] = (
    "frequency", "region", "indicator", "industry", "product", "partner", "trade_mode", "whole", "accumulation",
    "variant",
)  # fmt: skip
DIMENSIONS: tuple[Component, ...] = tuple(BY_NAME[name] for name in KEY)
BREAKDOWNS: tuple[str, ...] = tuple(part.name for part in DIMENSIONS if part.role is Role.BREAKDOWN)
RELATIONS: tuple[str, ...] = tuple(part.name for part in COMPONENTS if part.of_series and part.members)
ATTRIBUTES: tuple[Component, ...] = tuple(part for part in COMPONENTS if part.role is Role.ATTRIBUTE)


def series_key(codes: Mapping[str, str | None]) -> str:
    """The public name of a series, of the codes of its dimensions: `A.430281.INDUSTRY_OUTPUT.CERAMICS`.

    What a series is not divided by, or does not accumulate, has no part in it, and need not be among the codes.
    """
    parts = ((part, codes.get(part.name)) for part in DIMENSIONS)
    return ".".join(
        f"{part.prefix}{code}" for part, code in parts if code and not (part.nothing and code == part.nothing.stored)
    )
