"""How stored figures become flat rows: the same names in the same order, whatever the rows and the format.

Rows are made a column at a time, which costs a fraction of making them one by one (docs/performance.md), and is what
columnar formats want.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import IntegerField

from indicators.choices import ObservationStatus, Qualifier
from indicators.components import BY_NAME, COMPONENTS, Component, Detail, Role
from indicators.labels import Label, Labels
from indicators.transforms import Derived
from indicators.wording import UnitWords, figure_text
from sources.bilingual import LANGUAGES, Text, both, in_both

Record = dict[str, Any]
Stored = Mapping[str, Sequence[Any]]
Cells = Callable[[Stored, Labels, str], Iterable[Any]]
Number = Callable[[str], Any]


@dataclass(frozen=True)
class RowColumn:
    """A column of the answer: which stored columns it needs and how it is made of them. `says` is its documentation.

    `make` takes the stored columns, the labels and the language, and gives the cells, in the order of the rows; `spoken` is a
    column whose cells depend on the language. Columns beside each other that are `shared` alike say the same in many rows.
    """

    name: str
    needs: tuple[str, ...]
    make: Cells
    says: Any
    schema: dict[str, Any]
    is_number: bool = False
    spoken: bool = False
    shared: str = ""


class Figure:
    """A value with the decimals that were stated: 41.20 is not 41.2. Renderers write it as a number.

    No dataclass, which msgspec would write as an object.
    """

    __slots__ = ("decimals", "value")

    def __init__(self, value: Decimal, decimals: int) -> None:
        self.value, self.decimals = value, decimals

    def __str__(self) -> str:
        return f"{self.value:.{self.decimals}f}"


TEXT: dict[str, Any] = {"type": "string"}
MAYBE_TEXT: dict[str, Any] = {"type": ["string", "null"]}


def _plain(name: str, stored: str, says: Any, schema: dict[str, Any]) -> RowColumn:
    return RowColumn(name, (stored,), lambda columns, _labels, _language: columns[stored], says, schema)


def _member(part: Component) -> RowColumn:
    """The code of the record that a component refers to."""

    def codes(columns: Stored, labels: Labels, language: str) -> Iterable[Any]:
        return map(getattr(labels, part.members).code.__getitem__, columns[part.column])

    return RowColumn(
        part.name, part.columns, codes, part.says or _about(part, "的代码", "Code"), _schema(part), shared=_shared(part)
    )


def _member_name(part: Component) -> RowColumn:
    """The name of that record."""

    def names(columns: Stored, labels: Labels, language: str) -> Iterable[Any]:
        return map(getattr(labels, part.members).name[language].__getitem__, columns[part.column])

    says = _about(part, "的名称", "Name", "，按答复的语言", ", in the language of the answer")
    return RowColumn(f"{part.name}_name", part.columns, names, says, _schema(part), spoken=True, shared=_shared(part))


@cache
def called(name: str, language: str) -> Mapping[str, str]:
    """What the words of a component are called in a language."""
    return {word: in_both(label)[LANGUAGES.index(language)] for word, label in BY_NAME[name].words.items()}


def _title(part: Component) -> RowColumn:
    """The title of the record that an attribute refers to."""

    def titles(columns: Stored, labels: Labels, language: str) -> Iterable[Any]:
        return map(getattr(labels, part.members).name[language].__getitem__, columns[part.column])

    says = both(f"{part.zh}的题名，按答复的语言。", f"Title of the {part.en}, in the language of the answer.")
    return RowColumn(f"{part.name}_title", part.columns, titles, says, TEXT, spoken=True, shared=_shared(part))


def _word_name(part: Component) -> RowColumn:
    """What a word of a closed list is called."""

    def names(columns: Stored, labels: Labels, language: str) -> Iterable[Any]:
        return map(called(part.name, language).__getitem__, columns[part.column])

    says = both(f"{part.zh}的名称，按答复的语言。", f"What the {part.en} is called, in the language of the answer.")
    return RowColumn(f"{part.name}_name", part.columns, names, says, TEXT, spoken=True, shared=_shared(part))


def _about(part: Component, zh: str, en: str, of_answer_zh: str = "", of_answer_en: str = "") -> Text:
    none = ("，不分类为空", ", null for the undivided one") if part.optional else ("", "")
    return both(f"{part.zh}{zh}{none[0]}{of_answer_zh}。", f"{en} of the {part.en}{none[1]}{of_answer_en}.")


def _text(part: Component) -> RowColumn:
    """A text that may be empty, and is null then; of a translated one that of the answer's language."""

    def texts(columns: Stored, labels: Labels, language: str) -> Iterable[Any]:
        column = f"{part.column}_{language}" if part.translated else part.column
        return (text or None for text in columns[column])

    shared = _shared(part) if part.of_series else ""
    return RowColumn(part.name, part.columns, texts, part.says, _schema(part), spoken=part.translated, shared=shared)


def _shared(part: Component) -> str:
    """What a component is shared with: an indicator or a region with its own name, what else tells series apart, and what is said
    of a figure, with one another.
    """
    if part.of_series and part.members and not part.optional:
        return part.name
    return Role.BREAKDOWN.name if part.of_series else Role.ATTRIBUTE.name


def _schema(part: Component) -> dict[str, Any]:
    if part.role is Role.MEASURE:
        return {"type": ["number", "null"]}
    if part.words:
        return {**TEXT, "enum": list(part.words)}
    if isinstance(part.field, IntegerField):
        return {"type": "integer"}
    return MAYBE_TEXT if part.optional else TEXT


def _columns(part: Component) -> tuple[RowColumn, ...]:
    """What a row says of a component: a code, with a name beside it where it is a dimension or a word; else what is stored."""
    if part.members:
        return (_member(part), _member_name(part)) if part.of_series else (_member(part),)
    if part.optional and part.role is not Role.MEASURE:
        return (_text(part),)
    stored = replace(_plain(part.name, part.column, part.says, _schema(part)), is_number=part.role is Role.MEASURE)
    return (replace(stored, shared=_shared(part)), _word_name(part)) if part.words else (stored,)


def _texts(columns: Stored, labels: Labels, language: str) -> Iterable[Any]:
    names = ("value", "unit", "indicator", "qualifier")
    for value, unit, indicator, qualifier in zip(*(columns[name] for name in names), strict=True):
        yield None if value is None else figure_text(value, labels.words(unit, indicator), qualifier, language)


# What a row says beside its components: before them, and after one of them.
FIRST = (
    _plain("id", "id", both("行的编号；更正后另有新号。", "Number of the row; a correction gets a new one."), {"type": "integer"}),
    _plain("series", "key", both("所属序列的键。", "Key of the series that the row belongs to."), TEXT),
)  # fmt: skip
AFTER: Mapping[str, tuple[RowColumn, ...]] = {
    "decimals": (
        RowColumn(
            "text", ("value", "unit", "indicator", "qualifier"), _texts,
            both("数值的写法，如“约34亿元”。", "The figure as people write it, such as about CNY 3.4 billion."), MAYBE_TEXT,
            spoken=True,
        ),
        _plain("citation_count", "citation_count", both("支持该数的引证条数。", "How many phrases state the figure."), {"type": "integer"}),
        RowColumn(
            "updated", ("released",),
            lambda columns, labels, _language: map(labels.published_text.__getitem__, columns["released"]),
            both("该行发布的时间。", "When the row was published."), {**TEXT, "format": "date-time"},
        ),
    ),
    "unit": (
        RowColumn(
            "unit_name", ("unit", "indicator"),
            lambda columns, labels, language: labels.unit_names(language, columns["unit"], columns["indicator"]),
            both("单位名称，或计数的量词。", "Name of the unit, or the counter of what is counted."), TEXT,
            spoken=True, shared=_shared(BY_NAME["unit"]),
        ),
    ),
    "source": (_title(BY_NAME["source"]),),
    "accumulation": (
        _plain("period_start", "period_start", both("首日。", "First day."), {**TEXT, "format": "date"}),
        _plain("period_end", "period_end", both("末日。", "Last day."), {**TEXT, "format": "date"}),
    ),
}  # fmt: skip


def _detail(*shown: Detail) -> Iterator[RowColumn]:
    for part in COMPONENTS:
        if part.detail in shown:
            yield from _columns(part)
            yield from AFTER.get(part.name, ())


STANDARD: tuple[RowColumn, ...] = (*FIRST, *_detail(Detail.DATA, Detail.STANDARD))
FULL: tuple[RowColumn, ...] = (*STANDARD, *_detail(Detail.FULL))
OF_DATA = ("series", *(part.name for part in COMPONENTS if part.detail is Detail.DATA))

DETAILS: dict[str, tuple[RowColumn, ...]] = {
    Detail.DATA.value: tuple(column for column in STANDARD if column.name in OF_DATA),
    Detail.STANDARD.value: STANDARD,
    Detail.FULL.value: FULL,
}

# What only some questions add to a row: a transform, the revisions, the changes.
DERIVED_FROM = RowColumn(
    "derived_from", ("id",), lambda columns, _labels, _language: ([key] for key in columns["id"]),
    both("变换所据各行的编号。",
         "Ids of the rows that a transformed value was computed from."), {"type": "array", "items": {"type": "integer"}},
)  # fmt: skip
NOTE = next(column for column in FULL if column.name == "note")
RETIRED = RowColumn(
    "retired", ("retired",), lambda columns, labels, _language: map(labels.releases.code.get, columns["retired"]),
    both("更正或撤回该行的版本；仍有效为空。列表中仅 `history=true` 时有。",
         "Version of the release that corrected or withdrew the row; null where it stands. In lists with `history=true` only."),
    MAYBE_TEXT,
)  # fmt: skip
ACTION = _plain(
    "action", "action",
    both("`updated_after` 时：此后的变化；撤回的没有数值。",
         "With `updated_after`: what became of the figure since then; one withdrawn has no value."),
    {"type": "string", "enum": ["new", "changed", "withdrawn"]},
)  # fmt: skip
ADDED: tuple[RowColumn, ...] = (DERIVED_FROM, RETIRED, ACTION)


def columns_of(detail: str = "standard", labels: str = "both", fields: Sequence[str] | None = None) -> list[RowColumn]:
    """The columns of an answer.

    `labels` keeps codes and names (`both`), drops the names (`code`), or drops the codes that have a name (`name`);
    `fields` keeps only those named, in the order of the row.
    """
    columns = list(DETAILS[detail])
    present = {column.name for column in columns}
    if labels == "code":
        columns = [column for column in columns if not column.name.endswith(("_name", "_title"))]
    elif labels == "name":
        columns = [column for column in columns if present.isdisjoint((f"{column.name}_name", f"{column.name}_title"))]
    return [column for column in columns if fields is None or column.name in fields]


def with_added(
    columns: Sequence[RowColumn], added: Sequence[RowColumn], fields: Sequence[str] | None
) -> list[RowColumn]:
    """The columns with those that this question adds, at the end, the remark last."""
    kept = [column for column in columns if column not in added]
    return [*kept, *(column for column in added if fields is None or column.name in fields)]


def stored_columns(columns: Iterable[RowColumn], *also: str) -> list[str]:
    """What has to be read from the store to make these columns, each once."""
    return list(dict.fromkeys([*(need for column in columns for need in column.needs), *also]))


def make_cells(
    rows: Sequence[Sequence[Any]], stored: Sequence[str], columns: Sequence[RowColumn], labels: Labels, language: str,
    number: Number = str,
) -> list[list[Any]]:  # fmt: skip
    """The cells of each column of an answer, of rows as the store has them (each begins with the `stored` columns).

    `number` makes of the text of a value what the format writes.
    """
    read = as_columns(rows, stored)
    return [cells_of(column, read, labels, language, number) for column in columns]


def as_columns(rows: Sequence[Sequence[Any]], stored: Sequence[str]) -> Stored:
    """Rows as the store has them, column by column."""
    return dict(zip(stored, zip(*rows, strict=True), strict=False)) if rows else dict.fromkeys(stored, ())


def cells_of(column: RowColumn, read: Stored, labels: Labels, language: str, number: Number = str) -> list[Any]:
    """The cells of one column."""
    cells = column.make(read, labels, language)
    if column.is_number and number is not str:  # it is text already
        return [cell if cell is None else number(cell) for cell in cells]
    return list(cells)


def as_rows(cells: Sequence[Sequence[Any]], columns: Sequence[RowColumn]) -> list[Record]:
    """Columns of cells as rows by name."""
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


@dataclass(frozen=True)
class Face:
    """How a computed row names itself: what is added to the indicator's name, its unit and its whole (None: the row's own), and
    what its text needs: the words of its unit and how the figure was put.
    """

    label: Any = None
    unit: Label | None = None
    whole: Label | None = None
    words: UnitWords | None = None
    qualifier: str = Qualifier.EXACT


def put_derived(row: Record, derived: Derived, face: Face, language: str, number: Number = str) -> None:
    """Set a computed value, with its unit, label, status and reason, on a row that was made of the stated one."""
    changes: Record = {"value": None if derived.value is None else number(str(Figure(derived.value, derived.decimals)))}
    if derived.value is None:
        changes |= {"status": ObservationStatus.MISSING.value}
    else:
        changes |= {"decimals": derived.decimals, "status": derived.status or row.get("status")}
    if "text" in row:
        value = None if derived.value is None else str(Figure(derived.value, derived.decimals))
        changes["text"] = value and face.words and figure_text(value, face.words, face.qualifier, language)
    if face.unit:
        changes |= {"unit": face.unit.code, "unit_name": face.unit.name(language)}
    if face.whole:
        changes |= {"whole": face.whole.code, "whole_name": face.whole.name(language)}
    if face.label is not None:
        changes["derived_from"] = list(derived.derived_from)
        if "indicator_name" in row:
            changes["indicator_name"] = f"{row['indicator_name']}{'，' if language == 'zh' else ', '}{face.label}"
    if derived.note is not None:
        changes["note"] = str(derived.note)
    if "status" in changes:
        changes["status_name"] = called("status", language).get(changes["status"])
    row.update({name: value for name, value in changes.items() if name in row})
