"""Every curated table: its columns in file order, what identifies a row, and the rules that a row must keep.

One description serves reading files, validation, differences, publishing, history and writing files back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from curation import rules
from curation.columns import (
    Boolean,
    Choice,
    Choices,
    Column,
    Day,
    Either,
    Factor,
    Integer,
    Number,
    Ref,
    Refs,
    RoledRefs,
    VagueDay,
)
from indicators.models import (
    Category,
    Check,
    CheckTerm,
    Indicator,
    IndustryTier,
    Observation,
    Scheme,
    Series,
    Topic,
    Unit,
)
from indicators.periods import parse_period
from indicators.transforms import decimals_of
from policies.choices import Direction, Need, RegionRole
from policies.models import Actor, Document, Domain, Event, Instrument, Measure, Relation
from regions.models import Membership, Region, Succession
from sources.models import Citation, Release, Source, Synonym

Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A kind of record, as a table of cells."""

    name: str
    model: type[models.Model]
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("code",)
    rules: tuple[Callable[[Row], Any], ...] = ()
    file: str = field(default="")

    @property
    def filename(self) -> str:
        return self.file or f"{self.name}.csv"

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def links(self) -> list[Refs]:
        """The columns whose values stand in link tables."""
        return [column for column in self.columns if isinstance(column, Refs)]

    @property
    def self_reference(self) -> Ref | None:
        """The column that names another row of the same table, if one does."""
        own = (c for c in self.columns if isinstance(c, Ref) and not isinstance(c, Refs) and c.to is self.model)
        return next(own, None)

    def records(self) -> models.QuerySet[Any]:
        """All records that are not withdrawn, with what their cells need, in a constant number of queries."""
        relations = [c.path for c in self.columns if isinstance(c, Ref) and not isinstance(c, Refs)]
        relations += [attribute for c in self.columns if isinstance(c, Either) for _, attribute, _ in c.ends]
        prefetch = [f"{c.links}__{c.end}" if isinstance(c, RoledRefs) else c.path for c in self.links]
        queryset = self.model._default_manager.order_by("pk").select_related(*relations)
        return self.standing(queryset).prefetch_related(*prefetch)

    def standing(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Those that no release has withdrawn."""
        return queryset.filter(withdrawn__isnull=True)

    def cells(self, record: models.Model) -> dict[str, str]:
        """A record as the row of cells that would be read back as the same record."""
        return {column.name: column.show(column.of(record)) for column in self.columns}

    def show(self, row: Row) -> dict[str, str]:
        """A row of values as canonical cells, to set beside those of a record."""
        return {column.name: column.show(row[column.name]) for column in self.columns}

    def key_of(self, cells: dict[str, str]) -> str:
        """What identifies a row among all of its table."""
        return "|".join(cells[name] for name in self.key)

    def fill(self, record: models.Model, row: Row) -> None:
        """Set a row's values on a record, and bring what is derived from them in line."""
        for column in self.columns:
            column.put(record, row[column.name])
        for derived in ("refresh_search", "refresh_date"):
            if hasattr(record, derived):
                getattr(record, derived)()


class ObservationTable(Table):
    """Observations are added and retired, never changed, and the line that they belong to is made on the way."""

    def records(self) -> models.QuerySet[Any]:
        parts = ("region", "indicator", "industry", "product", "partner", "trade_mode")
        queryset = Observation.objects.live().order_by("pk")
        relations = [f"series__{part}" for part in parts]
        return queryset.select_related("unit", "source", *relations).prefetch_related("citations")

    def fill(self, record: models.Model, row: Row) -> None:
        """An observation is made when it is published, not before."""

    @staticmethod
    def series(key: str, row: Row) -> Series:
        """The series, not yet saved, that a row of values belongs to."""
        dimensions = (
            "indicator",
            "region",
            "frequency",
            "accumulation",
            "industry",
            "product",
            "partner",
            "trade_mode",
        )
        return Series(key=key, variant=row["variant"], **{name: row[name] for name in dimensions})

    @staticmethod
    def observation(row: Row, series: Series, release: Release) -> Observation:
        """The observation, not yet saved, that a row of values states."""
        period = parse_period(row["period"]).accumulated(row["accumulation"])
        value = row["value"]
        same = ("value", "unit", "status", "qualifier", "period_basis", "source", "note_zh", "note_en")
        return Observation(
            series=series, period=period.label, period_start=period.start, period_end=period.end,
            decimals=0 if value is None else decimals_of(value), released=release,
            **{name: row[name] for name in same},
        )  # fmt: skip

    def cells(self, record: models.Model) -> dict[str, str]:
        """As any record's, the value with the decimals that were stated."""
        cells = super().cells(record)
        if record.value is not None:  # type: ignore[attr-defined]
            cells["value"] = f"{record.value:.{record.decimals}f}"  # type: ignore[attr-defined]
        return cells

    @staticmethod
    def series_key(row: Row) -> str:
        """The key of the series that a row of values belongs to."""
        codes = tuple(getattr(row[name], "code", "") for name in ("industry", "product", "partner", "trade_mode"))
        return Series.key_of(
            row["frequency"], row["region"].code, row["indicator"].code, codes, row["accumulation"], row["variant"]
        )


def citations() -> Refs:
    return Refs("citations", to=Citation)


def of_scheme(name: str, scheme: str) -> Ref:
    return Ref(name, attribute=f"series.{name}", to=Category, only=("scheme.code", scheme))


def of_industry(name: str) -> Ref:
    return Ref(name, required=True, to=Category, only=("scheme.code", "INDUSTRY"))


def text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def needed(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, required=True) for name in names)


# In the order in which they have to be read: each refers only to those above it and to itself.
TABLES: tuple[Table, ...] = (
    Table(
        "sources", Source, key=("slug",), file="sources.yaml",
        columns=(
            *needed("slug"), Choice("kind", required=True), *needed("title_zh", "title_en"), *text("authors"),
            *text("publisher_zh", "publisher_en"), VagueDay("issued"), *text("doi", "url", "language", "licence"),
            Boolean("is_official"), *text("sha256"), Integer("length"), *text("notes_zh", "notes_en"),
        ),
        rules=(rules.code_is_lower_case, rules.sha256_is_hexadecimal),
    ),
    Table(
        "citations", Citation,
        columns=(
            *needed("code"), Ref("source", required=True, to=Source, by="slug"), *text("section"), *needed("exact"),
            Integer("start", required=True), Integer("end", required=True), Choice("role", required=True),
            Choice("assertion", required=True), *text("note_zh", "note_en"),
        ),
        rules=(rules.citation_code_follows, rules.citation_spans_its_phrase),
    ),
    Table(
        "synonyms", Synonym,
        columns=(*needed("code", "words"), *text("note_zh", "note_en")),
        rules=(rules.code_is_lower_case, rules.synonyms_are_several),
    ),
    Table(
        "topics", Topic,
        columns=(*needed("code", "name_zh", "name_en"), Integer("order", required=True)),
        rules=(rules.code_is_upper_case,),
    ),
    Table(
        "units", Unit,
        columns=(
            *needed("code"), *text("symbol_zh", "symbol_en"), *needed("name_zh", "name_en", "dimension"),
            Factor("factor", required=True),
        ),
        rules=(rules.factor_is_positive, rules.code_is_upper_case,),
    ),
    Table("schemes", Scheme, columns=needed("code", "name_zh", "name_en"), rules=(rules.code_is_upper_case,)),
    Table(
        "categories", Category,
        columns=(
            Ref("scheme", required=True, to=Scheme), *needed("code"), Ref("parent", to=Category),
            *needed("name_zh", "name_en"), *text("other_names"),
        ),
        rules=(rules.not_its_own_parent, rules.code_is_upper_case,),
    ),
    Table(
        "regions", Region,
        columns=(
            *needed("code"), Choice("kind", required=True), Ref("parent", to=Region), *needed("name_zh", "name_en"),
            *text("short_zh", "short_en", "other_names"), Day("valid_from"), Day("valid_to"), Boolean("is_aggregate"),
            Boolean("members_complete", nullable=True), *text("note_zh", "note_en"), citations(),
        ),
        rules=(rules.not_its_own_parent, rules.region_code_is_known_style, rules.valid_to_is_after_valid_from),
    ),
    Table(
        "memberships", Membership, key=("group", "member", "valid_from"),
        columns=(
            Ref("group", required=True, to=Region), Ref("member", required=True, to=Region), Day("valid_from"),
            Day("valid_to"), citations(),
        ),
        rules=(rules.not_a_member_of_itself, rules.valid_to_is_after_valid_from,),
    ),
    Table(
        "successions", Succession, key=("predecessor", "successor"),
        columns=(
            Ref("predecessor", required=True, to=Region), Ref("successor", required=True, to=Region),
            Day("date", required=True), Choice("kind", required=True), *text("note_zh", "note_en"),
        ),
    ),
    Table(
        "indicators", Indicator,
        columns=(
            *needed("code"), Ref("topic", required=True, to=Topic),
            *needed("name_zh", "name_en", "definition_zh", "definition_en"), Ref("unit", required=True, to=Unit),
            *text("counter_zh", "counter_en"), Integer("decimals", required=True), Choice("kind", required=True),
            Choice("aggregation", required=True), Choice("price_basis"), Choice("higher_is", required=True),
            Boolean("headline"), *text("note_zh", "note_en", "other_names"), citations(),
        ),
        rules=(rules.decimals_in_range, rules.code_is_upper_case,),
    ),
    ObservationTable(
        "observations", Observation,
        key=(
            "region", "indicator", "industry", "product", "partner", "trade_mode", "variant", "frequency",
            "accumulation", "period",
        ),
        columns=(
            Ref("region", required=True, attribute="series.region", to=Region),
            Ref("indicator", required=True, attribute="series.indicator", to=Indicator),
            of_scheme("industry", "INDUSTRY"), of_scheme("product", "PRODUCT"),
            Ref("partner", attribute="series.partner", to=Region), of_scheme("trade_mode", "TRADE_MODE"),
            Column("variant", attribute="series.variant"),
            Choice("frequency", required=True, attribute="series.frequency"),
            Choice("accumulation", required=True, attribute="series.accumulation"),
            Column("period", required=True), Number("value"), Ref("unit", required=True, to=Unit),
            Choice("status", required=True), Choice("qualifier", required=True), Choice("period_basis", required=True),
            Ref("source", required=True, to=Source, by="slug"), citations(), *text("note_zh", "note_en"),
        ),
        rules=(
            rules.period_fits_frequency, rules.only_part_years_accumulate, rules.missing_has_no_value,
            rules.target_is_forecast, rules.unit_measures_the_same, rules.digits_are_kept,
            rules.is_cited, rules.variant_is_lower_case,
        ),
    ),
    Table(
        "industry_tiers", IndustryTier, key=("region", "industry"),
        columns=(
            Ref("region", required=True, to=Region), of_industry("industry"), Choice("tier", required=True),
            *text("note_zh", "note_en"), citations(),
        ),
        rules=(rules.is_cited,),
    ),
    Table(
        "checks", Check,
        columns=(
            *needed("code"), Choice("kind", required=True), *needed("name_zh", "name_en"), *text("note_zh", "note_en"),
        ),
        rules=(rules.code_is_lower_case,),
    ),
    Table(
        "check_terms", CheckTerm, key=("check", "role", "ordinal"),
        columns=(
            Ref("check", required=True, attribute="check_of", to=Check), Choice("role", required=True),
            Integer("ordinal", required=True), *needed("series", "period"),
        ),
    ),
    Table(
        "actors", Actor, columns=(*needed("code"), Choice("kind", required=True), *needed("name_zh", "name_en")),
        rules=(rules.code_is_lower_case,),
    ),
    Table("instruments", Instrument, columns=needed("code", "name_zh", "name_en"), rules=(rules.code_is_lower_case,)),
    Table(
        "documents", Document, file="documents.yaml",
        columns=(
            *needed("code"), Choice("kind", required=True), *needed("title_zh", "title_en"), *text("number"),
            Ref("issuer", to=Actor), Choice("level"), VagueDay("issued"),
            Ref("source", required=True, to=Source, by="slug"), citations(),
            *text("note_zh", "note_en", "total_series"),
        ),
        rules=(rules.code_is_lower_case,),
    ),
    Table(
        "domains", Domain,
        columns=(
            *needed("code"), Ref("document", required=True, to=Document), Integer("ordinal", required=True),
            *needed("name_zh", "name_en"), Integer("task_count"), citations(),
        ),
        rules=(rules.code_is_lower_case, rules.claim_is_cited),
    ),
    Table(
        "measures", Measure,
        columns=(
            *needed("code"), Choice("kind", required=True), Ref("document", required=True, to=Document),
            Ref("domain", to=Domain), Ref("parent", to=Measure),
            *needed("title_zh", "title_en", "summary_zh", "summary_en"), Choice("level", required=True),
            Refs("actors", to=Actor), Refs("instruments", to=Instrument),
            RoledRefs("regions", to=Region, links="region_links", end="region", role="role", roles=RegionRole),
            Refs("industries", to=Category),
            RoledRefs(
                "indicators", to=Indicator, links="indicator_links", end="indicator", role="direction", roles=Direction
            ),
            Choices("needs", choices=Need), citations(), Integer("ordinal"),
        ),
        rules=(rules.not_its_own_parent, rules.code_is_lower_case, rules.domain_is_of_document, rules.is_cited),
    ),
    Table(
        "events", Event, key=("measure", "type", "date", "region"),
        columns=(
            Ref("measure", required=True, to=Measure), Choice("type", required=True),
            VagueDay("date", attribute="edtf"), Ref("region", to=Region), citations(),
            *text("note_zh", "note_en", "batch"),
        ),
        rules=(rules.is_cited,),
    ),
    Table(
        "relations", Relation, key=("from", "type", "to"),
        columns=(
            Either(
                "from", required=True,
                ends=(("measure", "from_measure", Measure), ("document", "from_document", Document)),
            ),
            Choice("type", required=True),
            Either(
                "to", required=True, ends=(("measure", "to_measure", Measure), ("document", "to_document", Document))
            ),
            citations(),
        ),
        rules=(rules.not_related_to_itself,),
    ),
)  # fmt: skip

BY_NAME = {table.name: table for table in TABLES}
BY_MODEL = {table.model: table for table in TABLES}


def table_of(model: type[models.Model]) -> Table:
    """The table of a model. Raises KeyError for a model that is not curated."""
    return BY_MODEL[model]
