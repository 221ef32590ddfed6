"""The admin as it is written in: drafts only, under the rules of the import, every write in the history."""

import datetime
from typing import Any

import pytest
from django.db.models import Model, QuerySet
from django.test import Client
from django.urls import reverse

from curation.batches import review
from curation.models import Action, Change, ImportBatch, StagedRow, Verdict
from curation.roles import CURATOR, PUBLISHER, REVIEWER
from indicators.models import Check, CheckTerm
from policies.models import Document, Event, Measure, MeasureRegion, Relation
from regions.models import Membership, Region
from sources.models import Citation, Release, ReleaseStatus, Source
from tests.curation.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
on_both_stores = pytest.mark.stores_alike(False)


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


@on_both_stores
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


def staged(user: Any) -> Any:
    """The rows of this person's draft: (table, key, verdict)."""
    rows = StagedRow.objects.filter(batch__created_by=user, batch__status="draft").order_by("table", "number")
    return list(rows.values_list("table", "key", "verdict"))


def open_row(table: str, **filters: Any) -> StagedRow:
    """The only row of a table that waits in a batch."""
    return StagedRow.objects.get(table=table, batch__release=None, **filters)


def test_a_change_of_a_published_record_is_staged_and_nothing_else(admin_client: Client, admin_user: Any) -> None:
    made = source(released=release())
    before, history = list(Source.objects.order_by("pk").values()), Change.objects.count()
    answer = edit(admin_client, made, title_zh="改", reason="a typing error")
    row = StagedRow.objects.get(batch__created_by=admin_user)
    assert (answer.status_code, answer["Location"]) == (302, page(ImportBatch, "change", row.batch_id))
    assert (row.table, row.key, row.verdict) == ("sources", "test-paper", Verdict.CHANGED)
    assert (row.before["title_zh"], row.resolved["title_zh"]) == ("论文", "改")
    assert "a typing error" in row.batch.steps.get().reason
    assert (list(Source.objects.order_by("pk").values()), Change.objects.count()) == (before, history)


@on_both_stores
def test_a_staged_change_goes_public_by_the_review(admin_client: Client, admin_user: Any) -> None:
    made = Measure.objects.public().get(code="county-campaign-2025")
    edit(admin_client, made, title_zh="改了的标题", reason="a better title")
    batch = ImportBatch.objects.get(created_by=admin_user)
    review.send_to_review(batch, admin_user)
    review.approve(batch, person("reviewer", REVIEWER))
    released = review.publish(batch, person("publisher", PUBLISHER), "better titles")
    made.refresh_from_db()
    assert made.title_zh == "改了的标题"
    change = Change.objects.get(release=released)
    assert (change.table, change.key, change.before["title_zh"] != change.after["title_zh"]) == (
        "measures",
        made.code,
        True,
    )


def test_links_and_records_below_a_published_one_are_staged_with_it(admin_client: Client, admin_user: Any) -> None:
    made = Measure.objects.public().filter(events__isnull=False).order_by("code").first()
    place, phrase = region("990281", released=release()), made.citations.first()
    links = made.region_links.count()
    events = made.events.count()
    changed = made.events.order_by("pk").first()
    answer = edit(
        admin_client, made, reason="it began",
        **{
            f"region_links-{links}-region": place.pk, f"region_links-{links}-role": "partner",
            f"region_links-{links}-measure": made.pk, "region_links-TOTAL_FORMS": links + 1,
            f"events-{events}-type": "completed", f"events-{events}-edtf": "2031-06", f"events-{events}-measure": made.pk,
            f"events-{events}-citations": [phrase.pk], "events-TOTAL_FORMS": events + 1, "events-0-note_zh": "补",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    region_now = changed.region.code if changed.region else ""
    assert staged(admin_user) == [
        ("events", f"{made.code}|completed|2031-06|", Verdict.NEW),
        ("events", f"{made.code}|{changed.type}|{changed.edtf}|{region_now}", Verdict.CHANGED),
        ("measures", made.code, Verdict.CHANGED),
    ]
    assert (made.region_links.count(), made.events.count()) == (links, events)
    assert "990281:partner" in open_row("measures").resolved["regions"]


def test_saving_a_published_record_without_a_change_stages_nothing(admin_client: Client, admin_user: Any) -> None:
    assert edit(admin_client, source(released=release()), reason="looked at it").status_code == 302
    assert not ImportBatch.objects.filter(created_by=admin_user).exists()


def test_a_published_record_is_withdrawn_by_a_staged_row(admin_client: Client, admin_user: Any) -> None:
    made = source(released=release())
    assert admin_client.post(page(Source, "delete", made.pk), {"post": "yes", "reason": "r"}).status_code == 403
    address = page(Source, "withdraw", made.pk)
    assert admin_client.post(address, {"reason": " "}).status_code == 200
    assert staged(admin_user) == []
    assert admin_client.post(address, {"reason": "not a source"}).status_code == 302
    assert staged(admin_user) == [("sources", "test-paper", Verdict.WITHDRAWN)]
    made.refresh_from_db()
    assert made.withdrawn is None


def test_published_records_are_not_deleted_in_bulk(admin_client: Client) -> None:
    made = source(released=release())
    selected = {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes", "reason": "r"}
    assert admin_client.post(page(Source, "changelist"), selected).status_code == 302
    assert Source.objects.filter(pk=made.pk).exists()


def test_a_public_code_stays_what_it_is(admin_client: Client) -> None:
    made = source(released=release())
    assert edit(admin_client, made, slug="another", title_zh="改", reason="r").status_code == 302
    assert open_row("sources").key == "test-paper"


def test_a_record_in_a_batch_is_held_for_everyone_else(client: Client) -> None:
    made = source(released=release())
    first, second = person("first", CURATOR), person("second", CURATOR)
    client.force_login(first)
    edit(client, made, title_zh="改", reason="mine")
    own_page = client.get(page(Source, "change", made.pk)).content.decode()
    assert "first" in own_page
    assert 'name="title_zh"' not in own_page
    client.force_login(second)
    shown = client.get(page(Source, "change", made.pk)).content.decode()
    assert 'name="title_zh"' not in shown
    assert reverse("admin:curation_stagedrow_change", args=(open_row("sources").pk,)) in shown
    assert client.post(page(Source, "withdraw", made.pk), {"reason": "gone"}).status_code == 302
    assert staged(second) == []


def test_drafts_are_put_up_for_publication_with_a_reason(admin_client: Client, admin_user: Any) -> None:
    made = [source("test-one"), source("test-two")]
    selected = {"action": "put_up", "_selected_action": [draft.pk for draft in made]}
    assert "论文" in admin_client.post(page(Source, "changelist"), selected).content.decode()
    assert staged(admin_user) == []
    admin_client.post(page(Source, "changelist"), {**selected, "reason": "both are read"})
    assert [key for _, key, _ in staged(admin_user)] == ["test-one", "test-two"]
    edit(admin_client, made[0], title_zh="改", reason="a typing error")
    assert open_row("sources", key="test-one").resolved["title_zh"] == "改"
    batch = ImportBatch.objects.get(created_by=admin_user)
    review.send_to_review(batch, admin_user)
    assert 'name="title_zh"' not in admin_client.get(page(Source, "change", made[0].pk)).content.decode()
    assert admin_client.post(page(Source, "delete", made[0].pk), {"post": "yes", "reason": "r"}).status_code == 403
    review.approve(batch, person("reviewer", REVIEWER))
    review.publish(batch, person("publisher", PUBLISHER), "two sources")
    assert Source.objects.public().filter(slug__startswith="test-").count() == 2


def test_a_new_draft_is_put_up_at_once(admin_client: Client, admin_user: Any) -> None:
    add(admin_client, Source, slug="new-paper", kind="paper", title_zh="新", title_en="New", _put_up="1")
    assert [key for _, key, _ in staged(admin_user)] == ["new-paper"]


# Two people, one record -------------------------------------------------------------------------------------------------


@on_both_stores
@pytest.mark.parametrize("is_public", [False, True])
def test_the_second_of_two_saves_is_refused_with_the_difference(client: Client, is_public: bool) -> None:
    made = source(released=release() if is_public else None)
    first, second = person("first", CURATOR), person("second", CURATOR)
    address = page(Source, "change", made.pk)
    client.force_login(second)
    typed = filled(client.get(address), title_zh="我的题名", notes_zh="我写了很多", reason="mine")
    client.force_login(first)
    assert edit(client, made, title_zh="别人的题名", reason="theirs").status_code == 302
    client.force_login(second)
    refused = client.post(address, typed)
    assert "first" in errors(refused)
    html = refused.content.decode()
    assert "别人的题名" in html
    assert html.count("我的题名") >= 2  # in the field, where it was typed, and in the difference
    assert "我写了很多" in html
    assert staged(second) == []
    if is_public:
        assert client.post(address, filled(refused)).status_code == 200  # it is held by a batch until that is published
        return
    made.refresh_from_db()
    assert made.title_zh == "别人的题名"
    assert client.post(address, filled(refused)).status_code == 302
    made.refresh_from_db()
    assert (made.title_zh, made.notes_zh) == ("我的题名", "我写了很多")


def test_a_change_of_an_event_below_overtakes_the_measures_page(admin_client: Client) -> None:
    made = measure()
    event = Event.objects.create(measure=made, type="announced", edtf="2024")
    event.citations.set(made.citations.all())
    address = page(Measure, "change", made.pk)
    typed = filled(admin_client.get(address), title_zh="改", reason="r")
    Event.objects.filter(pk=event.pk).update(edtf="2025")
    assert admin_client.post(address, typed).status_code == 200
    made.refresh_from_db()
    assert made.title_zh == "措施"


def test_a_draft_published_while_it_was_edited_is_not_changed(admin_client: Client, admin_user: Any) -> None:
    made = source()
    address = page(Source, "change", made.pk)
    body = filled(admin_client.get(address), title_zh="改", reason="late")
    Source.objects.filter(pk=made.pk).update(released=release())
    assert admin_client.post(address, body).status_code == 200
    made.refresh_from_db()
    assert made.title_zh == "论文"
    assert staged(admin_user) == []


def test_a_published_event_of_a_draft_measure_stays_as_it_is(admin_client: Client) -> None:
    made = measure()
    event = Event.objects.create(measure=made, type="announced", edtf="2024", released=release())
    event.citations.set(made.citations.all())
    address = page(Measure, "change", made.pk)
    shown = admin_client.get(address)
    for change in ({"events-0-edtf": "2025"}, {"events-0-DELETE": "on"}):
        assert admin_client.post(address, filled(shown, reason="r", **change)).status_code == 200
    event.refresh_from_db()
    assert event.edtf == "2024"


@on_both_stores
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
