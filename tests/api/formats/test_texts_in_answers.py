"""Whatever a text holds, and whatever a caller sends: every answer is what its format says, and says the text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import openpyxl
import orjson
import pyarrow.parquet as pq
import pytest
from django.test import Client

from curation.releases.publication import ReleaseNotes, publish
from curation.sheets.files import read_upload
from curation.sheets.uploads import plan_upload
from sources.models import Release
from sources.text import NO_TEXT
from tests.api.contract import BASE, STRICT, Endpoint, ids
from tests.api.sdmx.sdmx_reading import LANGUAGE, SPACES, body, generic_datasets, specific_datasets
from tests.builder import cells_of, liling
from tests.conftest import changed_store
from tests.curation.sheets.test_uploads import workbook

pytestmark = pytest.mark.django_db

# As Word has it: a line break of its own, and all that formats take for their own.
PASTED = "甲 & <b>\"q\" 'a'</b> ]]> \\ %s {{x}} \U0001f9e8 \ufffd\v乙\u200b|;`\u3000，\xa0end"
LINE = PASTED.replace("\v", " ").replace("\u200b", "")
PROSE = PASTED.replace("\v", "\n").replace("\u200b", "")
NAME = LINE.replace(";", ",")
SDMX_ML = ("genericdata", "structurespecificdata")
SERIES = "A.430281.TRADE_TOTAL"
REGION, INDICATOR = f"{BASE}/regions/430281", f"{BASE}/indicators/TRADE_TOTAL"
SENT = [*(chr(code) for first, last in NO_TEXT for code in range(first, last + 1) if last < 0xD800), "\ufffe", "\uffff"]


@pytest.fixture(scope="module")
def pasted(django_db_setup: None, django_db_blocker: Any) -> Iterator[Release]:
    """Names, definitions, notes of a figure, of records and of a release, brought in as they were pasted."""
    with changed_store(django_db_blocker):
        yield published_as_pasted()


def published_as_pasted() -> Release:
    name, both = PASTED.replace(";", ","), ("zh", "en")
    region = cells_of("regions", code="430281") | {f"name_{each}": name for each in both}
    indicator = cells_of("indicators", code="TRADE_TOTAL") | {
        **{f"name_{each}": name for each in both}, **{f"definition_{each}": PASTED for each in both},
    }  # fmt: skip
    figure = liling(value="41.30") | {f"note_{each}": PASTED for each in both}
    sheets = {"regions": region, "indicators": indicator, "observations": figure}
    content = workbook(**{table: [list(cells), list(cells.values())] for table, cells in sheets.items()})
    plan = plan_upload(read_upload("pasted.xlsx", content))
    release = publish(plan, ReleaseNotes(reason=PASTED, notes_zh=PASTED, notes_en=PASTED, published_by=PASTED))
    assert release is not None
    return release


# What is held -------------------------------------------------------------------------------------------------------


@pytest.mark.stores_alike
@pytest.mark.usefixtures("pasted")
@pytest.mark.parametrize("format_", SDMX_ML)
def test_a_figures_note_is_the_same_in_sdmx_ml(format_: str, client: Client) -> None:
    read = {"genericdata": generic_datasets, "structurespecificdata": specific_datasets}[format_]
    for shape in ("TIME_PERIOD", "AllDimensions"):
        asked = {"format": format_, "dimensionAtObservation": shape}
        content = body(client.get(f"/sdmx/2.1/data/OBS/{SERIES}.......", asked))
        rows = [row for _, _, rows in read(content) for row in rows]
        assert PROSE in [row.get("COMMENT") for row in rows]
    assert len(ElementTree.fromstring(body(client.get("/sdmx/2.1/data/OBS", {"format": format_})))) > 1


@pytest.mark.stores_alike
@pytest.mark.usefixtures("pasted")
def test_names_and_definitions_are_the_same_in_sdmx_structures(client: Client) -> None:
    root = ElementTree.fromstring(body(client.get("/sdmx/2.1/structure")))
    for code, about in (("430281", None), ("TRADE_TOTAL", PROSE)):
        [item] = [each for each in root.iterfind(".//structure:Code", SPACES) if each.get("id") == code]
        said = {name.get(LANGUAGE): name.text for name in item.iterfind("common:Name", SPACES)}
        assert said == {"zh": NAME, "en": NAME}
        told = {text.text for text in item.iterfind("common:Description", SPACES)}
        assert about is None or told == {about}
    for path in (
        "2.1/structure?format=json",
        "3.0/structure/codelist",
        "3.0/data",
        "3.0/availability/dataflow/HNOT/OBS",
    ):
        assert orjson.loads(body(client.get(f"/sdmx/{path}")))
    for path in ("2.1/availableconstraint/OBS", "2.1/contentconstraint", "2.1/codelist", "2.1/dataflow"):
        assert len(ElementTree.fromstring(body(client.get(f"/sdmx/{path}")))) > 1


def test_a_releases_notes_are_the_same_in_its_feed_and_its_record(pasted: Release, client: Client) -> None:
    entry = ElementTree.fromstring(client.get(f"{BASE}/releases.atom").content).find(
        "{http://www.w3.org/2005/Atom}entry"
    )
    summary = entry.findtext("{http://www.w3.org/2005/Atom}summary")
    page = ElementTree.fromstring(f"<p>{summary.replace('<br>', '<br/>')}</p>")  # is HTML
    lines = [line for line in page.itertext() if line]
    assert lines[:3] == [*PROSE.split("\n"), LINE]
    record = orjson.loads(client.get(f"{BASE}/releases/{pasted.version}").content)
    assert (record["note"], record["reason"]) == (PROSE, LINE)


@pytest.mark.usefixtures("pasted")
def test_the_same_text_stands_in_json_and_in_every_file(client: Client) -> None:
    assert orjson.loads(client.get(INDICATOR).content)["definition"] == PROSE
    asked = {"region": "430281", "indicator": "TRADE_TOTAL", "year": "2024", "detail": "full"}
    [row] = orjson.loads(client.get(f"{BASE}/observations", asked).content)["results"]
    assert (row["note"], row["region_name"]) == (PROSE, NAME)
    [line] = csv.DictReader(io.StringIO(body(client.get(f"{BASE}/observations.csv", asked)).decode(), newline=""))
    assert (line["note"], line["region_name"]) == (PROSE, NAME)
    sheet = openpyxl.load_workbook(io.BytesIO(body(client.get(f"{BASE}/observations.xlsx", asked)))).worksheets[0]
    heads, *rows = sheet.iter_rows(values_only=True)
    assert any(PROSE in cells for cells in rows)
    assert "note" in heads
    table = pq.read_table(io.BytesIO(body(client.get(f"{BASE}/observations.parquet", asked)))).to_pylist()
    assert [record["note"] for record in table] == [PROSE]


@pytest.mark.stores_alike
@pytest.mark.usefixtures("pasted")
@pytest.mark.parametrize(
    "path",
    ["/api/v1/catalog.jsonld", "/api/v1/datasets/OBS.jsonld", "/api/v1/datapackage.json", "/api/v1/openapi.json",
     "/api/v1/observations.jsonstat?region=430281&indicator=TRADE_TOTAL", "/api/v1/observations.csv-metadata.json",
     "/pxweb/v2/tables", "/pxweb/v2/tables/TRADE/metadata", "/.well-known/api-catalog", "/api/v1/search?q=甲"],
)  # fmt: skip
def test_every_description_is_json(path: str, client: Client) -> None:
    assert orjson.loads(body(client.get(path)))


# What is sent -------------------------------------------------------------------------------------------------------


def well_formed(response: Any) -> None:
    """The body is what its type says, and no header holds what no header may."""
    for name, value in response.items():
        assert value.isprintable(), (name, value)
    content, kind = response.getvalue(), response.get("Content-Type", "")
    assert response.status_code < 500, content[:500]
    if "json" in kind:
        assert orjson.loads(content)
    elif "xml" in kind:
        assert ElementTree.fromstring(content) is not None
    elif content:
        assert kind.startswith(("text/", "application/")), kind


@pytest.mark.stores_alike
@pytest.mark.parametrize("endpoint", **ids(STRICT))
def test_what_is_no_text_is_refused_in_a_parameter(endpoint: Endpoint, client: Client) -> None:
    parameters = sorted(set(endpoint.parameters) - {"format"})
    one = ("\x01", "\x85", "\uffff")[STRICT.index(endpoint) % 3]
    for character in SENT if endpoint.name == "observation-list" else one:
        response = client.get(endpoint.path(), dict.fromkeys(parameters, f"a{character}b"))
        well_formed(response)
        if character not in "\t\n\v\f\r\x85":
            assert response.status_code == 400
            errors = {error["parameter"]: error["code"] for error in orjson.loads(response.content)["errors"]}
            assert errors == dict.fromkeys(parameters, "malformed")


ANSWERING = [
    "/api/v1/observations", "/api/v1/releases.atom", "/api/v1/catalog.jsonld", "/api/v1/cite", "/sdmx/2.1/data/OBS",
    "/sdmx/2.1/codelist", "/sdmx/3.0/data", "/sdmx/3.0/structure/codelist", "/pxweb/v2/tables/TRADE/data", "/pxweb/v2/tables",
]  # fmt: skip


@pytest.mark.stores_alike
@pytest.mark.parametrize("path", ANSWERING)
def test_an_answer_is_well_formed_whatever_is_sent(path: str, client: Client) -> None:
    for number, character in enumerate(
        SENT, ANSWERING.index(path)
    ):  # each character with each path, and either in all ways
        sent = f"a{character}b"
        way = number % 5
        if way < 3:
            names = [("lang",), ("format",), ("q", "region", "startPeriod", "c[FREQ]", sent)][way]
            well_formed(client.get(path, dict.fromkeys(names, sent)))
        elif way == 3:
            well_formed(client.get(f"{path}{quote(character)}"))
        else:
            well_formed(client.get(f"{path}/{quote(sent)}", headers={"Accept": f"application/{character.strip()}xml"}))


def test_words_with_line_breaks_are_looked_for_and_the_pages_that_follow_have_addresses(client: Client) -> None:
    response = client.get(f"{BASE}/regions", {"q": "市\v", "page_size": "1"})
    well_formed(response)
    following = orjson.loads(response.content)["next"]
    assert following.isprintable()
    assert client.get(following).status_code == 200
