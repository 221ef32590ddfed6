"""`manage.py seed` and `manage.py verify_citations`: the curated tables in and out, and every phrase at its place."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from curation.columns import Boolean, Factor, Refs, RoledRefs, split
from curation.files import read_rows
from curation.models import Change
from curation.publishing import digest, next_version
from curation.tables import TABLES, Table
from indicators.models import Observation, Topic
from regions.models import Region
from sources.models import Citation, Release, Source

pytestmark = pytest.mark.django_db

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
OURS = ("sources", "regions", "indicators", "policies", "curation")
Row = dict[str, str]


def seed(fixtures: Path = FIXTURES, **options: Any) -> str:
    out = io.StringIO()
    call_command("seed", fixtures=fixtures, stdout=out, stderr=out, **options)
    return out.getvalue()


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the curated tables, to be changed."""
    return Path(shutil.copytree(FIXTURES, tmp_path / "fixtures"))


def rewrite(path: Path, change: Callable[[list[Row]], list[Row]]) -> None:
    rows = read_rows(path)
    names = list(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(rows))


def everything() -> dict[str, Any]:
    models = [model for app in OURS for model in apps.get_app_config(app).get_models(include_auto_created=True)]
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models}


def emptied() -> None:
    """A store as it is before the first seed; keys count on from where they were."""
    models = [model for app in OURS for model in apps.get_app_config(app).get_models(include_auto_created=True)]
    with connection.cursor() as cursor:
        names = [connection.ops.quote_name(model._meta.db_table) for model in models]
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")
        else:
            cursor.execute("PRAGMA defer_foreign_keys = ON")
            for name in names:
                cursor.execute(f"DELETE FROM {name}")


# Seeding -----------------------------------------------------------------------------------------------------------


def test_a_second_seed_changes_nothing_and_says_so() -> None:
    before = everything()
    out = seed()
    assert out.startswith("Nothing to do: 0 new, 0 changed, ")
    assert everything() == before


def test_a_changed_table_is_published_as_the_next_release_with_exactly_the_changes(tables: Path) -> None:
    def corrected(rows: list[Row]) -> list[Row]:
        for row in rows:
            if (row["region"], row["indicator"], row["period"], row["variant"]) == (
                "430281",
                "TRADE_TOTAL",
                "2024",
                "",
            ):
                row["value"] = "41.26"
        return rows

    rewrite(tables / "observations.csv", corrected)
    rewrite(
        tables / "topics.csv", lambda rows: [*rows, dict(zip(rows[0], ["T_TOPIC", "主题", "Topic", "99"], strict=True))]
    )
    rewrite(
        tables / "regions.csv", lambda rows: [r | {"note_en": "changed"} if r["code"] == "430281" else r for r in rows]
    )
    before, version = everything(), next_version(timezone.now().year)
    dry = seed(tables, dry_run=True)
    assert dry.startswith("Would bring in: 1 new, 2 changed, ")
    assert everything() == before

    assert f"Published release {version}: 1 new, 2 changed, " in seed(tables)
    release = Release.objects.get(version=version)
    changes = Change.objects.filter(release=release).values_list("table", "key", "action")
    assert set(changes) == {
        ("observations", "430281|TRADE_TOTAL||||||A|none|2024", "changed"), ("topics", "T_TOPIC", "added"),
        ("regions", "430281", "changed"),
    }  # fmt: skip
    counts = ("observations_added", "observations_retired", "records_added", "records_changed")
    assert [getattr(release, count) for count in counts] == [1, 1, 1, 1]
    assert Topic.objects.public().filter(code="T_TOPIC").exists()
    assert Region.objects.get(code="430281").note_en == "changed"
    values = Observation.objects.filter(series__key="A.430281.TRADE_TOTAL", period="2024").order_by("pk")
    assert [(f"{row.value:.2f}", row.retired == release) for row in values] == [("41.25", True), ("41.26", False)]
    assert seed(tables).startswith("Nothing to do: 0 new, 0 changed, ")


def test_an_empty_store_seeded_from_the_same_rows_in_another_order_has_the_same_digest(tables: Path) -> None:
    expected = Release.objects.get(version="2026.1").digest
    held = {table.name: cells_by_key(table) for table in TABLES}
    for name in ("observations", "regions", "measures", "citations", "categories"):
        rewrite(tables / f"{name}.csv", lambda rows: rows[::-1])
    emptied()
    assert seed(tables, dry_run=True).startswith("Would bring in: ")
    assert not Release.objects.exists()
    assert "Published release 2026.1: " in seed(tables)
    release = Release.objects.get()
    assert release.digest == digest() == expected
    assert (f"{release.published_at:%Y}", release.status, release.published_by) == ("2026", "published", "seed")
    assert {table.name: cells_by_key(table) for table in TABLES} == held


def test_a_table_in_error_is_refused_by_file_and_row_and_nothing_is_written(tables: Path) -> None:
    def mistyped(rows: list[Row]) -> list[Row]:
        return [*rows, rows[-1] | {"code": "T_NEW", "topic": "TRAED"}]

    count = len(read_rows(tables / "indicators.csv"))
    rewrite(tables / "indicators.csv", mistyped)
    before, out = everything(), io.StringIO()
    with pytest.raises(CommandError, match="1 rows in error; nothing was written"):
        call_command("seed", fixtures=tables, stdout=out, stderr=out)
    assert f"indicators.csv, row {count + 2}, topic" in out.getvalue()
    assert "did you mean TRADE?" in out.getvalue()
    assert everything() == before


def test_a_table_that_is_not_there_is_left_alone(tables: Path) -> None:
    (tables / "observations.csv").unlink()
    assert seed(tables).startswith("Nothing to do: ")
    assert Observation.objects.live().exists()


# Round trip --------------------------------------------------------------------------------------------------------


def canonical(table: Table, raw: Row) -> Row:
    """A file's row as the store says it: lists in order, default roles said, false said, factors without zeros."""
    cells = {}
    for column in table.columns:
        cell = raw.get(column.name, "")
        if isinstance(column, RoledRefs):
            default = column.roles.values[0]
            cell = ";".join(sorted({item if ":" in item else f"{item}:{default}" for item in split(cell)}))
        elif isinstance(column, Refs):
            cell = ";".join(sorted(set(split(cell))))
        elif isinstance(column, Boolean) and not column.nullable:
            cell = cell or "false"
        elif isinstance(column, Factor) and "." in cell:
            cell = cell.rstrip("0").rstrip(".")
        cells[column.name] = cell
    return cells


def cells_by_key(table: Table) -> dict[str, Row]:
    held = [table.cells(record) for record in table.records()]
    return {table.key_of(cells): cells for cells in held}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_the_store_holds_is_what_the_file_says(table: Table) -> None:
    rows = [canonical(table, raw) for raw in read_rows(FIXTURES / table.filename)]
    assert rows
    assert cells_by_key(table) == {table.key_of(row): row for row in rows}
    assert table.records().count() == len(rows)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_tables_have_the_columns_that_their_description_says(table: Table) -> None:
    (line,) = (
        line for line in (FIXTURES / "README.md").read_text().splitlines() if line.startswith(f"| `{table.filename}`")
    )
    described = re.sub(r"\([^)]*\)", "", line.split("|")[2]).split(";")[0]
    assert [name.strip() for name in described.split(",")] == table.column_names


def test_every_seeded_record_is_public() -> None:
    for table in TABLES:
        if table.name != "observations":
            assert table.model._default_manager.public().count() == table.records().count()


def test_every_file_of_the_folder_is_a_table() -> None:
    files = {path.name for path in FIXTURES.iterdir()}
    assert files == {table.filename for table in TABLES} | {"README.md", "release.yaml"}


def test_reading_a_table_back_costs_the_same_number_of_queries_whatever_its_rows(
    django_assert_max_num_queries: Any,
) -> None:
    for table in TABLES:
        with django_assert_max_num_queries(1 + len(table.links) * 2):
            cells_by_key(table)


# Phrases at their places -------------------------------------------------------------------------------------------

TEXT = "标题\n\n醴陵市进出口41.25亿元，占81.2%。\n𠮷结尾"


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """One text, and its source the only one that anything cites."""
    (tmp_path / "paper.txt").write_bytes(TEXT.encode())
    (tmp_path / "notes.md").write_text("not a text")
    Citation.objects.all().delete()
    sha256 = hashlib.sha256(TEXT.encode()).hexdigest()
    paper = Source.objects.create(slug="t-paper", kind="paper", title_zh="论文", title_en="Paper", sha256=sha256)
    for phrase in ("41.25亿元", "81.2%", "标题\n\n醴陵", "𠮷结尾"):
        cite(paper, TEXT.index(phrase), phrase)
    return tmp_path


def cite(source: Source, start: int, exact: str) -> Citation:
    end = start + len(exact)
    code = Citation.code_of(source.slug, start, end, "supports", "stated")
    return Citation.objects.create(code=code, source=source, exact=exact, start=start, end=end)


def verify(documents: Path) -> str:
    out = io.StringIO()
    try:
        call_command("verify_citations", documents=documents, stdout=out, stderr=out)
    except CommandError as error:
        return f"{out.getvalue()}FAILED {error}"
    return out.getvalue()


def test_phrases_at_their_places_are_verified(documents: Path) -> None:
    assert verify(documents) == "4 of 4 citations found at their place in 1 texts.\n"


def test_a_phrase_that_is_shifted_is_reported_with_what_stands_there(documents: Path) -> None:
    cite(Source.objects.get(slug="t-paper"), TEXT.index("81.2%") + 1, "81.2%")
    out = verify(documents)
    assert "expected '81.2%', the text has '1.2%。'" in out
    assert "4 of 5 citations" in out
    assert "FAILED 1 citations do not match." in out


def test_a_changed_text_is_no_longer_the_one_that_was_read(documents: Path) -> None:
    (documents / "paper.txt").write_bytes(TEXT.encode() + b"\n")
    out = verify(documents)
    assert out.count("no text with the SHA-256 of source t-paper") == 4
    assert "FAILED 4 citations do not match." in out


def test_a_text_that_is_not_there_is_reported(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Source.objects.create(slug="t-other", kind="paper", title_zh="论文", title_en="Paper")
    cite(other, 0, "标题")
    assert "t-other:0-2: no text with the SHA-256 of source t-other" in verify(documents)
    assert "0 of 5 citations found at their place in 0 texts." in verify(tmp_path_factory.mktemp("empty"))


def test_verifying_no_citation_at_all_is_no_success(documents: Path) -> None:
    Citation.objects.all().delete()
    assert "FAILED" in verify(documents)


def test_line_ends_of_the_text_count_as_they_are(documents: Path) -> None:
    text = "一\r\n二"
    (documents / "other.txt").write_bytes(text.encode())
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    other = Source.objects.create(slug="t-crlf", kind="paper", title_zh="论文", title_en="Paper", sha256=sha256)
    cite(other, 3, "二")
    assert verify(documents) == "5 of 5 citations found at their place in 2 texts.\n"
