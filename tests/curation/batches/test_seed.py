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
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from curation.batches import review
from curation.models import ImportBatch
from curation.refusals import StepRefused
from curation.releases.publication import next_version
from curation.roles import CURATOR
from curation.tables.code_index import split
from curation.tables.columns import Boolean, Factor
from curation.tables.curated import BY_NAME, TABLES
from curation.tables.files import read_rows
from curation.tables.references import Refs, RoledRefs
from curation.tables.table import CuratedTable
from indicators.models import Check, Observation, Topic
from regions.models import Region
from sources.models import Citation, Release, Source
from tests.builder import liling
from tests.curation.people import draft, person
from tests.curation.releases.sealing import taken_again
from tests.whole_store import emptied, everything

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
on_both_stores = pytest.mark.stores_alike(False)

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
Row = dict[str, str]


def seed(fixtures: Path = FIXTURES, **options: Any) -> str:
    out = io.StringIO()
    call_command("seed", fixtures=fixtures, stdout=out, stderr=out, **options)
    return out.getvalue()


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of those curated tables that the tests change; one that is not there is left alone."""
    for name in ("topics", "indicators", "observations", "regions", "checks", "check_terms", "schemes", "categories"):
        shutil.copy(FIXTURES / f"{name}.csv", tmp_path)
    shutil.copy(FIXTURES / "release.yaml", tmp_path)
    return tmp_path


def rewrite(path: Path, change: Callable[[list[Row]], list[Row]]) -> None:
    rows = read_rows(path)
    names = list(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(rows))


# Seeding -----------------------------------------------------------------------------------------------------------


@on_both_stores
def test_a_second_seed_changes_nothing_and_says_so() -> None:
    before = everything()
    out = seed()
    assert out == "Nothing to do.\n"
    assert everything() == before


def valued(value: str) -> Callable[[list[Row]], list[Row]]:
    """The change of a file of observations that gives Liling's foreign trade of 2024 this value."""
    place = {"region": "430281", "indicator": "TRADE_TOTAL", "period": "2024", "variant": ""}
    return lambda rows: [row | {"value": value} if place.items() <= row.items() else row for row in rows]


@pytest.fixture
def changed(tables: Path) -> Path:
    """The tables with a corrected figure, a new topic and a changed region."""
    rewrite(tables / "observations.csv", valued("41.261"))
    rewrite(
        tables / "topics.csv", lambda rows: [*rows, dict(zip(rows[0], ["T_TOPIC", "主题", "Topic", "99"], strict=True))]
    )
    rewrite(
        tables / "regions.csv", lambda rows: [r | {"note_en": "changed"} if r["code"] == "430281" else r for r in rows]
    )
    return tables


CHANGED = {
    ("observations", "430281|TRADE_TOTAL||||||A|none|2024", "changed"), ("topics", "T_TOPIC", "new"),
    ("regions", "430281", "changed"),
}  # fmt: skip


def waiting() -> ImportBatch:
    """The one batch of the curated tables that waits for people."""
    return ImportBatch.objects.get(origin="tables", status="in_review")


def decided(batch: ImportBatch) -> Release:
    """The batch approved by one and published by another."""
    batch.refresh_from_db()
    reviewer, publisher = (
        User.objects.get_or_create(username=name, is_superuser=True)[0] for name in ("reviewer", "publisher")
    )
    review.accept_warnings(batch, reviewer, batch.rows.values_list("pk", flat=True), "seen")
    review.approve(batch, reviewer)
    return review.publish(batch, publisher, "why")


def corrected(value: str) -> Release:
    """The figure of Liling as a curator corrects it, reviewed and published."""
    curator = User.objects.filter(username="curator").first() or person("curator", CURATOR)
    batch = draft(curator, observations=[liling(value=value)])
    review.send_to_review(batch, curator)
    return decided(batch)


@on_both_stores
def test_what_the_files_changed_waits_for_two_people_and_is_brought_in_once(changed: Path) -> None:
    before, version, stood = everything(), next_version(timezone.now().year), liling()["value"]
    assert "新增 1, 修改 2\n试运行" in seed(changed, dry_run=True, lang="zh")
    assert everything() == before

    assert "waits for review" in seed(changed)
    batch = waiting()
    assert (batch.created_by, Release.objects.count(), batch.rows.count()) == (None, 1, 3)
    assert set(batch.rows.values_list("table", "key", "verdict")) == CHANGED
    assert {(row.sheet, bool(row.cell)) for row in batch.rows.all()} == {
        ("observations.csv", True), ("topics.csv", True), ("regions.csv", True),
    }  # fmt: skip
    assert "says so already" in seed(changed)
    assert ImportBatch.objects.filter(origin="tables", status="in_review").count() == 1

    release = decided(batch)
    assert (release.version, release.reviewed_by, release.published_by) == (version, "reviewer", "publisher")
    counts = ("observations_added", "observations_retired", "records_added", "records_changed")
    assert [getattr(release, count) for count in counts] == [1, 1, 1, 1]
    assert Topic.objects.public().filter(code="T_TOPIC").exists()
    assert Region.objects.get(code="430281").note_en == "changed"
    values = Observation.objects.filter(series__key="A.430281.TRADE_TOTAL", period="2024").order_by("pk")
    assert [(f"{row.value:.{row.decimals}f}", row.retired == release) for row in values] == [
        (stood, True),
        ("41.261", False),
    ]
    assert "Nothing to do" in seed(changed)


def test_a_batch_of_the_tables_is_approved_and_published_by_two_people(changed: Path) -> None:
    seed(changed)
    batch, alone = waiting(), User.objects.create_superuser("alone")
    review.accept_warnings(batch, alone, batch.rows.values_list("pk", flat=True), "seen")
    review.approve(batch, alone)
    with pytest.raises(StepRefused, match="second_person"):
        review.publish(batch, alone, "why")
    assert review.publish(batch, User.objects.create_superuser("another"), "why").reviewed_by == "alone"


def test_where_commands_may_publish_the_release_says_that_nobody_reviewed_it(changed: Path, settings: Any) -> None:
    settings.COMMANDS_PUBLISH = True
    assert "which nobody has reviewed" in seed(changed)
    release = Release.objects.published()[0]
    assert (release.published_by, release.reviewed_by) == ("seed", "")
    assert set(release.batches.get().rows.values_list("table", "key", "verdict")) == CHANGED
    assert "Nothing to do" in seed(changed)


@pytest.mark.parametrize("may_publish", [True, False])
def test_a_published_correction_stands_whatever_is_seeded_after_it(
    tables: Path, settings: Any, may_publish: bool
) -> None:
    settings.COMMANDS_PUBLISH = may_publish
    stood, release = liling()["value"], corrected("41.30")
    assert "Nothing to do" in seed(tables)
    rewrite(tables / "observations.csv", valued("41.261"))
    said = seed(tables)
    assert f"430281|TRADE_TOTAL||||||A|none|2024: others have changed it: value: {stood} → 41.30" in said
    assert "Nothing to do" in said
    assert (Release.objects.published().first(), liling()["value"]) == (release, "41.30")
    assert not ImportBatch.objects.filter(origin="tables").exclude(status="published").exists()


def test_the_roll_back_of_what_was_seeded_stands(changed: Path) -> None:
    seed(changed)
    stood, release = liling()["value"], decided(waiting())
    decided(review.roll_back(release, User.objects.get(username="publisher"), "not yet"))
    assert liling()["value"] == stood
    assert "Nothing to do" in seed(changed)
    rewrite(changed / "observations.csv", valued("41.271"))
    assert f"others have changed it: value: 41.261 → {stood}" in seed(changed)
    assert liling()["value"] == stood


def test_what_others_withdrew_or_brought_in_stays(tables: Path) -> None:
    curator = person("curator", CURATOR)
    figure = {name: liling()[name] for name in BY_NAME["observations"].key} | {"withdraw": "true"}
    topic = {"code": "T_TOPIC", "name_zh": "他人的", "name_en": "Of others", "order": "5"}
    batch = draft(curator, observations=[figure], topics=[topic])
    review.send_to_review(batch, curator)
    decided(batch)
    assert "Nothing to do" in seed(tables)
    rewrite(tables / "observations.csv", valued("41.261"))
    rewrite(tables / "topics.csv", lambda rows: [*rows, topic | {"name_zh": "我们的"}])
    said = seed(tables)
    assert "2024: others have withdrawn it" in said
    assert "topics T_TOPIC: others have brought it in otherwise" in said
    assert "Nothing to do" in said


def test_what_refers_to_a_row_that_stays_is_left_with_it(tables: Path) -> None:
    Topic.objects.create(code="T_TOPIC", name_zh="草稿", name_en="A draft", order=5)
    rewrite(tables / "topics.csv", lambda rows: [*rows, rows[-1] | {"code": "T_TOPIC"}])
    rewrite(tables / "indicators.csv", lambda rows: [*rows, rows[-1] | {"code": "T_INDICATOR", "topic": "T_TOPIC"}])
    said = seed(tables)
    assert "2 rows of the curated tables stay" in said
    assert "indicators T_INDICATOR: topic T_TOPIC is a draft that is not published" in said


def test_a_row_that_the_files_no_longer_have_is_put_up_for_withdrawal(tables: Path) -> None:
    rewrite(tables / "checks.csv", lambda rows: rows[:-1])
    gone = read_rows(FIXTURES / "checks.csv")[-1]["code"]
    rewrite(tables / "check_terms.csv", lambda rows: [row for row in rows if row["check"] != gone])
    seed(tables)
    batch = waiting()
    assert {row.verdict for row in batch.rows.all()} == {"withdrawn"}
    decided(batch)
    assert not Check.objects.public().filter(code=gone).exists()
    assert "Nothing to do" in seed(tables)


def test_what_is_still_in_use_is_not_put_up_for_withdrawal(tables: Path) -> None:
    rewrite(tables / "topics.csv", lambda rows: [row for row in rows if row["code"] != "TRADE"])
    said = seed(tables)
    assert "topics TRADE: indicators" in said
    assert "still refers to it" in said
    assert "Nothing to do" in said


def test_a_batch_that_people_rejected_is_not_made_again_and_an_outdated_one_is_replaced(changed: Path) -> None:
    seed(changed)
    review.reject(waiting(), User.objects.create_superuser("reviewer"), "no")
    assert "says so already; it is rejected" in seed(changed)
    rewrite(changed / "observations.csv", valued("41.271"))
    seed(changed)
    first = waiting()
    rewrite(changed / "observations.csv", valued("41.281"))
    seed(changed)
    first.refresh_from_db()
    assert (first.status, first.steps.last().user) == ("rejected", None)
    assert "Replaced" in first.steps.last().reason
    assert waiting().rows.get(table="observations").resolved["value"] == "41.281"


def test_a_correction_while_a_batch_of_the_tables_waits_is_not_taken_back_by_it(changed: Path) -> None:
    seed(changed)
    stale, stood = waiting(), liling()["value"]
    corrected("41.30")
    with pytest.raises(StepRefused, match="stale"):
        decided(stale)
    assert f"others have changed it: value: {stood} → 41.30" in seed(changed)
    assert set(waiting().rows.values_list("table", flat=True)) == {"topics", "regions"}
    decided(waiting())
    assert liling()["value"] == "41.30"


def test_an_error_in_a_changed_table_does_not_keep_a_filled_store_from_starting(tables: Path) -> None:
    rewrite(tables / "topics.csv", lambda rows: [*rows, rows[-1] | {"code": "bad code"}])
    before = everything()
    assert "1 rows in error; nothing was written." in seed(tables)
    assert everything() == before


def test_an_empty_store_seeded_from_the_same_rows_in_another_order_has_the_same_digest(tmp_path: Path) -> None:
    expected = Release.objects.get(version="2026-R1").digest
    tables = Path(shutil.copytree(FIXTURES, tmp_path / "fixtures"))
    for name in ("observations", "regions", "measures", "citations", "categories"):
        rewrite(tables / f"{name}.csv", lambda rows: rows[::-1])
    emptied()
    assert "Published release 2026-R1" in seed(tables)
    release = Release.objects.get()
    assert release.digest == taken_again(release) == expected
    assert (f"{release.published_at:%Y}", release.status, release.published_by) == ("2026", "published", "seed")
    assert {table.name: cells_by_key(table) for table in TABLES} == {table.name: as_filed(table) for table in TABLES}


def test_a_table_in_error_is_refused_by_file_and_row_and_nothing_is_written(tables: Path) -> None:
    count = len(read_rows(tables / "categories.csv"))
    for path in tables.iterdir():
        if path.stem not in ("schemes", "categories", "release"):
            path.unlink()
    emptied()
    assert "Dry run" in seed(tables, dry_run=True)
    rewrite(
        tables / "categories.csv",
        lambda rows: [*rows, {**rows[-1], "code": "T_NEW", "scheme": "PRODUKT", "parent": ""}],
    )
    for dry_run in (True, False):
        out = io.StringIO()
        with pytest.raises(CommandError, match="1 rows in error; nothing was written"):
            call_command("seed", fixtures=tables, dry_run=dry_run, stdout=out, stderr=out)
        assert f"categories.csv {count + 2}, scheme: unknown classification: PRODUKT (PRODUCT?)" in out.getvalue()
        assert not Release.objects.exists()


def test_a_table_that_is_not_there_is_left_alone(tables: Path) -> None:
    assert not (tables / "measures.csv").exists()
    (tables / "observations.csv").unlink()
    assert "Nothing to do" in seed(tables)
    assert Observation.objects.live().exists()


# Round trip --------------------------------------------------------------------------------------------------------


def canonical(table: CuratedTable, raw: Row) -> Row:
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


def cells_by_key(table: CuratedTable) -> dict[str, Row]:
    held = [table.cells(record) for record in table.records()]
    return {table.key_of(cells): cells for cells in held}


def as_filed(table: CuratedTable) -> dict[str, Row]:
    rows = [canonical(table, raw) for raw in read_rows(FIXTURES / table.filename)]
    filed = {table.key_of(row): row for row in rows}
    assert len(rows) == len(filed) > 0
    return filed


@on_both_stores
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_the_store_holds_is_what_the_file_says_and_is_read_in_a_few_queries_whatever_its_rows(
    table: CuratedTable, django_assert_max_num_queries: Any
) -> None:
    filed = as_filed(table)
    with django_assert_max_num_queries(1 + len(table.links) * 2):
        assert cells_by_key(table) == filed
    assert table.records().count() == len(filed)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_tables_have_the_columns_that_their_description_says(table: CuratedTable) -> None:
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
