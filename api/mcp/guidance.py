"""How to ask, in words for an agent: the prompt, and what every client is told at first; and the glossary of the answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from api.imprint import ABOUT, SITE
from indicators.choices import Aggregation, HigherIs, IndicatorKind
from indicators.components import BY_NAME
from indicators.rows import ADDED, FULL
from policies.choices import EventType, Level, MeasureKind, Need, Status
from regions.models import RegionKind
from sources.bilingual import both, language

STEPS = (
    both(
        "一个完整的问题可先问 `ask`，并核对它如何理解（`parts`）。其余由名称查代码：一个名称用 `resolve`，几个词用 `search`。"
        "其他工具只认代码，如 430281（醴陵市）、TRADE_TOTAL（进出口总额）。",
        "A whole question can be put to `ask` first; check how it was read (`parts`). Else from names to codes: `resolve` for one "
        "name, `search` for some words. The other tools take codes only, such as 430281 (Liling) and TRADE_TOTAL (total imports and "
        "exports).",
    ),
    both(
        "查数值用 `observations`；地区排位用 `rankings`，并列比较用 `compare`，目标与结果用 `targets`；"
        "找政策用 `policies_match`，看一项措施用 `measure`。",
        "Figures are in `observations`; regions in order in `rankings`, side by side in `compare`, goals and what became of them in "
        "`targets`; `policies_match` finds policy measures, `measure` gives one of them.",
    ),
    both(
        "没有结果时，先用 `availability` 以同样的条件看有哪些数据，再下结论。",
        "Where nothing is found, ask `availability` with the same filters what there is, before you say that it is not held.",
    ),
    both(
        "只说答复中有的数，连同单位、时期与限定（约、超过、不足）。`status` 为 F 的是目标或预测，不是结果。为空就是没有，不要估算。",
        "State only figures that an answer has, with unit, period and qualifier (about, more than, less than). Those of `status` F are "
        "goals or forecasts, not outcomes. What is null is not held: do not estimate it.",
    ),
    both(
        "同比、占比、换算单位等请用 `transform`、`unit` 由本服务算；不要自己把不同单位、时期、范围的数相加或相比。",
        "Let the service compute changes, shares and units (`transform`, `unit`); do not add or compare figures of different units, "
        "periods or wholes yourself.",
    ),
    both(
        "给出每个数时附上原话（`citations` 或 `phrases` 中的 `exact`）、来源与发布版本；正式引文用 `cite`。",
        "With each figure give the phrase that states it (`exact` in `citations` or `phrases`), its source and the release; `cite` "
        "gives a formal reference.",
    ),
    both(
        "出错时，`errors` 指明哪个参数有误、允许什么、最接近的是什么（`did_you_mean`）；改正后再问。",
        "An error says in `errors` which parameter is wrong, what is allowed and what is nearest (`did_you_mean`): mend the call and "
        "ask again.",
    ),
    both(
        "`rest` 不为空时，答复只是一部分：以其中的 `arguments` 再问，或打开 `address`。",
        "Where `rest` is not null the answer is a part: ask again with its `arguments`, or open its `address`.",
    ),
)
GLOSSARY_TITLE = both("词汇表：答复中的各列与代码", "Glossary: the columns and codes of the answers")
GLOSSARY_SAYS = both(
    "数据各列的含义，各代码表的代码与名称。",
    "What each column of a figure means, and the closed lists of codes with their names.",
)
# Closed lists that are of no column of a figure: the name by which answers have it, what it is called, its members.
LISTS: tuple[tuple[str, Any, Any], ...] = (
    ("kind (region)", both("地区类型", "kind of region"), RegionKind),
    ("kind (indicator)", both("指标性质", "kind of indicator"), IndicatorKind),
    ("aggregation", both("能否加总", "how it adds up"), Aggregation),
    ("higher_is", both("高低之义", "what a higher value is"), HigherIs),
    ("kind (measure)", both("措施类型", "kind of measure"), MeasureKind),
    ("status (measure)", both("措施现状", "where a measure stands"), Status),
    ("level", both("级别", "level"), Level),
    ("needs", both("需求", "needs"), Need),
    ("type (event)", both("事件类型", "type of event"), EventType),
)


def instructions() -> str:
    """What a client is told of the service, and how to ask it, in the language of the answer."""
    spoken = language()
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(STEPS, 1))
    return f"{SITE.name(spoken)}\n{ABOUT.name(spoken)}\n\n{steps}"


def prompt(question: str | None) -> str:
    """How to ask, and what is asked, in the language of the answer."""
    asked = [str(both(f"要回答的问题：{question}", f"The question to answer: {question}"))] if question else []
    return "\n\n".join([instructions(), *asked])


def glossary() -> str:
    """What the columns of figures and the codes of closed lists mean, in the language of the answer, as Markdown."""
    return "\n".join([f"# {GLOSSARY_TITLE}", "", *_columns(), "", *_lists()])


def _columns() -> Iterator[str]:
    for column in (*FULL, *ADDED):
        words = BY_NAME[column.name].words if column.name in BY_NAME else {}
        yield f"- `{column.name}`: {column.says}{_members(words.items())}"


def _lists() -> Iterator[str]:
    for name, called, choices in LISTS:
        yield f"- `{name}`: {called}{_members(choices.choices)}"


def _members(words: Iterable[tuple[str, Any]]) -> str:
    return "".join(f"\n  - `{code}`: {label}" for code, label in words)
