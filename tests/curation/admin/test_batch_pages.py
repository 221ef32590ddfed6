"""The pages of batches: upload, preview, mending, steps, the first page, taking a release back."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.admin import batches
from curation.admin.sheet import sheet_of
from curation.batches import review
from curation.batches.drafts import mend as mend_rows
from curation.models import BatchStatus, ImportBatch, Verdict
from curation.refusals import StepRefused
from curation.roles import ADMINISTRATOR, CURATOR, NAMES, PUBLISHER, REVIEWER
from indicators.models import Observation
from sources.models import Release
from tests.builder import cells_of, liling, published
from tests.curation.people import draft, person
from tests.curation.sheets.test_uploads import HEADER, LILING, WIDE, text, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
on_both_stores = pytest.mark.stores_alike(False)

UPLOAD = "admin:curation_importbatch_upload"
TOPIC = {"code": "T_TOPIC", "name_zh": "主题", "name_en": "Topic", "order": "1"}


@pytest.fixture(autouse=True)
def _uncollected_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def curator(client: Client) -> User:
    """A curator who is signed in."""
    user = person("curator", CURATOR)
    client.force_login(user)
    return user


def page(batch: ImportBatch) -> str:
    return reverse("admin:curation_importbatch_change", args=(batch.pk,))


def take(client: Client, batch: ImportBatch, step: str, *, follow: bool = False, **posted: Any) -> Any:
    """As from a page that was opened just now, unless `revision` says of when it is."""
    posted.setdefault("revision", ImportBatch.objects.values_list("revision", flat=True).get(pk=batch.pk))
    return client.post(reverse("admin:curation_importbatch_step", args=(batch.pk, step)), posted, follow=follow)


def told(client: Client, batch: ImportBatch, step: str, **posted: Any) -> str:
    """What the page says of a step that was just taken."""
    return str(list(take(client, batch, step, follow=True, **posted).context["messages"])[-1])


def upload(client: Client, name: str, content: bytes) -> Any:
    return client.post(reverse(UPLOAD), {"file": SimpleUploadedFile(name, content)}, follow=True)


def said(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def release_of(batch: ImportBatch, maker: User) -> Release:
    review.send_to_review(batch, maker)
    reviewer, _ = User.objects.get_or_create(username="reviewer", is_superuser=True)
    review.accept_warnings(batch, reviewer, batch.rows.values_list("pk", flat=True), "as printed")
    review.approve(batch, reviewer)
    return review.publish(batch, reviewer, "why")


# Bringing in --------------------------------------------------------------------------------------------------------


def test_a_file_becomes_a_preview_that_only_its_maker_sees(client: Client, curator: User) -> None:
    stands = Decimal(liling()["value"])
    shown = upload(client, "各县.xlsx", workbook(进出口=WIDE)).content.decode()
    batch = ImportBatch.objects.get(name="各县.xlsx")
    assert (batch.status, batch.created_by, batch.rows.count()) == (BatchStatus.PREVIEW, curator, 4)
    assert "进出口!B4" in shown
    assert f"<del>{stands}</del> <ins>41.26</ins>" in shown
    assert f"{(Decimal('41.26') / stands - 1) * 100:+.2f} %" in shown
    assert batch.note in shown
    for role in NAMES:
        client.force_login(person(f"another-{role}", role))
        assert client.get(page(batch)).status_code == 404
        assert "各县.xlsx" not in client.get(reverse("admin:curation_importbatch_changelist")).content.decode()
        row = reverse("admin:curation_stagedrow_change", args=(batch.rows.first().pk,))
        assert client.get(row).status_code == 404


@pytest.mark.parametrize(("name", "content"), [("t.csv", b""), ("t.xlsx", b"PK\x03\x04 no workbook")])
def test_what_is_no_table_is_refused_with_the_reason(client: Client, curator: User, name: str, content: bytes) -> None:
    answer = upload(client, name, content)
    assert (answer.status_code, answer.redirect_chain[-1][0] if answer.redirect_chain else "") == (200, reverse(UPLOAD))
    assert said(answer)
    assert not ImportBatch.objects.filter(created_by=curator).exists()


def test_the_template_is_a_workbook_that_can_be_brought_in_again(client: Client, curator: User) -> None:
    answer = client.get(reverse("admin:curation_importbatch_template"))
    assert answer["Content-Disposition"] == 'attachment; filename="observations.xlsx"'
    assert answer.content.startswith(b"PK\x03\x04")


@on_both_stores
def test_a_large_file_shows_how_far_it_is(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()  # which, unlike the fixture, may leave an answer unread
    monkeypatch.setattr(batches, "LONG_FILE", 10)
    user = person("curator", CURATOR)
    client.force_login(user)
    content = text([HEADER, *([*LILING[:2], f"{year}年", "1.5", *LILING[4:]] for year in range(1900, 2000))])
    answer = upload(client, "long.csv", content.encode())
    assert (answer.streaming, answer["Content-Encoding"]) == (True, "identity")
    shown = b"".join(answer.streaming_content).decode()
    batch = ImportBatch.objects.get(name="long.csv")
    assert '<progress max="100" value="100">' in shown
    assert f'href="{page(batch)}"' in shown
    assert shown.rstrip().endswith("</html>")
    assert (batch.rows.count(), batch.status) == (100, BatchStatus.PREVIEW)
    refused = b"".join(upload(client, "t.xlsx", b"PK\x03\x04 no workbook").streaming_content).decode()
    assert f'href="{reverse(UPLOAD)}"' in refused
    assert 'class="error"' in refused
    who_leaves_while_a_file_is_read_leaves_nothing(client)
    monkeypatch.setattr(batches, "take_in", lambda *_, **__: 1 / 0)
    failed = b"".join(upload(client, "t.csv", content.encode()).streaming_content).decode()
    assert "什么也没有保存" in failed
    assert failed.rstrip().endswith("</html>")


def who_leaves_while_a_file_is_read_leaves_nothing(client: Client) -> None:
    content = text([HEADER, *([*LILING[:2], f"{year}年", "1.5", *LILING[4:]] for year in range(1000, 9000))])
    answer = upload(client, "left.csv", content.encode())
    stream = iter(answer.streaming_content)
    while b"<progress" not in next(stream):
        pass
    answer.close()
    assert not ImportBatch.objects.filter(name="left.csv").exists()


# Mending ------------------------------------------------------------------------------------------------------------


def mend(client: Client, batch: ImportBatch, *, follow: bool = False, **cells: str) -> Any:
    row = batch.rows.get(verdict=Verdict.ERROR)
    typed = {f"cell-{row.pk}-{name}": text for name, text in cells.items()}
    typed["revision"] = str(ImportBatch.objects.get(pk=batch.pk).revision)
    return client.post(reverse("admin:curation_importbatch_mend", args=(batch.pk,)), typed, follow=follow)


def test_a_cell_is_mended_where_it_stands(client: Client, curator: User) -> None:
    batch = draft(curator, observations=[liling(value="41,26"), liling(period="2023", value="39")])
    html = client.get(page(batch)).content.decode()
    wrong = batch.rows.get(verdict=Verdict.ERROR)
    assert html.count(f'name="cell-{wrong.pk}-') == 1
    assert f'name="cell-{wrong.pk}-value" value="41,26"' in html
    assert "1" in said(mend(client, batch, follow=True, value="41;26"))
    assert batch.rows.filter(verdict=Verdict.ERROR).count() == 1
    mend(client, batch, value=" 41.26 ")
    wrong.refresh_from_db()
    assert (wrong.verdict, wrong.resolved["value"], wrong.before["value"]) == (
        Verdict.CHANGED,
        "41.26",
        liling()["value"],
    )
    assert "41;26 → 41.26" in batch.steps.last().reason


def test_a_row_that_breaks_a_rule_can_be_mended_anywhere(client: Client, curator: User) -> None:
    batch = draft(curator, observations=[liling(value="", status="A")])
    assert f'name="cell-{batch.rows.get().pk}-status"' in client.get(page(batch)).content.decode()
    mend(client, batch, status="O")
    assert batch.rows.get().verdict == Verdict.CHANGED


def test_an_unknown_column_goes_when_its_row_is_mended(client: Client, curator: User) -> None:
    batch = draft(curator, topics=[TOPIC | {"colour": "red"}])
    mend(client, batch, name_en="Topic")
    assert batch.rows.get().verdict == Verdict.NEW


def test_figures_of_a_long_batch_are_checked_alone_and_the_batch_again_before_review(
    client: Client, curator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.batches.drafts.COMPARED_WHOLE", 1)
    batch = draft(
        curator, observations=[liling(value="41,26"), liling(value="41.30"), liling(period="1998", value="1")]
    )
    mend(client, batch, value="41.26")
    assert batch.rows.get(verdict=Verdict.ERROR).errors[0]["message"]  # the same key as the row below it
    mend(client, batch, period="1997")
    assert sorted(batch.rows.values_list("verdict", flat=True)) == [Verdict.CHANGED, Verdict.NEW, Verdict.NEW]
    review.send_to_review(ImportBatch.objects.get(pk=batch.pk), curator)


def test_only_a_draft_is_mended_and_by_its_maker_alone(client: Client, curator: User) -> None:
    batch = draft(curator, topics=[TOPIC])
    row = batch.rows.get()
    typed = {f"cell-{row.pk}-name_en": "Another", "revision": "0"}
    for status in ("in_review", "approved", "published", "rejected"):
        ImportBatch.objects.filter(pk=batch.pk).update(status=status)
        client.post(reverse("admin:curation_importbatch_mend", args=(batch.pk,)), typed)
        assert batch.rows.get().raw == TOPIC, status
        html = client.get(reverse("admin:curation_stagedrow_change", args=(row.pk,))).content.decode()
        assert 'name="cell-' not in html, status
    ImportBatch.objects.filter(pk=batch.pk).update(status=BatchStatus.DRAFT)
    for role in (REVIEWER, PUBLISHER, ADMINISTRATOR):
        client.force_login(person(f"another-{role}", role))
        client.post(reverse("admin:curation_importbatch_mend", args=(batch.pk,)), typed)
        assert batch.rows.get().raw == TOPIC, role
    client.force_login(curator)
    client.post(reverse("admin:curation_importbatch_mend", args=(batch.pk,)), typed)
    assert batch.rows.get().raw != TOPIC


# The sheet ----------------------------------------------------------------------------------------------------------


@on_both_stores
def test_a_page_of_rows_costs_the_same_whatever_the_rows(
    client: Client, curator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cost(count: int) -> int:
        rows = [liling_row | {"period": str(1900 + number)} for number in range(count)]
        batch = draft(curator, observations=rows)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page(batch)).status_code == 200
        return len(queries)

    monkeypatch.setattr("sources.versions.SECONDS", 1000)  # else the version may be asked for in between
    liling_row = liling()
    cost(1)  # reads the labels into memory
    assert cost(2) == cost(45)


def test_rows_are_filtered_by_verdict_and_turned_page_by_page(curator: User) -> None:
    row = liling()
    rows = [row | {"period": str(1900 + number)} for number in range(60)]
    batch = draft(curator, observations=[*rows, liling(value="x"), liling(value="41.26")], topics=[TOPIC])
    first = sheet_of(batch, {"table": "observations", "verdict": "new"}, mendable=True)
    assert (first.page, first.pages, first.total, len(first.lines)) == (1, 2, 60, 50)
    assert [(str(tab.query.get("verdict")), tab.count) for tab in first.verdicts] == [
        ("", 62), ("warnings", 1), ("error", 1), ("changed", 1), ("new", 60)
    ]  # fmt: skip
    assert [tab.query["table"] for tab in first.tables] == ["topics", "observations"]
    last = sheet_of(batch, {"table": "observations", "verdict": "new", "page": "99"}, mendable=True)
    assert (last.page, len(last.lines)) == (2, 10)
    assert sheet_of(batch, {"table": "nonsense", "verdict": "?", "page": "-1"}, mendable=True).page == 1


# Steps and their buttons ----------------------------------------------------------------------------------------------


def test_the_buttons_are_those_that_a_person_may_press(client: Client, curator: User) -> None:
    batch = draft(curator, topics=[TOPIC])
    reviewer, publisher = person("reviewer", REVIEWER), person("publisher", PUBLISHER)

    def buttons(user: User) -> list[str]:
        client.force_login(user)
        return [name for name, _ in client.get(page(batch)).context["actions"]]

    assert [buttons(user) for user in (curator, reviewer, publisher)] == [["send", "compare", "discard"], [], []]
    take(client, batch, "send")  # by the publisher: refused
    batch.refresh_from_db()
    assert batch.status == BatchStatus.DRAFT
    client.force_login(curator)
    take(client, batch, "send")
    assert [buttons(user) for user in (curator, reviewer, publisher)] == [["take-back"], ["approve", "reject"], []]
    client.force_login(reviewer)
    take(client, batch, "approve")
    assert [buttons(user) for user in (curator, reviewer, publisher)] == [["take-back"], ["reject"], ["publish"]]
    client.force_login(publisher)
    assert "请填写原因" in told(client, batch, "publish")
    assert "已发布" in told(client, batch, "publish", reason="why", notes_zh="说明", notes_en="Notes")
    batch.refresh_from_db()
    assert (batch.release.notes_zh, batch.release.notes_en) == ("说明", "Notes")


def test_a_step_is_not_a_link(client: Client, curator: User) -> None:
    batch = draft(curator, topics=[TOPIC])
    assert client.get(reverse("admin:curation_importbatch_step", args=(batch.pk, "discard"))).status_code == 405
    assert client.post(reverse("admin:curation_importbatch_step", args=(batch.pk, "nonsense"))).status_code == 403
    take(client, batch, "discard", sure="1")
    assert not ImportBatch.objects.filter(pk=batch.pk).exists()


def test_warnings_are_accepted_one_by_one_or_all(client: Client, curator: User) -> None:
    batch = draft(curator, observations=[liling(value="4125"), liling(period="1998", value="9999")])
    review.send_to_review(batch, curator)
    assert batch.rows.with_warnings().count() == 2
    client.force_login(person("reviewer", REVIEWER))
    first = batch.rows.with_warnings().first()
    html = client.get(page(batch)).content.decode()
    assert html.count('type="checkbox"') == 2
    take(client, batch, "accept", row=[first.pk], reason="as printed")
    assert client.get(page(batch)).content.decode().count('class="accepted"') == 1
    assert "1" in told(client, batch, "approve")
    take(client, batch, "accept", all="1", reason="as printed")
    take(client, batch, "approve")
    batch.refresh_from_db()
    assert batch.status == BatchStatus.APPROVED


def test_warnings_are_accepted_one_kind_at_a_time(client: Client, curator: User) -> None:
    lone, both = liling(period="2998", value="41.25"), liling(period="2999", value="-41.25")
    batch = draft(curator, observations=[liling(value="4125"), lone, both])
    review.send_to_review(batch, curator)
    client.force_login(person("reviewer", REVIEWER))
    html = client.get(page(batch), headers={"accept-language": "en"}).content.decode()
    assert re.search('value="future" class="button" formaction="[^"]+/step/accept/">Accept 1 periods not over', html)
    take(client, batch, "accept", kind="future", reason="a plan")
    accepted = batch.rows.filter(accepted_by__isnull=False)
    assert [row.resolved["period"] for row in accepted] == ["2998"]  # the other is also negative


@on_both_stores
def test_the_page_that_is_open_approves_what_it_shows_and_nothing_else(client: Client, curator: User) -> None:
    batch = draft(curator, observations=[liling(value="12345.67")])
    review.send_to_review(batch, curator)
    client.force_login(person("reviewer", REVIEWER))
    html = client.get(page(batch)).content.decode()
    (shown,) = set(re.findall(r'name="revision" value="(.*?)"', html))
    assert html.count('name="revision"') == html.count('<form method="post" action="/admin/curation/importbatch/')
    review.take_back(batch, curator)
    mend_rows(batch, curator, {batch.rows.get().pk: {"value": "0.01"}})
    review.send_to_review(batch, curator)
    for step in ("accept", "approve", "reject"):
        answer = told(client, batch, step, revision=shown, all="1", reason="as printed")
        assert "value: 12345.67 → 0.01" in answer
        assert "此步未执行" in answer
    for unseen in ("", "x", "-1", "²", "9" * 5000):
        assert "此步未执行" in told(client, batch, "approve", revision=unseen)
    batch.refresh_from_db()
    assert (batch.status, batch.rows.filter(accepted_by__isnull=False).count()) == (BatchStatus.IN_REVIEW, 0)


def test_two_pages_of_one_maker_do_not_mend_over_each_other(client: Client, curator: User) -> None:
    batch = draft(curator, observations=[liling(value="41,26")])
    row = batch.rows.get()
    address = reverse("admin:curation_importbatch_mend", args=(batch.pk,))
    for value in ("41.26", "7"):
        answer = client.post(address, {f"cell-{row.pk}-value": value, "revision": "0"}, follow=True)
    assert "41,26 → 41.26" in said(answer)
    assert batch.rows.get().resolved["value"] == "41.26"


def test_discarding_asks_and_says_how_much_would_go(client: Client, curator: User) -> None:
    row = liling(value="1")
    batch = draft(curator, observations=[row | {"period": str(year)} for year in range(1900, 1960)])
    asked = take(client, batch, "discard")
    assert "60" in asked.content.decode()
    assert 'name="sure"' in asked.content.decode()
    assert ImportBatch.objects.filter(pk=batch.pk).exists()
    assert "已删除" in told(client, batch, "discard", sure="1")
    assert not ImportBatch.objects.filter(pk=batch.pk).exists()


def test_the_steps_of_a_preview_are_seen_by_its_maker_alone(client: Client, curator: User) -> None:
    upload(client, "机密.csv", text([HEADER, LILING]).encode())
    batch = ImportBatch.objects.get(name="机密.csv")
    mend_rows(batch, curator, {batch.rows.get().pk: {"value": "98765.43"}})
    steps, step = reverse("admin:curation_batchstep_changelist"), batch.steps.first()
    assert "98765.43" in client.get(steps).content.decode()
    for user in (*(person(f"another-{role}", role) for role in NAMES), User.objects.create_superuser("root")):
        client.force_login(user)
        html = client.get(steps).content.decode()
        assert ("机密" in html, "98765.43" in html) == (False, False), user
        assert client.get(reverse("admin:curation_batchstep_change", args=(step.pk,))).status_code != 200
        assert "机密" not in client.get(steps, {"q": "机密"}).content.decode().replace('value="机密"', "")


# Pages for each role --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [*NAMES, None])
def test_pages_are_for_their_roles(client: Client, role: str | None) -> None:
    client.force_login(person("someone", *[role] if role else []))
    release = published(topics=[TOPIC])  # the page of the first release compares all that was seeded
    brings_in, publishes = role in (CURATOR, ADMINISTRATOR), role in (PUBLISHER, ADMINISTRATOR)
    expected = {
        reverse(UPLOAD): 200 if brings_in else 403,
        reverse("admin:sources_release_roll_back", args=(release.pk,)): 200 if publishes else 403,
        reverse("admin:indicators_topic_add"): 200 if brings_in else 403,
        reverse("admin:curation_importbatch_changelist"): 200 if role else 403,
        reverse("admin:curation_change_changelist"): 200 if role else 403,
        reverse("admin:auth_user_changelist"): 200 if role == ADMINISTRATOR else 403,
        reverse("admin:indicators_topic_changelist"): 200 if role else 403,
        reverse("admin:index"): 200,
    }
    assert {address: client.get(address).status_code for address in expected} == expected


def test_an_administrator_gives_roles_and_nothing_beyond_them(client: Client) -> None:
    administrator, someone = person("administrator", ADMINISTRATOR), person("someone")
    root = User.objects.create_superuser("root")
    client.force_login(administrator)
    for user in (administrator, someone):
        posted = {"username": user.username, "is_active": "on", "is_staff": "on", "is_superuser": "on",
                  "groups": [Group.objects.get(name=CURATOR).pk], "date_joined_0": "2026-01-01", "date_joined_1": "00:00",
                  "user_permissions": [Permission.objects.first().pk]}  # fmt: skip
        assert client.post(reverse("admin:auth_user_change", args=(user.pk,)), posted).status_code == 302
        user.refresh_from_db()
        assert (user.is_superuser, user.user_permissions.count()) == (False, 0)
        if user == someone:
            assert [group.name for group in user.groups.all()] == [CURATOR]
        user.groups.set(Group.objects.filter(name=ADMINISTRATOR) if user == administrator else [])
    address = reverse("admin:auth_user_change", args=(root.pk,))
    assert client.post(address, {"username": "root", "is_active": ""}).status_code == 403
    assert client.post(reverse("admin:auth_user_password_change", args=(root.pk,)), {}).status_code == 403


def test_pages_are_complete_in_both_languages_and_keep_to_the_policy(client: Client, curator: User) -> None:
    batch = draft(curator, observations=[liling(value="x"), liling(period="1998", value="9999")], topics=[TOPIC])
    row = batch.rows.filter(table="observations").first()
    addresses = [
        "/admin/", page(batch), f"{page(batch)}?show=checks", f"{page(batch)}?show=public", f"{page(batch)}?table=topics",
        reverse(UPLOAD), reverse("admin:curation_stagedrow_change", args=(row.pk,)),
        reverse("admin:curation_importbatch_changelist"),
    ]  # fmt: skip
    for lang in ("zh", "en"):
        client.get("/admin/", {"lang": lang})
        for address in addresses:
            html = client.get(address).content.decode()
            own = html[html.index('id="content"') :]
            assert " style=" not in own, address
            assert ("导入" in html) == (lang == "zh"), address


def test_the_first_page_says_what_waits_for_whom(client: Client, curator: User) -> None:
    mine, sent = draft(curator, topics=[TOPIC]), draft(curator, topics=[{**TOPIC, "code": "T_SENT"}])
    review.send_to_review(sent, curator)
    ImportBatch.objects.filter(pk=mine.pk).update(name="begun-by-me")
    ImportBatch.objects.filter(pk=sent.pk).update(name="sent-by-me")

    def waiting(user: User) -> list[bool]:
        client.force_login(user)
        html = client.get("/admin/").content.decode()
        return [name in html for name in ("begun-by-me", "sent-by-me")]

    reviewer, publisher = person("reviewer", REVIEWER), person("publisher", PUBLISHER)
    assert [waiting(user) for user in (curator, reviewer, publisher)] == [[True, False], [False, True], [False, False]]
    review.approve(sent, reviewer)
    assert [waiting(user) for user in (curator, reviewer, publisher)] == [[True, False], [False, False], [False, True]]


@on_both_stores
def test_the_heat_map_counts_live_figures_by_region_and_year(client: Client, curator: User) -> None:
    home = client.get("/admin/").content.decode()
    years = client.get("/admin/").context["home"].coverage.years
    counted = Observation.objects.live().filter(series__region__code="430281", period_end__year=2024).count()
    (band,) = [b for b in client.get("/admin/").context["home"].coverage.bands if b.region.code == "430281"]
    assert band.squares[years.index(2024)].count == counted > 0
    assert f">{counted}</td>" in home


# Taking a release back --------------------------------------------------------------------------------------------------


@on_both_stores
def test_a_release_is_taken_back_by_two_people(client: Client, curator: User) -> None:
    stood = liling()["value"]
    release = release_of(draft(curator, observations=[liling(value="41.30")]), curator)
    publisher = person("publisher", PUBLISHER, REVIEWER)
    client.force_login(publisher)
    address = reverse("admin:sources_release_roll_back", args=(release.pk,))
    assert address in client.get(reverse("admin:sources_release_change", args=(release.pk,))).content.decode()
    assert address in client.get(reverse("admin:sources_release_changelist")).content.decode()
    assert "将撤销送审" in client.get(address).content.decode()
    assert "请填写原因" in said(client.post(address, {"reason": ""}, follow=True))
    assert "须由他人审核" in said(client.post(address, {"reason": "the paper was misread"}, follow=True))
    assert Release.objects.published().first() == release
    batch = ImportBatch.objects.get(takes_back=release)
    assert (batch.status, batch.created_by, batch.note) == ("in_review", publisher, "the paper was misread")
    assert "审核中" in said(client.post(address, {"reason": "again"}, follow=True))
    assert "不能审核自己的批次" in told(client, batch, "approve")
    client.force_login(person("reviewer-2", REVIEWER))
    assert f"<del>41.30</del> <ins>{stood}</ins>" in client.get(page(batch)).content.decode()
    take(client, batch, "accept", all="1", reason="as it stood")
    take(client, batch, "approve")
    client.force_login(publisher)
    take(client, batch, "publish", reason="the paper was misread")
    newest = Release.objects.published().first()
    assert (newest.pk > release.pk, newest.reason) == (True, "the paper was misread")
    assert newest.notes_en == f"Rolls back {release}."
    assert liling()["value"] == stood
    assert Observation.objects.as_of(release).get(series__key="A.430281.TRADE_TOTAL", period="2024").value > 41
    assert "已全部撤销" in client.get(address).content.decode()


def test_a_roll_back_is_its_publishers_and_says_what_the_release_said_backwards(client: Client, curator: User) -> None:
    stood = liling()["value"]
    release = release_of(draft(curator, observations=[liling(value="41.30")]), curator)
    publisher = person("publisher", PUBLISHER)
    batch = review.roll_back(release, publisher, "why")
    client.force_login(publisher)
    take(client, batch, "take-back")
    assert 'name="cell-' not in client.get(page(batch)).content.decode()
    row = batch.rows.get()
    address = reverse("admin:curation_importbatch_mend", args=(batch.pk,))
    typed = {f"cell-{row.pk}-value": "7", "revision": "0"}
    assert client.post(address, typed, follow=True).status_code == 200
    assert batch.rows.get().resolved["value"] == stood
    take(client, batch, "discard", sure="1")
    assert not ImportBatch.objects.filter(takes_back=release).exists()


def test_a_release_with_later_changes_is_not_taken_back(client: Client, curator: User) -> None:
    first = release_of(draft(curator, observations=[liling(value="41.30")]), curator)
    second = release_of(draft(curator, observations=[liling(value="41.40")]), curator)
    client.force_login(person("publisher", PUBLISHER))
    address = reverse("admin:sources_release_roll_back", args=(first.pk,))
    assert second.version in client.get(address).content.decode()
    assert second.version in said(client.post(address, {"reason": "why"}, follow=True))
    assert Release.objects.published().first() == second


@pytest.mark.parametrize("role", [CURATOR, REVIEWER])
def test_only_publishers_take_releases_back(client: Client, role: str) -> None:
    client.force_login(person("someone", role))
    address = reverse("admin:sources_release_roll_back", args=(Release.objects.get().pk,))
    assert client.post(address, {"reason": "why"}).status_code == 403
    with pytest.raises(StepRefused):
        review.roll_back(Release.objects.get(), User.objects.get(username="someone"), "why")


# Parts --------------------------------------------------------------------------------------------------------------


def test_a_preview_joins_a_draft_and_a_part_of_it_is_taken_out_or_sent_back(client: Client, curator: User) -> None:
    into, other = draft(curator, topics=[TOPIC]), draft(curator, observations=[liling(value="41.26")])
    assert 'name="into"' in client.get(page(other)).content.decode()
    assert take(client, other, "join", into=into.pk)["Location"] == page(into)
    part = into.rows.get(table="observations").came_with_id
    html = client.get(f"{page(into)}?part={part}").content.decode()
    assert ("41.26" in html, "T_TOPIC" in html) == (True, False)
    take(client, into, "divide", part=part)
    assert (
        ImportBatch.objects.filter(status=BatchStatus.DRAFT).exclude(pk=into.pk).get().rows.get().table
        == "observations"
    )
    second = {**TOPIC, "code": "T_SECOND"}
    take(client, draft(curator, topics=[second]), "join", into=into.pk)
    into.refresh_from_db()
    review.send_to_review(into, curator)
    client.force_login(person("reviewer", REVIEWER))
    row = into.rows.get(key="T_SECOND").pk
    assert "原因" in told(client, into, "send-back-rows", row=[row])
    take(client, into, "send-back-rows", row=[row], reason="no")
    assert ImportBatch.objects.get(status=BatchStatus.REJECTED).rows.get().key == "T_SECOND"
    assert into.rows.get().key == "T_TOPIC"


# Notes, and what waits ------------------------------------------------------------------------------------------------


def test_a_note_stands_among_the_steps_and_changes_nothing_else(client: Client, curator: User) -> None:
    batch = draft(curator, topics=[TOPIC])
    review.send_to_review(batch, curator)
    client.force_login(person("reviewer", REVIEWER))
    take(client, batch, "note", note="请核对\n第二行 <b>")
    batch.refresh_from_db()
    assert (batch.steps.last().reason, batch.status, batch.revision) == ("请核对\n第二行 <b>", BatchStatus.IN_REVIEW, 0)
    assert "请核对<br>第二行 &lt;b&gt;" in client.get(page(batch)).content.decode()
    assert "留言" in told(client, batch, "note", note="  ")
    client.force_login(person("reader"))
    take(client, batch, "note", note="hello")
    assert batch.steps.filter(step="noted").count() == 1


def test_every_page_says_how_many_batches_wait(client: Client, curator: User) -> None:
    sent, mine = draft(curator, topics=[TOPIC]), draft(curator, observations=[liling(value="41.26")])
    review.send_to_review(sent, curator)
    reviewer = person("reviewer", REVIEWER)

    def badge(user: User) -> list[str]:
        client.force_login(user)
        return re.findall(
            r'class="waits"[^>]*>(\d+)<', client.get(reverse("admin:sources_source_changelist")).content.decode()
        )

    assert (badge(curator), badge(reviewer)) == ([], ["1"])
    review.reject(sent, reviewer, "no")
    assert (badge(curator), badge(reviewer), mine.status) == (["1"], [], BatchStatus.DRAFT)


# Words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoken", "shown"),
    [
        ("zh", ["醴陵市", "进出口总额", "亿元", "41.25亿元", "<ins>约</ins>", "名T_TONNE"]),
        ("en", ["Liling City", "hundred million yuan", "about", "Name of T_TONNE"]),
    ],
)
def test_a_sheet_and_the_history_say_words_where_rows_have_codes(
    client: Client, curator: User, spoken: str, shown: list[str]
) -> None:
    unit = {
        "code": "T_TONNE",
        "name_zh": "名T_TONNE",
        "name_en": "Name of T_TONNE",
        "dimension": "t_weight",
        "factor": "1",
    }
    indicator = cells_of("indicators", code="TRADE_TOTAL") | {"code": "T_SALES", "unit": "T_TONNE"}
    batch = draft(curator, units=[unit], indicators=[indicator], observations=[liling(qualifier="approx")])
    client.cookies["django_language"] = {"zh": "zh-hans", "en": "en"}[spoken]
    figures, indicators = (
        client.get(f"{page(batch)}?table={table}").content.decode() for table in ("observations", "indicators")
    )
    assert [word for word in shown if word not in figures + indicators] == []
    release = release_of(batch, curator)
    change = release.changes.get(table="observations")
    history = client.get(reverse("admin:curation_change_change", args=(change.pk,))).content.decode()
    assert [word for word in shown[:-2] if word not in history] == []


def test_what_the_program_names_is_called_in_the_language_of_its_reader(client: Client, curator: User) -> None:
    release = release_of(draft(curator, topics=[TOPIC]), curator)
    inverse = review.roll_back(release, person("publisher", PUBLISHER), "not so")
    listing = reverse("admin:curation_importbatch_changelist")
    for spoken, name in (("zh-hans", f"撤销发布 {release}"), ("en", f"Roll back release {release}")):
        client.cookies["django_language"] = spoken
        assert name in client.get(listing).content.decode()
        assert name in client.get(page(inverse)).content.decode()
