"""How stored figures become flat rows: the same names in the same order, whatever the rows and the format.

Rows are made a column at a time, which costs a fraction of making them one by one (docs/performance.md), and is what
columnar formats want.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators.labels import Label, Labels
from indicators.transforms import Derived
from sources.bilingual import both

Record = dict[str, Any]
Stored = Mapping[str, Sequence[Any]]
Cells = Callable[[Stored, Labels, str], Iterable[Any]]
Number = Callable[[str], Any]


@dataclass(frozen=True)
class RowColumn:
    """A column of the answer: which stored columns it needs and how it is made of them. `says` is its documentation.

    `make` takes the stored columns, the labels and the language, and gives the cells, in the order of the rows.
    """

    name: str
    needs: tuple[str, ...]
    make: Cells
    says: Any
    schema: dict[str, Any]
    is_number: bool = False


@dataclass(frozen=True)
class Figure:
    """A value with the decimals that were stated: 41.20 is not 41.2. Renderers write it as a number."""

    value: Decimal
    decimals: int

    def __str__(self) -> str:
        return f"{self.value:.{self.decimals}f}"


TEXT: dict[str, Any] = {"type": "string"}
MAYBE_TEXT: dict[str, Any] = {"type": ["string", "null"]}


def _plain(name: str, stored: str, says: Any, schema: dict[str, Any]) -> RowColumn:
    return RowColumn(name, (stored,), lambda columns, _labels, _language: columns[stored], says, schema)


def _dimension(name: str, table: str, zh: str, en: str, *, optional: bool = False) -> tuple[RowColumn, RowColumn]:
    def codes(columns: Stored, labels: Labels, language: str) -> Iterable[Any]:
        return map(getattr(labels, table).code.__getitem__, columns[name])

    def names(columns: Stored, labels: Labels, language: str) -> Iterable[Any]:
        return map(getattr(labels, table).name[language].__getitem__, columns[name])

    schema = MAYBE_TEXT if optional else TEXT
    none = ("，不分类为空", ", null for the undivided one") if optional else ("", "")
    return (
        RowColumn(name, (name,), codes, both(f"{zh}的代码{none[0]}。", f"Code of the {en}{none[1]}."), schema),
        RowColumn(
            f"{name}_name",
            (name,),
            names,
            both(f"{zh}的名称{none[0]}，按答复的语言。", f"Name of the {en}{none[1]}, in the language of the answer."),
            schema,
        ),
    )


def _coded(name: str, stored: str, table: str, says: Any) -> RowColumn:
    def codes(columns: Stored, labels: Labels, language: str) -> Iterable[Any]:
        return map(getattr(labels, table).code.__getitem__, columns[stored])

    return RowColumn(name, (stored,), codes, says, TEXT)


STANDARD: tuple[RowColumn, ...] = (
    _plain("id", "id", both("行的编号；更正后另有新号。", "Number of the row; a correction gets a new one."), {"type": "integer"}),
    _plain("series", "key", both("所属序列的键。", "Key of the series that the row belongs to."), TEXT),
    *_dimension("indicator", "indicators", "指标", "indicator"),
    *_dimension("region", "regions", "地区", "region"),
    *_dimension("industry", "industries", "行业", "industry", optional=True),
    *_dimension("product", "products", "商品", "product", optional=True),
    *_dimension("partner", "regions", "贸易伙伴", "partner region", optional=True),
    *_dimension("trade_mode", "trade_modes", "贸易方式", "mode of trade", optional=True),
    RowColumn(
        "variant", ("variant",), lambda columns, _labels, _language: (text or None for text in columns["variant"]),
        both("首选说法为空，否则为其他来源或方法的代号。",
             "Null for the preferred statement, else which other source or method states it."), MAYBE_TEXT,
    ),
    _plain("period", "period", both("时期：2024、2024-Q1 或 2024-07。", "Label of the period: 2024, 2024-Q1 or 2024-07."), TEXT),
    RowColumn(
        "value", ("value",), lambda columns, _labels, _language: columns["value"],
        both("原文数值，保留其小数位；缺失为空，不以 0 代替。",
             "The figure as stated, with its decimals; null where it is missing, never 0 for missing."),
        {"type": ["number", "null"]}, is_number=True,
    ),
    _coded("unit", "unit", "units", both("单位代码。", "Code of the unit.")),
    RowColumn(
        "unit_name", ("unit", "indicator"),
        lambda columns, labels, language: labels.unit_names(language, columns["unit"], columns["indicator"]),
        both("单位名称，或计数的量词。", "Name of the unit, or the counter of what is counted."), TEXT,
    ),
    _plain(
        "status", "status",
        both("SDMX CL_OBS_STATUS：A 正常、E 估计、F 预测或目标、P 初步、M 缺失。",
             "SDMX CL_OBS_STATUS: A normal, E estimated, F forecast or goal, P provisional, M missing."),
        {"type": "string", "enum": ["A", "E", "F", "P", "M"]},
    ),
    _plain(
        "qualifier", "qualifier",
        both("数值的说法：确数、约、超过、不足或目标。",
             "How the figure was put: exactly, about, more than, less than, or as a target."),
        {"type": "string", "enum": ["exact", "approx", "over", "under", "target"]},
    ),
    _coded("source", "source", "sources", both("来源代码。", "Slug of the source.")),
    _coded("release", "released", "releases", both("发布该行的版本。", "Version of the release that published the row.")),
)  # fmt: skip

FULL: tuple[RowColumn, ...] = (
    *STANDARD,
    _plain("frequency", "frequency", both("A 年、Q 季、M 月。", "A, Q or M."), {"type": "string", "enum": ["A", "Q", "M"]}),
    _plain(
        "accumulation", "accumulation",
        both("none 当期，ytd 年初累计。",
             "none, or ytd for year-to-date."), {"type": "string", "enum": ["none", "ytd"]}
    ),
    _plain("period_start", "period_start", both("首日。", "First day."), {**TEXT, "format": "date"}),
    _plain("period_end", "period_end", both("末日。", "Last day."), {**TEXT, "format": "date"}),
    _plain("decimals", "decimals", both("原文的小数位数。", "Decimals of the figure as stated."), {"type": "integer"}),
    _plain(
        "period_basis", "period_basis",
        both("时期由来源明述，或由推断得出。",
             "Whether the source states the period or it was inferred."),
        {"type": "string", "enum": ["stated", "inferred"]},
    ),
    _plain("citations", "citation_count", both("支持该数的引证条数。", "How many phrases state the figure."), {"type": "integer"}),
    RowColumn(
        "updated", ("released",),
        lambda columns, labels, _language: map(labels.published_text.__getitem__, columns["released"]),
        both("该行发布的时间。", "When the row was published."), {**TEXT, "format": "date-time"},
    ),
    RowColumn(
        "note", ("note_zh", "note_en"),
        lambda columns, _labels, language: (text or None for text in columns[f"note_{language}"]),
        both("备注，按答复的语言。", "Remark, in the language of the answer."), MAYBE_TEXT,
    ),
)  # fmt: skip

DETAILS: dict[str, tuple[RowColumn, ...]] = {
    "data": tuple(column for column in STANDARD if column.name in ("series", "period", "value")),
    "standard": STANDARD,
    "full": FULL,
}

# What only some questions add to a row: a transform, the revisions, the changes.
DERIVED_FROM = RowColumn(
    "derived_from", ("id",), lambda columns, _labels, _language: ([key] for key in columns["id"]),
    both("变换所据各行的编号。",
         "Ids of the rows that a transformed value was computed from."), {"type": "array", "items": {"type": "integer"}},
)  # fmt: skip
NOTE = FULL[-1]
RETIRED = RowColumn(
    "retired", ("retired",), lambda columns, labels, _language: map(labels.releases.code.get, columns["retired"]),
    both("`history=true` 时：更正或撤回该行的版本；仍有效为空。",
         "With `history=true`: version of the release that corrected or withdrew the row; null where it stands."), MAYBE_TEXT,
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
        columns = [column for column in columns if not column.name.endswith("_name")]
    elif labels == "name":
        columns = [column for column in columns if f"{column.name}_name" not in present]
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
    read: Stored = dict(zip(stored, zip(*rows, strict=True), strict=False)) if rows else dict.fromkeys(stored, ())
    made = []
    for column in columns:
        cells = column.make(read, labels, language)
        if column.is_number and number is not str:  # it is text already
            cells = (cell if cell is None else number(cell) for cell in cells)
        made.append(list(cells))
    return made


def as_rows(cells: Sequence[Sequence[Any]], columns: Sequence[RowColumn]) -> list[Record]:
    """Columns of cells as rows by name."""
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


@dataclass(frozen=True)
class Face:
    """How computed rows name themselves: what is added to the indicator's name, and their unit (None: the row's own)."""

    label: Any = None
    unit: Label | None = None


def put_derived(row: Record, derived: Derived, face: Face, language: str, number: Number = str) -> None:
    """Set a computed value, with its unit, label and reason, on a row that was made of the stated one."""
    changes: Record = {"value": None if derived.value is None else number(str(Figure(derived.value, derived.decimals)))}
    if derived.value is None:
        changes["status"] = "M"
    if face.unit:
        changes |= {"unit": face.unit.code, "unit_name": face.unit.name(language)}
    if face.label is not None:
        changes["derived_from"] = list(derived.derived_from)
        if "indicator_name" in row:
            changes["indicator_name"] = f"{row['indicator_name']}{'，' if language == 'zh' else ', '}{face.label}"
    if derived.note is not None:
        changes["note"] = str(derived.note)
    row.update({name: value for name, value in changes.items() if name in row})
