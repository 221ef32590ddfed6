"""Rows that are typed on a page: a figure corrected, withdrawn or added, and a new row of any table."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from curation.models import ImportBatch, StagedRow, Verdict
from curation.roles import CURATOR, REVIEWER
from indicators.models import Observation
from tests.builder import LILING, liling
from tests.curation.people import draft, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uncollected_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def curator(client: Client) -> User:
    user = person("curator", CURATOR)
    client.force_login(user)
    return user


@pytest.fixture
def figure() -> Observation:
    return Observation.objects.live().get(**LILING)


def address(step: str, figure: Observation) -> str:
    return reverse(f"admin:indicators_observation_{step}", args=(figure.pk,))


def cells(**changed: str) -> dict[str, str]:
    return {f"cell-{name}": text for name, text in liling(**changed).items()}


def test_a_figure_is_corrected_from_its_own_page(client: Client, curator: User, figure: Observation) -> None:
    page = reverse("admin:indicators_observation_change", args=(figure.pk,))
    assert address("correct", figure) in client.get(page).content.decode()
    html = client.get(address("correct", figure)).content.decode()
    assert 'name="cell-value" value="41.25"' in html
    assert 'name="cell-region"' not in html
    client.post(address("correct", figure), cells(value="41.26", region="430000") | {"reason": "misread"})
    row = StagedRow.objects.get(batch__created_by=curator)
    assert (row.verdict, row.before["value"], row.resolved["value"]) == (Verdict.CHANGED, "41.25", "41.26")
    assert row.resolved["region"] == "430281"


def test_what_is_refused_leaves_what_was_typed(client: Client, curator: User, figure: Observation) -> None:
    for posted in (cells(value="41.26"), cells() | {"reason": "the same"}):
        html = client.post(address("correct", figure), posted).content.decode()
        assert f'value="{posted["cell-value"]}"' in html
        assert 'class="error"' in html
    assert not StagedRow.objects.filter(batch__created_by=curator).exists()


def test_a_correction_in_error_is_mended_in_its_row(client: Client, curator: User, figure: Observation) -> None:
    answer = client.post(address("correct", figure), cells(value="many") | {"reason": "why"})
    row = StagedRow.objects.get(batch__created_by=curator)
    assert (answer["Location"], row.verdict) == (
        reverse("admin:curation_stagedrow_change", args=(row.pk,)),
        Verdict.ERROR,
    )


def test_a_figure_is_withdrawn_and_another_of_its_series_added(
    client: Client, curator: User, figure: Observation
) -> None:
    client.post(address("withdraw", figure), {"reason": "not theirs"})
    another = cells(period="2031", value="41.25") | {"reason": "a new year", "into": "new"}
    client.post(address("another", figure), another)
    rows = StagedRow.objects.filter(batch__created_by=curator).order_by("pk")
    assert [row.verdict for row in rows] == [Verdict.WITHDRAWN, Verdict.NEW]
    assert ImportBatch.objects.filter(created_by=curator).count() == 2


def test_a_row_of_any_table_is_typed_into_a_chosen_draft(client: Client, curator: User) -> None:
    batch = draft(curator, observations=[liling(value="41.26")])
    page = f"{reverse('admin:curation_importbatch_row')}?table=topics&into={batch.pk}"
    assert f'<option value="{batch.pk}" selected>' in client.get(page).content.decode()
    typed = {"cell-code": "T_TOPIC", "cell-name_zh": "主题", "cell-name_en": "Topic", "cell-order": "1"}
    client.post(page, typed | {"reason": "needed", "into": str(batch.pk)})
    assert batch.rows.get(table="topics").verdict == Verdict.NEW
    assert client.get(f"{reverse('admin:curation_importbatch_row')}?table=nonsense").status_code == 404


def test_only_who_brings_in_changes_figures(client: Client, figure: Observation) -> None:
    client.force_login(person("reviewer", REVIEWER))
    assert [client.get(address(step, figure)).status_code for step in ("correct", "withdraw", "another")] == [403] * 3
