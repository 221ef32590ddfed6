"""What is asked in vain is counted for 30 days, where that is wished, without anything of who asked, and disturbs nobody."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation import roles
from tests.api.contract import BASE
from words import unmet
from words.models import Finder, Shortfall, UnmetQuestion

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
on_both_stores = pytest.mark.stores_alike(False)
Get = Callable[..., Any]
VAIN = "明天会下雨吗"


@pytest.fixture(autouse=True)
def _counted(settings: Any) -> Iterator[None]:
    """Counting is on, and nothing waits; the writing is done by the tests, not by a thread of its own."""
    settings.UNMET_QUESTIONS = 5
    assert unmet._writing.acquire(timeout=5)
    unmet._waiting.clear()
    yield
    unmet._waiting.clear()
    unmet._writing.release()


def kept() -> dict[tuple[str, str, str], int]:
    unmet.write()
    return {(one.finder, one.why, one.question): one.times for one in UnmetQuestion.objects.all()}


def aged(question: str, days: int, times: int = 1) -> UnmetQuestion:
    return UnmetQuestion.objects.create(
        day=timezone.localdate() - datetime.timedelta(days=days), finder=Finder.SEARCH, why=Shortfall.NOTHING,
        question=question, times=times,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "finder", "why"),
    [
        ("/search", "search", "little"), ("/resolve", "resolve", "nothing"), ("/ask", "ask", "little"),
        ("/indicators", "indicators", "nothing"), ("/regions", "regions", "nothing"), ("/policies/measures", "measures", "nothing"),
        ("/policies/match", "match", "nothing"),
    ],
)  # fmt: skip
def test_what_is_asked_in_vain_is_counted_where_it_was_asked(get: Get, path: str, finder: str, why: str) -> None:
    for _ in range(3):
        get(path, q="Xyzzy plugh")
    ((key, times),) = kept().items()
    assert (key[0], key[2], times) == (finder, "xyzzy plugh", 3)
    assert key[1] in (why, "nothing")


@on_both_stores
def test_what_is_understood_and_not_held_is_told_apart(get: Get) -> None:
    get("/search", q="Liling exports 2024")
    get("/ask", q="Liling exports 2024")
    assert set(kept()) == {
        ("search", "not_held", "liling exports 2024"), ("ask", "not_held", "liling exports 2024"),
    }  # fmt: skip


def test_what_is_met_is_not_counted(get: Get) -> None:
    get("/search", q="醴陵2024年进出口")
    get("/ask", q="醴陵2024年进出口")
    get("/resolve", q="醴陵")
    get("/policies/match", q="出口退税")
    get("/search", q="zzzz", suggest="true")  # not typed to its end
    get("/search", q="明天 贸易 下雨 结婚", page=2, page_size=1)
    assert kept() == {}


def test_no_cache_answers_what_is_to_be_counted_again(client: Client, settings: Any) -> None:
    for path in ("/search", "/ask", "/resolve"):
        assert client.get(f"{BASE}{path}", {"q": "Xyzzy plugh"}).headers["Cache-Control"] == "no-store"
    assert client.get(f"{BASE}/search", {"q": "醴陵"}).headers["Cache-Control"].startswith("public")
    settings.UNMET_QUESTIONS = 0
    assert client.get(f"{BASE}/search", {"q": "Xyzzy plugh"}).headers["Cache-Control"].startswith("public")


def test_a_need_that_is_none_is_counted(client: Client) -> None:
    assert client.get(f"{BASE}/policies/match", {"need": "teleportation"}).status_code == 400
    assert set(kept()) == {("match", "nothing", "teleportation")}


def test_nothing_is_counted_unless_a_setting_says_so(get: Get, settings: Any) -> None:
    settings.UNMET_QUESTIONS = 0
    get("/search", q=VAIN)
    assert kept() == {}


@pytest.mark.parametrize(
    "question",
    [
        "mail to zhang.san@example.org", "ＺＨＡＮＧ＠ｅｘａｍｐｌｅ．ｏｒｇ", "电话 0731-8888 6666", "+86 138 0013 8000 是谁的",
        "身份证430281199001011234", "(0731) 888.6666", "a" * 201, "\x00", " ", "bad \ud800",
    ],
)  # fmt: skip
def test_what_may_be_about_a_person_or_is_no_question_is_not_kept(question: str) -> None:
    unmet.count(question, Finder.SEARCH, Shortfall.NOTHING)
    assert kept() == {}


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("2020-2024年外贸", "2020-2024年外贸"), ("Exports 2023, 2024", "exports 2023, 2024"), ("430281", "430281"),
        ("  貿易　額 ", "贸易 额"), ("2024-12-31 進出口", "2024-12-31 进出口"),
    ],
)  # fmt: skip
def test_questions_are_folded_and_years_are_no_telephone(question: str, words: str) -> None:
    assert unmet.as_kept(question) == words


@on_both_stores
def test_a_day_has_only_so_many_questions_and_goes_on_counting_those(get: Get) -> None:
    for number in range(9):
        for _ in range(1 + (number >= 4)):
            unmet.count(f"question {number}", Finder.SEARCH, Shortfall.NOTHING)
    first = kept()
    assert len(first) == 5
    assert all(first[("search", "nothing", f"question {number}")] == 2 for number in range(4, 9))
    unmet.count("question 4", Finder.SEARCH, Shortfall.NOTHING)
    unmet.count("another", Finder.SEARCH, Shortfall.NOTHING)
    assert kept() == first | {("search", "nothing", "question 4"): 3}


@on_both_stores
def test_only_so_many_wait_to_be_written(settings: Any) -> None:
    settings.UNMET_QUESTIONS = 10 * unmet.MOST_WAITING
    for number in range(unmet.MOST_WAITING + 5):
        unmet.count(f"question {number}", Finder.SEARCH, Shortfall.NOTHING)
    assert len(kept()) == unmet.MOST_WAITING


@on_both_stores
def test_what_is_older_than_30_days_goes_by_itself() -> None:
    aged("old", 31)
    aged("young", 30)
    assert set(kept()) == {("search", "nothing", "young")}


@on_both_stores
def test_a_store_that_takes_no_writes_disturbs_nobody(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits then waits on; the answers stay as they are."""
    before = get("/search", q=VAIN)

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.lstrip().startswith(("INSERT", "DELETE", "UPDATE")):
            raise DatabaseError("cannot execute INSERT in a read-only transaction")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        assert get("/search", q=VAIN) == before
        with pytest.raises(DatabaseError):
            unmet.write()
    assert list(kept().values()) == [2]


@on_both_stores
def test_a_thread_of_its_own_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request writes: it only has the writing begun, which fails without a word where the store is not there."""
    written: list[str] = []
    monkeypatch.setattr(unmet, "SECONDS", 0)
    monkeypatch.setattr(unmet, "write", lambda: written.append("written"))
    monkeypatch.setattr(unmet.connections, "close_all", lambda: None)
    begun: list[Thread] = []

    def thread(**work: Any) -> Thread:
        begun.append(Thread(**work))
        return begun[-1]

    monkeypatch.setattr(unmet, "Thread", thread)
    unmet._writing.release()
    unmet.begin()
    begun[0].join(5)
    assert written == ["written"]
    assert unmet._writing.acquire(timeout=5)


# Who sees it -------------------------------------------------------------------------------------------------------


@on_both_stores
def test_the_command_lists_each_question_once(capsys: pytest.CaptureFixture[str]) -> None:
    aged("often", 3, 7)
    aged("often", 1, 2)
    aged("seldom", 0)
    aged("old", 40)
    call_command("questions")
    lines = capsys.readouterr().out.splitlines()
    day = timezone.localdate() - datetime.timedelta(days=1)
    assert lines[0] == f"     9  {day}  /search  often  (nothing found)"
    assert [line.split()[3] for line in lines] == ["often", "seldom"]
    assert not UnmetQuestion.objects.filter(question="old").exists()
    call_command("questions", at="ask", lang="zh")
    assert capsys.readouterr().out == "没有这样的问题。\n"


@pytest.mark.parametrize("role", roles.NAMES)
def test_every_role_sees_it_and_nobody_writes_it(role: str, settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    aged("often", 3, 7)
    row = aged("often", 1, 2)
    user = User.objects.create_user(f"a-{role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    for lang, heading in (("zh-hans", "30 天内次数"), ("en", "Times in 30 days")):
        page = client.get(
            reverse("admin:words_unmetquestion_changelist"), headers={"accept-language": lang}
        ).content.decode()
        assert page.count("often") >= 1
        assert ">9<" in page
        assert heading.lower() in page.lower()
        assert ("words=%3Boften" in page) == (role in (roles.CURATOR, roles.ADMINISTRATOR))
    assert client.get(reverse("admin:words_unmetquestion_change", args=[row.pk])).status_code == 200
    assert client.get(reverse("admin:words_unmetquestion_add")).status_code == 403
    assert client.post(reverse("admin:words_unmetquestion_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
