"""Travelling in time: what a release changed, the feed of releases, and each release as a package that never changes."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import zipfile
from typing import Any
from xml.etree import ElementTree

import orjson
import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from curation.releases.history import records_as_of
from curation.releases.publication import ReleaseNotes
from curation.tables.curated import BY_NAME, TABLES
from indicators.models import Observation, Topic
from sources.models import Release
from tests import builder
from tests.api.contract import BASE, error_of, problem_of
from tests.builder import liling, topic

pytestmark = pytest.mark.django_db

Row = dict[str, str]
ATOM = "{http://www.w3.org/2005/Atom}"
NOTES = ReleaseNotes(reason="更正", notes_zh="第一次更正", notes_en="First correction")


def published(notes: ReleaseNotes = NOTES, user: Any = None, **tables: list[Row]) -> Release:
    return builder.published(notes, user, **tables)


def package(client: Client, version: str) -> bytes:
    response = client.get(f"{BASE}/releases/{version}/download.zip")
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def table_of(content: bytes, name: str) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        return list(csv.reader(io.StringIO(files.read(f"data/{name}.csv").decode(), newline="")))


# Changes -----------------------------------------------------------------------------------------------------------


def test_a_correction_is_listed_with_the_row_before_and_after_and_its_reason(read: Any) -> None:
    stood = liling()["value"]
    release = published(
        observations=[liling(value=f"{stood}1"), liling(period="1998", value="2")],
        topics=[topic(), BY_NAME["topics"].cells(Topic.objects.get(code="TRADE")) | {"name_en": "Trade abroad"}],
    )
    said = read(f"/releases/{release.version}", lang="en")
    assert (said["reason"], said["note"]) == ("更正", "First correction")
    assert (said["observations_added"], said["observations_retired"], said["records_withdrawn"]) == (2, 1, 0)
    rows = read(said["changes"].removeprefix(f"http://testserver{BASE}"))["results"]
    assert [(row["table"], row["action"], row["columns"]) for row in rows] == [
        ("topics", "new", []), ("topics", "changed", ["name_en"]), ("observations", "new", []), ("observations", "changed", ["value"]),
    ]  # fmt: skip
    figure = rows[3]
    assert (figure["series"], figure["period"]) == ("A.430281.TRADE_TOTAL", "2024")
    assert (figure["old"]["value"], figure["new"]["value"], figure["new"]["industry"]) == (
        float(stood),
        float(f"{stood}1"),
        None,
    )
    assert (rows[0]["old"], rows[0]["new"]["name_en"], rows[0]["series"]) == (None, "Topic", None)


def test_a_value_keeps_its_decimals_in_the_changes(client: Client) -> None:
    stood = liling()["value"]
    release = published(observations=[liling(value=f"{stood}0")])
    content = client.get(f"{BASE}/releases/{release.version}/changes").content
    assert f'"value":{stood},'.encode() in content
    assert f'"value":{stood}0,'.encode() in content


def test_a_withdrawal_is_listed_with_what_was_withdrawn(read: Any) -> None:
    published(topics=[topic()])
    release = published(
        observations=[liling() | {"withdraw": "true"}], topics=[{"code": "T_TOPIC", "withdraw": "true"}]
    )
    rows = read(f"/releases/{release.version}/changes")["results"]
    assert [(row["key"], row["action"], row["new"]) for row in rows] == [
        ("T_TOPIC", "withdrawn", None), ("430281|TRADE_TOTAL||||||A|none|2024", "withdrawn", None)
    ]  # fmt: skip
    assert rows[0]["old"]["name_zh"] == "主题"


def test_changes_are_narrowed_by_table_and_action_and_come_in_pages(read: Any, client: Client) -> None:
    whole = read("/releases/2026-R1/changes", table="topics,units", fields="table,key,action")
    assert {(row["table"], row["action"]) for row in whole["results"]} == {("topics", "new"), ("units", "new")}
    assert read("/releases/2026-R1/changes", action="withdrawn")["count"] == 0
    pages, page = [], read("/releases/2026-R1/changes", table="topics,units", page_size=7)
    while page["next"]:
        pages += page["results"]
        page = read(page["next"].partition(BASE)[2])
    assert [row["key"] for row in pages + page["results"]] == [row["key"] for row in whole["results"]]
    assert (
        error_of(client.get(f"{BASE}/releases/2026-R1/changes", {"table": "topic"}), "table")["did_you_mean"]
        == "topics"
    )
    problem_of(client.get(f"{BASE}/releases/1999.1/changes"), 404)


def test_what_a_draft_was_before_it_was_published_is_not_told(read: Any) -> None:
    Topic.objects.create(code="T_TOPIC", name_zh="密", name_en="Secret")
    release = published(ReleaseNotes(), topics=[topic()])
    (row,) = read(f"/releases/{release.version}/changes")["results"]
    assert (row["action"], row["old"], row["new"]["name_en"]) == ("new", None, "Topic")
    assert (release.records_added, release.records_changed) == (1, 0)


def test_changes_cost_the_same_number_of_queries_for_2_rows_as_for_200(client: Client) -> None:
    counts = []
    for size in (1, 2, 200):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{BASE}/releases/2026-R1/changes", {"page_size": size})
        counts.append(len(queries))
    assert counts[1] == counts[2]


# The feed ----------------------------------------------------------------------------------------------------------


def test_the_feed_lists_the_releases_newest_first_in_the_language_asked_for(client: Client) -> None:
    release = published(observations=[liling(value="41.26")])
    response = client.get(f"{BASE}/releases.atom", {"lang": "en"}, headers={"Accept": "application/atom+xml"})
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [
        f"urn:hnot:release:{version}" for version in (release.version, "2026-R1")
    ]
    assert entries[0].findtext(f"{ATOM}title") == f"Release {release.version}"
    summary = entries[0].findtext(f"{ATOM}summary")
    assert "First correction" in summary
    assert "更正" in summary
    assert "1 added, 1 retired" in summary
    updated = datetime.datetime.fromisoformat(feed.findtext(f"{ATOM}updated"))
    assert updated == release.published_at
    assert entries[0].find(f"{ATOM}link").get("href") == f"http://testserver{BASE}/releases/{release.version}"
    assert "发布版本" in ElementTree.fromstring(client.get(f"{BASE}/releases.atom").content).findtext(f"{ATOM}title")


def test_the_feed_is_as_strict_as_everything_else_and_knows_when_it_has_not_changed(client: Client) -> None:
    assert error_of(client.get(f"{BASE}/releases.atom", {"page": "2"}), "page")["code"] == "unknown_parameter"
    etag = client.get(f"{BASE}/releases.atom")["ETag"]
    assert client.get(f"{BASE}/releases.atom", headers={"If-None-Match": etag}).status_code == 304
    published(ReleaseNotes(reason="<b>bold</b> & more"), topics=[topic()])
    assert b"&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt; &amp;amp; more" in client.get(f"{BASE}/releases.atom").content
    Release.objects.create(version="2099.9", notes_en="Prepared, not public")
    assert b"2099.9" not in client.get(f"{BASE}/releases.atom").content


# The package -------------------------------------------------------------------------------------------------------


def test_a_package_holds_every_table_and_its_checksums_are_right(client: Client) -> None:
    content = package(client, "2026-R1")
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        assert files.testzip() is None
        described, readme = orjson.loads(files.read("datapackage.json")), files.read("README.md").decode()
        listed = dict(reversed(line.split("  ")) for line in files.read("SHA256SUMS").decode().splitlines())
        assert {name: hashlib.sha256(files.read(name)).hexdigest() for name in listed} == listed
        assert set(files.namelist()) == {*listed, "SHA256SUMS"}
        for resource in described["resources"]:
            data = files.read(resource["path"])
            assert (resource["bytes"], resource["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")
            header = data.decode().splitlines()[0].split(",")
            assert header == [field["name"] for field in resource["schema"]["fields"]]
    release = Release.objects.get(version="2026-R1")
    assert (described["version"], described["digest"], described["digest_method"], described["$schema"]) == (
        "2026-R1", release.digest, "sha256-series", "https://datapackage.org/profiles/2.0/datapackage.json",
    )  # fmt: skip
    assert release.digest in readme
    assert {resource["path"] for resource in described["resources"]} == {f"data/{table.name}.csv" for table in TABLES}


def test_every_reference_of_a_package_leads_to_a_row_of_it(client: Client) -> None:
    content = package(client, "2026-R1")
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        described = orjson.loads(files.read("datapackage.json"))
    rows = {}
    for resource in described["resources"]:
        header, *lines = table_of(content, resource["path"].removeprefix("data/").removesuffix(".csv"))
        rows[resource["name"]] = [dict(zip(header, line, strict=True)) for line in lines]
    references = 0
    for resource in described["resources"]:
        for key in resource["schema"].get("foreignKeys", []):
            target = key["reference"].get("resource", resource["name"])
            known = {row[key["reference"]["fields"][0]] for row in rows[target]} | {""}
            assert {row[key["fields"][0]] for row in rows[resource["name"]]} <= known
            references += 1
    assert references > 20


def test_the_records_of_the_newest_release_are_those_that_are_public() -> None:
    release = published(topics=[topic()], regions=[{"code": "T1", "kind": "zone", "name_zh": "园", "name_en": "Park"}])
    Topic.objects.create(code="T_DRAFT", name_zh="草稿", name_en="Draft")
    columns = {table.name: table.column_names for table in TABLES}
    for name, rows in records_as_of(release, columns).items():
        table = BY_NAME[name]
        public = [table.cells(record) for record in table.records().filter(released__isnull=False)]
        assert rows == [list(cells.values()) for cells in sorted(public, key=table.key_of)], name


def test_an_old_package_stays_the_same_bytes_whatever_comes_after(client: Client, settings: Any) -> None:
    first = package(client, "2026-R1")
    published(
        observations=[liling(value="99"), liling(period="1998", value="1")],
        topics=[topic(), BY_NAME["topics"].cells(Topic.objects.get(code="TRADE")) | {"name_en": "Changed"}],
    )
    second = published(topics=[{"code": "T_TOPIC", "withdraw": "true"}], observations=[liling() | {"withdraw": "true"}])
    settings.FILES_DIR = f"{settings.FILES_DIR}-anew"
    assert package(client, "2026-R1") == first
    newest = package(client, second.version)
    assert [row for row in table_of(newest, "observations") if row[:2] == ["430281", "TRADE_TOTAL"]] == [
        list(liling_of_1998().values())
    ]
    assert not any(row[0] == "T_TOPIC" for row in table_of(newest, "topics"))
    assert any("Changed" in row for row in table_of(newest, "topics"))
    settings.FILES_DIR = f"{settings.FILES_DIR}-anew"
    assert package(client, second.version) == newest


def liling_of_1998() -> Row:
    table = BY_NAME["observations"]
    return table.cells(table.records().get(series__key="A.430281.TRADE_TOTAL", period="1998"))


def test_a_package_is_served_whole_in_part_and_not_at_all_where_it_has_not_changed(client: Client) -> None:
    address = f"{BASE}/releases/2026-R1/download.zip"
    content = package(client, "2026-R1")
    size = len(content)
    head = client.head(address)
    assert (head.status_code, head["Content-Length"], head["Accept-Ranges"], head.getvalue()) == (
        200,
        str(size),
        "bytes",
        b"",
    )
    assert head["Content-Type"] == "application/zip"
    etag = head["ETag"]
    assert not etag.startswith("W/")
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    for asked, first, last in (
        ("bytes=0-0", 0, 0), ("bytes=10-19", 10, 19), (f"bytes={size - 5}-", size - 5, size - 1),
        ("bytes=-7", size - 7, size - 1), (f"bytes=5-{size * 2}", 5, size - 1), (f"bytes=-{size * 2}", 0, size - 1),
    ):  # fmt: skip
        response = client.get(address, headers={"Range": asked, "If-Range": etag})
        assert response.status_code == 206
        assert b"".join(response.streaming_content) == content[first : last + 1]
        assert response["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert (response["Content-Length"], response["ETag"]) == (str(last - first + 1), etag)
        assert "no-store" not in response["Cache-Control"]
    for headers in (
        {"Range": "bytes=0-9", "If-Range": '"other"'},
        {"Range": "bytes=0-1,4-5"},
        {"Range": "bytes=9-5"},
        {"Range": "lines=1-2"},
    ):
        response = client.get(address, headers=headers)
        assert (response.status_code, b"".join(response.streaming_content)) == (200, content)
    for asked in (f"bytes={size}-", "bytes=-0"):
        refused = client.get(address, headers={"Range": asked})
        problem_of(refused, 416)
        assert refused["Content-Range"] == f"bytes */{size}"


def test_the_etag_of_a_package_is_of_its_content_and_outlives_later_releases(client: Client) -> None:
    before = client.head(f"{BASE}/releases/2026-R1/download.zip")
    release = published(observations=[liling(value="1")])
    after = client.head(f"{BASE}/releases/2026-R1/download.zip")
    assert (after["ETag"], after["Last-Modified"]) == (before["ETag"], before["Last-Modified"])
    assert client.head(f"{BASE}/releases/{release.version}/download.zip")["ETag"] != before["ETag"]


def test_a_package_of_no_release_is_a_problem(client: Client) -> None:
    problem_of(client.get(f"{BASE}/releases/1999.1/download.zip"), 404)
    problem_of(client.get(f"{BASE}/releases/2026-R1/download.zip", headers={"Accept": "text/html"}), 406)
    assert error_of(client.get(f"{BASE}/releases/2026-R1/download.zip", {"x": "1"}), "x")["code"] == "unknown_parameter"


def test_the_figures_of_a_release_are_one_parquet_file_that_later_releases_leave_alone(client: Client) -> None:
    address = f"{BASE}/releases/2026-R1/download.parquet"
    first = client.get(address)
    assert first["Content-Disposition"] == 'attachment; filename="observations-2026-R1.parquet"'
    table = pq.read_table(io.BytesIO(first.getvalue()))
    assert table.num_rows == Observation.objects.live().count()
    assert "period_basis" in table.column_names
    published(topics=[topic()], observations=[liling(value="42.50")])
    assert pq.read_table(io.BytesIO(client.get(address).getvalue())).equals(table)
    part = client.get(address, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.getvalue()) == (206, b"PAR1")
    problem_of(client.get(f"{BASE}/releases/1999.1/download.parquet"), 404)
