"""A release's package stays what it was, byte for byte, whatever later versions of the program say or hold."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import orjson
import pytest
from django.test import Client

from curation.plans.imports import plan_import
from curation.releases import packages
from curation.releases.packages import write_package
from curation.releases.publication import ReleaseNotes, publish
from curation.tables import curated
from curation.tables.columns import CuratedColumn
from curation.tables.curated import BY_NAME
from curation.tables.references import Ref
from curation.tables.table import CuratedTable
from indicators.models import Observation, Series, Topic
from regions.models import Region
from sources.bilingual import both
from sources.models import PackageDescription, Release
from tests.curation.releases.sealing import taken_again

pytestmark = pytest.mark.django_db

NOTES = ReleaseNotes(reason="a test")


def packed(version: str) -> bytes:
    """The bytes of a release's package, made now."""
    file = io.BytesIO()
    write_package(Release.objects.get(version=version), file)
    return file.getvalue()


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def with_columns(monkeypatch: pytest.MonkeyPatch, table: str, *columns: CuratedColumn) -> None:
    """As a later version of the program whose table has these columns as well."""
    held = BY_NAME[table]
    monkeypatch.setitem(vars(held), "columns", (*held.columns, *columns))


def with_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a later version of the program that publishes one more table."""
    added = CuratedTable(
        "region_names", Region, columns=(CuratedColumn("code", required=True), CuratedColumn("name_en"))
    )
    for module in (packages, curated):
        monkeypatch.setattr(module, "TABLES", (*curated.TABLES, added))
    monkeypatch.setitem(BY_NAME, added.name, added)


def with_later_program(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Columns before and after those that there were, a table, another key, another label, choice, README and licence."""
    with_columns(
        monkeypatch, "observations",
        CuratedColumn("region_name", attribute="series.region.name_en"), Ref("place", attribute="series.region", to=Region),
    )  # fmt: skip
    with_columns(monkeypatch, "topics", CuratedColumn("title", attribute="name_en"))
    monkeypatch.setitem(vars(BY_NAME["topics"]), "columns", BY_NAME["topics"].columns[::-1])
    monkeypatch.setitem(vars(BY_NAME["observations"]), "key", (*BY_NAME["observations"].key, "place"))
    with_table(monkeypatch)
    monkeypatch.setattr(Observation._meta.get_field("status"), "choices", [("A", "A"), ("Z", "Z")])
    monkeypatch.setattr(Topic._meta.get_field("name_en"), "verbose_name", both("称呼", "what it is called"))
    monkeypatch.setattr(Topic._meta, "verbose_name_plural", both("题目", "subjects"))
    monkeypatch.setattr(packages, "README", "# {title}, and more\n")
    monkeypatch.setattr(packages, "TITLE", "Another title")
    settings.DATA_LICENCE = {"name": "CC0 1.0", "url": "https://creativecommons.org/publicdomain/zero/1.0/"}


def test_a_later_version_of_the_program_changes_no_byte_of_an_old_package(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    before = packed("2026-R1")
    with_later_program(monkeypatch, settings)
    after = packed("2026-R1")
    assert members(after) == members(before)
    assert after == before


def test_a_later_version_of_the_program_leaves_the_etag_of_an_old_package_alone(
    monkeypatch: pytest.MonkeyPatch, settings: Any, client: Client
) -> None:
    address = "/api/v1/releases/2026-R1/download.zip"
    before = client.head(address)["ETag"]
    with_later_program(monkeypatch, settings)
    assert client.head(address)["ETag"] == before


@pytest.mark.parametrize("part", ["api.data.releases.zlib.ZLIB_RUNTIME_VERSION", "django.conf.settings.VERSION"])
def test_what_else_the_bytes_are_made_of_is_in_the_etag(
    part: str, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    """Another compressor, or another program, may write the same files as other bytes."""
    address = "/api/v1/releases/2026-R1/download.zip"
    before = client.head(address)["ETag"]
    monkeypatch.setattr(part, "another")
    assert client.head(address)["ETag"] != before


def test_a_new_release_says_what_the_later_program_says(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    before = packed("2026-R1")
    with_later_program(monkeypatch, settings)
    later = publish(
        plan_import({"topics": [{"code": "T_TOPIC", "name_zh": "题", "name_en": "T", "order": "1"}]}), NOTES
    )
    assert later is not None
    files = members(packed(later.version))
    assert files["README.md"] == b"# Another title, and more\n"
    assert files["data/topics.csv"].splitlines()[0] == b"title,order,name_en,name_zh,code"
    assert files["data/observations.csv"].splitlines()[0].endswith(b",note_zh,note_en,region_name,place")
    assert b"Liling City,430281" in files["data/observations.csv"]
    assert "data/region_names.csv" in files
    description = orjson.loads(files["datapackage.json"])
    (topics,) = (resource for resource in description["resources"] if resource["name"] == "topics")
    assert topics["title"] == "subjects 题目"
    assert packed("2026-R1") == before


def test_releases_share_their_description_until_the_program_says_something_else(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def published(code: str) -> str:
        topic = {"code": code, "name_zh": "题", "name_en": "T", "order": "1"}
        release = publish(plan_import({"topics": [topic]}), NOTES)
        assert release is not None
        return str(release.package_id)

    first = Release.objects.get(version="2026-R1").package_id
    assert published("T_A") == first
    with_later_program(monkeypatch, settings)
    assert first != published("T_B") == published("T_C")
    assert PackageDescription.objects.count() == 2


def test_a_column_that_is_added_and_left_empty_changes_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    seeded = Release.objects.get(version="2026-R1").digest
    with_columns(monkeypatch, "observations", CuratedColumn("nothing", attribute="series.region.note_en"))
    Region.objects.update(note_en="")
    Series.objects.update(digest=None)
    release = publish(
        plan_import({"topics": [{"code": "T_TOPIC", "name_zh": "题", "name_en": "T", "order": "1"}]}), NOTES
    )
    assert release is not None
    assert b",nothing\n" in members(packed(release.version))["data/observations.csv"].replace(b"\r\n", b"\n")
    assert release.digest == taken_again(release) == seeded
