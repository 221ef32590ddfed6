"""The step between a file and its preview: whose it is, how long it is kept, what is chosen, and what is kept for the next file."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from curation.models import ImportBatch
from curation.refusals import StepRefused
from curation.roles import CURATOR, REVIEWER
from curation.sheets.stored_uploads import MOST_KEPT, store_upload, throw_away_old
from curation.upload_models import KeptReading, StoredUpload
from tests.curation.people import person
from tests.curation.sheets.test_tables import CITED
from tests.curation.sheets.test_uploads import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike, pytest.mark.usefixtures("files_read_here")]
on_both_stores = pytest.mark.stores_alike(False)
UPLOAD = "/admin/curation/importbatch/upload/"
ROWS: list[list[Any]] = [
    ["农产品外贸（亿元）"], CITED, ["地区", "2018年", "备用"], ["合计", 60, 1], ["陶瓷之都", 30.1, 2], ["攸县", "八点八", 3],
]  # fmt: skip


def signed_in(name: str, role: str) -> Client:
    client = Client()
    client.force_login(person(name, role))
    return client


def chosen(client: Client, rows: list[list[Any]] = ROWS) -> str:
    """The address of the step of a file that was chosen."""
    content = workbook(S=rows)
    answer = client.post(UPLOAD, {"file": SimpleUploadedFile("t.xlsx", content), "step": "1"})
    assert answer.status_code == 302
    assert re.fullmatch(rf"{UPLOAD}\d+/", answer["Location"])
    return str(answer["Location"])


def page(client: Client, address: str) -> str:
    return client.get(address, {"lang": "en"}, follow=True).content.decode()


@pytest.fixture
def clerk() -> Client:
    return signed_in("clerk", CURATOR)


ANSWERS = {
    "read": "1", "first-3": "3", "last-3": "3", "column-3-A": "region", "column-3-B": "figures", "says-3-B-indicator": "EXPORTS",
    "says-3-B-period": "2018", "column-3-C": "unread", "stated-3-unit": "亿元", "out": ["1", "4", "6"],
    "of-column": ["region"], "word": ["陶瓷之都"], "means": ["430281"],
}  # fmt: skip


def test_what_is_not_understood_is_said_at_its_cell_and_answered_there(clerk: Client) -> None:
    address = chosen(clerk)
    shown = page(clerk, address)
    assert "农产品" in shown
    assert 'class="refusal"' in shown
    assert not ImportBatch.objects.filter(name="t.xlsx").exists()
    answer = clerk.post(address, {**ANSWERS, "go": "preview"}, follow=True)
    batch = ImportBatch.objects.get(name="t.xlsx")
    assert answer.redirect_chain[-1][0].endswith(f"/{batch.pk}/change/")
    assert [(row.key, row.verdict, row.cell) for row in batch.rows.all()] == [
        ("430281|EXPORTS||||||A|none|2018", "new", "B5")
    ]
    assert StoredUpload.objects.count() == 0


def test_what_was_chosen_is_suggested_for_the_next_file_of_its_shape_and_can_be_forgotten(clerk: Client) -> None:
    clerk.post(chosen(clerk), {**ANSWERS, "go": "preview"})
    next_year = [*ROWS[:2], ["地区", "2019年", "备用"], ["合计", 61, 1], ["陶瓷之都", 31.2, 2], ["株洲市", 9, 9]]
    other = signed_in("other", CURATOR)
    address = chosen(other, next_year)
    shown = page(other, address)
    assert "As chosen last time by <b>clerk</b>" in shown
    assert 'name="says-3-B-indicator" value="EXPORTS"' in shown
    assert 'name="says-3-B-period" value="2019"' in shown
    assert 'name="stated-3-source" value="zhuzhou-county-trade"' in shown  # by its own line
    assert "As chosen last time" not in page(other, chosen(other, [*ROWS[:2], ["地区", "2019年"], ["陶瓷之都", 31.2]]))
    other.post(address, {"go": "forget"})
    assert KeptReading.objects.count() == 0
    assert "As chosen last time" not in page(other, address)


@on_both_stores
def test_a_stored_file_is_its_uploaders_alone_and_goes_after_a_day(clerk: Client) -> None:
    address = chosen(clerk)
    for other, status in ((signed_in("other", CURATOR), 302), (signed_in("reviewer", REVIEWER), 403)):
        assert other.get(address).status_code == status
        assert other.post(address, {**ANSWERS, "go": "preview"}).status_code == status
    assert not ImportBatch.objects.filter(name="t.xlsx").exists()
    assert clerk.get(address).status_code == 200
    StoredUpload.objects.update(made_at=timezone.now() - datetime.timedelta(days=1, seconds=1))
    assert clerk.get(address).status_code == 302
    throw_away_old()
    assert StoredUpload.objects.count() == 0


@on_both_stores
def test_so_many_files_of_a_person_are_kept_and_one_can_be_thrown_away(clerk: Client) -> None:
    user = person("many", CURATOR)
    for _ in range(MOST_KEPT + 1):
        store_upload("t.csv", "地区,2018年\n醴陵市,1\n".encode(), user)
    assert StoredUpload.objects.filter(made_by=user).count() == MOST_KEPT
    with pytest.raises(StepRefused):
        store_upload("t.csv", b"a,b\n1,2\n", person("looker", REVIEWER))
    address = chosen(clerk)
    clerk.post(address, {"go": "discard"})
    assert clerk.get(address).status_code == 302


def test_a_session_that_ran_out_loses_nothing_that_was_chosen(clerk: Client) -> None:
    address = chosen(clerk)
    clerk.post(address, {**ANSWERS, "go": "again"})
    clerk.logout()
    assert clerk.get(address).status_code == 302
    again = Client()
    again.force_login(User.objects.get(username="clerk"))
    shown = page(again, address)
    assert 'name="says-3-B-indicator" value="EXPORTS"' in shown


def test_nothing_is_chosen_where_the_page_is_sent_as_it_was_shown(clerk: Client) -> None:
    rows = [["进出口总额（亿元）"], CITED, ["地区", "2018年"], ["合计", 60], ["醴陵市", 30.1]]
    address = chosen(clerk, rows)
    shown = page(clerk, address)
    posted: dict[str, Any] = {"read": "1", "go": "preview", "out": ["4"]}
    posted |= dict(re.findall(r'<input type="(?:text|number)"[^>]* name="([^"]+)" value="([^"]*)"', shown))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', shown, re.DOTALL):
        posted[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)), "")
    posted = {name: text for name, text in posted.items() if not name.startswith("new-")}
    clerk.post(address, posted)
    assert ImportBatch.objects.get(name="t.xlsx").rows.get().key == "430281|TRADE_TOTAL||||||A|none|2018"
    assert KeptReading.objects.count() == 0
