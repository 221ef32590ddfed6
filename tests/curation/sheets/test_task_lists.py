"""An office's list of the 121 tasks: read, counted against what the plan states, refused with reasons, published."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from curation.models import ImportBatch
from curation.sheets import task_lists
from curation.sheets.grids import Grid
from curation.sheets.list_sheets import COLUMNS, OF_MEASURE, holds_tasks, list_in, list_of
from curation.sheets.task_lists import NO_ROW, TaskList
from curation.sheets.unlisted import NO_ANSWERS, TaskAnswers, UnlistedAnswer
from curation.tables.columns import CuratedColumn
from curation.tables.curated import BY_NAME
from policies.models import Domain, Event, Measure
from sources.models import Citation, Release

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike, pytest.mark.usefixtures("files_read_here")]

CITED = "hunan-ftz:486-496"
STATED = {"ftz-gov": 14, "ftz-investment": 7, "ftz-trade": 28, "ftz-finance": 20, "ftz-corridor": 24, "ftz-africa": 12,
          "ftz-manufacturing": 16}  # fmt: skip


def task(domain: str, ordinal: int, /, **cells: str) -> dict[str, str]:
    named = {"title_zh": f"任务{ordinal}", "title_en": f"Task {ordinal}", "kind": "task", "regions": "HNFTZ"}
    place = {"document": "hunan-ftz-plan", "domain": domain, "ordinal": str(ordinal)}
    return {**named, **place, "announced": "2020-09", "citations": CITED, **cells}


def full_list() -> list[dict[str, str]]:
    return [task(domain, number + 1) for domain, count in STATED.items() for number in range(count)]


def one_domain() -> list[dict[str, str]]:
    """All tasks of one domain: most of what happens to a list happens to a short one."""
    return [task("ftz-manufacturing", number + 1) for number in range(STATED["ftz-manufacturing"])]


def plan_tasks(
    rows: list[dict[str, str]], texts: dict[str, str] | None = None, answers: TaskAnswers = NO_ANSWERS
) -> TaskList:
    return task_lists.plan_tasks(list_of(rows), texts, answers)


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(*args: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_measures", *args, stdout=out, stderr=out, **options)
    return out.getvalue()


def refused(*args: Any, **options: Any) -> tuple[str, str]:
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("import_measures", *args, stdout=out, stderr=out, **options)
    return str(error.value), out.getvalue()


def test_the_template_has_every_column_of_a_measure_and_is_read_back(tmp_path: Path) -> None:
    run(template=tmp_path / "list.csv")
    header = (tmp_path / "list.csv").read_text(encoding="utf-8-sig").strip().split(",")
    assert header == list(COLUMNS)
    assert {*OF_MEASURE, "citations"} == set(BY_NAME["measures"].column_names)
    assert set(header) >= {"document", "domain", "ordinal", "title_zh", "kind", "announced", "in_force", "withdrawn"}


def test_a_complete_list_is_published_with_its_events_and_codes(tmp_path: Path, settings: Any) -> None:
    path = written(tmp_path / "list.csv", full_list())
    before = Measure.objects.count()
    said = run(path)
    assert "Nothing was written" in said
    assert Measure.objects.count() == before
    for domain, count in STATED.items():
        assert f"{domain}: {count} stated, {count} listed," in said
    settings.COMMANDS_PUBLISH = True
    assert "Published release" in run(path, commit=True)
    assert Measure.objects.count() == before + 121
    third = Measure.objects.get(code="ftz-trade-03")
    assert (third.ordinal, third.domain.code, third.level) == (3, "ftz-trade", "national")
    assert [(event.type, event.edtf) for event in third.events.all()] == [("announced", "2020-09")]
    assert third.released == Release.objects.published().first()
    assert "0 new, 0 changed" in run(path)
    assert "Nothing changes" in run(path, commit=True)


def test_a_number_of_tasks_that_is_not_as_stated_is_said_and_not_published_unasked(
    tmp_path: Path, settings: Any
) -> None:
    path = written(tmp_path / "list.csv", full_list()[:-1])
    said = run(path)
    assert "ftz-manufacturing: 16 stated, 15 listed (DIFFERS)" in said
    assert said.count("DIFFERS") == 1
    before = Measure.objects.count()
    assert "not as stated" in refused(path, commit=True)[0]
    assert Measure.objects.count() == before
    settings.COMMANDS_PUBLISH = True
    assert "Published" in run(path, commit=True, allow_differences=True)


def test_a_step_is_no_task_of_its_domain() -> None:
    rows = [task("ftz-investment", 1), task("ftz-investment", 2, parent="ftz-investment-01")]
    (count,) = [count for count in plan_tasks(rows).counts if count.domain == "ftz-investment"]
    assert (count.stated, count.loaded) == (7, 1)


def test_what_is_held_beside_the_list_is_named() -> None:
    (count,) = [c for c in plan_tasks([task("ftz-gov", 1)]).counts if c.domain == "ftz-gov"]
    assert count.beside == ["ftz-gov-competition"]
    (count,) = [c for c in plan_tasks([task("ftz-gov", 1, code="ftz-gov-competition")]).counts if c.domain == "ftz-gov"]
    assert count.beside == []


def test_an_empty_cell_leaves_what_stands() -> None:
    held = BY_NAME["measures"]
    before = held.cells(held.records().get(code="ftz-finance-services"))
    row = {"code": "ftz-finance-services", "document": "hunan-ftz-plan", "ordinal": "4", "in_force": "2021-05"}
    assert {column for _, column, _ in plan_tasks([row]).problems} == {"is_cited"}  # an event needs evidence of its own
    tasks = plan_tasks([{**row, "citations": before["citations"]}])
    assert tasks.problems == []
    (measure,), (event,) = (rows for _, rows in tasks.plan.tables if rows)
    assert measure.cells == {**before, "ordinal": "4"}
    assert (event.cells["type"], event.cells["date"]) == ("in_force", "2021-05")


def test_an_event_without_a_known_date_is_on_record_as_such() -> None:
    tasks = plan_tasks([task("ftz-gov", 1, in_force="unknown", replicated="2022", replicated_in="430200", batch="2")])
    (events,) = [rows for table, rows in tasks.plan.tables if table.name == "events"]
    assert [(e.cells["type"], e.cells["date"], e.cells["region"], e.cells["batch"]) for e in events] == [
        ("announced", "2020-09", "", ""), ("in_force", "", "", ""), ("replicated", "2022", "430200", "2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"title_en": ""}, "title_en"),
        ({"kind": "wish"}, "kind"),
        ({"domain": "ftz-tarde"}, "domain"),
        ({"domain": "zz-link-park"}, "domain_is_of_document"),
        ({"announced": "2020-13"}, "announced"),
        ({"ordinal": "first"}, "code"),
        ({"citations": ""}, "is_cited"),
        ({"source": "hunan-ftzz", "exact": "121"}, "source"),
        ({"source": "hunan-ftz", "exact": "121"}, "exact"),
        ({"regions": "HNFTZ:owner"}, "regions"),
    ],
)
def test_what_is_wrong_is_said_by_row_and_column(cells: dict[str, str], column: str) -> None:
    problems = plan_tasks([task("ftz-gov", 1), task("ftz-gov", 2, **cells)]).problems
    assert (3, column) in {(number, name) for number, name, _ in problems}
    assert {number for number, _, _ in problems} == {3}


def test_an_unknown_column_is_said_once() -> None:
    problems = plan_tasks([task("ftz-gov", n, titel_zh="x") for n in (1, 2, 3)]).problems
    assert [(number, column) for number, column, _ in problems] == [(2, "titel_zh")]


def test_nothing_of_a_list_with_an_error_is_published(tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", [*one_domain(), task("ftz-gov", 15, kind="wish")])
    before = Measure.objects.count(), Event.objects.count(), Release.objects.count()
    error, said = refused(path, commit=True, allow_differences=True)
    assert "1 cells in error" in error
    assert "row 18, kind:" in said
    assert (Measure.objects.count(), Event.objects.count(), Release.objects.count()) == before


def test_a_phrase_is_found_in_the_text_of_its_source() -> None:
    citation = Citation.objects.get(code=CITED)
    text = f"前文\n{citation.exact}后文，再次再次"
    texts = {citation.source.sha256: text}
    row = task("ftz-gov", 1, citations="", source=citation.source.slug, section="知多点", exact=citation.exact)
    (made,) = [rows for table, rows in plan_tasks([row], texts).plan.tables if table.name == "citations"]
    start = text.index(citation.exact)
    assert made[0].cells["code"] == f"hunan-ftz:{start}-{start + len(citation.exact)}"
    for phrase in ("再次", "没有这句"):
        ((_, column, message),) = [p for p in plan_tasks([{**row, "exact": phrase}], texts).problems if p[1] == "exact"]
        assert column == "exact"
        assert "2" in message or "0" in message


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_text("a,a\n1,2\n", encoding="utf-8")
    assert "names a column twice: a" in refused(tmp_path / "broken.csv")[0]
    assert "none.csv" in refused(tmp_path / "none.csv")[0]
    assert "--template" in refused()[0]


def test_the_domains_of_the_plan_state_what_the_list_is_counted_against() -> None:
    stated = dict(Domain.objects.filter(document__code="hunan-ftz-plan").values_list("code", "task_count"))
    assert stated == STATED
    assert isinstance(BY_NAME["measures"].columns[0], CuratedColumn)


def test_a_list_goes_to_review_where_commands_may_not_publish(tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", one_domain())
    before = Measure.objects.count()
    for doing in ("stage", "commit"):
        assert "waits for review" in run(path, allow_differences=True, **{doing: True})
    assert (Measure.objects.count(), Release.objects.count()) == (before, 1)
    assert [batch.status for batch in ImportBatch.objects.filter(created_by=None, release=None)] == ["in_review"] * 2


# What is held and not in the list -------------------------------------------------------------------------------------


def held(tmp_path: Path, settings: Any, rows: list[dict[str, str]]) -> None:
    """A list that was published."""
    settings.COMMANDS_PUBLISH = True
    assert "Published" in run(written(tmp_path / "held.csv", rows), commit=True, allow_differences=True)


def test_only_public_tasks_of_the_plan_are_asked_about(tmp_path: Path, settings: Any) -> None:
    assert plan_tasks(one_domain()).unlisted == []  # themes, platforms and firsts of the plan are no tasks
    held(tmp_path, settings, one_domain())
    (one,) = plan_tasks(one_domain()[:-1]).unlisted
    assert (one.code, one.ordinal) == ("ftz-manufacturing-16", 16)
    assert plan_tasks([{"code": "county-campaign-2025", "title_zh": "又名"}]).unlisted == []  # of another document


def test_a_held_task_that_the_list_does_not_have_is_answered_for(tmp_path: Path, settings: Any) -> None:
    held(tmp_path, settings, one_domain())
    path = written(tmp_path / "list.csv", one_domain()[:-2])
    said = run(path)
    assert "held, not in the list: ftz-manufacturing-15" in said
    error, _ = refused(path, commit=True, allow_differences=True)
    assert "held tasks that the list does not have (2): ftz-manufacturing-15, ftz-manufacturing-16" in error
    assert "--keep-others" in error
    answers = tmp_path / "answers.json"
    for document, why in (
        ('{"unlisted": {"ftz-manufacturing-15": {"answer": "kept"}}}', "does not have (1): ftz-manufacturing-16"),
        ('{"keep_rest": true, "unlisted": {"ftz-manufacturing-16": {"answer": "withdrawn"}}}', "needs a reason"),
        ('{"keep_rest": true, "unlisted": {"ftz-gov-01": {"answer": "kept"}}}', "not asked about: ftz-gov-01"),
        ('{"unlisted": {"ftz-gov-01": {"answer": "moved"}}}', "no document of answers"),
    ):
        answers.write_text(document, encoding="utf-8")
        assert why in refused(path, commit=True, allow_differences=True, answers=answers)[0]
    assert "Nothing changes" in run(path, commit=True, allow_differences=True, keep_others=True)


def test_a_withdrawn_task_goes_with_its_events_and_relations_and_its_reason_is_on_record(
    tmp_path: Path, settings: Any
) -> None:
    held(tmp_path, settings, one_domain())
    path, answers = written(tmp_path / "list.csv", one_domain()[:-1]), tmp_path / "answers.json"
    answers.write_text(
        '{"unlisted": {"ftz-manufacturing-16": {"answer": "withdrawn", "reason": "merged by the office"}}}',
        encoding="utf-8",
    )
    run(path, commit=True, allow_differences=True, answers=answers)
    assert Measure.objects.get(code="ftz-manufacturing-16").withdrawn is not None
    assert not Event.objects.public().filter(measure__code="ftz-manufacturing-16").exists()
    release = Release.objects.published().first()
    assert release is not None
    assert "Withdrawn ftz-manufacturing-16: merged by the office." in release.changes.first().reason
    answers.unlink()
    assert "Nothing changes" in run(path, commit=True, allow_differences=True)


def test_a_task_with_a_step_below_it_cannot_be_withdrawn_alone(tmp_path: Path, settings: Any) -> None:
    step = task("ftz-gov", 3, kind="action", parent="ftz-gov-02")
    held(tmp_path, settings, [task("ftz-gov", 1), task("ftz-gov", 2), step])
    gone = TaskAnswers({"ftz-gov-02": UnlistedAnswer("withdrawn", "gone")})
    ((number, code, message),) = plan_tasks([task("ftz-gov", 1)], answers=gone).problems
    assert (number, code) == (NO_ROW, "ftz-gov-02")
    assert "仍引用它" in message


# How a list stands in its sheet ----------------------------------------------------------------------------------------


def test_an_office_writes_its_list_under_a_title_with_words_for_columns_and_merged_cells() -> None:
    grid = Grid(
        "清单",
        [
            ["中国（湖南）自由贸易试验区任务清单"], [],
            ["文件", "领域", "清单内序号", "标题（中文）", "标题（英文）", "类型", "地区", "公布", "引证"],
            ["hunan-ftz-plan", "推动贸易高质量发展", "1", "任务一", "Task 1", "task", "HNFTZ", "2020-09", CITED],
            [],
            ["", "", "2", "任务二", "Task 2", "wish", "HNFTZ", "2020-09", CITED],
        ],
        [(3, 0, 5, 0), (3, 1, 5, 1)],
    )  # fmt: skip
    assert holds_tasks([grid])
    listed = list_in("t.xlsx", [grid, Grid("说明", [["x"]])])
    assert [str(remark) for remark in listed.remarks] == [
        "未读入的工作表：说明", "表头之上的文字未读入：中国（湖南）自由贸易试验区任务清单",
    ]  # fmt: skip
    tasks = task_lists.plan_tasks(listed)
    ((number, column, _),) = [problem for problem in tasks.problems if problem[1] == "kind"]
    assert listed.cell(number, column) == ("清单", "F6")
    (rows,) = [rows for table, rows in tasks.plan.tables if table.name == "measures"]
    assert [(row.raw["code"], row.sheet, row.cell) for row in rows] == [
        ("ftz-trade-01", "清单", "A4"), ("ftz-trade-02", "清单", "A6"),
    ]  # fmt: skip
    assert {count.domain: count.loaded for count in tasks.counts}["ftz-trade"] == 2


def test_only_a_list_of_tasks_is_taken_for_one() -> None:
    assert holds_tasks([Grid("", [list(COLUMNS)])])
    assert not holds_tasks([Grid("measures", [list(BY_NAME["measures"].column_names)])])
    assert not holds_tasks([Grid("", [["地区", "指标", "时期", "数值"], ["醴陵市", "进出口总额", "2024", "1"]])])
    assert not holds_tasks([Grid("", [])])
