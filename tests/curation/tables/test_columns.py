"""Each kind of column reads a cell, refuses what it cannot read and shows a value as the cell that reads as the same."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.tables.code_index import CellError, CodeIndex, split
from curation.tables.columns import Boolean, Choice, Choices, CuratedColumn, Day, Factor, Integer, Number, VagueDay
from curation.tables.curated import TABLES
from curation.tables.references import Either, Ref, Refs, RoledRefs
from indicators.models import Category, Observation, Unit
from policies.choices import Need, RegionRole
from policies.models import Document, Measure, Relation
from regions.models import Region
from sources.models import Citation, Source

# A record of each code stands ready; nothing here needs the store.
TEXT = CuratedColumn("title_zh")
KIND = Choice("kind")
NEEDS = Choices("needs", choices=Need)
COUNT = Integer("length")
VALUE = Number("value")
FACTOR = Factor("factor")
FLAG, MAYBE = Boolean("is_official"), Boolean("members_complete", nullable=True)
DAY, VAGUE = Day("valid_from"), VagueDay("issued")
PARENT = Ref("parent", to=Region)
INDUSTRY = Ref("industry", attribute="series.industry", to=Category, only=("scheme.code", "INDUSTRY"))
CITATIONS = Refs("citations", to=Citation)
REGIONS = RoledRefs("regions", to=Region, links="region_links", end="region", role="role", roles=RegionRole)
FROM = Either("from", ends=(("measure", "from_measure", Measure), ("document", "from_document", Document)))


class Known(CodeIndex):
    """The codes of records that are not in any store."""

    def _records(self, model: Any) -> Any:
        return model._default_manager.none()

    def all(self, model: Any, attribute: str = "code") -> list[str]:
        return [code for code, record in self._known[model, attribute].items() if record is not None]

    def __init__(self) -> None:
        super().__init__()
        codes: dict[Any, list[str]] = {
            Region: ["430281", "430223", "HNFTZ"], Citation: ["p:0-1", "p:1-2", "p:2-3"], Measure: ["m-one", "m-two"],
            Document: ["plan"], Category: ["TEA"],
        }  # fmt: skip
        for model, known in codes.items():
            self._known[model, "code"] = {
                code: model(pk=n, code=code, released_id=1) for n, code in enumerate(known, start=1)
            }
        scheme = Category._meta.get_field("scheme").related_model
        self._known[Category, "code"]["TEA"].scheme = scheme(code="PRODUCT")


KNOWN = Known()


def read(column: CuratedColumn, cell: str, model: Any = Source) -> Any:
    return column.read(cell, KNOWN, model)


def refused(column: CuratedColumn, cell: str, model: Any = Source) -> CellError:
    with pytest.raises(CellError) as caught:
        read(column, cell, model)
    assert str(caught.value.message)
    return caught.value


def same_again(column: CuratedColumn, cell: str, model: Any = Source) -> None:
    """What is shown reads as the same value, and shows as the same cell."""
    value = read(column, cell, model)
    shown = column.show(value)
    assert read(column, shown, model) == value
    assert column.show(read(column, shown, model)) == shown


# Empty cells -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "empty"),
    [(TEXT, ""), (KIND, ""), (NEEDS, ""), (COUNT, None), (VALUE, None), (FLAG, False), (MAYBE, None), (DAY, None),
     (VAGUE, ""), (PARENT, None), (CITATIONS, []), (REGIONS, [])],
)  # fmt: skip
def test_an_empty_cell_is_what_is_missing_and_never_zero(column: CuratedColumn, empty: Any) -> None:
    assert read(column, "") == empty
    if column is not FLAG:
        assert column.show(empty) == ""


@pytest.mark.parametrize("kind", [CuratedColumn, Choice, Integer, Number, Day, VagueDay])
def test_what_is_required_is_not_empty(kind: type[CuratedColumn]) -> None:
    assert "empty" in str(refused(kind("length", required=True), "").message) or "空" in str(
        refused(kind("length", required=True), "").message
    )


def test_a_required_reference_is_not_empty() -> None:
    refused(Ref("parent", to=Region, required=True), "", Region)
    refused(Refs("citations", to=Citation, required=True), "", Region)


# Text and lists of choices -----------------------------------------------------------------------------------------


def test_text_is_as_long_as_its_column() -> None:
    assert read(TEXT, "题" * 300) == "题" * 300
    refused(TEXT, "题" * 301)
    assert read(TEXT, "题" * 300 + "\u200b") == "题" * 300  # as it will be held


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_a_cell_of_text_is_taken_by_the_rule_of_its_field(text: str) -> None:
    for name, model in (("title_zh", Source), ("notes_zh", Source), ("exact", Citation), ("code", Citation)):
        column, kind = CuratedColumn(name), model._meta.get_field(name).kind
        cell = text[: model._meta.get_field(name).max_length]
        if kind.unfit(cell):
            assert "U+" in str(refused(column, cell, model).message)
        else:
            assert read(column, cell, model) == kind.folded(cell)
            same_again(column, cell, model)


def test_a_cell_in_which_nothing_is_seen_is_empty() -> None:
    assert read(TEXT, "\u200b\ufeff") == ""
    refused(CuratedColumn("title_zh", required=True), "\u200b\v")


def test_a_choice_is_one_of_the_list_and_the_nearest_is_suggested() -> None:
    assert read(KIND, "paper") == "paper"
    assert refused(KIND, "papers").did_you_mean == "paper"
    assert refused(KIND, "Paper").did_you_mean == "paper"
    assert refused(KIND, "zzzz").did_you_mean is None
    assert "newspaper_page" in str(refused(KIND, "zzzz").message)


@given(st.lists(st.sampled_from(Need.values), unique=True))
def test_several_choices_keep_their_order(needs: list[str]) -> None:
    cell = ";".join(needs)
    assert read(NEEDS, cell, Measure) == cell == NEEDS.show(cell)


def test_several_choices_are_all_of_the_list() -> None:
    assert read(NEEDS, " logistics ; ;finance", Measure) == "logistics;finance"
    assert refused(NEEDS, "logistics;finence", Measure).did_you_mean == "finance"


# Numbers -----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 999_999_999))
def test_a_whole_number_reads_and_shows(number: int) -> None:
    assert read(COUNT, str(number)) == number
    same_again(COUNT, str(number))


@pytest.mark.parametrize("cell", ["-1", "1.0", "1e3", "１２", "٣", "x", "1 000", "1,000", "+1", "1234567890", "0x1"])
def test_anything_but_a_whole_number_is_refused(cell: str) -> None:
    refused(COUNT, cell)


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 9))
def test_a_value_keeps_every_decimal_that_stands_in_its_cell(digits: int, decimals: int) -> None:
    cell = f"{Decimal(digits).scaleb(-decimals):f}"
    value = read(VALUE, cell, Observation)
    assert VALUE.show(value) == cell
    same_again(VALUE, cell, Observation)


@pytest.mark.parametrize("cell", ["", "41.20", "0", "0.0", "-40.48", "0.000000001", "100"])
def test_a_value_is_shown_as_it_was_read(cell: str) -> None:
    assert VALUE.show(read(VALUE, cell, Observation)) == cell


@pytest.mark.parametrize(
    "cell", ["x", "41,25", "4 1", "NaN", "Infinity", "-inf", "sNaN", "0.0000000001", "41.25亿", "%"]
)
def test_what_is_no_exact_number_is_refused(cell: str) -> None:
    refused(VALUE, cell, Observation)


@pytest.mark.parametrize("cell", ["1_000", "４１", "1e3", "-0", " 41.25"])
def test_a_number_is_written_with_digits_a_point_and_a_sign(cell: str) -> None:
    refused(VALUE, cell, Observation)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("1", "1"), ("1.000000000", "1"), ("100000000", "100000000"), ("0.010", "0.01")],
)
def test_trailing_zeros_of_a_factor_mean_nothing(cell: str, shown: str) -> None:
    assert FACTOR.show(read(FACTOR, cell, Unit)) == shown
    same_again(FACTOR, cell, Unit)


# Yes, no and days --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cell", "value"), [("true", True), ("false", False)])
def test_true_and_false(cell: str, value: bool) -> None:
    for column in (FLAG, MAYBE):
        assert read(column, cell) is value
        assert column.show(value) == cell


@pytest.mark.parametrize("cell", ["True", "TRUE", "yes", "1", "0", "是"])
def test_nothing_else_is_true_or_false(cell: str) -> None:
    refused(FLAG, cell)
    refused(MAYBE, cell)


@given(st.dates())
def test_a_day_reads_and_shows(day: datetime.date) -> None:
    assert read(DAY, day.isoformat()) == day
    assert DAY.show(day) == day.isoformat()


@pytest.mark.parametrize(
    "cell",
    [
        "2018",
        "2018-06",
        "2018-13-01",
        "2018-02-30",
        "19.6.2018",
        "2018-6-19",
        "20180619",
        "2018-W25-2",
        "2018-06-19T00:00",
    ],
)
def test_what_is_no_day_is_refused(cell: str) -> None:
    refused(DAY, cell)


@pytest.mark.parametrize("cell", ["2018", "2018-06", "2018-06-19"])
def test_a_vague_day_stays_as_vague_as_it_is(cell: str) -> None:
    assert read(VAGUE, cell) == cell
    same_again(VAGUE, cell)


@pytest.mark.parametrize("cell", ["18", "2018-6", "2018-06-31", "２０１８", "spring", "2018-06~"])
def test_what_is_no_vague_day_is_refused(cell: str) -> None:
    refused(VAGUE, cell)


# Other records -----------------------------------------------------------------------------------------------------


def test_a_code_names_a_record_and_the_nearest_is_suggested() -> None:
    liling = read(PARENT, "430281", Region)
    assert (liling.code, PARENT.show(liling)) == ("430281", "430281")
    assert refused(PARENT, "43O281", Region).did_you_mean == "430281"
    assert refused(PARENT, "hnftz", Region).did_you_mean == "HNFTZ"
    assert refused(PARENT, "nowhere", Region).did_you_mean is None


def test_a_reference_may_be_narrowed() -> None:
    refused(INDUSTRY, "TEA", Observation)
    product = Ref("product", to=Category, only=("scheme.code", "PRODUCT"))
    assert read(product, "TEA", Observation).code == "TEA"


@given(st.lists(st.sampled_from(["p:0-1", "p:1-2", "p:2-3"])))
def test_several_codes_mean_the_same_in_any_order_and_number(codes: list[str]) -> None:
    found = read(CITATIONS, ";".join(codes), Region)
    shown = CITATIONS.show(found)
    assert shown == ";".join(sorted(set(codes)))
    assert CITATIONS.show(read(CITATIONS, shown, Region)) == shown
    assert len(CITATIONS.links_of(Region(pk=1), found)) == len(set(codes))


def test_an_unknown_code_among_several_is_named() -> None:
    error = refused(CITATIONS, "p:0-1; p:0-2", Region)
    assert "p:0-2" in str(error.message)
    assert error.did_you_mean in {"p:0-1", "p:1-2"}


@given(st.lists(st.tuples(st.sampled_from(["430281", "HNFTZ"]), st.sampled_from(["", *RegionRole.values]))))
def test_a_code_with_its_role_reads_and_shows(pairs: list[tuple[str, str]]) -> None:
    cell = ";".join(f"{code}:{role}" if role else code for code, role in pairs)
    found = read(REGIONS, cell, Measure)
    shown = REGIONS.show(found)
    assert shown == ";".join(sorted({f"{code}:{role or 'target'}" for code, role in pairs}))
    assert REGIONS.show(read(REGIONS, shown, Measure)) == shown
    links: list[Any] = REGIONS.links_of(Measure(pk=1), found)
    assert sorted(f"{link.region.code}:{link.role}" for link in links) == (shown.split(";") if shown else [])


def test_an_unknown_role_or_region_is_refused() -> None:
    assert refused(REGIONS, "430281:targt", Measure).did_you_mean == "target"
    assert refused(REGIONS, "430282:target", Measure).did_you_mean == "430281"


@pytest.mark.parametrize("cell", ["measure:m-one", "document:plan"])
def test_one_of_two_kinds_reads_and_shows(cell: str) -> None:
    kind, record = read(FROM, cell, Relation)
    assert FROM.show((kind, record)) == cell
    relation = Relation()
    FROM.put(relation, (kind, record))
    assert FROM.show(FROM.of(relation)) == cell
    assert [relation.from_measure, relation.from_document].count(None) == 1


@pytest.mark.parametrize("cell", ["m-one", "region:430281", "measure:", "measure:plan", ":m-one"])
def test_neither_of_two_kinds_is_refused(cell: str) -> None:
    refused(FROM, cell, Relation)


def test_the_nearest_of_the_kind_is_suggested() -> None:
    assert refused(FROM, "measure:m-ome", Relation).did_you_mean == "m-one"


@given(st.lists(st.text("ab :", max_size=4)))
def test_a_list_cell_has_no_empty_items(items: list[str]) -> None:
    assert split(";".join(items)) == [item.strip() for item in items if item.strip()]


# All the tables ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_of_a_table_stands_on_its_model_and_every_key_is_a_column(table: Any) -> None:
    assert set(table.key) <= set(table.column_names)
    assert len(set(table.column_names)) == len(table.column_names)
    for column in table.columns:
        if not isinstance(column, Either):
            assert column.field_of(table.model) is not None


def test_tables_are_read_in_the_order_in_which_they_refer_to_each_other() -> None:
    known: set[Any] = set()
    for table in TABLES:
        known.add(table.model)
        for column in table.columns:
            targets = [target for *_, target in getattr(column, "ends", ())] + [getattr(column, "to", table.model)]
            assert set(targets) <= known, (table.name, column.name)


def test_a_whole_number_fits_its_column() -> None:
    refused(Integer("ordinal"), "2147483648", next(t.model for t in TABLES if t.name == "domains"))
