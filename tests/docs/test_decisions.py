"""Each decision is a page with a date and a status, is listed, and is there where something refers to it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "decisions"
PAGES = {page.name[:4]: page for page in sorted(FOLDER.glob("[0-9]*.md"))}


@pytest.mark.parametrize("number", PAGES)
def test_a_page_says_what_was_decided_when_and_whether_it_stands(number: str) -> None:
    title, _, dated, status, *_ = PAGES[number].read_text().splitlines()
    assert re.match(rf"# {int(number)}\. \S", title)
    assert date.fromisoformat(re.match(r"- Date: (\S{10})(, amended \S{10} \(.+\))?$", dated)[1]) > date(2026, 11, 22)
    assert re.fullmatch(r"- Status: (accepted|superseded by (\d+))", status)
    if follower := re.search(r"\d+", status):
        assert f"{int(follower[0]):04}" in PAGES


def test_the_first_page_lists_every_page_once_by_its_title() -> None:
    listed = re.findall(r"^- \[(.+)\]\((.+)\)$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert listed == [(page.read_text().splitlines()[0][2:], page.name) for page in PAGES.values()]


def test_what_refers_to_a_decision_names_one_that_is_there() -> None:
    rooms = ("api", "config", "curation", "indicators", "policies", "regions", "sources", "docs", "fixtures")
    texts = [file for room in rooms for kind in ("py", "md") for file in (ROOT / room).rglob(f"*.{kind}")]
    references = [
        (file.name, number)
        for file in (*texts, *ROOT.glob("*.md"))
        for listed in re.findall(r"decisions/(\d{4}(?: and \d{4})*)", file.read_text())
        for number in listed.split(" and ")
    ]
    assert len(references) > 5
    assert [reference for reference in references if reference[1] not in PAGES] == []
    assert [file.name for file in texts if re.search(r"decisions\.md", file.read_text())] == []
