"""The whole story in a real browser: a file with an error is mended, reviewed, published, and the old value stays."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

from curation.models import BatchStatus, ImportBatch, Step
from curation.roles import CURATOR, PUBLISHER, REVIEWER
from indicators.models import Observation
from sources.models import Release
from tests.curation.people import person

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
MISSING = f"THE STORY WAS NOT RUN: there is no Chromium at {CHROMIUM} (apt-get install chromium, or set CHROMIUM)."
if not CHROMIUM.exists():
    warnings.warn(MISSING, stacklevel=1)
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.stores_alike,
    pytest.mark.usefixtures("transactional_db"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=MISSING),
]

UPLOAD = "/admin/curation/importbatch/upload/"
PASSWORD = "a long enough password"
SERIES = "A.430281.TRADE_TOTAL"
WIDE: list[list[Any]] = [
    ["各县市进出口总额（亿元）"],
    ["来源：zhuzhou-county-trade", "", "引证：zhuzhou-county-trade:1229-1236"],
    ["地区", 2023, "2024年"],
    ["醴陵市", 35.2, 42.25],
    ["攸县", "八点八", 2.51],
]
AFFECTED = (
    "/observations?region=430281&indicator=TRADE_TOTAL", f"/series/{SERIES}", "/series?region=430281", "/releases",
    "/indicators/TRADE_TOTAL", "/rankings?indicator=TRADE_TOTAL&period=2024&kind=county", "/checks/four-counties-trade",
    "/regions/430281/profile", "/availability",
)  # fmt: skip

SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for both stories. Its event loop runs in this thread; the queries of a test wait for nothing in it."""
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()
        connections.close_all()  # beside an event loop a thread has others than without


@pytest.fixture
def page(browser: Browser, live_server: Any) -> Iterator[Page]:
    """What everybody looks at in turn; anything that the browser complains of fails the test."""
    page = browser.new_page(base_url=live_server.url)
    page.on("pageerror", lambda error: pytest.fail(f"{page.url}: {error}"))
    page.on("console", lambda said: _complain(page, said))
    yield page
    page.close()


@pytest.fixture
def sign_in(page: Page, live_server: Any) -> SignIn:
    """A page of the admin, its first by default, as a person sees it who takes the place of the one before, in English."""

    def call(name: str, path: str = "/admin/") -> Page:
        client = Client()
        client.force_login(User.objects.get(username=name))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page.goto(f"{path}?lang=en")
        return page

    return call


def sign_in_by_hand(page: Page, name: str) -> Page:
    page.goto("/admin/login/?lang=en")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")
    return page


def _complain(page: Page, said: Any) -> None:
    if said.type == "error" and "favicon" not in str(said.location):
        pytest.fail(f"{page.url}: {said.text}")


def workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("进出口")
        for number, row in enumerate(WIDE):
            sheet.write_row(number, 0, row)
    return content.getvalue()


def etags() -> dict[str, str]:
    """The ETag of every address that speaks of the figure."""
    client = Client()
    answers = {path: client.get(f"/api/v1{path}") for path in AFFECTED}
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200} == {}
    return {path: answer["ETag"] for path, answer in answers.items()}


def figure(**also: str) -> Any:
    asked = {"region": "430281", "indicator": "TRADE_TOTAL", "year": "2024", **also}
    (row,) = Client().get("/api/v1/observations", asked).json()["results"]
    return row


def bring_in_and_mend(curator: Page) -> None:
    curator.click("text=Bring in a file")
    curator.set_input_files("#id_file", {"name": "trade.xlsx", "mimeType": "", "buffer": workbook()})
    curator.click("text=Look at how it is read")
    expect(curator.locator("#B5 .problem")).to_contain_text("must be a number")
    curator.click("text=Go on to the preview")
    expect(curator.locator("tr.row-error td.place")).to_have_text("进出口!B5")
    curator.fill("tr.row-error td.wrong input", "8.8")
    curator.click("text=Save and check again")
    expect(curator.locator("tr.row-error")).to_have_count(0)
    curator.click("text=Confirm as a draft")
    curator.click("text=Send to review")
    expect(curator.locator(".batch-head .badge")).to_have_text("in review")
    expect(curator.locator(".step-approve")).to_have_count(0)


def review_and_approve(reviewer: Page, tags: dict[str, str]) -> None:
    reviewer.click("text=trade.xlsx")
    changed = reviewer.locator("tr.row-changed td.number").first
    expect(changed.locator("del")).to_have_text("41.25")
    expect(changed.locator("ins")).to_have_text("42.25")
    expect(changed.locator(".percent")).to_have_text("+2.42 %")
    reviewer.click("text=Checks before and after")
    expect(reviewer.locator("table.checks tr.wrong").first).to_contain_text("four counties")
    reviewer.click("text=As the public would see it")
    expect(reviewer.locator("table.public")).to_contain_text("42.25")
    assert figure()["value"] == 41.25
    assert etags() == tags
    reviewer.click("text=Rows")
    reviewer.fill(".accept-row input[name=reason]", "as the paper prints it")
    reviewer.click("text=Accept all")
    reviewer.fill(".step-approve input[name=reason]", "compared with the paper")
    reviewer.click(".step-approve input[type=submit]")
    expect(reviewer.locator(".batch-head .badge")).to_have_text("approved")


def publish(publisher: Page) -> None:
    publisher.click("text=trade.xlsx")
    publisher.fill(".step-publish input[name=reason]", "a corrected figure")
    publisher.fill(".step-publish textarea[name=notes_en]", "Trade of Liling corrected")
    publisher.click(".step-publish input[type=submit]")
    expect(publisher.locator(".batch-head .badge")).to_have_text("published")


def test_a_file_with_an_error_is_mended_reviewed_and_published(page: Page, sign_in: SignIn) -> None:
    for name, role in (("curator", CURATOR), ("reviewer", REVIEWER), ("publisher", PUBLISHER)):
        person(name, role, password=PASSWORD)
    before, tags = Release.objects.published().first(), etags()
    assert figure()["value"] == 41.25
    bring_in_and_mend(sign_in_by_hand(page, "curator"))
    review_and_approve(sign_in("reviewer"), tags)
    publish(sign_in("publisher"))

    batch = ImportBatch.objects.get(name="trade.xlsx")
    assert batch.status == BatchStatus.PUBLISHED
    taken = [step for (step,) in batch.steps.values_list("step")]
    assert taken == [
        Step.BROUGHT_IN, Step.EDITED, Step.CONFIRMED, Step.SENT, Step.ACCEPTED, Step.APPROVED, Step.PUBLISHED
    ]  # fmt: skip
    newest = Client().get("/api/v1/releases").json()["results"][0]
    assert (newest["version"], newest["reason"]) == (batch.release.version, "a corrected figure")
    assert (batch.release.published_by, batch.release.reviewed_by) == ("publisher", "reviewer")
    assert (figure()["value"], figure()["release"]) == (42.25, batch.release.version)
    assert (figure(as_of=before.version)["value"], figure(as_of=before.version)["release"]) == (41.25, before.version)
    old = Observation.objects.as_of(before).get(series__key=SERIES, period="2024")
    assert (str(old.value.normalize()), old.retired) == ("41.25", batch.release)
    now = etags()
    assert [path for path in AFFECTED if now[path] == tags[path]] == []


YEARBOOK: list[list[Any]] = [
    ["表8-3 各县市外贸主要指标（2024年）"],
    ["单位：亿元"],
    ["地区", "进出口总额", "电商出口", "出口增速（%）"],
    ["合计", 50.35, 5.5, 3.2],
    ["醴陵市", 41.35, 3.5, 4.1],
    ["其中：陶瓷", 20, 2, 1],
    ["攸县", 9, 2, 2.3],
    ["注：电商出口为新统计口径"],
]


@cache
def yearbook() -> bytes:
    """A table as a yearbook prints it: a title over all columns, two units, a total, a part, something new, a note."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    sheet.title = "外贸"
    for row in YEARBOOK:
        sheet.append(row)
    sheet.merge_cells("A1:D1")
    book.save(content)
    return content.getvalue()


def choose_yearbook(clerk: Page) -> None:
    clerk.set_input_files("#id_file", {"name": "yearbook.xlsx", "mimeType": "", "buffer": yearbook()})
    clerk.click("text=Look at how it is read")


def say_how_it_is_read(clerk: Page) -> None:
    """The totals are left out by suggestion; the column that is not understood gets a new indicator, which comes in with it."""
    expect(clerk.locator("#A1")).to_have_attribute("colspan", "4")
    expect(clerk.locator("#row-4 .why")).to_have_text("a total of other rows")
    for row, left in ((4, True), (5, False), (6, True), (7, False)):
        expect(clerk.locator(f"input[name=out][value='{row}']")).to_be_checked(checked=left)
    expect(clerk.locator(".column", has_text="电商出口")).to_contain_text("not understood")
    clerk.click("text=A new indicator, in the same batch")
    new = {
        "code": "ECOMMERCE_EXPORTS", "topic": "TRADE", "name_zh": "电商出口额", "name_en": "Exports by e-commerce", "unit": "CNY_100M",
        "definition_zh": "经电子商务平台出口的货物。", "definition_en": "Goods exported by way of e-commerce.",
    }  # fmt: skip
    for name, text in new.items():
        clerk.fill(f"[name=new-{name}]", text)
    clerk.select_option("#column-3-C", "figures")
    clerk.locator(".column", has_text="电商出口").locator("summary").click()
    clerk.fill("[name=says-3-C-indicator]", "ECOMMERCE_EXPORTS")
    clerk.check("[name=cites]")
    clerk.fill("[name=title_zh]", "株洲统计年鉴")
    clerk.fill("[name=title_en]", "Zhuzhou yearbook")
    clerk.click("text=Read again with these choices")
    expect(clerk.locator(".whether .summary")).to_have_text("6 rows read")
    clerk.click("text=Go on to the preview")
    clerk.click("text=Confirm as a draft")
    clerk.click("text=Send to review")
    expect(clerk.locator(".batch-head .badge")).to_have_text("in review")


def look_at_the_sheet_and_approve(reviewer: Page) -> None:
    reviewer.click("text=yearbook.xlsx")
    reviewer.click("text=The file and its reading")
    expect(reviewer.locator("table.grid td", has_text="各县市外贸主要指标")).to_have_attribute("colspan", "4")
    expect(reviewer.locator("tr.holds-left")).to_have_count(2)
    liling = reviewer.locator("table.readings tr", has_text="C5")
    expect(liling).to_contain_text("Liling City")
    expect(liling).to_contain_text("Exports by e-commerce")
    expect(reviewer.locator("table.readings tbody tr")).to_have_count(6)
    reviewer.click("nav.tabs >> text=Rows")
    if reviewer.locator("text=Accept all").count():
        reviewer.fill(".accept-row input[name=reason]", "as the yearbook prints it")
        reviewer.click("text=Accept all")
    reviewer.fill(".step-approve input[name=reason]", "compared with the yearbook")
    reviewer.click(".step-approve input[type=submit]")
    expect(reviewer.locator(".batch-head .badge")).to_have_text("approved")


def test_a_yearbook_comes_in_with_a_new_indicator_and_a_second_time_changes_nothing(sign_in: SignIn) -> None:
    for name, role in (("clerk", CURATOR), ("reviewer", REVIEWER), ("publisher", PUBLISHER)):
        person(name, role)
    clerk = sign_in("clerk", UPLOAD)
    choose_yearbook(clerk)
    say_how_it_is_read(clerk)
    look_at_the_sheet_and_approve(sign_in("reviewer"))
    publisher = sign_in("publisher")
    publisher.click("text=yearbook.xlsx")
    publisher.fill(".step-publish input[name=reason]", "the yearbook")
    publisher.click(".step-publish input[type=submit]")
    expect(publisher.locator(".batch-head .badge")).to_have_text("published")
    answer = Client().get("/api/v1/observations", {"indicator": "ECOMMERCE_EXPORTS", "region": "430281"}).json()
    assert [(row["period"], row["value"]) for row in answer["results"]] == [("2024", 3.5)]
    batch = ImportBatch.objects.get(name="yearbook.xlsx")
    assert dict(batch.rows.values_list("table", "verdict").distinct()).keys() >= {
        "indicators",
        "observations",
        "sources",
        "citations",
    }

    clerk = sign_in("clerk", UPLOAD)
    choose_yearbook(clerk)
    expect(clerk.locator(".suggested")).to_contain_text("As chosen last time by clerk")
    expect(clerk.locator("[name=says-3-C-indicator]")).to_have_value("ECOMMERCE_EXPORTS")
    clerk.check("[name=cites]")
    clerk.click("text=Go on to the preview")
    expect(clerk.locator("tr.row-unchanged")).to_have_count(6)
    expect(clerk.locator("tr.row-new, tr.row-changed, tr.row-error")).to_have_count(0)
