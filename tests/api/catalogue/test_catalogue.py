"""The catalogue is true: what it says is there, is there; tables are as they are described; citations lead back to the data."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from django.test import Client

from tests.api.conftest import Read
from tests.api.contract import BASE, DATA, LISTS, Endpoint, error_of, ids, problem_of

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

WITH_CSV = [endpoint for endpoint in DATA if not endpoint.detail and "csv" in endpoint.formats]
HERE = "http://testserver"


def body(response: Any) -> bytes:
    """All of an answer: a stream that is left unread keeps its cursor open on PostgreSQL."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def document(client: Client, path: str, **parameters: Any) -> Any:
    answer = client.get(path, parameters or None)
    assert answer.status_code == 200, answer.content.decode()[:1000]
    return orjson.loads(answer.content)


def header(client: Client, path: str, query: Any = ()) -> list[str]:
    """The first line of a CSV."""
    return next(csv.reader(io.StringIO(body(client.get(path, dict(query))).decode())))


def walk(node: Any) -> Any:
    """Every object in a document."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(inner)


# DCAT-AP, schema.org, Croissant ----------------------------------------------------------------------------------------


def test_the_catalogue_lists_everything_and_the_topics_in_both_languages(client: Client) -> None:
    answer = client.get(f"{BASE}/catalog.jsonld")
    assert answer["Content-Type"] == "application/ld+json"
    catalogue = orjson.loads(answer.content)
    topics = {table["subjectCode"] for table in document(client, "/pxweb/v2/tables")["tables"]}
    first, *others = [dataset["dct:identifier"] for dataset in catalogue["dcat:dataset"]]
    assert (first, sorted(others)) == ("OBS", sorted(topics))
    titled = [node for node in walk(catalogue) if isinstance(node.get("dct:title"), list)]
    assert len(titled) > len(topics)
    for node in titled:
        assert [title["@language"] for title in node["dct:title"]] == ["zh", "en"]
        assert all(title["@value"] for title in node["dct:title"])
    assert catalogue == document(client, f"{BASE}/catalog.jsonld", lang="en")


def test_every_address_of_the_catalogue_answers(client: Client) -> None:
    catalogue = document(client, f"{BASE}/catalog.jsonld")
    found = {node["@id"] for node in walk(catalogue) if str(node.get("@id", "")).startswith(HERE)}
    addresses = {address for address in found if "#" not in address and address != f"{HERE}/"}
    datasets = [node for node in walk(catalogue) if node.get("@type") == "dcat:Dataset"]
    assert len(addresses) > 5 * len(datasets) > 0
    for address in sorted(addresses):
        path = address.removeprefix(HERE)
        if path == "/pxweb/v2":
            path += "/config"
        answer = client.get(path)
        assert answer.status_code == 200, path
        body(answer)


def test_a_dataset_has_as_many_figures_as_it_says_and_all_its_files_have_them(client: Client, read: Read) -> None:
    for dataset in document(client, f"{BASE}/catalog.jsonld")["dcat:dataset"]:
        (said,) = [text["@value"] for text in dataset["dct:description"] if text["@language"] == "en"]
        figures = int(re.match("[0-9]+", said)[0])
        (of_csv,) = [way for way in dataset["dcat:distribution"] if way["@id"].endswith("-csv")]
        rows = list(
            csv.reader(io.StringIO(body(client.get(of_csv["dcat:accessURL"]["@id"].removeprefix(HERE))).decode()))
        )
        assert len(rows) - 1 == figures
        (of_json,) = [way for way in dataset["dcat:distribution"] if way["@id"].endswith("-json")]
        address = urlsplit(of_json["dcat:accessURL"]["@id"])
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        assert read("/observations", **asked, count="true", page_size=1)["count"] == figures


@pytest.mark.parametrize(("lang", "name"), [("en", "Foreign trade"), ("zh", "对外贸易")])
def test_a_dataset_is_described_for_search_engines_in_the_language_asked_for(
    lang: str, name: str, client: Client
) -> None:
    answer = document(client, f"{BASE}/datasets/TRADE.jsonld", lang=lang)
    assert answer["@type"] == "sc:Dataset"
    assert name in answer["alternateName"]
    assert "@misc{" in answer["citeAs"]
    assert {place["identifier"] for place in answer["spatialCoverage"]} >= {"430281"}
    fields = [field["source"]["extract"]["column"] for field in answer["recordSet"][0]["field"]]
    (of_csv,) = [way["contentUrl"] for way in answer["distribution"] if way["@id"] == "csv"]
    assert header(client, of_csv.removeprefix(HERE)) == fields


def test_an_unknown_dataset_is_404_and_suggests_the_nearest(client: Client) -> None:
    (error,) = problem_of(client.get(f"{BASE}/datasets/TRAED.jsonld"), 404)["errors"]
    assert error["did_you_mean"] == "TRADE"


def test_every_answer_links_to_the_catalogue_and_a_machine_finds_the_interfaces(client: Client) -> None:
    for path in (f"{BASE}/regions", f"{BASE}/regions/430281", f"{BASE}/observations.csv", "/pxweb/v2/tables"):
        answer = client.get(path)
        assert f'<{HERE}/api/v1/catalog.jsonld>; rel="describedby"' in answer["Link"]
        body(answer)
    answer = client.get("/.well-known/api-catalog")
    assert answer["Content-Type"] == "application/linkset+json"
    first, *others = orjson.loads(answer.content)["linkset"]
    assert [item["href"] for item in first["item"]] == [other["anchor"] for other in others]
    for other in others:
        for name in ("service-desc", "service-meta"):
            assert client.get(other[name][0]["href"].removeprefix(HERE)).status_code == 200
    assert client.get("/.well-known/api-catalog", headers={"If-None-Match": answer["ETag"]}).status_code == 304


# Tables as they are described ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", **ids(WITH_CSV))
def test_metadata_beside_a_csv_has_its_columns(endpoint: Endpoint, client: Client) -> None:
    answer = client.get(f"{endpoint.path()}.csv", {**endpoint.part, "lang": "en"})
    described = re.search(r'<([^>]+)>; rel="describedby"; type="application/csvm\+json"', answer["Link"])
    assert described
    assert described[1].startswith(f"{HERE}{endpoint.path()}.csv-metadata.json")
    metadata = client.get(described[1])
    assert metadata["Content-Type"] == "application/csvm+json"
    content = orjson.loads(metadata.content)
    columns = content["tableSchema"]["columns"]
    assert [column["titles"] for column in columns] == next(csv.reader(io.StringIO(body(answer).decode())))
    assert {column["datatype"] for column in columns} <= {
        "string",
        "integer",
        "decimal",
        "boolean",
        "date",
        "dateTimeStamp",
    }
    assert header(client, content["url"].removeprefix(HERE)) == [column["name"] for column in columns]


def test_metadata_follows_the_query(client: Client) -> None:
    asked = {"lang": "en", "transform": "yoy", "fields": "region,value,derived_from", "bom": "true"}
    content = document(client, f"{BASE}/observations.csv-metadata.json", **asked)
    assert [column["name"] for column in content["tableSchema"]["columns"]] == ["region", "value", "derived_from"]
    assert "primaryKey" not in content["tableSchema"]
    assert header(client, content["url"].removeprefix(HERE))[1:] == ["value", "derived_from"]
    assert error_of(client.get(f"{BASE}/observations.csv-metadata.json", {"regoin": "1"}), "regoin")


def test_the_data_package_describes_the_csv_of_every_table(client: Client) -> None:
    package = document(client, f"{BASE}/datapackage.json", lang="en")
    tables = {}
    for resource in package["resources"]:
        reader = csv.DictReader(io.StringIO(body(client.get(resource["path"].removeprefix(HERE))).decode()))
        rows = tables[resource["name"]] = list(reader)
        assert reader.fieldnames == [field["name"] for field in resource["schema"]["fields"]]
        for key in resource["schema"].get("primaryKey", ()):
            assert len({row[key] for row in rows}) == len(rows)
    for resource in package["resources"]:
        for link in resource["schema"]["foreignKeys"]:
            (column,), (target,) = link["fields"], link["reference"]["fields"]
            known = {row[target] for row in tables[link["reference"]["resource"] or resource["name"]]}
            assert {row[column] for row in tables[resource["name"]]} - {""} <= known


def test_the_data_package_has_every_list_that_answers_without_being_asked(client: Client) -> None:
    package = document(client, f"{BASE}/datapackage.json", lang="en")
    lists = {
        endpoint.route.rpartition("/")[2] for endpoint in LISTS if endpoint.action == "list" and not endpoint.query
    }
    assert {resource["name"] for resource in package["resources"]} == lists - {"openness"}  # an index of one indicator


# Citing ------------------------------------------------------------------------------------------------------------------


def test_a_citation_names_the_data_the_release_and_the_licence(client: Client, read: Read) -> None:
    cited = read("/cite", indicator="TRADE_TOTAL", region="430281", year="2024", lang="en", accessed="2026-11-25")
    release = read("/releases")["results"][0]
    assert cited["title"] == "Hunan Open Trade Data: Total imports and exports, Liling City, 2024"
    assert (cited["release"], cited["digest"]) == (release["version"], release["digest"])
    assert cited["digest_method"] == release["digest_method"] == "sha256-series"
    assert f"sha256-series {release['digest']}" in cited["bibtex"]
    assert cited["licence"]["name"] in cited["bibtex"]
    assert (
        f"[DS/OL]. {release['version']}. ({cited['published'][:10]})[2026-11-25]. {cited['url']}." in cited["gbt7714"]
    )
    assert cited["datacite"]["publicationYear"] == cited["published"][:4]
    assert [title["lang"] for title in cited["datacite"]["titles"]] == ["zh", "en"]
    assert "醴陵市" in read("/cite", region="430281", lang="zh")["title"]


def test_the_cited_address_gives_the_same_rows(client: Client, read: Read) -> None:
    asked = {"indicator": "TRADE_TOTAL,EXPORTS", "latest": "1", "ordering": "-value", "variants": "all"}
    cited = read("/cite", **asked, page_size=2, lang="en")
    assert cited["query"] == {**asked, "as_of": "2026-R1"}
    pinned = document(client, cited["url"].removeprefix(HERE) + "&lang=en")
    assert pinned["results"] == read("/observations", **asked, lang="en")["results"]
    answer = client.get(f"{BASE}/observations", {**asked, "page_size": 2, "lang": "en"})
    assert f'<{cited["url"]}>; rel="cite-as"' in answer["Link"]
    in_csv = client.get(f"{BASE}/observations.csv", {**asked, "lang": "en"})
    assert f'<{cited["url"]}>; rel="cite-as"' in in_csv["Link"]
    assert body(in_csv)


def test_styles_are_chosen_and_what_is_not_known_is_refused(client: Client, read: Read) -> None:
    cited = read("/cite", style="bibtex")
    assert "bibtex" in cited
    assert not {"gbt7714", "datacite"} & cited.keys()
    assert error_of(client.get(f"{BASE}/cite", {"style": "bibtx"}), "style")["did_you_mean"] == "bibtex"
    assert error_of(client.get(f"{BASE}/cite", {"regoin": "1"}), "regoin")["did_you_mean"] == "region"
    assert error_of(client.get(f"{BASE}/cite", {"as_of": "1999-01-01"}), "as_of")["code"] == "no_release"


def test_a_percent_sign_does_not_break_bibtex(client: Client, read: Read) -> None:
    bibtex = read("/cite", period="2024", indicator="TRADE_TOTAL", lang="en")["bibtex"]
    assert bibtex.count("{") == bibtex.count("}")
    assert bibtex.startswith("@misc{hnot-2026-R1-")
