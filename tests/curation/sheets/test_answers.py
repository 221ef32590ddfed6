"""Files of the service itself, brought in again: unchanged they change nothing, and an edit changes its own figure alone."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.admin.exports import workbook_of
from curation.models import Verdict
from curation.plans.plan import Plan
from curation.refusals import UnreadableFile
from curation.sheets.files import read_upload
from curation.sheets.uploads import plan_upload
from curation.tables.observations import OBSERVATIONS
from indicators.models import Observation
from tests.curation.sheets.test_uploads import rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike, pytest.mark.usefixtures("files_read_here")]

EXTENSIONS = ("csv", "xlsx", "ndjson")
FIELDS = (
    "indicator",
    "region_name",
    "product",
    "partner_name",
    "unit",
    "source",
    "status_name",
    "release",
    "id",
    "series",
)


def downloaded(client: Client, extension: str, **parameters: str) -> bytes:
    """The bytes of a file of observations."""
    response: Any = client.get(f"/api/v1/observations.{extension}", parameters)
    content: bytes = b"".join(response.streaming_content) if response.streaming else response.content
    assert response.status_code == 200, content
    return content


def brought_in(extension: str, content: bytes) -> tuple[Plan, list[str]]:
    upload = read_upload(f"observations.{extension}", content)
    return plan_upload(upload), list(map(str, upload.said))


def verdicts(plan: Plan) -> Counter[Verdict]:
    assert not [row.warnings for row in rows_of(plan) if row.warnings and row.verdict == Verdict.UNCHANGED]
    return Counter(row.verdict for row in rows_of(plan))


ASKED: list[dict[str, str]] = [{}, {"detail": "full"}, {"detail": "data"}, {"shape": "wide"}, {"lang": "both"}]
# Each form in each kind of file, in one of the languages: each form and each kind in both.
FILES = [(e, asked, ("zh", "en")[(i + j) % 2]) for i, e in enumerate(EXTENSIONS) for j, asked in enumerate(ASKED)]


@pytest.mark.parametrize(("extension", "asked", "lang"), FILES)
def test_a_file_that_is_brought_in_as_it_was_got_changes_nothing(
    client: Client, extension: str, asked: dict[str, str], lang: str
) -> None:
    if asked == {"shape": "wide"} and extension == "ndjson":
        pytest.skip("a wide table is a table")
    plan, said = brought_in(extension, downloaded(client, extension, **({"lang": lang} | asked)))
    assert verdicts(plan).keys() == {Verdict.UNCHANGED}
    assert len(said) <= 3  # the columns, and the sheet of notes


@given(
    fields=st.lists(st.sampled_from(FIELDS), unique=True),
    region=st.sampled_from(["", "430281", "430200", "CN"]),
    extension=st.sampled_from(EXTENSIONS),
)  # fmt: skip
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_figures_with_any_fields_change_nothing(
    client: Client, fields: list[str], region: str, extension: str
) -> None:
    asked = {"region": region} if region else {}
    asked["fields"] = ",".join(["period", "value", *fields])
    plan, _ = brought_in(extension, downloaded(client, extension, **asked))
    assert verdicts(plan).keys() == {Verdict.UNCHANGED}


@pytest.mark.parametrize(
    "fields", ["", "series,period,value", "id,value,period", "indicator_name,region_name,period,value"]
)
def test_an_edited_figure_is_the_only_change(client: Client, fields: str) -> None:
    lines = list(
        csv.reader(
            io.StringIO(
                downloaded(client, "csv", lang="en", **({"fields": fields} if fields else {})).decode("utf-8-sig")
            )
        )
    )
    value = lines[0].index("value")
    edited = next(line for line in lines[1:] if line[value] == "41.25")
    edited[value] = "41.26"
    plan, _ = brought_in("csv", "".join(f"{chr(9).join(line)}\n" for line in lines).encode("utf-16"))
    (row,) = [row for row in rows_of(plan) if row.verdict != Verdict.UNCHANGED]
    assert (row.verdict, row.key) == (Verdict.CHANGED, "430281|TRADE_TOTAL||||||A|none|2024")
    assert row.cells is not None
    assert row.before is not None
    assert {name for name, cell in row.cells.items() if cell != row.before[name]} == {"value"}


@pytest.mark.parametrize(("path", "version"), [("3.0/data/dataflow/all", "2.0.0"), ("2.1/data/OBS", "1.0.0")])
def test_sdmx_csv_that_is_brought_in_as_it_was_got_changes_nothing(client: Client, path: str, version: str) -> None:
    response: Any = client.get(f"/sdmx/{path}", headers={"accept": f"application/vnd.sdmx.data+csv;version={version}"})
    content: bytes = b"".join(response.streaming_content) if response.streaming else response.content
    plan, said = brought_in("csv", content)
    assert verdicts(plan) == {Verdict.UNCHANGED: Observation.objects.live().count()}
    assert len(said) == 2  # the columns that are not read, and those that it has not


def test_what_was_computed_is_not_brought_in(client: Client) -> None:
    with pytest.raises(UnreadableFile, match="由其他数值算出"):
        brought_in("csv", downloaded(client, "csv", transform="yoy", indicator="TRADE_TOTAL"))


def test_a_row_that_may_be_of_several_figures_is_asked_about(client: Client) -> None:
    content = downloaded(
        client, "csv", fields="indicator,region,period,value", region="430281", indicator="INDUSTRY_OUTPUT"
    )
    lines = content.decode("utf-8-sig").splitlines()
    changed = [lines[0], *(f"{line.rpartition(',')[0]},{number}" for number, line in enumerate(lines[1:], start=1))]
    with pytest.raises(UnreadableFile, match="可能是 2 个数值之一：请保留 series 一列"):
        brought_in("csv", "\n".join(changed).encode())


def test_another_place_in_a_row_makes_a_figure_of_that_place(client: Client) -> None:
    content = downloaded(client, "csv", indicator="TRADE_TOTAL", region="430281").decode("utf-8-sig")
    plan, _ = brought_in("csv", content.replace(",430281,", ",430321,").encode())
    (row,) = rows_of(plan)
    assert (row.verdict, row.key) == (Verdict.NEW, "430321|TRADE_TOTAL||||||A|none|2024")


def test_the_admins_own_list_changes_nothing() -> None:
    live = Observation.objects.live()
    content = workbook_of(OBSERVATIONS, (cells for *_, cells in OBSERVATIONS.lines(live, "pk")))
    plan, said = brought_in("xlsx", content)
    assert verdicts(plan) == {Verdict.UNCHANGED: live.count()}
    assert not said
