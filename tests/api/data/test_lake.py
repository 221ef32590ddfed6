"""The lake: every figure of a release once, in its partition, as the API says it; the same release gives the same bytes."""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from sources.models import Release
from tests.api.conftest import Read
from tests.indicators.indicator_store import a_later_release, a_series, an_observation, retire

pytestmark = pytest.mark.django_db


def written(folder: Path) -> dict[int, dict[str, Any]]:
    """The figures of a release's folder by id, with the partition that each lies in."""
    found = {}
    for path in sorted((folder / "observations").rglob("*.parquet")):
        partition = dict(part.split("=") for part in path.relative_to(folder / "observations").parts[:-1])
        for row in pq.ParquetFile(path).read(use_threads=False).to_pylist():
            assert row["id"] not in found
            found[row["id"]] = {**row, **partition}
    return found


@pytest.fixture(scope="module")
def lake(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lake with the release of the seed."""
    folder = tmp_path_factory.mktemp("lake")
    with django_db_blocker.unblock():
        call_command("export_lake", folder, verbosity=0)
    return folder


def test_it_has_every_figure_as_the_api_says_it(lake: Path, read: Read) -> None:
    rows = written(lake / "2026-R1")
    topics = {indicator["code"]: indicator["topic"] for indicator in read("/indicators", page_size=1000)["results"]}
    for language in ("zh", "en"):
        said = read("/observations", detail="full", variants="all", page_size=10_000, lang=language)["results"]
        assert {row["id"] for row in said} == rows.keys()
        for row in said:
            held = rows[row["id"]]
            assert held["topic"] == topics[row["indicator"]]
            for name, cell in row.items():
                kept = held[
                    f"{name}_{language}" if name.endswith(("_name", "_title")) or name in ("note", "text") else name
                ]
                if name == "value":
                    assert (cell is None) == (kept is None)
                    assert cell is None or float(kept) == cell
                elif isinstance(kept, datetime.datetime):
                    assert kept == datetime.datetime.fromisoformat(cell)
                else:
                    assert str(kept) == str(cell), name


def test_the_manifest_and_the_checksums_are_of_the_files(lake: Path) -> None:
    folder = lake / "2026-R1"
    manifest = json.loads((folder / "manifest.json").read_text())
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}
    assert {part["path"] for part in manifest["files"]} == files
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    for part in manifest["files"]:
        content = (folder / part["path"]).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        assert (part["sha256"], sums[part["path"]], part["bytes"]) == (digest, digest, len(content))
        assert part["rows"] == pq.ParquetFile(folder / part["path"]).metadata.num_rows
    assert manifest["rows"] == len(written(folder))
    columns = pq.ParquetFile(next(folder.glob("observations/*/*/*.parquet"))).schema_arrow.names
    assert [column["name"] for column in manifest["columns"]] == columns
    release = Release.objects.get(version="2026-R1")
    told = pq.ParquetFile(folder / "regions.parquet").schema_arrow.metadata
    for place in (manifest, {name.decode(): text.decode() for name, text in told.items()}):
        assert (place["digest"], place["digest_method"]) == (release.digest, release.digest_method)


def test_the_same_release_gives_the_same_bytes_and_is_not_written_twice(lake: Path, tmp_path: Path) -> None:
    call_command("export_lake", tmp_path / "again", verbosity=0)
    one, two = ((folder / "2026-R1" / "SHA256SUMS").read_text() for folder in (lake, tmp_path / "again"))
    assert one == two
    with pytest.raises(CommandError, match="is there already"):
        call_command("export_lake", lake, verbosity=0)
    with pytest.raises(CommandError, match=r"no release 1999\.1; published are: 2026-R1"):
        call_command("export_lake", tmp_path, release="1999.1", verbosity=0)
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


def test_an_earlier_release_is_as_it_stood(tmp_path: Path) -> None:
    line = a_series()
    stays, wrong = (an_observation(line, period, "1") for period in ("2020", "2021"))
    retire(wrong)
    right = an_observation(line, "2021", "2", released=a_later_release())
    for release in ("2026-R1", "2090.1"):
        call_command("export_lake", tmp_path, release=release, verbosity=0)
    before, after = (written(tmp_path / release) for release in ("2026-R1", "2090.1"))
    assert {stays.pk, wrong.pk} <= before.keys()
    assert right.pk not in before
    assert {stays.pk, right.pk} <= after.keys()
    assert wrong.pk not in after
