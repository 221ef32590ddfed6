"""From a sheet to the public and back again, on the small foreign store."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from django.test import Client

from curation.admin.home import coverage
from curation.batches import review
from curation.batches.checks import compared_checks
from curation.models import ImportBatch, Verdict
from curation.roles import CURATOR, PUBLISHER, REVIEWER
from curation.sheets.uploads import bring_in
from sources.kept import forget_kept
from sources.models import Release
from tests.api.contract import BASE
from tests.curation.people import person
from tests.curation.releases.sealing import taken_again
from tests.foreign_store import VERSION, cited

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("foreign")]

# By names in either language, units and all; the second figure of the year comes in another unit of the dimension.
SHEET = f"""地区,指标,时期,数值,单位,来源,引证
示例东部,Catch,2024,810,吨,example-yearbook,{cited("800吨")}
Western Examplia,渔获量,2023,0.45,千吨,Example yearbook,{cited("1.1千吨")}
"""


@pytest.fixture
def people() -> tuple[User, User, User]:
    return person("curator", CURATOR), person("reviewer", REVIEWER), person("publisher", PUBLISHER)


def brought_in(curator: User) -> ImportBatch:
    batch = bring_in("sheet.csv", SHEET.encode(), curator)
    assert list(batch.rows.order_by("number").values_list("verdict", flat=True)) == [Verdict.CHANGED, Verdict.NEW]
    review.confirm(batch, curator)
    review.send_to_review(batch, curator)
    return batch


def values(client: Client, **asked: str) -> dict[str, Any]:
    """Series and period → value, of the catch of the two parts."""
    forget_kept()
    rows = client.get(f"{BASE}/observations", {"indicator": "CATCH", "kind": "province", "partner": "total", **asked})
    return {f"{row['series']} {row['period']}": row["value"] for row in orjson.loads(rows.content)["results"]}


def test_a_sheet_goes_public_by_three_people_and_is_taken_back(people: tuple[User, User, User], client: Client) -> None:
    curator, reviewer, publisher = people
    before, first = values(client), Release.objects.get(version=VERSION)
    batch = brought_in(curator)
    assert values(client) == before
    review.accept_warnings(batch, reviewer, batch.rows.values_list("pk", flat=True), "as stated")
    review.approve(batch, reviewer)
    release = review.publish(batch, publisher, "a correction")
    assert (release.observations_added, release.observations_retired) == (2, 1)
    after = before | {"A.EX-EAST.CATCH 2024": 810, "A.EX-WEST.CATCH 2023": 0.45}
    assert values(client) == after
    assert values(client, unit="TONNE")["A.EX-WEST.CATCH 2023"] == 450
    assert values(client, as_of=VERSION) == before
    changes = orjson.loads(client.get(f"{BASE}/releases/{release.version}/changes").content)
    assert sorted(change["action"] for change in changes["results"]) == ["changed", "new"]
    inverse = review.roll_back(release, publisher, "not so after all")
    review.accept_warnings(inverse, reviewer, inverse.rows.values_list("pk", flat=True), "as it stood")
    review.approve(inverse, reviewer)
    taken_back = review.publish(inverse, publisher, "not so after all")
    assert (values(client), taken_back.digest) == (before, first.digest)
    assert taken_again(first) == first.digest


def test_a_batch_is_looked_at_page_by_page(people: tuple[User, User, User], client: Client) -> None:
    curator, reviewer, _ = people
    batch = brought_in(curator)
    client.force_login(reviewer)
    for shown in ("rows", "checks", "public"):
        assert client.get(f"/admin/curation/importbatch/{batch.pk}/change/", {"show": shown}).status_code == 200
    (compared,) = compared_checks(batch).values()
    assert (compared.before.result, compared.after.result) == ("pass", "fail")
    assert (compared.after.left, compared.after.right) == (Decimal("1210.0000"), Decimal("1200.0000"))


def test_the_first_page_shows_where_there_are_figures(client: Client) -> None:
    shown = coverage()
    assert shown.years == [2023, 2024, 2030]
    counts = {band.region.code: [square.count for square in band.squares] for band in shown.bands}
    assert counts == {"EXAMPLIA": [1, 2, 1], "EX-EAST": [0, 2, 0], "EX-WEST": [0, 2, 0]}
    client.force_login(person("curator", CURATOR))
    page = client.get("/admin/", {"lang": "en"}, follow=True).content.decode()
    assert "Western Examplia" in page
