"""Measures at a glance, relations in place, and a status for many at once: by events, with a reason, all or none."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.admin.board import board_rows
from curation.models import Change
from policies.choices import Status
from policies.models import Domain, Event, Measure, Relation
from sources.models import Citation, Release

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

LIST = "admin:policies_measure_changelist"


@pytest.fixture(autouse=True)
def _uncollected_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def chosen() -> list[Measure]:
    return list(Measure.objects.public().order_by("code")[:3])


def sent(measures: list[Measure], **changes: Any) -> dict[str, Any]:
    data = {
        "action": "record_event", "apply": "1", "_selected_action": [measure.pk for measure in measures],
        "type": "in_force", "edtf": "2026-03", "region": "", "citations": [Citation.objects.order_by("pk")[0].pk],
        "note_zh": "", "note_en": "", "reason": "Spring report",
    }  # fmt: skip
    return {**data, **changes}


def record(client: Client, measures: list[Measure], **changes: Any) -> Any:
    return client.post(reverse(LIST), sent(measures, **changes))


# The board ---------------------------------------------------------------------------------------------------------


def test_the_board_counts_every_measure_once() -> None:
    rows = [row for document in board_rows() for row in document["rows"]]
    assert sum(row["total"] for row in rows) == Measure.objects.count()
    for row in rows:
        assert sum(cell["count"] for cell in row["cells"]) == row["total"]
        assert len(row["cells"]) == len(Status) + 1
    stated = {row["name"]: row["stated"] for row in rows if row["stated"] is not None}
    assert sum(stated.values()) == 121


def test_its_numbers_lead_to_those_measures_in_either_language(admin_client: Client) -> None:
    numbers = []
    for lang in ("zh-hans", "en"):
        page = admin_client.get(reverse("admin:policies_measure_board"), headers={"accept-language": lang})
        assert (page.status_code, page["Content-Language"]) == (200, lang)
        cells = [cell for document in page.context["documents"] for row in document["rows"] for cell in row["cells"]]
        numbers.append([(cell["url"], cell["count"]) for cell in cells if cell["count"]])
    assert numbers[0] == numbers[1]
    for url, count in numbers[0][::7]:
        assert admin_client.get(url).context["cl"].result_count == count
    assert reverse("admin:policies_measure_board") in admin_client.get(reverse(LIST)).content.decode()


def test_the_board_costs_the_same_however_many_there_are() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            board_rows()
        return len(asked)

    few = queries()
    domain = Domain.objects.all()[0]
    for number in range(20):
        Measure.objects.create(
            code=f"t-{number}", kind="task", level="county", document=domain.document, domain=domain, title_zh="措施",
            title_en="Measure", summary_zh="摘要", summary_en="Summary",
        )  # fmt: skip
    assert queries() == few == 3


def test_the_board_is_for_those_who_may_see_measures(client: Client, django_user_model: Any) -> None:
    person = django_user_model.objects.create_user("p", password="p", is_staff=True)
    client.force_login(person)
    assert client.get(reverse("admin:policies_measure_board")).status_code == 403
    person.user_permissions.add(Permission.objects.get(codename="view_measure"))
    assert client.get(reverse("admin:policies_measure_board")).status_code == 200
    assert "record_event" not in client.get(reverse(LIST)).content.decode()


# An event for many -------------------------------------------------------------------------------------------------


def test_the_form_asks_for_type_date_and_reason(admin_client: Client, chosen: list[Measure]) -> None:
    page = record(admin_client, chosen, apply=[])
    assert {"type", "edtf", "citations", "reason"} <= set(page.context["form"].fields)
    assert all(measure.code in page.content.decode() for measure in chosen)
    assert not Event.objects.drafts().exists()


def test_each_measure_gets_a_draft_event_and_its_own_history(admin_client: Client, chosen: list[Measure]) -> None:
    answer = record(admin_client, chosen)
    assert answer.status_code == 302
    events = Event.objects.drafts()
    assert [(event.measure, event.type, event.edtf) for event in events.order_by("measure__code")] == [
        (measure, "in_force", "2026-03") for measure in chosen
    ]
    assert all(event.citations.count() == 1 for event in events)
    history = Change.objects.filter(release=None)
    assert {(change.table, change.action, change.reason) for change in history} == {
        ("events", "added", "Spring report")
    }
    assert history.count() == len(chosen)


def test_a_status_changes_when_the_event_is_published_and_not_before(
    admin_client: Client, chosen: list[Measure]
) -> None:
    before = Measure.objects.with_status().get(pk=chosen[0].pk).status
    record(admin_client, chosen[:1], type="withdrawn")
    assert Measure.objects.with_status().get(pk=chosen[0].pk).status == before
    Event.objects.drafts().update(released=Release.objects.get())
    assert Measure.objects.with_status().get(pk=chosen[0].pk).status == "withdrawn"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"), ({"edtf": "spring"}, "edtf"), ({"edtf": "2026-13"}, "edtf"), ({"type": ""}, "type"),
        ({"citations": []}, "__all__"),
    ],
)  # fmt: skip
def test_what_one_event_may_not_be_none_is(
    admin_client: Client, chosen: list[Measure], changes: dict[str, Any], field: str
) -> None:
    page = record(admin_client, chosen, **changes)
    assert page.status_code == 200
    assert field in page.context["form"].errors
    assert not Event.objects.drafts().exists()
    assert not Change.objects.filter(release=None).exists()


def test_an_event_that_one_of_them_has_already_is_recorded_for_none(
    admin_client: Client, chosen: list[Measure]
) -> None:
    Event.objects.create(measure=chosen[1], type="in_force", edtf="2026-03")
    page = record(admin_client, chosen)
    assert any(chosen[1].code in error for error in page.context["form"].errors["__all__"])
    assert Event.objects.drafts().count() == 1


def test_a_status_is_nowhere_typed_in(admin_client: Client, chosen: list[Measure]) -> None:
    form = admin_client.get(reverse("admin:policies_measure_add")).context["adminform"].form
    assert "status" not in form.fields
    assert "standing" not in form.fields


# Relations in place ------------------------------------------------------------------------------------------------


@pytest.fixture
def drafts() -> list[Measure]:
    document = Measure.objects.all()[0].document
    made = [
        Measure.objects.create(
            code=f"t-{name}", kind="task", level="county", document=document, title_zh="措施", title_en="Measure",
            summary_zh="摘要", summary_en="Summary",
        )
        for name in ("a", "b")
    ]  # fmt: skip
    for measure in made:
        measure.citations.add(Citation.objects.all()[0])
    return made


def filled(page: Any, **changes: Any) -> dict[str, Any]:
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for bound in (bound for form in forms for bound in form):
        value = bound.value()
        if isinstance(value, list):
            value = [getattr(item, "pk", item) for item in value]
        if value is not None and value is not False:
            data[bound.html_name] = value
    return {**data, **changes}


def test_a_relation_is_added_on_the_page_of_its_measure_and_one_to_nothing_refused(
    admin_client: Client, drafts: list[Measure]
) -> None:
    one, other = drafts
    address = reverse("admin:policies_measure_change", args=[one.pk])
    page = admin_client.get(address)
    prefix = next(
        i.formset.prefix for i in page.context["inline_admin_formsets"] if i.formset.fk.name == "from_measure"
    )
    row = {
        f"{prefix}-TOTAL_FORMS": 1, f"{prefix}-0-type": "replicates", f"{prefix}-0-to_measure": other.pk,
        f"{prefix}-0-from_measure": one.pk,
    }  # fmt: skip
    to_nothing = {name: value for name, value in row.items() if not name.endswith("-to_measure")}
    assert admin_client.post(address, filled(page, **to_nothing, reason="x")).status_code == 200
    assert not Relation.objects.filter(from_measure=one).exists()
    answer = admin_client.post(address, filled(page, **row, reason="It says so"))
    assert answer.status_code == 302, answer.context["errors"]
    made = Relation.objects.get(from_measure=one)
    assert (made.type, made.to_measure, made.released) == ("replicates", other, None)
    assert Change.objects.get(release=None, table="relations").reason == "It says so"
    shown = admin_client.get(reverse("admin:policies_measure_change", args=[other.pk])).content.decode()
    assert reverse("admin:policies_relation_change", args=[made.pk]) in shown


def test_the_timeline_is_in_the_order_of_events(admin_client: Client, drafts: list[Measure]) -> None:
    for type_, edtf in (("in_force", "2024"), ("announced", ""), ("piloting", "2023-05")):
        Event.objects.create(measure=drafts[0], type=type_, edtf=edtf)
    page = admin_client.get(reverse("admin:policies_measure_change", args=[drafts[0].pk]))
    (timeline,) = [inline for inline in page.context["inline_admin_formsets"] if inline.opts.model is Event]
    assert [form.instance.type for form in timeline.formset.forms] == ["announced", "piloting", "in_force"]
