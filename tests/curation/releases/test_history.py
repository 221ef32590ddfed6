"""Random histories of edits against a naive model that keeps a full copy at every release: no old release ever changes."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.batches.roll_back import plan_inverse
from curation.plans.imports import plan_import
from curation.releases.packages import write_package
from curation.releases.publication import ReleaseNotes, publish
from curation.tables.curated import BY_NAME
from indicators.models import Observation
from sources.models import Release
from tests.builder import Tables, cells_of
from tests.curation.releases.sealing import taken_again
from tests.whole_store import emptied

pytestmark = pytest.mark.django_db

Row = dict[str, str]
State = dict[str, dict[Any, Row]]  # table → key → cells
NOTES = ReleaseNotes(reason="a history")
FIGURES, TOPICS = BY_NAME["observations"], BY_NAME["topics"]

PLACES = st.tuples(st.sampled_from(["h1", "h2"]), st.sampled_from(["1998", "1999"]))
VALUES = st.sampled_from(["1", "2", "2.0", "-3.5", ""])
EDITS = st.fixed_dictionaries({
    "figures": st.dictionaries(PLACES, st.one_of(VALUES, st.none()), max_size=4),
    "topics": st.dictionaries(st.sampled_from(["T_A", "T_B"]), st.one_of(st.sampled_from(["a", "b"]), st.none()), max_size=2),
})  # fmt: skip
HISTORIES = st.lists(st.one_of(EDITS, st.just("roll back")), min_size=1, max_size=5)


def figure(place: tuple[str, str], value: str) -> Row:
    return cells_of("observations", series__key="A.T-TOWN.T_SALES", period="2024") | {
        "variant": place[0],
        "period": place[1],
        "value": value,
        "status": "A" if value else "O",
    }


def topic(code: str, name: str) -> Row:
    return {"code": code, "name_zh": name, "name_en": name, "order": "1"}


class Naive:
    """What the store should hold: every release a full copy of what stood."""

    def __init__(self) -> None:
        self.now: State = {"observations": {}, "topics": {}}
        self.copies: dict[str, State] = {}
        self.releases: list[Release] = []

    def rows(self, table: str, wanted: dict[Row | str, Row | None]) -> list[Row]:
        """The rows of an import that set or withdraw; what cannot be withdrawn is left out, and so is a number that
        would only lose its trailing zeros, which the import keeps.
        """
        rows = []
        for key, cells in wanted.items():
            standing = self.now[table].get(key)
            if cells is None and standing:
                rows.append({name: standing[name] for name in BY_NAME[table].key} | {"withdraw": "true"})
                del self.now[table][key]
            elif cells is not None and not (standing and standing.get("value") == "2.0" and cells["value"] == "2"):
                rows.append(cells | {"withdraw": "false"})
                self.now[table][key] = cells
        return rows

    def keep(self, release: Release | None) -> None:
        if release is not None:
            self.copies[release.version] = deepcopy(self.now)
            self.releases.append(release)


def apply(history: list[object]) -> Naive:
    naive = Naive()
    for step in history:
        if step == "roll back":
            if naive.releases:
                before = [{"observations": {}, "topics": {}}, *naive.copies.values()][-2]
                release = publish(plan_inverse(naive.releases[-1]), NOTES)
                naive.now = deepcopy(before)
                naive.keep(release)
            continue
        figures = {
            place: figure(place, value) if value is not None else None for place, value in step["figures"].items()
        }
        topics = {code: topic(code, name) if name else None for code, name in step["topics"].items()}
        files = {"observations": naive.rows("observations", figures), "topics": naive.rows("topics", topics)}
        naive.keep(publish(plan_import(files), NOTES))
    return naive


def packed(release: Release) -> State:
    """What a release's package holds of the rows that the histories are about."""
    content = io.BytesIO()
    write_package(release, content)
    with zipfile.ZipFile(content) as files:
        tables = {
            name: list(csv.DictReader(io.StringIO(files.read(f"data/{name}.csv").decode(), newline="")))
            for name in ("observations", "topics")
        }
    return {
        "observations": {
            (r["variant"], r["period"]): r for r in tables["observations"] if r["variant"] in ("h1", "h2")
        },
        "topics": {r["code"]: r for r in tables["topics"] if r["code"] in ("T_A", "T_B")},
    }


@pytest.fixture
def one_figure() -> None:
    """A store with hardly more than a figure, whose packages are written in an instant."""
    emptied()
    Tables().region("T-TOWN").indicator("T_SALES").figures("T-TOWN", "T_SALES", {"2024": "41.25"}).publish()


@settings(
    max_examples=100 if os.environ.get("DRILL") == "1" else 8,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(history=HISTORIES)
def test_every_old_release_reads_back_exactly(one_figure: None, history: list[object]) -> None:
    with transaction.atomic():
        naive = apply(history)
        for release in naive.releases:
            copy = naive.copies[release.version]
            assert packed(release) == copy
            assert taken_again(release) == release.digest
            standing = Observation.objects.as_of(release).filter(series__variant__in=("h1", "h2"))
            assert {(row.series.variant, row.period): FIGURES.cells(row) for row in standing} == copy["observations"]
            assert standing.count() == len(copy["observations"])
        transaction.set_rollback(True)
