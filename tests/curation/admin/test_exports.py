"""A list of the admin goes out as a workbook, and comes back in as it was."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client

from curation.admin.base import list_url
from curation.models import ImportBatch, Verdict
from curation.roles import CURATOR, REVIEWER
from curation.sheets.uploads import bring_in
from indicators.models import Observation
from policies.models import Measure
from sources.models import Citation
from tests.curation.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "table"), [(Observation, "observations"), (Citation, "citations"), (Measure, "measures")]
)
def test_an_exported_list_changes_nothing_when_it_is_brought_in(client: Client, model: Any, table: str) -> None:
    client.force_login(person("reader", REVIEWER))
    chosen = list(model._default_manager.order_by("-pk").values_list("pk", flat=True)[:20])
    answer = client.post(list_url(model), {"action": "export", ACTION_CHECKBOX_NAME: chosen})
    assert answer["Content-Disposition"] == f'attachment; filename="{table}.xlsx"'
    batch: ImportBatch = bring_in("list.xlsx", answer.content, person("curator", CURATOR))
    assert set(batch.rows.values_list("table", "verdict")) == {(table, Verdict.UNCHANGED)}
    assert batch.rows.count() == len(chosen)
