"""The admin as it is written in: drafts only, under the rules of the import, every write in the history."""

import datetime
from typing import Any

import pytest
from django.db.models import Model, QuerySet
from django.test import Client
from django.urls import reverse

from curation.admin.sources import SourceAdmin
from curation.models import Action, Change
from indicators.models import Check, CheckTerm
from policies.models import Document, Event, Measure, MeasureRegion, Relation
from regions.models import Membership, Region
from sources.models import Citation, Release, ReleaseStatus, Source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uncollected_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


def written() -> QuerySet[Change]:
    """The history of this test: the seed's has a release."""
    return Change.objects.filter(release=None)


def one(**filters: Any) -> Any:
    return written().get(**filters)


def page(model: type[Model], view: str, *args: int) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=args)


def release() -> Release:
    at = datetime.datetime(1999, 1, 1, tzinfo=datetime.UTC)
    return Release.objects.create(version="1999.1", status=ReleaseStatus.PUBLISHED, published_at=at)


def source(slug: str = "test-paper", **values: Any) -> Source:
    return Source.objects.create(slug=slug, kind="paper", title_zh="论文", title_en="Paper", **values)


def citation(of: Source, exact: str = "41.25亿元") -> Citation:
    code = Citation.code_of(of.slug, 0, len(exact), "supports", "stated")
    return Citation.objects.create(code=code, source=of, exact=exact, start=0, end=len(exact))


def region(code: str, **values: Any) -> Region:
    return Region.objects.create(code=code, kind="county", name_zh="地区", name_en="Region", **values)


def measure(code: str = "test-measure", **values: Any) -> Measure:
    by = source()
    document = Document.objects.create(code="test-plan", kind="plan", title_zh="方案", title_en="Plan", source=by)
    made = Measure.objects.create(
        code=code, kind="task", document=document, title_zh="措施", title_en="Measure", summary_zh="摘要",
        summary_en="Summary", level="county", **values,
    )  # fmt: skip
    made.citations.add(citation(by))
    return made


def filled(response: Any, **changes: Any) -> dict[str, Any]:
    """What a browser would send back from a page, with these changes; None leaves a field out."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for bound in (bound for form in forms for bound in form):
        value = bound.value()
        if isinstance(value, list):
            value = [item.pk if isinstance(item, Model) else item for item in value]
        if value is not None and value is not False:
            data[bound.html_name] = value
    return {name: value for name, value in {**data, **changes}.items() if value is not None}


def edit(client: Client, record: Model, **changes: Any) -> Any:
    address = page(type(record), "change", record.pk)
    return client.post(address, filled(client.get(address), **changes))


def add(client: Client, model: type[Model], **values: Any) -> Any:
    address = page(model, "add")
    return client.post(address, filled(client.get(address), **values))


def errors(response: Any) -> str:
    assert response.status_code == 200, "the form was not refused"
    return str(response.context["errors"])


def test_an_added_draft_is_in_the_history(admin_client: Client, admin_user: Any) -> None:
    add(admin_client, Source, slug="new-paper", kind="paper", title_zh="新", title_en="New", reason="found it")
    made, change = Source.objects.get(slug="new-paper"), one(table="sources", key="new-paper")
    assert made.released is None
    assert (change.action, change.user, change.reason) == (Action.ADDED, admin_user, "found it")
    assert change.before is None
    assert change.after["title_zh"] == "新"


def test_a_changed_draft_keeps_before_after_and_the_reason(admin_client: Client) -> None:
    made = measure()
    other = Citation.objects.create(code="test-paper:9-11", source=made.document.source, exact="二是", start=9, end=11)
    answer = edit(
        admin_client, made, title_zh="改", citations=[other.pk], needs=["customs", "cost"], reason="a better title"
    )
    assert answer.status_code == 302
    change = one(table="measures", key="test-measure")
    assert change.action == Action.CHANGED
    assert change.reason == "a better title"
    assert (change.before["title_zh"], change.after["title_zh"]) == ("措施", "改")
    assert (change.before["citations"], change.after["citations"]) == ("test-paper:0-7", "test-paper:9-11")
    assert change.after["needs"] == "customs;cost"


def test_a_change_needs_a_reason(admin_client: Client) -> None:
    assert "reason" in edit(admin_client, source(), title_zh="改").context["adminform"].form.errors
    assert not written().filter(key="test-paper").exists()


def test_saving_without_a_change_leaves_no_history(admin_client: Client) -> None:
    assert edit(admin_client, source(), reason="looked at it").status_code == 302
    assert not written().filter(key="test-paper").exists()


def test_links_and_events_of_a_measure_are_in_the_history(admin_client: Client) -> None:
    made, place = measure(), region("990281")
    phrase = made.citations.get()
    answer = edit(
        admin_client, made, reason="it began",
        **{
            "events-TOTAL_FORMS": 1, "events-0-type": "announced", "events-0-edtf": "2024-06",
            "events-0-citations": [phrase.pk],
            "region_links-TOTAL_FORMS": 1, "region_links-0-region": place.pk, "region_links-0-role": "target",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    event = one(table="events", key="test-measure|announced|2024-06|")
    assert (event.action, event.reason) == (Action.ADDED, "it began")
    assert event.after["citations"] == "test-paper:0-7"
    assert one(table="measures").after["regions"] == "990281:target"
    assert MeasureRegion.objects.get(measure=made).region == place


def test_an_event_changed_or_deleted_below_its_measure_is_in_the_history(admin_client: Client) -> None:
    made = measure()
    for kind in ("proposed", "announced"):
        Event.objects.create(measure=made, type=kind, edtf="2024").citations.set(made.citations.all())
    assert (
        edit(admin_client, made, reason="undo", **{"events-0-DELETE": "on", "events-1-edtf": "2025"}).status_code == 302
    )
    actions = dict(written().filter(table="events").values_list("action", "reason"))
    assert actions == {Action.DELETED: "undo", Action.CHANGED: "undo"}


def test_a_published_record_cannot_be_changed_or_deleted(admin_client: Client) -> None:
    made = source(released=release())
    body = {
        "slug": made.slug,
        "kind": "paper",
        "title_zh": "改",
        "title_en": "X",
        "language": "zh",
        "reason": "because",
    }
    shown = admin_client.get(page(Source, "change", made.pk))
    assert "manage.py seed" in shown.content.decode()
    assert 'name="title_zh"' not in shown.content.decode()
    assert admin_client.post(page(Source, "change", made.pk), body).status_code == 403
    assert admin_client.post(page(Source, "delete", made.pk), {"post": "yes", "reason": "r"}).status_code == 403
    selected = {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes", "reason": "r"}
    assert admin_client.post(page(Source, "changelist"), selected).status_code == 302
    made.refresh_from_db()
    assert made.title_zh == "论文"


def test_a_draft_published_while_it_was_edited_is_not_changed(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = source()
    monkeypatch.setattr(SourceAdmin, "has_change_permission", lambda *args: True)
    address = page(Source, "change", made.pk)
    body = filled(admin_client.get(address), title_zh="改", reason="late")
    Source.objects.filter(pk=made.pk).update(released=release())
    assert admin_client.post(address, body).status_code == 403
    made.refresh_from_db()
    assert made.title_zh == "论文"
    assert made.released is not None


def test_a_published_event_of_a_draft_measure_stays_as_it_is(admin_client: Client) -> None:
    made = measure()
    event = Event.objects.create(measure=made, type="announced", edtf="2024", released=release())
    event.citations.set(made.citations.all())
    assert edit(admin_client, made, reason="r", **{"events-0-edtf": "2025"}).status_code == 200
    assert edit(admin_client, made, reason="r", **{"events-0-DELETE": "on"}).status_code == 200
    event.refresh_from_db()
    assert event.edtf == "2024"


def test_deleting_a_draft_asks_why_and_remembers_all_that_goes(admin_client: Client) -> None:
    made = measure()
    Event.objects.create(measure=made, type="announced", edtf="2024").citations.set(made.citations.all())
    MeasureRegion.objects.create(measure=made, region=region("990281"))
    address = page(Measure, "delete", made.pk)
    assert admin_client.post(address, {"post": "yes"}).status_code == 200
    assert Measure.objects.filter(pk=made.pk).exists()
    assert admin_client.post(address, {"post": "yes", "reason": "not a measure"}).status_code == 302
    assert not Measure.objects.filter(pk=made.pk).exists()
    gone = written().filter(action=Action.DELETED).values_list("table", "reason")
    assert sorted(gone) == [("events", "not a measure"), ("measures", "not a measure")]
    assert one(table="measures").before["regions"] == "990281:target"


def test_deleting_several_drafts_remembers_each(admin_client: Client) -> None:
    made = [source("test-one"), source("test-two")]
    selected = {"action": "delete_selected", "_selected_action": [draft.pk for draft in made], "post": "yes"}
    assert admin_client.post(page(Source, "changelist"), selected).status_code == 200
    assert Source.objects.filter(slug__startswith="test-").count() == 2
    admin_client.post(page(Source, "changelist"), {**selected, "reason": "twice the same"})
    assert not Source.objects.filter(slug__startswith="test-").exists()
    assert written().filter(action=Action.DELETED, reason="twice the same").count() == 2


def test_a_citation_that_a_record_links_to_is_not_deleted(admin_client: Client) -> None:
    phrase = measure().citations.get()
    answer = admin_client.post(page(Citation, "delete", phrase.pk), {"post": "yes", "reason": "r"})
    assert answer.context["protected"]
    assert Citation.objects.filter(pk=phrase.pk).exists()


def test_a_citations_code_follows_from_the_rest(admin_client: Client) -> None:
    by = source()
    add(
        admin_client,
        Citation,
        source=by.pk,
        exact=" 约\r\n12亿元",
        start=5,
        end=12,
        role="supports",
        assertion="stated",
    )
    made = Citation.objects.get(source=by)
    assert (made.code, made.exact) == ("test-paper:5-12", " 约\n12亿元")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"slug": "Upper_Case"}, "小写字母"),
        ({"sha256": "abc"}, "SHA-256"),
        ({"issued": "2025-13"}, "YYYY-MM"),
        ({"title_en": ""}, "该字段是必填项"),
    ],
)
def test_a_source_is_refused_by_the_imports_rules(admin_client: Client, values: dict[str, Any], said: str) -> None:
    good = {"slug": "new-paper", "kind": "paper", "title_zh": "新", "title_en": "New"}
    assert said in errors(add(admin_client, Source, **{**good, **values}))
    assert not written().filter(table="sources", action=Action.ADDED, after__title_zh="新").exists()


def test_a_phrase_must_be_as_long_as_its_span(admin_client: Client) -> None:
    refused = add(
        admin_client, Citation, source=source().pk, exact="41亿元", start=0, end=9, role="supports", assertion="stated"
    )
    assert "起止位置与短语长度不符" in errors(refused)


def test_a_measure_must_be_cited(admin_client: Client) -> None:
    assert "须至少有一个引证" in errors(edit(admin_client, measure(), citations=None, reason="r"))


def test_a_region_is_not_below_itself(admin_client: Client) -> None:
    above = region("990200")
    below = region("990281", parent=above)
    assert "不能是自己的上级" in errors(edit(admin_client, above, parent=below.pk, reason="r"))


def test_the_same_membership_is_refused_twice(admin_client: Client) -> None:
    group, member = region("TEST-GROUP"), region("990281")
    Membership.objects.create(group=group, member=member)
    assert "同样的记录已存在" in errors(add(admin_client, Membership, group=group.pk, member=member.pk))


def test_a_relation_has_one_end_on_each_side(admin_client: Client) -> None:
    made = measure()
    both_ends = {"from_measure": made.pk, "from_document": made.document.pk, "to_document": made.document.pk}
    assert "须填且只填一项" in errors(add(admin_client, Relation, type="implements", **both_ends))
    add(admin_client, Relation, type="implements", from_measure=made.pk, to_document=made.document.pk)
    assert one(table="relations").key == "measure:test-measure|implements|document:test-plan"


def test_the_same_check_term_is_refused_twice(admin_client: Client) -> None:
    check = Check.objects.create(code="test-check", kind="sum", name_zh="核对", name_en="Check")
    term = {"role": "part", "ordinal": 1, "series": "A.990281.TESTED", "period": "2024"}
    terms = {f"terms-{number}-{name}": value for number in (0, 1) for name, value in term.items()}
    errors(edit(admin_client, check, reason="r", **{"terms-TOTAL_FORMS": 2, **terms}))
    assert not CheckTerm.objects.filter(check_of=check).exists()
