"""SDMX data: the same figures as /observations in every format and shape, and what keys, periods and changes mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indicators.choices import ObservationStatus
from indicators.models import Category, Indicator, Observation, Topic, Unit
from regions.models import Region
from sources.kept import forget_kept
from tests.api.contract import error_of, problem_of
from tests.api.sdmx.sdmx_reading import (
    ATTRIBUTES,
    BASE,
    COLUMNS,
    DIMENSIONS,
    Row,
    body,
    csv_rows,
    generic_datasets,
    json_datasets,
    only,
    specific_datasets,
    table,
)
from tests.conftest import changed_store
from tests.indicators.indicator_store import (
    a_category,
    a_later_release,
    a_region,
    a_release,
    a_series,
    an_observation,
    retire,
)

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]


Ask = Callable[..., list[Row]]
FORMATS_1: dict[str, Any] = {
    "genericdata": lambda content: only(generic_datasets(content)),
    "structurespecificdata": lambda content: only(specific_datasets(content)),
    "jsondata": lambda content: only(json_datasets(content)),
    "csvdata": csv_rows,
}
FORMATS_2: dict[str, Any] = {"jsondata": FORMATS_1["jsondata"], "csvdata": csv_rows}
LILING = "A.430281.TRADE_TOTAL......."
LILING_3 = "A.430281.TRADE_TOTAL"  # in SDMX 3.0 an open place is `*`, and at the end left out


@pytest.fixture
def ask(client: Client) -> Ask:
    """The rows of an address below /sdmx/2.1, read from SDMX-CSV."""

    def call(path: str, **parameters: Any) -> list[Row]:
        return csv_rows(body(client.get(f"{BASE}/2.1{path}", {**parameters, "format": "csvdata"})))

    return call


@pytest.fixture
def ask3(client: Client) -> Ask:
    """The rows of an address below /sdmx/3.0, read from SDMX-CSV."""

    def call(path: str = "/data", **parameters: Any) -> list[Row]:
        return csv_rows(body(client.get(f"{BASE}/3.0{path}", {**parameters, "format": "csvdata"})))

    return call


def publish() -> None:
    """What was made for a test is public."""
    for model in (Topic, Indicator, Category, Region):
        model.objects.filter(released=None).update(released=a_release())
    forget_kept()


@pytest.fixture(scope="module")
def varied(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Beside the seed: quarters, months, running totals, breakdowns, a variant, a missing value, odd comments."""
    with changed_store(django_db_blocker):
        a_region("T1", Region.objects.get(code="430200"))
        quarters = a_series(key="Q.T1", frequency="Q")
        for quarter, value in enumerate(("1.10", "2.25", "-3.5", None), 1):
            an_observation(quarters, f"2024-Q{quarter}", value)
        an_observation(a_series(key="M.T1.ytd", frequency="M", accumulation="ytd"), "2024-07", "12345678901234.5")
        broken_down = a_series(
            key="A.T1.all", industry=a_category("T_TEA"), product=a_category("T_CUP", "PRODUCT"),
            trade_mode=a_category("T_MODE", "TRADE_MODE"), partner=Region.objects.get(code="W1"),
        )  # fmt: skip
        an_observation(broken_down, "2023", "0", note_zh='<a> & "b", ]]>', note_en='=1+1, "quoted"\nand more')
        an_observation(a_series(key="A.T1.cited", variant="cited"), "2023", "14.20", status="E", qualifier="approx")
        publish()
        yield


# The same figures ---------------------------------------------------------------------------------------------------


def from_the_api(row: dict[str, Any], factors: dict[str, tuple[str, int]]) -> Row:
    """A row of /observations with detail=full in the terms of SDMX."""
    unit, multiplier = factors.get(row["unit"], (row["unit"], 0))
    made = {
        "FREQ": row["frequency"], "REF_AREA": row["region"], "INDICATOR": row["indicator"],
        "INDUSTRY": row["industry"] or "_T", "PRODUCT": row["product"] or "_T", "COUNTERPART_AREA": row["partner"] or "_T",
        "TRADE_MODE": row["trade_mode"] or "_T", "WHOLE": row["whole"] or "_Z",
        "ACCUMULATION": {"none": "_Z"}.get(row["accumulation"], row["accumulation"]),
        "VARIANT": row["variant"] or "_Z", "TIME_PERIOD": row["period"], "OBS_VALUE": row["value"], "UNIT_MEASURE": unit,
        "UNIT_MULT": str(multiplier), "DECIMALS": row["decimals"], "OBS_STATUS": row["status"],
        "QUALIFIER": row["qualifier"], "PERIOD_BASIS": row["period_basis"], "SOURCE": row["source"], "COMMENT": row["note"],
    }  # fmt: skip
    return {name: text for name, text in made.items() if text is not None}


MULTIPLES = {
    "CNY_10K": ("CNY", 4), "CNY_100M": ("CNY", 8), "CNY_1T": ("CNY", 12), "USD_10K": ("USD", 4), "USD_100M": ("USD", 8),
    "T_10K": ("T", 4), "M3_10K": ("M3", 4), "KM2": ("M2", 6),
}  # fmt: skip


def observations(client: Client, **parameters: Any) -> list[Row]:
    """What /observations says to the same question, in the terms of SDMX."""
    asked = {"variants": "all", "detail": "full", "page_size": 10_000, **parameters}
    response = client.get("/api/v1/observations", asked)
    assert response.status_code == 200, response.content.decode()[:500]
    read = json.loads(response.content, parse_float=str, parse_int=str)
    assert read["next"] is None
    return [from_the_api(row, MULTIPLES) for row in read["results"]]


def test_every_figure_is_the_same_in_every_format_and_shape(client: Client, varied: None) -> None:
    for language in ("zh", "en"):
        expected = observations(client, lang=language)
        assert len(expected) > 150
        for version, formats, path in (("2.1", FORMATS_1, "/data/OBS"), ("3.0", FORMATS_2, "/data")):
            for name, read in formats.items():
                for shape in ("TIME_PERIOD", "AllDimensions"):
                    asked = {"format": name, "dimensionAtObservation": shape, "lang": language}
                    rows = read(body(client.get(f"{BASE}/{version}{path}", asked)))
                    if name == "csvdata" and language == "en":
                        rows = [row | unescaped(row) for row in rows]
                    assert rows == expected, (version, name, shape)


def unescaped(row: Row) -> Row:
    """A comment that a spreadsheet would run is told from one that is not by an apostrophe."""
    return {"COMMENT": row["COMMENT"].removeprefix("'")} if "COMMENT" in row else {}


REGIONS = ("430281", "430223", "430200", "HNFTZ", "T1")
INDICATORS = ("TRADE_TOTAL", "EXPORTS", "GDP", "T_EXPORTS")
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "region": st.lists(st.sampled_from(REGIONS), min_size=1, max_size=3, unique=True),
        "indicator": st.lists(st.sampled_from(INDICATORS), min_size=1, max_size=3, unique=True),
        "frequency": st.lists(st.sampled_from("AQM"), min_size=1, max_size=2, unique=True),
        "industry": st.lists(st.sampled_from(("total", "CERAMICS", "T_TEA")), min_size=1, max_size=2, unique=True),
        "accumulation": st.lists(st.sampled_from(("none", "ytd")), min_size=1, max_size=2, unique=True),
        "span": st.tuples(st.integers(2019, 2025), st.integers(0, 4)),
        "latest": st.integers(1, 2),
    },
)
PLACES = {"frequency": 0, "region": 1, "indicator": 2, "industry": 3, "accumulation": 8}
SPELT = {"total": "_T", "none": "_Z"}


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=CHOICES, data=st.data())
def test_a_question_has_the_same_rows_by_key_by_filter_and_by_the_api(
    client: Client, varied: None, asked: dict[str, Any], data: st.DataObject
) -> None:
    key, filters = [""] * len(DIMENSIONS), {}
    of_api: dict[str, Any] = {}
    for name, codes in asked.items():
        if name in PLACES:
            spelt = [SPELT.get(code, code) for code in codes]
            key[PLACES[name]] = "+".join(spelt)
            filters[f"c[{DIMENSIONS[PLACES[name]]}]"] = ",".join(spelt)
            of_api[name] = ",".join(codes)
    periods: dict[str, Any] = {}
    if "span" in asked:
        first, last = asked["span"][0], sum(asked["span"])
        periods = {"startPeriod": first, "endPeriod": last}
        filters["c[TIME_PERIOD]"] = f"ge:{first}+le:{last}"
        of_api["year"] = f"{first}..{last}"
    many = {"lastNObservations": asked["latest"]} if "latest" in asked else {}
    whatever = {"latest": asked["latest"], "status": ",".join(ObservationStatus.values)} if many else {}
    expected = observations(
        client, **of_api, **whatever
    )  # SDMX counts goals among the last observations, marked as such
    for version, path, parameters, formats in (
        ("2.1", f"/data/OBS/{'.'.join(key)}", periods, FORMATS_1),
        ("3.0", "/data/dataflow/HNOT/OBS", filters, FORMATS_2),
    ):
        name = data.draw(st.sampled_from(sorted(formats)))
        response = client.get(f"{BASE}/{version}{path}", {**parameters, **many, "format": name})
        if expected:
            rows = formats[name](body(response))
            assert rows == expected
        else:
            assert problem_of(response, 404)["errors"][0]["code"] == "no_results"


def test_a_topic_is_a_dataflow(client: Client, ask: Ask) -> None:
    assert ask("/data/TRADE") == observations(client, topic="TRADE")
    for reference in ("HNOT,TRADE", "HNOT,TRADE,1.0", "all,TRADE,latest"):
        assert ask(f"/data/{reference}/all/HNOT") == ask("/data/TRADE")


# What a row says ----------------------------------------------------------------------------------------------------


def test_the_figure_of_liling(ask: Ask) -> None:
    (row,) = ask(f"/data/OBS/{LILING}")
    assert row == {
        "FREQ": "A", "REF_AREA": "430281", "INDICATOR": "TRADE_TOTAL", "INDUSTRY": "_T", "PRODUCT": "_T",
        "COUNTERPART_AREA": "_T", "TRADE_MODE": "_T", "WHOLE": "_Z", "ACCUMULATION": "_Z", "VARIANT": "_Z", "TIME_PERIOD": "2024",
        "OBS_VALUE": "41.25", "UNIT_MEASURE": "CNY", "UNIT_MULT": "8", "DECIMALS": "2", "OBS_STATUS": "A",
        "QUALIFIER": "exact", "PERIOD_BASIS": "stated", "SOURCE": "zhuzhou-county-trade",
    }  # fmt: skip


def test_csv_names_its_dataflow_and_has_all_columns_in_their_order(client: Client) -> None:
    one = table(body(client.get(f"{BASE}/2.1/data/TRADE/{LILING}", {"format": "csv"})))
    assert list(one[0]) == ["DATAFLOW", *COLUMNS]
    assert one[0]["DATAFLOW"] == "HNOT:TRADE(1.0)"
    two = table(body(client.get(f"{BASE}/3.0/data/dataflow/HNOT/TRADE/1.0.0/{LILING_3}", {"format": "csv"})))
    assert list(two[0]) == ["STRUCTURE", "STRUCTURE_ID", "ACTION", *COLUMNS]
    assert list(two[0].values())[:3] == ["dataflow", "HNOT:TRADE(1.0)", "I"]


def test_csv_2_names_its_dataflow_where_labels_are_asked_for(client: Client) -> None:
    headers = {"Accept": "application/vnd.sdmx.data+csv;version=2.0.0;labels=both"}
    path = f"{BASE}/3.0/data/dataflow/HNOT/TRADE/1.0/{LILING_3}"
    (row,) = table(body(client.get(path, {"lang": "en"}, headers=headers)))
    name = Topic.objects.get(code="TRADE").name_en
    assert list(row.values())[:3] == ["dataflow", f"HNOT:TRADE(1.0): {name}", "I"]
    assert row["REF_AREA: Reference area"] == "430281: Liling City"


@pytest.mark.parametrize(
    ("keys", "columns"),
    [("none", []), ("series", ["SERIES_KEY"]), ("obs", ["OBS_KEY"]), ("both", ["SERIES_KEY", "OBS_KEY"])],
)
def test_csv_2_gives_keys_where_they_are_asked_for(keys: str, columns: list[str], client: Client) -> None:
    path = f"{BASE}/3.0/data/dataflow/HNOT/TRADE/1.0/{LILING_3}"
    for labels in ("id", "both"):
        headers = {"Accept": f"application/vnd.sdmx.data+csv;version=2.0.0;labels={labels};keys={keys}"}
        (row,) = table(body(client.get(path, headers=headers)))
        names = list(row)
        assert names[2 : 3 + len(columns)] == ["ACTION", *columns]
        series = "A.430281.TRADE_TOTAL._T._T._T._T._Z._Z._Z"
        expected = {"SERIES_KEY": series, "OBS_KEY": f"{series}.2024"}
        assert [row[name] for name in columns] == [expected[name] for name in columns]


def test_labels_are_given_beside_the_codes_in_the_language_of_the_answer(client: Client) -> None:
    headers = {"Accept": "application/vnd.sdmx.data+csv;version=1.0.0;labels=both"}
    (row,) = table(body(client.get(f"{BASE}/2.1/data/OBS/{LILING}", {"lang": "en"}, headers=headers)))
    assert row["REF_AREA: Reference area"] == "430281: Liling City"
    (row,) = table(body(client.get(f"{BASE}/2.1/data/OBS/{LILING}", {"lang": "zh"}, headers=headers)))
    assert row["REF_AREA: 地区"] == "430281: 醴陵市"


def test_the_words_of_json_are_in_the_language_of_the_answer_and_in_both(client: Client) -> None:
    for version, path in (("2.1", f"/data/OBS/{LILING}"), ("3.0", f"/data/dataflow/HNOT/OBS/1.0/{LILING_3}")):
        for language, word in (("zh", "醴陵市"), ("en", "Liling City")):
            asked = {"format": "json", "lang": language}
            data = client.get(f"{BASE}/{version}{path}", asked)
            told = json.loads(body(data))
            assert told["meta"]["contentLanguages"][0] == language
            structure = told["data"].get("structure") or told["data"]["structures"][0]
            (place,) = structure["dimensions"]["series"][1]["values"]
            assert place == {"id": "430281", "name": word, "names": {"zh": "醴陵市", "en": "Liling City"}}


def test_a_missing_value_is_left_out(client: Client, varied: None) -> None:
    key = "Q.T1.T_EXPORTS......."
    for name, read in FORMATS_1.items():
        content = body(client.get(f"{BASE}/2.1/data/OBS/{key}", {"startPeriod": "2024-Q4", "format": name}))
        (row,) = read(content)
        assert (row["TIME_PERIOD"], row["OBS_STATUS"]) == ("2024-Q4", "O")
        assert "OBS_VALUE" not in row
        assert b"NaN" not in content


def test_a_series_has_one_multiplier_where_its_figures_allow_it(ask3: Ask) -> None:
    line = a_series(key="A.T2.mixed", region=a_region("T2", Region.objects.get(code="430200")))
    units = {code: Unit.objects.get(code=code) for code in ("CNY_100M", "CNY_1T")}
    an_observation(line, "2022", "9876.5", unit=units["CNY_100M"])
    an_observation(line, "2023", "1.2", unit=units["CNY_1T"])
    an_observation(line, "2024", None, unit=units["CNY_100M"], status="O")
    publish()

    def shown() -> list[tuple[str | None, ...]]:
        rows = ask3("/data/dataflow/HNOT/OBS/1.0/A.T2")
        return [tuple(row.get(name) for name in ("OBS_VALUE", "UNIT_MEASURE", "UNIT_MULT", "DECIMALS")) for row in rows]

    assert shown() == [("0.98765", "CNY", "12", "5"), ("1.2", "CNY", "12", "1"), (None, "CNY", "12", "4")]
    (bare, *_) = ask3("/data/dataflow/HNOT/OBS/1.0/A.T2", attributes="none")
    assert bare["OBS_VALUE"] == "0.98765"
    an_observation(line, "2021", "1.123456", unit=units["CNY_100M"])  # four more decimals would be too many
    publish()
    assert [row[2] for row in shown()] == ["8", "8", "12", "8"]


def test_what_a_spreadsheet_would_run_is_escaped(client: Client, varied: None) -> None:
    asked = {"format": "csv", "lang": "en"}
    (row,) = csv_rows(body(client.get(f"{BASE}/2.1/data/OBS/A.T1.T_EXPORTS.T_TEA......", asked)))
    assert row["COMMENT"] == '\'=1+1, "quoted"\nand more'


# Keys and periods ------------------------------------------------------------------------------------------------------


def test_a_key_takes_wildcards_and_alternatives(ask: Ask, varied: None) -> None:
    assert ask("/data/OBS") == ask("/data/OBS/all") == ask("/data/OBS/.........")
    both = ask("/data/OBS/A.430281+430223.TRADE_TOTAL.......")
    assert {row["REF_AREA"] for row in both} == {"430281", "430223"}
    assert {row["INDUSTRY"] for row in ask("/data/OBS/...T_TEA+_T......")} == {"T_TEA", "_T"}
    assert {row["ACCUMULATION"] for row in ask("/data/OBS/........ytd.")} == {"ytd"}
    assert {row["VARIANT"] for row in ask("/data/OBS/.........cited")} == {"cited"}
    assert {row["VARIANT"] for row in ask("/data/OBS/........._Z")} == {"_Z"}


def test_in_sdmx_3_keys_are_alternatives_and_may_end_early(ask3: Ask) -> None:
    assert ask3("/data/*/*/*/*/A.430281") == ask3("/data/dataflow/HNOT/OBS/~/A.430281.*.*")
    keys = "A.430281.TRADE_TOTAL,A.430223.FISCAL_SCI_SHARE"
    found = {(row["REF_AREA"], row["INDICATOR"]) for row in ask3(f"/data/dataflow/HNOT/OBS/1.0.0/{keys}")}
    assert found == {("430281", "TRADE_TOTAL"), ("430223", "FISCAL_SCI_SHARE")}
    assert ask3("/data/datastructure/HNOT/DSD_OBS/1.0.0/A.430281") == ask3("/data/dataflow/HNOT/OBS/1.0.0/A.430281")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-Q2", None, ["2024-Q2", "2024-Q3", "2024-Q4"]),
        ("2024-04", "2024-09", ["2024-Q2", "2024-Q3"]),
        ("2024-04-01", "2024-06-30", ["2024-Q2"]),
        ("2024-S2", "2024-A1", ["2024-Q3", "2024-Q4"]),
        ("2024-M07", "2024", ["2024-Q3", "2024-Q4"]),
        ("2024-T1", "2024-T2", ["2024-Q1", "2024-Q2"]),
        (None, "2024-07-31T00:00:00", ["2024-Q1", "2024-Q2"]),
    ],
)
def test_periods_are_said_as_sdmx_says_them(
    start: str | None, end: str | None, expected: list[str], ask: Ask, varied: None
) -> None:
    given_ = {"startPeriod": start, "endPeriod": end}
    rows = ask("/data/OBS/Q.T1.T_EXPORTS.......", **{name: text for name, text in given_.items() if text})
    assert [row["TIME_PERIOD"] for row in rows] == expected


def test_the_first_and_the_last_of_each_series(ask: Ask, varied: None) -> None:
    key = "/data/OBS/Q.T1........"
    assert [row["TIME_PERIOD"] for row in ask(key, firstNObservations=2)] == ["2024-Q1", "2024-Q2"]
    assert [row["TIME_PERIOD"] for row in ask(key, lastNObservations=1)] == ["2024-Q4"]
    rows = ask("/data/OBS", lastNObservations=1)
    assert len(rows) == len({tuple(row[name] for name in DIMENSIONS) for row in rows})


@pytest.mark.parametrize("shape", ["TIME_PERIOD", "AllDimensions"])
def test_detail_leaves_out_attributes_or_observations(shape: str, client: Client, ask: Ask, varied: None) -> None:
    whole = ask("/data/OBS")
    bare = [{name: text for name, text in row.items() if name not in ATTRIBUTES} for row in whole]
    lines = list(
        {tuple(row[name] for name in DIMENSIONS): {name: row[name] for name in DIMENSIONS} for row in whole}.values()
    )
    for name, read in FORMATS_1.items():
        asked = {"format": name, "dimensionAtObservation": shape}
        assert read(body(client.get(f"{BASE}/2.1/data/OBS", {**asked, "detail": "dataonly"}))) == bare
        assert read(body(client.get(f"{BASE}/2.1/data/OBS", {**asked, "detail": "serieskeysonly"}))) == lines
    for name, read in FORMATS_2.items():
        asked = {"format": name, "dimensionAtObservation": shape, "attributes": "none"}
        assert read(body(client.get(f"{BASE}/3.0/data", asked))) == bare
        assert read(body(client.get(f"{BASE}/3.0/data", {**asked, "measures": "none"}))) == lines


def test_attributes_may_be_chosen(ask3: Ask) -> None:
    (row,) = ask3(f"/data/dataflow/HNOT/OBS/1.0.0/{LILING_3}", attributes="OBS_STATUS,SOURCE", measures="none")
    assert set(row) == {*DIMENSIONS, "TIME_PERIOD", "OBS_STATUS", "SOURCE"}


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("2023-M07", "2023-07"),
        ("eq:2023-M07", "2023-07"),
        ("2024-A1", "2024"),
        ("2024-Q1", "2024-Q1"),
        ("2024", "2024"),
    ],
)
def test_a_period_may_be_written_as_a_reporting_period(written: str, label: str, ask3: Ask, varied: None) -> None:
    rows = ask3(**{"c[TIME_PERIOD]": written})
    assert rows == ask3(**{"c[TIME_PERIOD]": label})
    assert {row["TIME_PERIOD"] for row in rows} == {label}


@pytest.mark.parametrize("instant", ["2024-01-01T00:00:00", "2024-01-01T00:00:00Z", "2024-01-01T08:30:00.5+08:00"])
def test_a_period_may_begin_at_an_instant(instant: str, ask: Ask) -> None:
    assert ask("/data/OBS", startPeriod=instant) == ask("/data/OBS", startPeriod="2024-01-01") != []


def test_components_filter(ask3: Ask, varied: None) -> None:
    def labels(**filters: str) -> list[str]:
        return [row["TIME_PERIOD"] for row in ask3(**{"c[REF_AREA]": "T1", "c[FREQ]": "Q", **filters})]

    quarters = [f"2024-Q{number}" for number in range(1, 5)]
    assert labels() == quarters
    assert labels(**{"c[TIME_PERIOD]": "2024-Q1,2024-Q3"}) == [quarters[0], quarters[2]]
    assert labels(**{"c[TIME_PERIOD]": "eq:2024-Q2"}) == [quarters[1]]
    assert labels(**{"c[TIME_PERIOD]": "gt:2024-Q1+lt:2024-Q4"}) == quarters[1:3]
    assert labels(**{"c[TIME_PERIOD]": "le:2024-Q1,ge:2024-Q4"}) == [quarters[0], quarters[3]]
    assert labels(**{"c[OBS_STATUS]": "O"}) == quarters[3:]
    assert labels(**{"c[OBS_STATUS]": "ne:O"}) == quarters[:3]
    assert {row["REF_AREA"] for row in ask3(**{"c[REF_AREA]": "ne:T1+ne:430281"})}.isdisjoint({"T1", "430281"})
    assert {row["FREQ"] for row in ask3(**{"c[FREQ]": "ne:A"})} == {row["FREQ"] for row in ask3()} - {"A"}
    assert {row["INDUSTRY"] for row in ask3(**{"c[INDUSTRY]": "ne:_T"})}.isdisjoint({"_T"})


# When it was so --------------------------------------------------------------------------------------------------------


@pytest.fixture
def corrected(db: None) -> None:
    """Three figures of the first release: one stays, one was corrected, one withdrawn; and one is new."""
    line = a_series(key="A.T2.changes", region=a_region("T2", Region.objects.get(code="430200")))
    an_observation(line, "2020", "1.0")
    for period, instead in (("2021", "2.5"), ("2022", None)):
        row = an_observation(line, period, "2.0")
        retire(row)
        if instead:
            an_observation(line, period, instead, released=a_later_release())
    an_observation(line, "2023", "4.0", released=a_later_release())
    publish()


CHANGES = "/data/OBS/A.T2........"


def told(rows: list[Row]) -> dict[str, str | None]:
    return {row["TIME_PERIOD"]: row.get("OBS_VALUE") for row in rows}


READERS = {"genericdata": generic_datasets, "structurespecificdata": specific_datasets, "jsondata": json_datasets}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("shape", ["TIME_PERIOD", "AllDimensions"])
def test_changes_are_datasets_to_replace_and_to_delete(name: str, shape: str, client: Client, corrected: None) -> None:
    asked = {"updatedAfter": "2026-R1", "format": name, "dimensionAtObservation": shape}
    replace, delete = READERS[name](body(client.get(f"{BASE}/2.1{CHANGES}", asked)))
    assert (replace[0], told(replace[2])) == ("Replace", {"2021": "2.5", "2023": "4.0"})
    assert (delete[0], told(delete[2])) == ("Delete", {"2022": None})
    assert set(delete[2][0]) == {*DIMENSIONS, "TIME_PERIOD"}


@pytest.mark.parametrize("name", READERS)
def test_history_is_a_dataset_a_release(name: str, client: Client, corrected: None) -> None:
    asked = {"includeHistory": "true", "format": name}
    first, replaced, deleted = READERS[name](body(client.get(f"{BASE}/2.1{CHANGES}", asked)))
    assert (first[0], told(first[2])) == ("Append", {"2020": "1.0", "2021": "2.0", "2022": "2.0"})
    assert (replaced[0], told(replaced[2])) == ("Replace", {"2021": "2.5", "2023": "4.0"})
    assert (deleted[0], told(deleted[2])) == ("Delete", {"2022": None})
    assert str(first[1]).startswith("2026-")
    assert replaced[1] == deleted[1] == "2090-01-01T00:00:00Z"


def test_csv_says_what_is_to_be_done_with_a_row(client: Client, corrected: None) -> None:
    path = f"{BASE}/3.0/data/dataflow/HNOT/OBS/1.0.0/A.T2"
    rows = table(body(client.get(path, {"updatedAfter": "2026-R1", "format": "csv"})))
    assert [(row["ACTION"], row["TIME_PERIOD"]) for row in rows] == [("R", "2021"), ("R", "2023"), ("D", "2022")]
    rows = table(body(client.get(path, {"includeHistory": "true", "format": "csv"})))
    assert [row["ACTION"] for row in rows] == ["A", "A", "A", "R", "R", "D"]
    assert rows[-1]["VALID_FROM"] == "2090-01-01T00:00:00Z"
    rows = table(body(client.get(f"{BASE}/2.1{CHANGES}", {"updatedAfter": "2026-R1", "format": "csv"})))
    assert [(row["ACTION"], row["OBS_VALUE"]) for row in rows] == [
        ("Replace", "2.5"),
        ("Replace", "4.0"),
        ("Delete", ""),
    ]
    assert all(len(row) == len(COLUMNS) + 3 and None not in row for row in rows)


def test_data_as_they_stood(ask3: Ask, corrected: None) -> None:
    path = "/data/dataflow/HNOT/OBS/1.0.0/A.T2"
    assert told(ask3(path)) == {"2020": "1.0", "2021": "2.5", "2023": "4.0"}
    before = {"2020": "1.0", "2021": "2.0", "2022": "2.0"}
    assert told(ask3(path, asOf="2026-R1")) == told(ask3(path, asOf="2089-12-31T00:00:00Z")) == before


# What is not there -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*FORMATS_1])
def test_no_data_is_404_with_a_problem(name: str, client: Client) -> None:
    asked = {"startPeriod": "2090", "format": name, "lang": "en"}
    problem = problem_of(client.get(f"{BASE}/2.1/data/OBS/{LILING}", asked), 404)
    assert "no data match it" in problem["detail"]
    assert problem["errors"][0]["code"] == "no_results"


@pytest.mark.parametrize(
    ("path", "suggested"),
    [
        ("/data/TRAED", "TRADE"), ("/data/OBS/A.430281.TRADE_TOTL.......", "TRADE_TOTAL"), ("/data/HNOTT,OBS", "HNOT"),
        ("/data/HNOT,OBS,2.0", "1.0"), ("/data/OBS/all/HNOTS", "HNOT"), ("/codelist/HNOT/CL_AREAS", "CL_AREA"),
        ("/codelists", "codelist"), ("/codelist/HNOT/CL_FREQ/1.0/XX", None),
    ],
)  # fmt: skip
def test_an_unknown_part_of_an_address_is_404_with_the_nearest(
    path: str, suggested: str | None, client: Client
) -> None:
    (error,) = problem_of(client.get(f"{BASE}/2.1{path}"), 404)["errors"]
    assert (error["code"], error.get("did_you_mean")) == ("unknown_code", suggested)


def test_a_draft_is_no_code(client: Client) -> None:
    a_region("T_DRAFT")
    (error,) = problem_of(client.get(f"{BASE}/2.1/data/OBS/A.T_DRAFT........"), 404)["errors"]
    assert error["code"] == "unknown_code"


@pytest.mark.parametrize(
    ("path", "parameters", "name", "code"),
    [
        ("2.1/data/OBS/A.430281", {}, "key", "malformed"),
        ("2.1/data/OBS/A..........", {}, "key", "malformed"),
        ("2.1/data/OBS", {"startPeriod": "2024-Q5"}, "startPeriod", "malformed"),
        ("2.1/data/OBS", {"startPeriod": "2024-01-01T99:99"}, "startPeriod", "malformed"),
        ("2.1/data/OBS", {"startPeriod": "2024-01-01T"}, "startPeriod", "malformed"),
        ("3.0/data", {"c[TIME_PERIOD]": "ge:2024-01-01T25:00:00"}, "c[TIME_PERIOD]", "malformed"),
        ("3.0/data/dataflow/HNOT/OBS/1.0/A..TRADE_TOTAL", {}, "key", "malformed"),
        ("3.0/data/dataflow/HNOT/OBS/1.0/A.430281.", {}, "key", "malformed"),
        ("2.1/data/OBS", {"startPeriod": "2024", "endPeriod": "2023"}, "endPeriod", "malformed"),
        ("2.1/data/OBS", {"detail": "some"}, "detail", "unknown_value"),
        ("2.1/data/OBS", {"dimensionAtObservation": "REF_AREA"}, "dimensionAtObservation", "unknown_value"),
        ("2.1/data/OBS", {"lastNObservations": "0"}, "lastNObservations", "out_of_range"),
        ("2.1/data/OBS", {"lastNObservations": "1", "firstNObservations": "1"}, "firstNObservations", "conflict"),
        ("2.1/data/OBS", {"includeHistory": "true", "updatedAfter": "2026-R1"}, "includeHistory", "conflict"),
        ("2.1/data/OBS", {"includeHistory": "1"}, "includeHistory", "malformed"),
        ("2.1/data/OBS", {"updatedAfter": "yesterday"}, "updatedAfter", "malformed"),
        ("2.1/data/OBS", {"endperiod": "2024"}, "endperiod", "unknown_parameter"),
        ("2.1/data/OBS", {"format": "jsn"}, "format", "unknown_format"),
        ("2.1/dataflow", {"references": "everything"}, "references", "unknown_value"),
        ("3.0/data", {"c[FREQ]": "X"}, "c[FREQ]", "unknown_code"),
        ("3.0/data", {"c[FREQ]": "ge:A"}, "c[FREQ]", "malformed"),
        ("3.0/data", {"c[TIME_PERIOD]": "ne:2024"}, "c[TIME_PERIOD]", "malformed"),
        ("3.0/data", {"c[OBS_VALUE]": "1"}, "c[OBS_VALUE]", "unknown_parameter"),
        ("3.0/data", {"attributes": "NOPE"}, "attributes", "unknown_value"),
        ("3.0/data/dataflow/HNOT/OBS/1.0.0/" + ",".join(["A"] * 101), {}, "key", "too_many_values"),
        ("3.0/data/*/*/*/*/A.430281.TRADE_TOTAL._T._T._T._T._Z._Z._Z.2024", {}, "key", "malformed"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(path: str, parameters: dict[str, str], name: str, code: str, client: Client) -> None:
    assert error_of(client.get(f"{BASE}/{path}", parameters), name)["code"] == code


def test_a_question_for_changes_may_not_reach_beyond_its_state(client: Client, corrected: None) -> None:
    response = client.get(f"{BASE}/3.0/data", {"asOf": "2026-R1", "updatedAfter": "2090.1"})
    assert error_of(response, "updatedAfter")["code"] == "conflict"


def test_values_are_exact_whatever_their_unit(client: Client, ask: Ask, varied: None) -> None:
    """value × 10^UNIT_MULT in UNIT_MEASURE is the stored value times its unit's factor to that unit."""
    rows = {tuple(row[name] for name in (*DIMENSIONS, "TIME_PERIOD")): row for row in ask("/data/OBS")}
    assert len(rows) == Observation.objects.live().count()
    stored = sorted(
        o.value * o.unit.factor for o in Observation.objects.live().select_related("unit") if o.value is not None
    )
    bases = {"CNY": 1, "USD": 1, "T": 1, "M2": 1, "M3": 1}
    factors = {o.unit.code: o.unit.factor for o in Observation.objects.select_related("unit")}
    said = sorted(
        Decimal(row["OBS_VALUE"])
        * 10 ** int(row["UNIT_MULT"])
        * bases.get(row["UNIT_MEASURE"], factors.get(row["UNIT_MEASURE"], 1))
        for row in rows.values()
        if "OBS_VALUE" in row
    )
    assert said == stored
