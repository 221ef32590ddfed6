"""What users of files rely on: names, escaping, byte order mark, conditional answers, byte ranges, and refusals."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import prod
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import orjson
import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from api.formats import csv, jsonstat
from api.formats.csv import harmless
from api.formats.kept_files import send
from api.formats.records import number_text
from api.formats.tables import About, Column, Table
from indicators.models import Indicator, Observation, Series
from sources.kept import forget_kept
from tests.api.contract import BASE, LISTS, Endpoint, error_of, ids, problem_of
from tests.api.formats.file_readers import body, csv_rows, json_rows, parquet_rows, xlsx_rows
from tests.builder import Tables

pytestmark = pytest.mark.django_db

FILES = ("csv", "xlsx", "parquet")
PARQUET = f"{BASE}/observations.parquet"
LILING = {"region": "430281", "year": "2024", "indicator": "TRADE_TOTAL"}


def taken(client: Client, path: str, query: Any, **headers: str) -> tuple[Any, bytes]:
    """An answer and its content, read to the end as a caller does, which is when its cursor is closed."""
    response = client.get(path, query, headers=headers)
    return response, response.getvalue()


def test_what_each_format_is_called(client: Client) -> None:
    media = {
        "csv": "text/csv; charset=utf-8; header=present",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "parquet": "application/vnd.apache.parquet",
        "jsonstat": "application/json-stat+json",
    }
    for name, media_type in media.items():
        asked = [
            taken(client, f"{BASE}/observations.{name}", LILING),
            taken(client, f"{BASE}/observations", {**LILING, "format": name}),
            taken(client, f"{BASE}/observations", LILING, Accept=media_type.partition(";")[0]),
        ]
        for response, content in asked:
            assert (response.status_code, response["Content-Type"]) == (200, media_type)
            assert content
            ending = "json" if name == "jsonstat" else name
            assert response["Content-Disposition"] == f'attachment; filename="observations-2026-R1.{ending}"'
            assert 'rel="license"' in response["Link"]
        assert len({response["ETag"] for response, _ in asked}) == 3


def test_one_record_has_no_file(client: Client) -> None:
    for path in ("/regions/430281.csv", "/series/A.430281.TRADE_TOTAL.csv", "/availability.csv", "/config.csv"):
        assert error_of(client.get(BASE + path), "format")["allowed"] == ["json"]


def test_csv_is_utf_8_and_begins_with_a_mark_only_where_that_is_wanted(client: Client) -> None:
    plain = body(client, "/observations.csv", **LILING)
    assert plain.startswith(b"id,series,indicator,")
    assert "醴陵市".encode() in plain
    assert plain.endswith(b"\r\n")
    assert body(client, "/observations.csv", **LILING, bom="false") == plain
    assert body(client, "/observations.csv", **LILING, bom="true") == b"\xef\xbb\xbf" + plain
    assert error_of(client.get(f"{BASE}/observations", {"bom": "true"}), "bom")["code"] == "conflict"
    assert client.get(f"{BASE}/observations", {"bom": "false", **LILING}).status_code == 200, "asks for nothing"


def test_a_file_speaks_the_language_of_the_answer_to_its_end(client: Client) -> None:
    for lang, name in (("zh", "醴陵市"), ("en", "Liling City")):
        (row,) = csv_rows(body(client, "/observations.csv", **LILING, lang=lang))
        assert row["region_name"] == name
        cube = json.loads(body(client, "/observations.jsonstat", **LILING, lang=lang))
        assert cube["dimension"]["region"] == {
            "label": {"zh": "地区", "en": "Region"}[lang],
            "category": {"index": ["430281"], "label": {"430281": name}},
        }


# Escaping ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def formula() -> Iterator[str]:
    """A name that a spreadsheet would run, were it typed in."""
    name = '=HYPERLINK("http://example.org","x")'
    Indicator.objects.filter(code="TRADE_TOTAL").update(name_en=name)
    forget_kept()
    yield name
    forget_kept()


@pytest.mark.stores_alike
def test_a_formula_stays_a_text(formula: str, client: Client) -> None:
    asked = {**LILING, "lang": "en"}
    assert csv_rows(body(client, "/observations.csv", **asked))[0]["indicator_name"] == f"'{formula}"
    assert parquet_rows(body(client, "/observations.parquet", **asked))[0]["indicator_name"] == formula
    content = body(client, "/observations.xlsx", **asked)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    cell = sheet.cell(2, [cell.value for cell in sheet[1]].index("indicator_name") + 1)
    assert (cell.value, cell.data_type, cell.quotePrefix) == (formula, "s", True)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    records = csv_rows(body(client, "/indicators.csv", topic="TRADE", lang="en"))
    (record,) = [record for record in records if record["code"] == "TRADE_TOTAL"]
    assert record["name"] == record["name_en"] == f"'{formula}"


def test_a_negative_number_stays_a_number(client: Client) -> None:
    Observation.objects.filter(series__key="A.430281.TRADE_TOTAL", period="2024").update(value="-3.50", decimals=2)
    assert csv_rows(body(client, "/observations.csv", **LILING))[0]["value"] == "-3.50"
    assert xlsx_rows(body(client, "/observations.xlsx", **LILING))[0]["value"] == -3.5


def test_a_computed_number_is_written_without_an_exponent() -> None:
    numbers = [1e-7, 5e-5, 0.1 + 0.2, 1e20]
    assert [number_text(number) for number in numbers] == ["0.0000001", "0.00005", "0.3", "100000000000000000000"]


@pytest.mark.stores_alike
@given(text=st.text(min_size=1, max_size=20).filter(lambda text: "\0" not in text))
def test_any_text_comes_back_from_csv_and_is_harmless(text: str) -> None:
    table = Table("t", [Column("a", "text"), Column("b", "text")], lambda _: iter([[[text, None], ["x", text]]]), About)
    first, second = csv_rows(b"".join(csv.write(table)))
    for cell in (first["a"], second["b"]):
        assert cell in (text, f"'{text}")
        assert cell[0] not in "=+-@\t\r\n"
    assert second["a"] == ""


def test_a_line_of_nothing_is_still_a_line(client: Client) -> None:
    assert csv_rows(body(client, "/observations.csv", **LILING, fields="industry")) == [{"industry": ""}]


# Whole, empty, refused -----------------------------------------------------------------------------------------------


def test_a_file_has_all_rows_beyond_any_page(client: Client) -> None:
    rows = csv_rows(body(client, "/citations.csv"))
    assert len(rows) == json.loads(client.get(f"{BASE}/citations").content)["count"] > 500


def test_an_empty_answer_has_its_columns(client: Client) -> None:
    nothing = {"indicator": "TRADE_TOTAL", "year": "1990"}
    names = list(json_rows(client, "/observations", **LILING)[0])
    assert body(client, "/observations.csv", **nothing).decode() == ",".join(names) + "\r\n"
    table = pq.read_table(io.BytesIO(body(client, "/observations.parquet", **nothing)))
    assert (table.num_rows, table.schema.names) == (0, names)
    sheet = openpyxl.load_workbook(io.BytesIO(body(client, "/observations.xlsx", **nothing))).worksheets[0]
    assert [[cell.value for cell in line] for line in sheet] == [names]
    cube = json.loads(body(client, "/observations.jsonstat", **nothing))
    assert (cube["size"], cube["value"], cube["status"]) == ([0] * len(cube["id"]), [], {})


@pytest.mark.stores_alike
@pytest.mark.parametrize("endpoint", **ids(LISTS))
def test_pages_and_files_do_not_mix(endpoint: Endpoint, client: Client) -> None:
    paging = {"page", "page_size", "cursor", "count", "if_release"} & endpoint.parameters.keys()
    values = {"count": "true", "if_release": "2026-R1"}
    if "cursor" in paging:
        following = json.loads(client.get(endpoint.path(), {**endpoint.query, "page_size": 1}).content)["next"]
        values["cursor"] = parse_qs(urlsplit(following).query)["cursor"][0]
    for name in paging:
        response = client.get(f"{endpoint.path()}.csv", {**endpoint.query, name: values.get(name, "2")})
        assert error_of(response, name)["code"] == "conflict"


REFUSED = [
    ("xlsx", {"shape": "series"}, "shape"), ("parquet", {"shape": "wide"}, "shape"), ("jsonstat", {"shape": "wide"}, "shape"),
    ("jsonstat", {"ordering": "value"}, "ordering"), ("jsonstat", {"fields": "id"}, "fields"),
    ("jsonstat", {"detail": "full"}, "detail"), ("jsonstat", {"history": "true"}, "history"),
    ("jsonstat", {"updated_after": "2026-R1"}, "updated_after"), ("csv", {"region": "430282"}, "region"),
    ("parquet", {"indicator": "TRADE_TOTAL", "unit": "USD_100M"}, "unit"), ("csv", {"fields": "nothing"}, "fields"),
]  # fmt: skip


@pytest.mark.parametrize(("format_", "asked", "parameter"), REFUSED)
def test_what_a_format_cannot_do_is_a_problem(format_: str, asked: Any, parameter: str, client: Client) -> None:
    response = client.get(f"{BASE}/observations.{format_}", asked)
    assert error_of(response, parameter)["message"]
    assert "Content-Disposition" not in response


@pytest.mark.parametrize("bound", ["MOST_CELLS", "MOST_PLACES"])
def test_too_large_a_cube_says_how_to_narrow_it(bound: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonstat, bound, 100)
    error = error_of(client.get(f"{BASE}/observations.jsonstat", {"lang": "en"}), "format")
    assert error["code"] == "too_large"
    assert f"{jsonstat.MOST_CELLS:,}" in error["message"]
    assert "industry=total" in error["message"]


def test_of_a_sparse_cube_the_cells_that_are_there_count(client: Client) -> None:
    cube = json.loads(body(client, "/observations.jsonstat", variants="all"))
    rows = json_rows(client, "/observations", variants="all")
    assert len(cube["value"]) == sum(row["value"] is not None for row in rows)
    assert prod(cube["size"]) > jsonstat.MOST_CELLS
    assert all(int(place) < prod(cube["size"]) for place in cube["value"])


def test_the_limits_of_files_are_stated(client: Client) -> None:
    limits = json.loads(client.get(f"{BASE}/config").content)["limits"]
    assert (limits["jsonstat_cells"], limits["xlsx_rows"]) == (1_000_000, 1_048_575)


def test_a_question_that_takes_too_long_is_a_problem_not_a_broken_file(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    like = Observation.objects.filter(series__key="A.430281.TRADE_TOTAL")[0]
    months = [f"{year}-{month:02}" for year in range(1700, 2000) for month in range(1, 13)]
    Observation.objects.bulk_create(
        Observation(series=like.series, period=month, period_start=f"{month}-01", period_end=f"{month}-28", value=1, decimals=0,
                    unit=like.unit, source=like.source, released=like.released)
        for month in months
    )  # fmt: skip
    Series.objects.filter(pk=like.series_id).refresh_extent()
    monkeypatch.setattr("sources.versions.SECONDS", 3600)
    assert len(csv_rows(body(client, "/observations.csv"))) > len(months)
    settings.STATEMENT_SECONDS = -1
    formats: tuple[str, ...] = FILES
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1")
        formats = ("csv",)  # what the others ask first has no savepoint, and this test has but one transaction
    for format_ in formats:
        response = client.get(f"{BASE}/observations.{format_}", {"detail": "full"})
        assert error_of(response, "query")["code"] == "too_large"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")


def test_csv_that_breaks_off_cannot_be_taken_for_whole() -> None:
    def chunks(_: int) -> Iterator[Any]:
        yield [["1"], ["x"]]
        raise RuntimeError("the store is gone")

    table = Table("t", [Column("a", "number"), Column("b", "text")], chunks, About)
    parts = csv.write(table)
    content = next(parts) + next(parts)
    with pytest.raises(RuntimeError):
        next(parts)
    assert content.decode().splitlines()[-1].count(",") == len(table.columns)


# Conditional answers, HEAD and ranges --------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", [*FILES, "jsonstat"])
def test_a_current_file_is_answered_304(format_: str, client: Client) -> None:
    path = f"{BASE}/observations.{format_}"
    fresh, _ = taken(client, path, LILING)
    with CaptureQueriesContext(connection) as queries:
        again = client.get(path, LILING, headers={"If-None-Match": fresh["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert not any("indicators_observation" in query["sql"] for query in queries)


@pytest.mark.parametrize("format_", [*FILES, "jsonstat"])
def test_head_is_get_without_content(format_: str, client: Client) -> None:
    path = f"{BASE}/observations.{format_}"
    head = client.head(path, LILING)
    assert head.getvalue() == b""
    get, content = taken(client, path, LILING)
    for name in ("Content-Type", "ETag", "Content-Disposition", "Last-Modified", "Cache-Control"):
        assert head[name] == get[name]
    if format_ in ("xlsx", "parquet"):
        assert head["Accept-Ranges"] == get["Accept-Ranges"] == "bytes"
        assert int(head["Content-Length"]) == int(get["Content-Length"]) == len(content)


@pytest.mark.parametrize("format_", ["xlsx", "parquet"])
def test_any_range_of_bytes_is_that_of_the_whole(format_: str, client: Client) -> None:
    path = f"{BASE}/observations.{format_}"
    whole = client.get(path, LILING)
    content = whole.getvalue()
    size = len(content)
    cases = [("0-0", 0, 1), ("0-3", 0, 4), ("5-", 5, size), ("-8", size - 8, size), (f"-{size + 9}", 0, size),
             (f"7-{size + 100}", 7, size)]  # fmt: skip
    for asked, first, last in cases:
        part = client.get(path, LILING, headers={"Range": f"bytes={asked}"})
        assert part.status_code == 206
        assert part.getvalue() == content[first:last]
        assert part["Content-Range"] == f"bytes {first}-{last - 1}/{size}"
        assert int(part["Content-Length"]) == last - first
        assert part["ETag"] == whole["ETag"]
    for beyond in (f"{size}-", f"{size + 5}-{size + 9}", "-0"):
        part = client.get(path, LILING, headers={"Range": f"bytes={beyond}"})
        problem_of(part, 416)
        assert part["Content-Range"] == f"bytes */{size}"
    for ignored in ("bytes=0-1,4-5", "bytes=9-2", "lines=0-1", "bytes=x", "bytes=-"):
        assert client.get(path, LILING, headers={"Range": ignored}).getvalue() == content


def test_a_part_of_another_state_is_the_whole(client: Client) -> None:
    etag = client.get(PARQUET, LILING)["ETag"]
    same = client.get(PARQUET, LILING, headers={"Range": "bytes=0-3", "If-Range": etag})
    other = client.get(PARQUET, LILING, headers={"Range": "bytes=0-3", "If-Range": '"other"'})
    assert (same.status_code, same.getvalue()) == (206, b"PAR1")
    assert other.status_code == 200


# Kept files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["xlsx", "parquet"])
def test_a_file_made_again_is_the_same_byte_for_byte(format_: str, client: Client, settings: Any) -> None:
    first = body(client, f"/observations.{format_}", **LILING)
    settings.FILES_DIR = f"{settings.FILES_DIR}-2"
    assert body(client, f"/observations.{format_}", **LILING) == first


def asked(key: str) -> Any:
    """A request of a middle of the service, with the ETag that the middleware gives it."""
    request = RequestFactory().get("/")
    request.etag = key
    return request


def test_who_asks_at_the_same_time_waits_for_one_file(settings: Any) -> None:
    made, begun = [], threading.Event()

    def make(path: Path) -> None:
        made.append(path)
        begun.wait(0.2)
        path.write_bytes(b"content")

    def answer(_: int) -> bytes:
        return bytes(send(asked("same"), make, "text/plain", "x").getvalue())

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(answer, range(4))) == {b"content"}
    assert len(made) == 1


def test_files_that_were_not_asked_for_longest_go_first(settings: Any) -> None:
    settings.FILES_BYTES = 250
    for number in range(5):
        send(asked(str(number)), lambda path: path.write_bytes(b"x" * 100) and None, "text/plain", "x").close()
    kept = [path for path in Path(settings.FILES_DIR).iterdir() if not path.name.startswith("lock-")]
    assert len(kept) == 2


def test_a_file_that_fails_leaves_nothing_behind(settings: Any) -> None:
    def make(path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        send(asked("broken"), make, "text/plain", "x")
    assert [path.name[:5] for path in Path(settings.FILES_DIR).iterdir()] == ["lock-"]


# What a file says of itself, and what it costs ------------------------------------------------------------------------------


def test_the_notes_of_a_workbook_say_what_it_is(client: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(body(client, "/observations.xlsx", **LILING, lang="en")))
    assert book.sheetnames == ["Data", "Notes"]
    notes = {line[0]: line[1] for line in book["Notes"].iter_rows(values_only=True) if line[0]}
    assert notes["Query"].endswith("/api/v1/observations.xlsx?region=430281&year=2024&indicator=TRADE_TOTAL&lang=en")
    assert notes["Release"] == "2026-R1"
    assert (len(notes["Digest"]), notes["Method of the digest"]) == (64, "sha256-series")
    assert notes["Licence"].startswith("CC BY 4.0")
    assert "[DS/OL]. 2026-R1." in notes["How to cite"]
    assert notes["CNY_100M"] == "hundred million yuan"
    assert "DOI" in notes["zhuzhou-county-trade"]
    assert notes["qualifier"]


@pytest.mark.stores_alike
@pytest.mark.parametrize(
    ("path", "few"),
    [("/regions", {"kind": "world"}), ("/policies/measures", {"kind": "action"}), ("/observations", {"indicator": "GDP"}),
     ("/series", {"indicator": "TRADE_TOTAL"})],
)  # fmt: skip
def test_a_file_costs_as_many_queries_with_many_rows_as_with_few(
    path: str, few: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.versions.SECONDS", 3600)
    client.get(f"{BASE}/observations?page_size=1")  # the labels are known
    for format_ in FILES:
        counts = []
        for query in (few, {}):
            with CaptureQueriesContext(connection) as queries:
                body(client, f"{path}.{format_}", **query)
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 25


@pytest.mark.parametrize("sign", "=+-@\t\r\n＝＋－＠")
def test_whatever_a_spreadsheet_reads_as_the_sign_of_a_formula_is_led_by_an_apostrophe(sign: str) -> None:
    assert harmless(f"{sign}1") == f"'{sign}1"
    assert harmless(f"1{sign}") == f"1{sign}"


def test_a_cube_says_the_most_decimals_of_each_indicator(client: Client) -> None:
    small = Tables().region("T-TOWN").indicator("T_FINE").indicator("T_ROUGH")
    small.figures("T-TOWN", "T_FINE", {str(year): value for year, value in enumerate(("1", "2.125", "3.5", "4"), 2000)})
    small.figures("T-TOWN", "T_ROUGH", {"2000": "1", "2001": "2"}).publish()
    cube = orjson.loads(body(client, "/observations.jsonstat", region="T-TOWN"))
    units = cube["dimension"]["indicator"]["category"]["unit"]
    assert {code: unit["decimals"] for code, unit in units.items()} == {"T_FINE": 3, "T_ROUGH": 0}
