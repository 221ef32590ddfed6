"""The digest of a release is of every figure that stands, is brought forward by what changes, and anyone can take it again."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from curation.releases import digests
from curation.releases.digests import brought_forward
from curation.releases.packages import write_package
from curation.releases.publication import ReleaseNotes
from curation.tables.curated import BY_NAME
from curation.tables.observations import ObservationTable
from curation.tables.rows import CompactRow, Header
from indicators.models import Observation, Series
from sources.models import DigestMethod, PackageDescription, Release
from tests.builder import LILING, cells_of, liling, published
from tests.curation.releases.sealing import documented_lines, taken_again

Row = dict[str, str]
NOTES = ReleaseNotes(reason="a test")
TOPIC = {"code": "T_TOPIC", "name_zh": "主题", "name_en": "Topic", "order": "1"}


def kept() -> dict[str, str | None]:
    return dict(Series.objects.values_list("key", "digest"))


# What it is of -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_digest_is_of_the_live_figures_and_of_nothing_else() -> None:
    seeded, stood = Release.objects.get(version="2026-R1").digest, liling()["value"]
    assert len(seeded) == 64
    assert published(topics=[TOPIC]).digest == seeded
    assert published(observations=[liling(value=f"{stood}1")]).digest != seeded
    assert published(observations=[liling(value=stood)]).digest == seeded
    assert published(observations=[liling(value=f"{stood}0")]).digest != seeded


@pytest.mark.stores_alike
@pytest.mark.django_db
@pytest.mark.parametrize(
    "cells",
    [
        {"qualifier": "approx"}, {"note_zh": "备注"}, {"unit": "CNY_10K"}, {"status": "P"}, {"period_basis": "inferred"},
        {"source": "huaihua-dry-port"}, {"citations": "zhuzhou-county-trade:1229-1236;zhuzhou-county-trade:1245-1250"},
    ],
)  # fmt: skip
def test_every_cell_of_a_figure_counts(cells: Row) -> None:
    seeded = Release.objects.get(version="2026-R1").digest
    assert published(observations=[liling(**cells)]).digest != seeded


@pytest.mark.stores_alike
@pytest.mark.django_db
def test_anyone_takes_it_again_by_the_lines_of_the_documentation(tmp_path: Path) -> None:
    published(observations=[liling(period="1998", value="1"), liling(variant="other"), liling() | {"withdraw": "true"}])
    for number, release in enumerate(Release.objects.published()):
        program, package = tmp_path / f"{number}.py", tmp_path / f"{number}.zip"
        program.write_text(documented_lines(), encoding="utf-8")
        with package.open("w+b") as file:
            write_package(release, file)
        done = subprocess.run([sys.executable, "-I", program, package], capture_output=True, text=True, check=True)
        assert done.stdout == f"{release.digest}\n"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(TEXTS, TEXTS))
def test_a_line_is_what_any_writer_of_json_makes_of_it(cells: Row) -> None:
    stated = {name: cell for name, cell in cells.items() if cell}
    expected = json.dumps(stated, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
    assert digests._line(CompactRow(Header(list(cells)), list(cells.values()))).decode() == expected


# How it is brought forward -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_kept_of_each_series_is_what_its_figures_give() -> None:
    other = cells_of("observations", series__key="A.430223.TRADE_TOTAL", period="2024")
    for rows in (
        [liling(value="1"), liling(period="1998", value="2"), liling(variant="t", period="1998", value="3")],
        [other | {"withdraw": "true"}, liling(period="1998", value="2") | {"withdraw": "true"}],
        [other | {"withdraw": "false"}, liling(variant="t", period="1998", value="3") | {"withdraw": "true"}],
    ):
        release = published(observations=rows)
        before = kept()
        Series.objects.update(digest=None)
        assert brought_forward() == release.digest == taken_again(release)
        assert kept() == before
        assert {key for key, digest in before.items() if not digest} == set(
            Series.objects.filter(observation_count=0).values_list("key", flat=True)
        )


@pytest.mark.stores_alike
@pytest.mark.django_db
def test_only_the_figures_of_the_series_that_changed_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    lines = ObservationTable.lines

    def counted(*arguments: Any) -> Iterator[Any]:
        nonlocal read
        for line in lines(*arguments):
            read += arguments[2:] == ("series_id", "period")  # as digests are taken; an import reads them otherwise
            yield line

    monkeypatch.setattr(ObservationTable, "lines", counted)
    published(topics=[TOPIC])
    assert read == 0
    published(observations=[liling(value="1"), liling(period="1998", value="2")])
    assert read == Observation.objects.live().filter(series__key=LILING["series__key"]).count() < 10


@pytest.mark.django_db
def test_series_that_were_written_past_the_publication_are_taken_by_the_next() -> None:
    line = Series.objects.get(key=LILING["series__key"])
    Observation.objects.filter(series=line).update(note_en="by hand")
    Series.objects.filter(pk=line.pk).refresh_extent()
    release = published(topics=[TOPIC])
    assert release.digest == taken_again(release) != Release.objects.get(version="2026-R1").digest


@pytest.mark.django_db
def test_the_digest_of_no_figures_is_that_of_nothing() -> None:
    rows = [BY_NAME["observations"].cells(row) | {"withdraw": "true"} for row in BY_NAME["observations"].records()]
    release = published(observations=rows)
    assert release.observations_live == 0
    assert release.digest == taken_again(release) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.stores_alike
@pytest.mark.django_db
def test_the_live_figures_are_counted_by_what_is_kept() -> None:
    release = published(observations=[liling(period="1998", value="1")])
    assert release.observations_live == Observation.objects.live().count()


# Stores of before --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_upgrade_takes_the_digest_of_every_series_that_a_publication_would() -> None:
    published(observations=[liling() | {"withdraw": "true"}])
    before = kept_of_then()
    Series.objects.update(digest=None)
    importlib.import_module("indicators.migrations.0005_series_digest").take(
        apps, SimpleNamespace(connection=connection)
    )
    assert kept_of_then() == before


def kept_of_then() -> dict[str, Any]:
    """Of the series that there could be at that upgrade: none had a whole."""
    return {key: digest for key, digest in kept().items() if ".of-" not in key}


@pytest.mark.django_db
def test_releases_of_before_keep_the_digest_and_the_package_of_their_time(get: Any) -> None:
    Release.objects.update(package=None)
    PackageDescription.objects.all().delete()
    migration = importlib.import_module("sources.migrations.0005_release_package_and_digest_method")
    migration.describe(apps, None)
    release = Release.objects.get(version="2026-R1")
    release.digest_method = DigestMethod.CSV
    release.digest = taken_again(release)
    release.save()
    later = published(observations=[liling(value="1")])
    said = {row["version"]: (row["digest_method"], row["digest"]) for row in get("/releases")["results"]}
    assert said == {"2026-R1": ("sha256-csv", release.digest), later.version: ("sha256-series", later.digest)}
    assert taken_again(Release.objects.get(version="2026-R1")) == release.digest
    assert taken_again(later) == later.digest
