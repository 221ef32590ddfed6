"""Whatever is put into a field or an address of the admin is answered by a page that says what is wrong: no answer is a failure.

The pages are found by the admin's own addresses and the forms by reading the pages, so that what is added later is tried as well.
"""

from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, cast
from urllib.parse import quote, urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.signals import got_request_exception
from django.db import connection, models, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from curation.admin.steps import STEPS
from curation.batches import review
from curation.models import BatchStatus, ImportBatch
from curation.roles import ADMINISTRATOR, CURATOR, PUBLISHER, REVIEWER
from policies.models import Event, Measure, MeasureIndicator, MeasureRegion
from sources.models import Release
from tests.builder import cells_of, liling, published, topic
from tests.conftest import keep_again, kept_now
from tests.curation.admin.test_admin_pages import citation, indicator, measure, region, series, short_lists, source
from tests.curation.people import draft, person

pytestmark = pytest.mark.django_db

# Not text, not a number though it looks like one, too long, too large, out of range, another's syntax.
ROLES = (CURATOR, REVIEWER, PUBLISHER, ADMINISTRATOR)
VALUES = (
    "\x00", "a\x00b", "\ud800", "\u2028", "²", "٣", "-1", "0", "1", "1_000", " 1 ", "+1", "1e400", "NaN", "9" * 20, "9" * 5000,
    "x" * 501, "字" * 2001, "9999-99-99", "0000", "(", "[", "%", "\\", "'\"<b>", "{{ 1 }}", "true", ",", "", "2024-02-30",
)  # fmt: skip
LOOKUPS = (
    "",
    "__exact",
    "__in",
    "__gt",
    "__range",
    "__isnull",
    "__regex",
    "__iregex",
    "__icontains",
    "__year",
    "__date",
    "__pk",
    "__nope",
)
KEPT = ("action", "_selected_action", "post", "apply", "sure", "revision")  # what else leads nowhere
FORM = "application/x-www-form-urlencoded"
FAILED = ("出错了", "It failed")  # what a page that grows says of what nobody caught
# Pages, and twice as many values in each of three ways, by a role in an app; more in `make drill`.
TRIED = int(os.environ.get("HOSTILE_VALUES", "40" if os.environ.get("DRILL") == "1" else "2"))
OF_LISTS = ("p", "o", "q", "e", "all", "_popup", "_to_field", "_facets", "_changelist_filters", "lang", "next", "table", "verdict",
            "page", "show", "term", "app_label", "model_name", "field_name", "_save", "_source_model")  # fmt: skip


@pytest.fixture(autouse=True)
def _uncollected_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@dataclass
class Form:
    """A form of a page: where it goes, and what a browser would send of it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)

    @property
    def ways(self) -> list[dict[str, str]]:
        """What may be sent: of a list, for each action that may be chosen."""
        return [{**self.fields, "action": action} for action in self.actions] or [self.fields]


class Forms(HTMLParser):
    """The forms of a page that are sent by POST, filled as far as they need to be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", "")) if given.get("method", "").lower() == "post" else None
            self.found += [self._form] if self._form else []
        name = given.get("name", "")
        if self._form is None or name == "csrfmiddlewaretoken":
            return
        if tag == "input" and given.get("type") not in ("submit", "file"):
            self._form.fields[name] = given.get("value", "") or ("" if "hidden" in given.values() else "1")
        elif tag == "textarea":
            self._form.fields[name] = "1"
        elif tag == "select":
            self._select = name
            self._form.fields[name] = _any_of(given)
        elif tag == "option" and self._select and given.get("value"):
            if self._select == "action":
                self._form.actions.append(given["value"])
            if "selected" in given or not self._form.fields[self._select]:
                self._form.fields[self._select] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""


def _any_of(given: dict[str, str]) -> str:
    """The key of a record that a field which completes what is typed would take."""
    if "data-app-label" not in given:
        return ""
    model = apps.get_model(given["data-app-label"], given["data-model-name"])
    to: Any = model._meta.get_field(given["data-field-name"]).related_model
    return str(to._default_manager.values_list("pk", flat=True).first() or "")


def batches_in_every_state(maker: User, reviewer: User) -> None:
    """A batch in every state, with rows in error, with warnings and without."""
    wrong = liling(value="many")
    draft(maker, observations=[wrong])
    draft(maker, observations=[liling(value="41250")])
    preview = draft(maker, topics=[cells_of("topics", code="TRADE") | {"name_en": "Previewed"}])
    ImportBatch.objects.filter(pk=preview.pk).update(status=BatchStatus.PREVIEW)
    for state in (BatchStatus.IN_REVIEW, BatchStatus.APPROVED, BatchStatus.REJECTED):
        batch = draft(maker, observations=[liling(value="41.26")])
        review.send_to_review(batch, maker)
        if state == BatchStatus.APPROVED:
            review.accept_warnings(batch, reviewer, batch.rows.values_list("pk", flat=True), "as printed")
            review.approve(batch, reviewer)
        elif state == BatchStatus.REJECTED:
            review.reject(batch, reviewer, "why")


def drafts() -> None:
    """A draft of what has most on its page."""
    place = region("990281")
    line = series(indicator(), place)
    action = measure("test-1")
    Event.objects.create(measure=action, type="announced", edtf="2024", region=place)
    MeasureRegion.objects.create(measure=action, region=place)
    MeasureIndicator.objects.create(measure=action, indicator=line.indicator)
    citation(source())


@dataclass(frozen=True)
class Page:
    """A page of the admin, and the model that it is of."""

    address: str
    model: type[models.Model] | None
    is_list: bool


def patterns(of: Any, before: str = "/admin/") -> Iterator[tuple[str, str]]:
    """Every address of the admin, as its route and its name."""
    for one in of:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route, one.name or ""


def routes() -> Iterator[tuple[str, str, type[models.Model] | None]]:
    """Every route of the admin with its name and its model; those that match anything lead nowhere."""
    for route, name in patterns(admin.site.urls[0]):
        if "(?P" not in route:
            label = "_".join(name.split("_")[:2])
            models_ = (m for m in apps.get_models() if f"{m._meta.app_label}_{m._meta.model_name}" == label)
            yield route, name, next(models_, None)


def filled(route: str, key: Any, step: str = "") -> str:
    """The address of a route with the key of a record in it."""
    return re.sub(r"<(?:(?:int|path|str):)?\w+>", lambda _: str(key), route.replace("<slug:step>", step))


def pages(app: str) -> Iterator[Page]:
    """Each page of an app in the admin for a few of the records that it may be of."""
    for route, name, model in routes():
        if (model._meta.app_label if model else "auth") == app:
            for key in keys_of(model) if "<" in route else [0]:
                for step in STEPS if "<slug:step>" in route else [""]:
                    yield Page(filled(route, key, step), model, name.endswith("_changelist"))


def forms_of(answer: Any) -> list[Form]:
    """The forms of a page; none of what is no page."""
    is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
    return Forms(answer.content.decode()).found if is_page else []


def keys_of(model: type[models.Model] | None) -> list[Any]:
    """The first and the last record, which is a draft where there are drafts; of batches all.

    Of releases the last: to take back the first, all that was seeded is compared.
    """
    if model is None:
        return [1]
    found = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    if model is Release:
        return found[-1:]
    return found if model is ImportBatch else list(dict.fromkeys((*found[:1], *found[-1:])))


# Sending it ----------------------------------------------------------------------------------------------------------


def spelt(values: dict[str, str]) -> str:
    """Values as a browser would send them; halves of pairs as some programs do."""
    return urlencode(values, errors="surrogatepass")


class Visitor:
    """Someone in a role, who notes what was answered by a failure, and by which."""

    def __init__(self, user: User) -> None:
        self.client = Client(raise_request_exception=False)
        self.client.force_login(user)
        self.cookies = self.client.cookies.output(header="", sep=";")
        self.failures: list[str] = []

    def begin_anew(self) -> None:
        """As someone who has just signed in, and whom nothing has failed yet."""
        self.client.cookies.clear()
        self.client.cookies.load(self.cookies)
        self.failures = []

    def get(self, address: str, asked: dict[str, str] | None = None) -> Any:
        return self._answer("GET", f"{address}?{spelt(asked)}" if asked else address, {})

    def post(self, address: str, sent: dict[str, str]) -> Any:
        return self._answer("POST", address, sent)

    def _answer(self, method: str, address: str, sent: dict[str, str]) -> Any:
        """The answer; what it wrote is taken back, so that the next one finds the same store."""
        raised: list[BaseException] = []

        def note(**_: Any) -> None:
            raised.append(cast("BaseException", sys.exception()))

        self.client.cookies.clear()
        self.client.cookies.load(self.cookies)
        got_request_exception.connect(note)
        try:
            with transaction.atomic():
                answer = self.client.generic(method, address, spelt(sent), FORM)
                shown = b"".join(answer.streaming_content) if answer.streaming else b""
                transaction.set_rollback(True)
        finally:
            got_request_exception.disconnect(note)
        if answer.status_code >= 500 or any(said.encode() in shown for said in FAILED):
            different = {name: text for name, text in sent.items() if text not in ("1", "")}
            self.failures.append(f"{answer.status_code} {method} {address[:300]} {str(different)[:300]} {raised}"[:900])
        return answer


def parameters_of(model: type[models.Model]) -> list[str]:
    """What the list of a model might be asked for: what lists know, and each field in every way of looking."""
    pages: Any = admin.site.get_model_admin(model)
    filters = [one if isinstance(one, str) else getattr(one, "parameter_name", "") for one in pages.list_filter]
    names = [*(f.name for f in model._meta.fields), *filters, *(f"{one}__id" for one in filters)]
    return [*OF_LISTS, *(f"{name}{lookup}" for name in dict.fromkeys(filter(None, names)) for lookup in LOOKUPS)]


@pytest.fixture(scope="module")
def visitors(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Visitor]]:
    """One visitor in each role, with something for each of them to do; each test's own changes are rolled back."""
    before = kept_now()
    with django_db_blocker.unblock(), short_lists(), transaction.atomic():
        people = {role: person(role, role) for role in ROLES}
        batches_in_every_state(people[CURATOR], people[REVIEWER])
        drafts()
        published(topics=[topic("T_PUBLISHED")])
        yield {role: Visitor(user) for role, user in people.items()}
        transaction.set_rollback(True)
    keep_again(before)


@pytest.fixture(autouse=True)
def _anew(visitors: dict[str, Visitor]) -> None:
    for visitor in visitors.values():
        visitor.begin_anew()


HERE = "the-value-that-is-tried"
Case = tuple[str, str, dict[str, str]]  # method, address and what is sent, with HERE in the place of a value


def filled_in(visitor: Visitor, some: list[Page]) -> Iterator[Case]:
    """Each form of some pages, and of those that ask once more, with a value in each of its fields, and in all of them."""
    for page in some:
        for action, fields in sendable(visitor.get(page.address), page.address):
            yield from spoilt(action, fields)
            for further, asked in sendable(visitor.post(action, fields), action):
                if asked.keys() - fields.keys():
                    yield from spoilt(further, asked)


def sendable(answer: Any, address: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Where each form of a page goes, and what is sent."""
    for form in forms_of(answer):
        for fields in form.ways:
            if form.action != reverse("admin:logout"):
                yield form.action or address, fields


def spoilt(action: str, fields: dict[str, str]) -> Iterator[Case]:
    """What is sent, with a value in the place of each of its fields, and of all."""
    yield "POST", action, {name: text if name in KEPT else HERE for name, text in fields.items()}
    for name in fields:
        yield "POST", action, {**fields, name: HERE}


def some_of(cases: Iterable[Case], chance: random.Random) -> Iterator[Case]:
    """Some of the cases with some of the values in their place; another choice for each chance."""
    every = list(cases)
    for number in chance.sample(range(len(every) * len(VALUES)), min(2 * TRIED, len(every) * len(VALUES))):
        (method, address, given), value = every[number // len(VALUES)], VALUES[number % len(VALUES)]
        in_address = address.replace(HERE, quote(value, safe="", errors="surrogatepass"))
        yield method, in_address, {name: value if text is HERE else text for name, text in given.items()}


def looked_for(every: list[Page]) -> Iterator[Case]:
    """Each page with each parameter that it might be asked with."""
    for page in every:
        for name in parameters_of(page.model) if page.is_list and page.model else OF_LISTS:
            yield "GET", page.address, {name: HERE}


def named(app: str) -> Iterator[Case]:
    """Each page of an app that is of a record."""
    for route, _, model in routes():
        if "<" in route and (model._meta.app_label if model else "auth") == app:
            yield "GET", filled(route, HERE, "send"), {}


APPS = ("sources", "regions", "indicators", "policies", "curation", "auth")
# Each role in each app on one of the stores, so that each store meets all roles and all apps; in `make drill` on both.
TURN = int(connection.vendor == "postgresql")
PAIRS = [(role, app) for i, role in enumerate(ROLES) for j, app in enumerate(APPS) if TRIED > 2 or (i + j) % 2 == TURN]


@pytest.mark.parametrize(("role", "app"), PAIRS)
def test_no_value_makes_a_page_fail(visitors: dict[str, Visitor], role: str, app: str) -> None:
    """Some values, others for each role, app and store; with HOSTILE_VALUES=100000 in the environment all there are."""
    visitor, chance = visitors[role], random.Random(f"{role} {app} {connection.vendor}")
    every = list(pages(app))
    some = chance.sample(every, min(TRIED, len(every)))
    for cases in (filled_in(visitor, some), looked_for(every), named(app)):
        for method, address, given in some_of(cases, chance):
            visitor.post(address, given) if method == "POST" else visitor.get(address, given)
    assert visitor.failures == []


# What is said ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"reason": "x" * 501}, "The reason has 501 characters; it may have 500 at most."),
        ({"reason": "why", "notes_zh": "字" * 2001}, "The Chinese note has 2001 characters; it may have 2000 at most."),
        ({"reason": "why", "notes_en": "x" * 2001}, "The English note has 2001 characters; it may have 2000 at most."),
    ],
)
def test_what_is_longer_than_a_release_keeps_is_said_and_nothing_is_published(
    visitors: dict[str, Visitor], fields: dict[str, str], says: str
) -> None:
    publisher, releases = visitors[PUBLISHER].client, Release.objects.count()
    batch = ImportBatch.objects.get(status=BatchStatus.APPROVED)
    address = reverse("admin:curation_importbatch_step", args=(batch.pk, "publish"))
    answer = publisher.post(
        address, {"revision": batch.revision, **fields}, follow=True, headers={"accept-language": "en"}
    )
    assert [str(message) for message in answer.context["messages"]] == [says]
    assert Release.objects.count() == releases


@pytest.mark.parametrize("step", ["reject", "approve", "accept"])
def test_reviewers_are_told_when_a_reason_is_too_long(visitors: dict[str, Visitor], step: str) -> None:
    batch = ImportBatch.objects.get(status=BatchStatus.IN_REVIEW)
    address = reverse("admin:curation_importbatch_step", args=(batch.pk, step))
    sent = {"revision": batch.revision, "reason": "字" * 501, "row": "²"}
    answer = visitors[REVIEWER].client.post(address, sent, follow=True, headers={"accept-language": "zh"})
    assert "原因有 501 个字符，最多 500 个。" in [str(message) for message in answer.context["messages"]]
    batch.refresh_from_db()
    assert batch.status == BatchStatus.IN_REVIEW


@pytest.mark.parametrize(
    "query", ["at__year=1", "p=²", f"p={'9' * 5000}", "o=x", "code__regex=(", "id__in=²", "at__gte=²"]
)
def test_a_list_that_cannot_be_asked_so_says_that_it_shows_all(visitors: dict[str, Visitor], query: str) -> None:
    curator = visitors[CURATOR].client
    answer = curator.get(
        f"{reverse('admin:curation_change_changelist')}?{query}", follow=True, headers={"accept-language": "en"}
    )
    said = [str(message) for message in answer.context["messages"]]
    assert answer.status_code == 200
    assert said in (
        [],
        ["This list cannot be filtered, ordered or turned to as the address asks; all records are below."],
    )
    assert said or query.startswith(("p=", "o=", "at__year"))


def test_drafts_are_not_deleted_without_a_reason_that_can_be_kept(visitors: dict[str, Visitor]) -> None:
    address = reverse("admin:policies_measure_delete", args=(Measure.objects.get(code="test-1").pk,))
    for reason in ("", "x" * 501):
        assert visitors[CURATOR].client.post(address, {"post": "yes", "reason": reason}).status_code == 200
    assert Measure.objects.filter(code="test-1").exists()
