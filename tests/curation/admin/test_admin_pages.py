"""The admin as it is read: every page in both languages, lists at a constant cost, the chart, the links."""

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.admin.base import CappedPaginator
from curation.admin.chart import draw, scale
from curation.models import Change
from curation.roles import OF_THEIR_UPLOADER
from indicators.models import Indicator, Observation, Series, Topic, Unit
from policies.models import Document, Event, Measure, MeasureIndicator, MeasureRegion
from regions.models import Region
from sources.models import Citation, Release, ReleaseStatus, Source
from tests.whole_store import OURS

MODELS = [
    model
    for app in OURS
    for model in apps.get_app_config(app).get_models()
    if model._meta.model_name not in OF_THEIR_UPLOADER
]
NAMES = [model._meta.label_lower for model in MODELS]

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]


@pytest.fixture(autouse=True)
def _uncollected_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


def page(model: type[Model], view: str, *args: int) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=args)


def release(version: str = "1999.1") -> Release:
    at = datetime.datetime(1999, 1, 1, tzinfo=datetime.UTC)
    return Release.objects.create(version=version, status=ReleaseStatus.PUBLISHED, published_at=at)


def source(number: int = 1, **values: Any) -> Source:
    return Source.objects.create(
        slug=f"test-paper-{number}", kind="paper", title_zh=f"论文{number}", title_en=f"Paper {number}", **values
    )


def citation(of: Source, start: int = 0, exact: str = "41.25亿元") -> Citation:
    end = start + len(exact)
    code = Citation.code_of(of.slug, start, end, "supports", "stated")
    return Citation.objects.create(code=code, source=of, exact=exact, start=start, end=end, section="1.1")


def region(code: str = "990281", **values: Any) -> Region:
    return Region.objects.create(code=code, kind="county", name_zh=f"地区{code}", name_en=f"Region {code}", **values)


def indicator(code: str = "TESTED") -> Indicator:
    topic, _ = Topic.objects.get_or_create(code="TEST_TOPIC", name_zh="贸易", name_en="Trade")
    unit, _ = Unit.objects.get_or_create(
        code="TEST_100M", symbol_zh="亿元", symbol_en="CNY 100m", name_zh="亿元", name_en="100 million yuan",
        dimension="TEST", factor=10**8,
    )  # fmt: skip
    return Indicator.objects.create(
        code=code, topic=topic, unit=unit, kind="flow", name_zh=f"指标{code}", name_en=f"Indicator {code}",
        definition_zh="定义", definition_en="Definition",
    )  # fmt: skip


def series(of: Indicator, at: Region, frequency: str = "A") -> Series:
    return Series.objects.create(key=f"{frequency}.{at.code}.{of.code}", indicator=of, region=at, frequency=frequency)


def observation(of: Series, year: int, value: str | None, by: Source, added: Release, **values: Any) -> Observation:
    exact = None if value is None else Decimal(value)
    decimals = 0 if exact is None else -int(exact.as_tuple().exponent)
    row = Observation.objects.create(
        series=of, period=str(year), period_start=datetime.date(year, 1, 1), period_end=datetime.date(year, 12, 31),
        value=exact, decimals=decimals, unit=values.pop("unit", of.indicator.unit), source=by, released=added,
        **{"status": "O" if value is None else "A", **values},
    )  # fmt: skip
    Series.objects.filter(pk=of.pk).refresh_extent()
    return row


def measure(code: str, **values: Any) -> Measure:
    by, _ = Source.objects.get_or_create(slug="test-plan", kind="paper", title_zh="方案", title_en="Plan")
    document, _ = Document.objects.get_or_create(
        code="test-plan", kind="plan", title_zh="方案", title_en="Plan", source=by
    )
    return Measure.objects.create(
        code=code, kind="task", document=document, title_zh=f"措施{code}", title_en=f"Measure {code}",
        summary_zh="摘要", summary_en="Summary", level="county", **values,
    )  # fmt: skip


def rows(count: int) -> None:
    """As many of each main kind of record, each with relations of its own where it can have them."""
    added = release()
    for number in range(990000, 990000 + count):
        by = source(number, released=added)
        phrase = citation(by)
        place = region(str(number), parent=region(f"P-{number}"), released=added)
        line = series(indicator(f"I_{number}"), place)
        observation(line, 2024, "1.50", by, added).citations.add(phrase)
        action = measure(f"test-{number}", released=added)
        Event.objects.create(measure=action, type="announced", edtf="2024", region=place, released=added)
        MeasureRegion.objects.create(measure=action, region=place)
        MeasureIndicator.objects.create(measure=action, indicator=line.indicator)
        at = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        Change.objects.create(at=at, table="sources", key=by.slug, action="added", release=added, after={"slug": "x"})


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_model_is_registered(model: type[Model]) -> None:
    admin.autodiscover()
    assert admin.site.is_registered(model)


@contextmanager
def short_lists() -> Iterator[None]:
    """Lists with five records a page, of which fifty take longest to show."""
    admin.autodiscover()
    with pytest.MonkeyPatch.context() as patch:
        for pages in admin.site._registry.values():
            patch.setattr(pages, "list_per_page", 5)
        yield


@pytest.mark.parametrize("app", OURS)
@short_lists()
def test_pages_answer_in_both_languages(admin_client: Client, app: str) -> None:
    """Each model's list in one language and its record in the other, every second model the other way round."""
    rows(2)
    models = [model for model in MODELS if model._meta.app_label == app]
    for turn, lang in enumerate(("zh", "en")):
        admin_client.get("/admin/", {"lang": lang})
        for number, model in enumerate(models):
            if number % 2 == turn:
                answer = admin_client.get(page(model, "changelist"), {"q": "1"} if turn else {})
                may_add = admin.site.get_model_admin(model).has_add_permission(answer.wsgi_request)
                assert admin_client.get(page(model, "add")).status_code == (200 if may_add else 403), model
            elif record := model._default_manager.first():
                answer = admin_client.get(page(model, "change", record.pk))
            else:
                continue
            assert answer.status_code == 200, model
            assert answer.headers["Content-Language"].startswith(lang)


def test_the_language_is_chosen_once_and_filters_are_kept(admin_client: Client) -> None:
    chosen = admin_client.get(page(Source, "changelist"), {"lang": "en", "kind__exact": "paper"})
    assert (chosen.status_code, chosen["Location"]) == (302, page(Source, "changelist") + "?kind__exact=paper")
    assert "?lang=zh" in admin_client.get("/admin/").content.decode()


def test_what_is_not_there_is_a_page_for_people(admin_client: Client) -> None:
    missing = admin_client.get("/admin/nothing/")
    assert (missing.status_code, missing["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_words_follow_the_language(admin_client: Client) -> None:
    chinese = admin_client.get(page(Source, "changelist"), {"lang": "zh"}, follow=True).content.decode()
    english = admin_client.get(page(Source, "changelist"), {"lang": "en"}, follow=True).content.decode()
    assert "发布状态" in chinese
    assert "publication" not in chinese
    assert "publication" in english
    assert "发布状态" not in english


LISTED_PAGE = re.compile(r'<a href="(/admin/[a-z/]+/[a-z/]+/)"( aria-current="page")?>([^<]+)</a>')


def test_the_list_of_pages_has_what_one_may_open_in_ones_language_and_marks_what_is_open(admin_client: Client) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__in=("view_unit", "view_topic")))
    client = Client()
    client.force_login(viewer)
    for _ in range(2):  # made, and kept
        for language, units, topics in (("zh", "单位", "主题"), ("en", "Units", "Topics")):
            for model, marks in ((Unit, [True, False]), (Topic, [False, True])):
                shown = client.get(page(model, "changelist"), {"lang": language}, follow=True).content.decode()
                listed = sorted(LISTED_PAGE.findall(shown), reverse=True)
                assert [(path, name) for path, _, name in listed] == [
                    (page(Unit, "changelist"), units), (page(Topic, "changelist"), topics),
                ]  # fmt: skip
                assert [bool(mark) for _, mark, _ in listed] == marks
    others = LISTED_PAGE.findall(admin_client.get(page(Unit, "changelist")).content.decode())
    assert len(others) > len(listed)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_unit"))
    left = LISTED_PAGE.findall(client.get(page(Unit, "changelist")).content.decode())
    assert [path for path, *_ in left] == [page(Unit, "changelist")]


LISTED = (Observation, Series, Source, Citation, Region, Indicator, Measure, Event, MeasureRegion, Change)


def test_a_list_costs_the_same_at_2_and_at_10_rows(admin_client: Client) -> None:
    def cost(model: type[Model], newest: int) -> int:
        first = model._default_manager.order_by("-pk").values_list("pk", flat=True)[newest - 1]
        with CaptureQueriesContext(connection) as queries:
            answer = admin_client.get(page(model, "changelist"), {"id__gte": first})
        assert len(answer.context["cl"].result_list) == newest
        return len(queries)

    rows(10)
    for model in LISTED:
        assert cost(model, 2) == cost(model, 10), model


def test_counting_stops_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CappedPaginator, "COUNTED", 3)
    for number in range(5):
        source(number)
    paginator = CappedPaginator(Source.objects.order_by("-id"), 2)
    assert paginator.count == 3
    assert paginator.num_pages == 2


def test_anonymous_is_sent_to_the_login(client: Client) -> None:
    response = client.get(page(Observation, "changelist"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))


def test_an_observation_shows_its_value_as_stated_its_citations_and_its_public_address(admin_client: Client) -> None:
    by, added = source(), release()
    row = observation(series(indicator(), region()), 2024, "41.50", by, added)
    row.citations.add(citation(by, 7))
    html = admin_client.get(page(Observation, "change", row.pk)).content.decode()
    assert "41.50" in html
    assert "<q>41.25亿元</q>" in html
    assert "7–14" in html
    assert f"/api/v1/observations/{row.pk}" in html


def test_a_series_shows_all_its_rows_and_marks_the_retired(admin_client: Client) -> None:
    by, first, second = source(), release("1999.1"), release("1999.2")
    line = series(indicator(), region())
    observation(line, 2023, "39.9", by, first, retired=second)
    observation(line, 2023, "40.1", by, second)
    html = admin_client.get(page(Series, "change", line.pk)).content.decode()
    assert "39.9" in html
    assert html.count('class="retired"') == 1
    assert html.count("<circle") == 1
    assert "<title>2023: 40.1 亿元</title>" in html
    assert f"/api/v1/series/{line.key}" in html
    assert "style=" not in html[html.index("<svg class=") : html.index("</table>")]


def test_the_chart_has_gaps_bridges_and_hollow_goals() -> None:
    by, added = source(), release()
    line = series(indicator(), region())
    values = {2018: "1", 2019: "2", 2020: None, 2021: "3", 2022: "4", 2024: "5"}
    drawn = [observation(line, year, value, by, added) for year, value in values.items()]
    drawn.append(observation(line, 2030, "9", by, added, status="F", qualifier="target"))
    chart = draw(line, drawn)
    assert chart is not None
    assert [point.hollow for point in chart.points] == [False] * 5 + [True]
    assert [joint.bridges for joint in chart.lines] == [False, False, True]
    assert [tick.label for tick in chart.y_ticks] == ["0", "2", "4", "6", "8", "10"]


def test_the_chart_converts_values_to_the_indicators_unit() -> None:
    by, added = source(), release()
    line = series(indicator(), region())
    small = Unit.objects.create(code="TEST_10K", name_zh="万元", name_en="10,000 yuan", dimension="TEST", factor=10**4)
    drawn = [observation(line, 2020, "20000", by, added, unit=small), observation(line, 2021, "2", by, added)]
    chart = draw(line, drawn)
    assert chart is not None
    assert chart.points[0].y == chart.points[1].y


def test_no_chart_without_a_value() -> None:
    line = series(indicator(), region())
    assert draw(line, [observation(line, 2020, None, source(), release())]) is None


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [("0", "10", "0 2 4 6 8 10"), ("98", "101", "98 99 100 101"), ("5", "5", "3 4 5 6 7")],
)
def test_ticks_are_round_and_span_the_values(low: str, high: str, expected: str) -> None:
    assert [f"{tick:f}" for tick in scale(Decimal(low), Decimal(high))] == expected.split()


def test_a_public_record_links_to_the_api_and_a_draft_does_not(admin_client: Client) -> None:
    draft, public = region("990223"), region("990281", released=release())
    assert "/api/v1/regions/" not in admin_client.get(page(Region, "change", draft.pk)).content.decode()
    assert "/api/v1/regions/990281" in admin_client.get(page(Region, "change", public.pk)).content.decode()


def test_autocomplete_finds_by_any_name_in_any_width(admin_client: Client) -> None:
    place = region(other_names="ＮＯＷＨＥＲＥ")
    asked = {"term": "nowhere", "app_label": "regions", "model_name": "membership", "field_name": "member"}
    answer = admin_client.get(reverse("admin:autocomplete"), asked).json()
    assert [result["id"] for result in answer["results"]] == [str(place.pk)]
