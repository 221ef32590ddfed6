"""A file as the source of its own figures."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from curation.batches.workbook_source import Titles, WorkbookText, cite_workbook
from curation.models import ImportBatch, Verdict
from curation.refusals import StepRefused
from curation.roles import CURATOR
from curation.sheets.grids import read_grids
from curation.sheets.uploads import bring_in
from tests.builder import published
from tests.curation.people import person
from tests.curation.sheets.test_uploads import workbook

pytestmark = pytest.mark.django_db

SHEET: list[list[Any]] = [["进出口总额（亿元）"], ["地区", "2023", "2024"], ["醴陵市", 39.5, 41.25], ["攸县", 8, 9.1]]
TITLES = Titles("某市年鉴", "A yearbook")


def read(content: bytes) -> tuple[ImportBatch, WorkbookText]:
    batch = bring_in("yearbook.xlsx", content, person("curator", CURATOR))
    grids, _ = read_grids("yearbook.xlsx", content)
    return batch, WorkbookText(content, [(grid.name, grid.rows) for grid in grids])


def test_each_figure_cites_the_digest_of_its_file_and_its_own_cell() -> None:
    content = workbook(各县=SHEET)
    batch, text = read(content)
    assert set(batch.rows.values_list("verdict", flat=True)) == {Verdict.ERROR}
    assert cite_workbook(batch, batch.created_by, text, TITLES) == 4
    assert not batch.rows.filter(verdict=Verdict.ERROR).exists()
    assert not [warning for row in batch.rows.all() for warning in row.warnings if warning["code"] == "not_in_phrase"]
    source, cited = batch.rows.get(table="sources").resolved, batch.rows.filter(table="citations")
    assert (source["sha256"], source["title_zh"]) == (hashlib.sha256(content).hexdigest(), "某市年鉴")
    assert {row.resolved["section"]: row.resolved["exact"] for row in cited} == {
        "各县!B3": "39.5", "各县!C3": "41.25", "各县!B4": "8", "各县!C4": "9.1"
    }  # fmt: skip
    grids, _ = read_grids("yearbook.xlsx", content)
    whole = "\f".join("\n".join("\t".join(row) for row in grid.rows) for grid in grids)
    assert int(source["length"]) == len(whole)
    spans = [(int(row.resolved["start"]), int(row.resolved["end"]), row.resolved["exact"]) for row in cited]
    assert [whole[start:end] for start, end, _ in spans] == [exact for _, _, exact in spans]


def test_a_source_that_has_the_digest_is_cited_and_a_new_one_needs_a_title() -> None:
    content = workbook(各县=SHEET)
    batch, text = read(content)
    with pytest.raises(StepRefused) as refusal:
        cite_workbook(batch, batch.created_by, text, Titles("", ""))
    assert refusal.value.code == "untitled"
    known = {"slug": "t-yearbook", "kind": "dataset", "title_zh": "年鉴", "title_en": "Yearbook", "language": "zh"}
    published(sources=[{**known, "sha256": text.sha256, "length": str(text.length)}])
    assert cite_workbook(batch, batch.created_by, text, Titles("", "")) == 4
    assert not batch.rows.filter(table="sources").exists()
    assert {row.resolved["source"] for row in batch.rows.filter(table="observations")} == {"t-yearbook"}
