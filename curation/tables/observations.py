"""The table of observations: what it consists of, and how it stands in the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection, models
from django.db.models import Value

from curation.tables import rules
from curation.tables.code_index import LIST_SEPARATOR, CellError, CodeIndex
from curation.tables.columns import Choice, CuratedColumn, Number
from curation.tables.references import Ref, Refs
from curation.tables.rows import CompactRow, Header
from curation.tables.table import Cells, CuratedTable, Row, StandingCells, citations, member_of, text
from indicators import components
from indicators.choices import Accumulation, Frequency, ObservationStatus
from indicators.codes import SCHEMES
from indicators.labels import Dimension, labels
from indicators.models import Observation, Series
from indicators.periods import parse_period
from indicators.querysets import ObservationQuerySet
from indicators.rows import Figure
from indicators.transforms import decimals_of
from sources.bilingual import both
from sources.models import Citation, Release, Source
from sources.stores import store

CHUNK = 2000
BEGIN, END = ("region", "indicator"), ("frequency", "accumulation")  # of the columns that tell a series
SERIES_AT_ONCE = 500
UNLESS_SAID = {"frequency": Frequency.ANNUAL, "accumulation": Accumulation.NONE}

# The fields of an observation that follow from others, and those that a row's columns of the same names fill.
FOLLOWING = ("series", "period", "period_start", "period_end", "decimals", "released")
STATED = tuple(
    field for part in components.COMPONENTS if not part.of_series for field in part.columns if field not in FOLLOWING
)
COLUMN_OF = {field.name: field.attname for field in Observation._meta.concrete_fields}


class ObservationTable(CuratedTable):
    """Observations are added and retired, never changed, and the line that they belong to is made on the way.

    What stands of them is read column by column: no records are made, and equal cells are held once. A row is the same as
    `cells` would give of the record. This is what an import is compared with, what a digest is taken of, and what a
    release's download holds.
    """

    labelled = {
        part.name: part.members for part in components.COMPONENTS if part.members and (part.of_series or part.name == "unit")
    }  # fmt: skip
    stands_alone = True

    # The columns that tell a series, in the order in which a staged row's key has them, and those that a figure states.
    SERIES_COLUMNS = (*BEGIN, *(name for name in components.KEY if name not in (*BEGIN, *END)), *END)
    STATED_COLUMNS = tuple(
        part.name for part in components.COMPONENTS
        if not (part.of_series or part.translated or part.role is components.Role.ORIGIN or part.name == "decimals")
    )  # fmt: skip
    series_key = staticmethod(components.series_key)
    STORED = tuple(COLUMN_OF[name] for name in (*FOLLOWING, *STATED))  # as `observation` gives them

    def records(self) -> models.QuerySet[Any]:
        queryset = Observation.objects.live().order_by("pk")
        relations = [f"series__{part}" for part in components.RELATIONS]
        return queryset.select_related("unit", "source", *relations).prefetch_related("citations")

    def public(self) -> models.QuerySet[Any]:
        """The rows that no release has retired."""
        return Observation.objects.live()

    def drafts(self) -> models.QuerySet[Any]:
        """None: an observation is made when it is published, not before."""
        return Observation.objects.none()

    def standing_beside(self, rows: Collection[Cells]) -> Iterator[tuple[str, StandingCells]]:
        """Key → what stands, for every observation of the series that these rows are of."""
        return self.standing_of(sorted(set(map(self.series_key, rows))))

    def standing_of(self, series: Iterable[str]) -> Iterator[tuple[str, StandingCells]]:
        """Key → what stands, of every observation of these series (by their keys); some series at once.

        Without a cursor of the store: PostgreSQL plans for one in 100 ms and more, where it takes 4 for the same rows at once.
        """
        keys = iter(series)
        while chunk := list(islice(keys, SERIES_AT_ONCE)):
            read = self._read(Observation.objects.live().filter(series__key__in=chunk), "pk")
            for pk, _, cells in self._lines(iter(read)):
                yield self.key_of(cells), StandingCells(pk, cells)

    def withdrawn_among(self, rows: Mapping[str, Cells], codes: CodeIndex) -> dict[str, Any]:
        """None: what was retired may be stated again."""
        return {}

    def new_record(self, key: str, row: Row, withdrawn: Any, codes: CodeIndex) -> None:
        """None: an observation is made when it is published, not before."""

    def settled(self, cells: CompactRow, row: CompactRow, standing: Cells) -> tuple[CompactRow, CompactRow]:
        """The cells and the row, with what only says otherwise what stands written as it stands: with its decimals, for spreadsheets
        drop trailing zeros, and with the mark that a missing value has.
        """
        old, new = standing["value"], cells["value"]
        if not (new or old) and (same := cells.replaced("status", standing["status"])) == standing:
            return same, row
        if new and len(old) > len(new) and cells["unit"] == standing["unit"] and Decimal(old) == Decimal(new):
            return cells.replaced("value", old), row.replaced("value", Decimal(old))
        return cells, row

    def key_in_words(self, key: str, language: str) -> str:
        """A key with names for its codes, and without what goes without saying (annual, not accumulated): 醴陵市 · 进出口总额 · 2024."""
        if not key:
            return ""
        known, told = labels(), []
        for name, cell in self.cells_of_key(key).items():
            members: Dimension | None = getattr(known, self.labelled[name]) if name in self.labelled else None
            named = members.key.get(cell) if members else None
            if cell not in ("", UNLESS_SAID.get(name)):
                told.append(cell if members is None or named is None else members[named].name(language))
        return " · ".join(told)

    def place_of(self, cells: Cells) -> tuple[str, str]:
        """The key of its series, and its period."""
        return self.series_key(cells), cells["period"]

    def typed(self, cells: Cells) -> dict[str, Any]:
        """A row with None for what is empty, and its value as a number with the decimals that were stated."""
        typed = super().typed(cells)
        if typed["value"]:
            value = Decimal(typed["value"])
            typed["value"] = Figure(value, decimals_of(value))
        return typed

    @staticmethod
    def series(key: str, row: Row) -> Series:
        """The series, not yet saved, that a row of values belongs to."""
        return Series(key=key, **{name: row[name] for name in components.KEY})

    @staticmethod
    def observation(row: Row, series: Series, release: Release) -> tuple[Any, ...]:
        """The columns of the observation that a row of values states, in the order of STORED."""
        period = parse_period(row["period"]).accumulated(row["accumulation"])
        decimals = 0 if row["value"] is None else decimals_of(row["value"])
        stated = (row[name] for name in STATED)
        return (
            series.pk, period.label, period.start, period.end, decimals, release.pk,
            *(value.pk if isinstance(value, models.Model) else value for value in stated),
        )  # fmt: skip

    def cells(self, record: models.Model) -> dict[str, str]:
        """As any record's, the value with the decimals that were stated."""
        cells = super().cells(record)
        if record.value is not None:  # type: ignore[attr-defined]
            cells["value"] = f"{record.value:.{record.decimals}f}"  # type: ignore[attr-defined]
        return cells

    def lines(self, observations: ObservationQuerySet, *order: str) -> Iterator[tuple[int, int, CompactRow]]:
        """(Primary key, that of its series, cells) of each observation, in an order that ends in a unique key; streamed."""
        return self._lines(self._read(observations, *order).iterator(chunk_size=CHUNK))

    def _read(self, observations: ObservationQuerySet, *order: str) -> models.QuerySet[Any, tuple[Any, ...]]:
        return observations.order_by(*order).values_list("pk", "series_id", "decimals", *map(_stored, self.columns))

    def _lines(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, int, CompactRow]]:
        held: dict[Any, str] = {None: ""}
        heads = Header(self.column_names)
        value_at, citations_at = heads.places["value"], heads.places["citations"]
        while chunk := list(islice(rows, CHUNK)):
            phrases = _citations([pk for pk, *_ in chunk])
            for pk, series, decimals, *row in chunk:
                value = row[value_at]
                row[value_at] = None
                cells = [held.get(cell) or held.setdefault(cell, cell) if cell else "" for cell in row]
                cells[value_at] = "" if value is None else f"{value:.{decimals}f}"
                codes = LIST_SEPARATOR.join(phrases.get(pk, ()))
                cells[citations_at] = held.setdefault(codes, codes)
                yield pk, series, CompactRow(heads, tuple(cells))


def _stored(column: Any) -> Any:
    if isinstance(column, Refs):
        return Value("")  # holds the place; links are read by themselves
    path = column.path.replace(".", "__")
    return f"{path}__{column.by}" if hasattr(column, "by") else path


LINKED = (
    f"SELECT l.observation_id, c.code FROM {Observation.citations.through._meta.db_table} l "
    f"JOIN {Citation._meta.db_table} c ON c.id = l.citation_id WHERE l.observation_id {{}} ORDER BY c.code"
)


def _citations(keys: list[int]) -> dict[int, list[str]]:
    """Observation → its citations' codes, sorted."""
    codes: dict[int, list[str]] = defaultdict(list)
    among, parameter = store().among(keys)
    with connection.cursor() as cursor:
        cursor.execute(LINKED.format(among), [parameter])
        for key, code in cursor.fetchall():
            codes[key].append(code)
    return codes


# Words of components that new rows no longer have: what is missing was `M` in earlier tables.
READ_AS = {"status": {ObservationStatus.CANNOT_EXIST.value: ObservationStatus.MISSING.value}}


class PeriodColumn(CuratedColumn):
    """The label of a period."""

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> str:
        try:
            return parse_period(cell).label
        except ValueError:
            raise CellError(both(
                "应为 2024、2024-Q1 或 2024-07，或写作 2024年、2024年一季度、2024年7月、2024年1-7月、2024年上半年",
                "must be 2024, 2024-Q1 or 2024-07, or as offices write it: 2024年, 2024年一季度, 2024年7月, 2024年1-7月, 2024年上半年",
            )) from None  # fmt: skip


def component(name: str) -> CuratedColumn:
    """The column of a component of observations, as the models and the declaration describe it."""
    part = components.BY_NAME[name]
    required, attribute = not part.optional, f"series.{name}" if part.of_series else ""
    if to := part.field.related_model:
        by = "slug" if to is Source else "code"
        only = member_of(SCHEMES[name]) if name in SCHEMES else None
        return Ref(name, required, attribute, to=to, by=by, only=only, looked_into=True)
    if part.words:
        follows = "period" if name == "frequency" else ""
        return Choice(name, required, attribute, follows=follows, read_as=READ_AS.get(name, {}))
    if part.role is components.Role.TIME:
        return PeriodColumn(name, required, attribute)
    return Number(name) if part.role is components.Role.MEASURE else CuratedColumn(name, required, attribute)


OBSERVATIONS = ObservationTable(
    "observations", Observation,
    key=(*ObservationTable.SERIES_COLUMNS, "period"), later=("whole",),
    columns=(
        *map(component, (*ObservationTable.SERIES_COLUMNS, *ObservationTable.STATED_COLUMNS)),
        citations(), *text("note_zh", "note_en"),
    ),
    rules=(
        rules.period_fits_frequency, rules.only_part_years_accumulate, rules.missing_has_no_value,
        rules.target_is_forecast, rules.unit_measures_the_same, rules.digits_are_kept,
        rules.is_cited, rules.variant_is_lower_case, rules.whole_is_of_shares_and_ranks,
    ),
)  # fmt: skip
