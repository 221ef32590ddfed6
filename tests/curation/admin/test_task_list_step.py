"""The task list of a plan through the admin's upload: as it was read, answered for, reviewed, published; the same again changes nothing."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from curation.models import ImportBatch
from curation.roles import CURATOR, PUBLISHER, REVIEWER
from curation.upload_models import StoredUpload
from policies.models import Event, Measure
from tests.curation.people import person, vouched
from tests.curation.sheets.test_task_lists import COLUMNS, STATED, task
from tests.curation.sheets.test_uploads import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike, pytest.mark.usefixtures("files_read_here")]
on_both_stores = pytest.mark.stores_alike(False)
UPLOAD = "/admin/curation/importbatch/upload/"
SENT = "/admin/curation/importbatch/{}/step/{}/"
GOV = STATED["ftz-gov"]
Rows = list[dict[str, str]]


def as_csv(rows: Rows) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def as_workbook(rows: Rows) -> bytes:
    return workbook(任务=[list(COLUMNS), *([row.get(name, "") for name in COLUMNS] for row in rows)])


FORMS = {"list.csv": as_csv, "list.xlsx": as_workbook}


def signed_in(name: str, role: str) -> Client:
    client = Client()
    client.force_login(person(name, role))
    return client


def chosen(client: Client, rows: Rows, name: str = "list.csv", **posted: str) -> str:
    """The address of the step of a list that was chosen."""
    answer = client.post(UPLOAD, {"file": SimpleUploadedFile(name, FORMS[name](rows)), **posted})
    assert re.fullmatch(rf"{UPLOAD}\d+/", answer["Location"])
    return str(answer["Location"])


def page(client: Client, address: str, language: str = "en") -> str:
    return client.get(address, {"lang": language}, follow=True).content.decode()


def published(clerk: Client, address: str, answers: dict[str, Any]) -> ImportBatch:
    """The batch of a list, taken from its step to the public."""
    clerk.post(address, {**answers, "go": "preview"})
    batch = ImportBatch.objects.latest("pk")
    for step in ("confirm", "send"):
        batch.refresh_from_db()
        clerk.post(SENT.format(batch.pk, step), {"revision": batch.revision})
    batch.refresh_from_db()
    assert batch.status == "in_review"
    reviewer = User.objects.filter(username="reviewer").first() or person("reviewer", REVIEWER)
    vouched(batch, reviewer)
    publisher = Client()
    publisher.force_login(User.objects.filter(username="publisher").first() or person("publisher", PUBLISHER))
    publisher.post(SENT.format(batch.pk, "publish"), {"revision": batch.revision, "reason": "the office's list"})
    batch.refresh_from_db()
    assert batch.status == "published"
    return batch


@pytest.fixture
def clerk() -> Client:
    return signed_in("clerk", CURATOR)


@on_both_stores
def test_a_list_goes_from_the_upload_to_the_public_and_the_same_again_changes_nothing(clerk: Client) -> None:
    rows = [task("ftz-gov", number + 1) for number in range(GOV)]
    address = chosen(clerk, rows)  # found by its header, whichever button was pressed
    shown = page(clerk, address)
    assert 'name="differences"' in shown  # six domains of the plan have no task in this list
    assert "No held task of this plan is missing" in shown
    clerk.post(address, {"go": "preview"})
    assert not ImportBatch.objects.filter(name="list.csv").exists()
    published(clerk, address, {"differences": "1"})
    assert Measure.objects.public().filter(kind="task").count() == GOV
    assert StoredUpload.objects.count() == 0
    again = chosen(clerk, rows)
    assert "Nothing would change" in page(clerk, again)
    clerk.post(again, {"go": "preview", "differences": "1"})
    assert set(ImportBatch.objects.latest("pk").rows.values_list("verdict", flat=True)) == {"unchanged"}


def test_every_held_task_that_is_not_in_the_list_is_answered_for_and_withdrawn_with_its_reason(clerk: Client) -> None:
    rows = [task("ftz-gov", number + 1) for number in range(GOV)]
    published(clerk, chosen(clerk, rows, "list.xlsx"), {"differences": "1"})
    address = chosen(clerk, [*rows[:-2], {**rows[0], "code": "ftz-gov-new", "ordinal": "15"}])
    shown = page(clerk, address)
    for code in ("ftz-gov-13", "ftz-gov-14"):
        assert f'name="other-{code}"' in shown
    assert not re.search(r'<input type="radio"[^>]*checked', shown)
    assert "尚未存入批次" in page(clerk, address, "zh-hans")

    def sent(**answers: str) -> str:
        answer = clerk.post(address, {**answers, "go": "preview", "differences": "1"}, follow=True)
        return answer.content.decode()

    keep, gone = {"other-ftz-gov-13": "kept"}, {"other-ftz-gov-14": "withdrawn"}
    assert "1 项尚未答复：ftz-gov-14" in sent(**keep)
    assert "撤回须写原因：ftz-gov-14" in sent(**keep, **gone)
    assert re.search(
        r'name="other-ftz-gov-14" value="withdrawn" checked', page(clerk, address)
    )  # what was answered stays
    batch = published(clerk, address, {**keep, **gone, "reason-ftz-gov-14": "并入第一项", "differences": "1"})
    assert "撤回 ftz-gov-14：并入第一项。" in batch.note
    assert "Kept though not in the list: ftz-gov-13." in batch.note_en
    assert set(batch.rows.filter(verdict="withdrawn").values_list("table", "key")) == {
        ("measures", "ftz-gov-14"), ("events", "ftz-gov-14|announced|2020-09|"),
    }  # fmt: skip
    public = Measure.objects.public().filter(kind="task").values_list("code", flat=True)
    assert "ftz-gov-13" in public
    assert "ftz-gov-14" not in public
    assert not Event.objects.public().filter(measure__code="ftz-gov-14").exists()


def test_what_is_wrong_is_said_at_its_cell_and_no_batch_is_made(clerk: Client) -> None:
    address = chosen(clerk, [task("ftz-gov", 1), task("ftz-gov", 2, kind="wish", announced="2020-13")], "list.xlsx")
    shown = page(clerk, address)
    for column, text in (("kind", "wish"), ("announced", "2020-13")):
        cell = f"任务!{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[COLUMNS.index(column)]}3"
        assert f"<b>{cell}</b>" in shown
        assert f'name="cell-{cell[3:]}" value="{text}"' in shown
    clerk.post(address, {"go": "preview", "differences": "1"})
    assert not ImportBatch.objects.filter(name="list.xlsx").exists()
    assert StoredUpload.objects.count() == 1
    clerk.post(address, {"go": "discard"})
    assert StoredUpload.objects.count() == 0


def test_a_wrong_cell_is_typed_anew_and_the_reviewer_sees_the_list_as_it_looked(clerk: Client) -> None:
    address = chosen(clerk, [task("ftz-gov", 1), task("ftz-gov", 2, kind="wish", announced="2020-13")], "list.xlsx")
    kind, announced = (f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[COLUMNS.index(name)]}3" for name in ("kind", "announced"))
    typed = {
        f"stood-{kind}": "wish",
        f"cell-{kind}": "task",
        f"stood-{announced}": "2020-13",
        f"cell-{announced}": "2020-10",
    }
    clerk.post(address, {**typed, "go": "again"})
    shown = page(clerk, address)
    assert f"任务 {kind}: “wish” is read as “task”" in shown
    assert "Cells that cannot be taken" not in shown
    clerk.post(address, {"go": "preview", "differences": "1"})
    batch = ImportBatch.objects.get(name="list.xlsx")
    assert "“2020-13” is read as “2020-10”" in batch.note_en
    look = clerk.get(f"/admin/curation/importbatch/{batch.pk}/change/", {"show": "file"}).content.decode()
    assert 'class="holds-header"' in look
    assert re.search(r'id="of-s\d+-A3"', look)
    assert {row.table for row in batch.rows.exclude(cell="")} == {"measures", "events"}


def test_what_a_file_holds_can_be_said(clerk: Client) -> None:
    rows: Rows = [{"code": "ftz-finance-services", "ordinal": "4"}]
    content = b"code,ordinal\nftz-finance-services,4\n"
    answer = clerk.post(UPLOAD, {"file": SimpleUploadedFile("l.csv", content), "kind": "tasks"})
    assert "ftz-finance-services" in page(clerk, answer["Location"])
    assert StoredUpload.objects.get().kind == "tasks"
    answer = clerk.post(UPLOAD, {"file": SimpleUploadedFile("list.csv", as_csv(rows)), "kind": "tables", "step": "1"})
    assert 'class="reading task-list"' not in page(clerk, answer["Location"])


def test_the_empty_list_that_the_upload_offers_is_one(clerk: Client) -> None:
    assert "tasks.csv" in page(clerk, UPLOAD)
    empty = clerk.get("/admin/curation/importbatch/tasks.csv").content
    answer = clerk.post(UPLOAD, {"file": SimpleUploadedFile("empty.csv", empty)})
    assert "The tasks of the list" in page(clerk, answer["Location"])


def test_a_list_is_its_uploaders_alone(clerk: Client) -> None:
    address = chosen(clerk, [task("ftz-gov", 1)])
    for other, status in ((signed_in("other", CURATOR), 302), (signed_in("looker", REVIEWER), 403)):
        assert other.get(address).status_code == status
        assert other.post(address, {"go": "preview", "differences": "1"}).status_code == status
    assert not ImportBatch.objects.filter(name="list.csv").exists()
    assert clerk.get(address).status_code == 200
