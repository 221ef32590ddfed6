"""`import_observations` and `import_template`: dry by default, all or nothing, the same file twice changes nothing."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from curation.models import BatchStatus, Change, ImportBatch
from curation.roles import CURATOR
from curation.sheets.files import read_upload
from curation.sheets.template import template
from curation.sheets.uploads import plan_upload
from indicators.models import Observation
from sources.models import Release
from tests.builder import liling
from tests.curation.people import person
from tests.curation.sheets.test_uploads import HEADER, LILING, WIDE, text, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike, pytest.mark.usefixtures("files_read_here")]
on_both_stores = pytest.mark.stores_alike(False)


def bring_in(file: Path, **options: Any) -> str:
    output = io.StringIO()
    call_command("import_observations", str(file), stdout=output, **options)
    return output.getvalue()


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    file = tmp_path / "trade.xlsx"
    file.write_bytes(workbook(Sheet1=WIDE))
    return file


@on_both_stores
def test_a_dry_run_says_what_would_change_and_writes_nothing(sheet: Path) -> None:
    before = (Release.objects.count(), Observation.objects.count(), ImportBatch.objects.count())
    said = bring_in(sheet)
    stands = Decimal(liling()["value"])
    assert f"Sheet1 D4 430281|TRADE_TOTAL||||||A|none|2024: value: {stands} → 41.26" in said
    assert f"({(Decimal('41.26') / stands - 1) * 100:+.2f}%)" in said
    assert "New (2)" in said
    assert "Sheet1 B4 430281|TRADE_TOTAL||||||A|none|2022: 30.5 CNY_100M" in said
    assert "Dry run" in said
    assert (Release.objects.count(), Observation.objects.count(), ImportBatch.objects.count()) == before
    assert "试运行" in bring_in(sheet, lang="zh")


def test_programs_get_all_of_it_as_one_document(sheet: Path) -> None:
    document = json.loads(bring_in(sheet, json=True, lang="zh"))
    assert list(document) == ["remarks", "refused", "rows"]
    assert document["refused"] is None
    assert any("指标取自标题" in remark for remark in document["remarks"])
    row = next(row for row in document["rows"] if row["cell"] == "D4")
    assert (row["table"], row["sheet"], row["verdict"], row["cells"]["value"], row["errors"]) == (
        "observations", "Sheet1", "changed", "41.26", [],
    )  # fmt: skip
    sheet.write_text("only words\n")
    refused = json.loads(bring_in(sheet, json=True))
    assert "no rows" in refused["refused"]
    assert refused["rows"] == []


@on_both_stores
def test_a_commit_publishes_where_commands_may_and_the_same_file_twice_changes_nothing(
    sheet: Path, settings: Any
) -> None:
    settings.COMMANDS_PUBLISH = True
    with pytest.raises(CommandError, match="warnings"):
        bring_in(sheet, commit=True)
    with pytest.raises(CommandError, match="reason"):
        bring_in(sheet, commit=True, accept_warnings=True)
    assert Release.objects.count() == 1
    said = bring_in(sheet, commit=True, accept_warnings=True, reason="Revised by the bureau")
    newest = Release.objects.published()[0]
    assert f"Published release {newest.version}" in said
    assert (newest.reason, newest.observations_added, newest.observations_retired) == ("Revised by the bureau", 4, 2)
    assert (newest.published_by, newest.reviewed_by) == ("import_observations", "")
    assert "Nothing changes" in bring_in(sheet, commit=True)
    assert Release.objects.count() == 2


@pytest.mark.parametrize("doing", ["stage", "commit"])
def test_what_is_brought_in_goes_to_review_where_commands_may_not_publish(sheet: Path, doing: str) -> None:
    assert "two people see it" in bring_in(sheet, reason="Revised by the bureau", **{doing: True})
    batch = ImportBatch.objects.get(name="trade.xlsx")
    assert (batch.status, batch.created_by, batch.note) == (BatchStatus.IN_REVIEW, None, "Revised by the bureau")
    assert (Release.objects.count(), batch.rows.with_warnings().exists()) == (1, True)


def test_one_error_keeps_all_of_it_out(tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "t.csv"
    file.write_text(text([HEADER, LILING, ["nowhere", *LILING[1:]]]))
    for doing in ("commit", "stage"):
        with pytest.raises(CommandError, match="rows in error"):
            bring_in(file, reason="r", accept_warnings=True, **{doing: True})
    assert (Release.objects.count(), ImportBatch.objects.filter(release=None).count()) == (1, 0)


def test_a_file_becomes_the_draft_of_a_curator_errors_included(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(text([HEADER, LILING, ["nowhere", *LILING[1:]]]))
    with pytest.raises(CommandError, match="no user"):
        bring_in(file, draft_of="nobody")
    curator = person("curator", CURATOR)
    said = bring_in(file, draft_of="curator")
    batch = ImportBatch.objects.get(status=BatchStatus.DRAFT, created_by=curator)
    assert f"draft batch {batch.pk}" in said
    assert "A3 region: unknown region: nowhere" in said
    assert [(row.sheet, row.cell) for row in batch.rows.order_by("number")] == [("", "D2"), ("", "D3")]


def test_what_is_no_file_or_no_table_is_said(tmp_path: Path) -> None:
    for file, words in ((tmp_path / "none.csv", "No such file"), (tmp_path / "words.csv", "no rows")):
        if words == "no rows":
            file.write_text("only words\n")
        with pytest.raises(CommandError, match=words):
            bring_in(file)


def test_a_row_is_withdrawn_by_its_column(tmp_path: Path, settings: Any) -> None:
    settings.COMMANDS_PUBLISH = True
    file = tmp_path / "t.csv"
    stood = liling()["value"]
    file.write_text(text([["region", "indicator", "period", "withdraw"], ["430281", "TRADE_TOTAL", "2024", "true"]]))
    assert "Withdrawn (1)" in bring_in(file)
    bring_in(file, commit=True, reason="Stated of another year", accept_warnings=True)
    newest = Release.objects.published()[0]
    row = Observation.objects.get(series__key="A.430281.TRADE_TOTAL", period="2024")
    assert (row.retired, newest.observations_added, newest.observations_retired) == (newest, 0, 1)
    change = Change.objects.get(release=newest)
    assert (change.action, change.before["value"], change.after) == ("withdrawn", stood, None)
    with pytest.raises(CommandError, match="rows in error"):
        bring_in(file)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_template_filled_in_is_an_upload(language: str, tmp_path: Path) -> None:
    with override(language):
        empty = template()
        with pytest.raises(Exception, match="template"):
            read_upload("template", empty)
        filled = _filled(empty, tmp_path)
        plan = plan_upload(read_upload("t.xlsx", filled))
    rows = [row for _, rows in plan.tables for row in rows]
    assert [(list(row.errors), row.key) for row in rows] == [([], "430281|TRADE_TOTAL||||||A|none|2024")]


def _filled(content: bytes, folder: Path) -> bytes:
    """The template with one row, as its own headers and lists have it."""
    import python_calamine  # noqa: PLC0415

    book = python_calamine.load_workbook(io.BytesIO(content))
    names = book.sheet_names
    long, codes = (book.get_sheet_by_name(names[number]).to_python() for number in (1, 3))
    offered = {name: [row[place] for row in codes[1:] if row[place]] for place, name in enumerate(codes[0])}
    assert {"region", "indicator", "unit", "status", "source"} <= offered.keys()
    place = next(name for name in offered["region"] if name in ("醴陵市", "Liling City"))
    total = next(name for name in offered["indicator"] if name in ("进出口总额", "Total imports and exports"))
    unit = next(name for name in offered["unit"] if name in ("亿元", "hundred million yuan"))
    values = {0: place, 1: total, 10: "2024", 11: 41.3, 12: unit, 16: LILING[5], 17: LILING[6], 8: offered["frequency"][0],
              9: offered["accumulation"][0], 13: offered["status"][0], 14: offered["qualifier"][0],
              15: offered["period_basis"][0]}  # fmt: skip
    return workbook(**{names[1]: [long[0], [values.get(place, "") for place in range(len(long[0]))]]})


def test_the_command_writes_the_template(tmp_path: Path) -> None:
    file = tmp_path / "t.xlsx"
    call_command("import_template", str(file), lang="en", stdout=io.StringIO())
    assert file.read_bytes().startswith(b"PK")


def test_each_of_two_rows_that_cite_the_same_names_its_own_cell(tmp_path: Path) -> None:
    heads = ("region", "indicator", "period", "value", "unit", "source", "citations")
    cited = ("CNY_100M", "zhuzhou-county-trade", "zhuzhou-county-trade:1229-1236")
    rows = [("430281", "TRADE_TOTAL", year, value, *cited) for year, value in (("1998", "3.1"), ("1999", "3.2"))]
    file = tmp_path / "figures.csv"
    file.write_text("\n".join(map(",".join, (heads, *rows))), encoding="utf-8")
    out = io.StringIO()
    call_command("import_observations", str(file), json=True, stdout=out)
    found = [one for row in json.loads(out.getvalue())["rows"] for one in row["warnings"]]
    assert [one["cell"] for one in found if one["code"] == "not_in_phrase"] == ["G2", "G3"]
