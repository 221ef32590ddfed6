"""Guessing passwords is slow, costs little to refuse, is told to the log, and keeps nobody out who signed in from there before."""

from __future__ import annotations

import datetime
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation.accounts.addresses import client_of
from curation.models import SignInCount
from curation.roles import ADMINISTRATOR, CURATOR
from tests.curation.people import person

pytestmark = pytest.mark.django_db

NAME, RIGHT, WRONG = "curator", "a long enough password", "not the password at all"
HOME, OFFICE, STRANGER = "198.51.100.7", "203.0.113.5", "192.0.2.99"
START = datetime.datetime(2026, 11, 26, 8, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _uncollected_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


class Clock:
    """A clock that stands still until it is moved on."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime.datetime:
        return self.at

    def shift(self, seconds: int) -> None:
        self.at += datetime.timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    standing = Clock()
    monkeypatch.setattr(timezone, "now", standing)
    return standing


@pytest.fixture
def curator() -> User:
    return person(NAME, CURATOR, password=RIGHT)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that was hashed, as it was."""
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counting(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    return hashed


@pytest.fixture
def fewer(settings: Any) -> None:
    """A tenth of the attempts in a tenth of the time, so that each counts as long as it does where the service runs."""
    usual = {"account": (20, 600), "address": (30, 600), "all": (60, 120)}
    assert usual.items() <= settings.SIGN_IN_QUOTAS.items()
    tenth = {counted: (count // 10, window // 10) for counted, (count, window) in usual.items()}
    settings.SIGN_IN_QUOTAS = {**settings.SIGN_IN_QUOTAS, **tenth}


def attempt(password: str, address: str, name: str = NAME, lang: str = "en") -> str:
    """`in`, or what the form says instead."""
    client = Client(headers={"accept-language": lang})
    answer = client.post(reverse("admin:login"), {"username": name, "password": password}, REMOTE_ADDR=address)
    return "in" if answer.status_code == 302 else " ".join(answer.context["form"].non_field_errors())


def test_an_account_and_an_address_are_locked_together(clock: Clock, curator: User, looks: list[str]) -> None:
    said = [attempt(WRONG, HOME) for _ in range(8)]
    assert looks.count(WRONG) == 5
    assert all("correct username" in one for one in said[:5])
    assert all("locked for a while. Try again in 3 min 0 s." in one for one in said[5:])
    assert "已暂时锁定；请于 3 分 0 秒后再试" in attempt(RIGHT, HOME, lang="zh-hans")
    assert len(looks) == 5, "what is locked costs no look at the password"
    assert attempt(RIGHT, OFFICE) == "in", "from another address"
    clock.shift(181)
    assert attempt(RIGHT, HOME) == "in"
    assert [attempt(WRONG, HOME)[:5] for _ in range(5)] == ["Pleas"] * 5, "who was right starts anew"


@pytest.mark.stores_alike
def test_strangers_slow_an_account_and_its_owner_gets_in_from_where_they_did_before(
    clock: Clock, curator: User, looks: list[str], fewer: None
) -> None:
    assert attempt(RIGHT, HOME) == "in"
    said = [attempt(WRONG, f"192.0.2.{number}") for number in range(4)]
    assert len(looks) == 1 + 2
    assert all("too many attempts to sign in to this account. Try again in 30 s." in one for one in said[2:])
    assert "too many attempts" in attempt(RIGHT, STRANGER)
    assert attempt(RIGHT, HOME) == "in"
    clock.shift(31)
    assert attempt(RIGHT, STRANGER) == "in", "slowed, not locked"
    clock.shift(91 * 86_400)
    assert [attempt(WRONG, f"192.0.2.{number}")[:5] for number in range(2)] == ["Pleas"] * 2
    assert "too many attempts" in attempt(RIGHT, HOME), "what was long ago is not known any more"


@pytest.mark.stores_alike
def test_an_address_that_tries_many_accounts_is_slowed(
    clock: Clock, curator: User, looks: list[str], fewer: None
) -> None:
    said = [attempt(WRONG, STRANGER, name=f"someone-{number}") for number in range(5)]
    assert len(looks) == 3
    assert all("from your address. Try again in 20 s." in one for one in said[3:])
    assert attempt(RIGHT, HOME) == "in"


@pytest.mark.stores_alike
def test_all_strangers_together_are_slowed(clock: Clock, curator: User, looks: list[str], fewer: None) -> None:
    assert attempt(RIGHT, HOME) == "in"
    said = [attempt(WRONG, f"10.0.{number}.1", name=f"someone-{number}") for number in range(8)]
    assert len(looks) == 1 + 6
    assert all("too many attempts to sign in. Try again in 2 s." in one for one in said[6:])
    assert attempt(RIGHT, HOME) == "in"


def test_an_unknown_account_is_treated_as_a_known_one(clock: Clock, curator: User, looks: list[str]) -> None:
    known, unknown = (
        [attempt(WRONG, address, name=name) for _ in range(8)] for name, address in ((NAME, HOME), ("nobody", OFFICE))
    )
    assert known == unknown
    assert len(looks) == 10


@pytest.mark.stores_alike
def test_who_is_right_uses_up_nothing(clock: Clock, curator: User, fewer: None) -> None:
    for number in range(12):
        assert attempt(RIGHT, f"10.0.{number % 2}.1") == "in"


def test_each_attempt_is_a_line_in_the_log_without_what_was_typed(
    clock: Clock, curator: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "curation.accounts.sign_in"):
        for _ in range(6):
            attempt(WRONG, HOME)
        attempt(WRONG, OFFICE, name="my secret password")
        attempt(RIGHT, OFFICE)
    lines = [record.getMessage() for record in caplog.records if record.name == "curation.accounts.sign_in"]
    assert lines == [
        *[f"Sign-in failed: {NAME}, {HOME}"] * 5, f"Sign-in held back: TOGETHER, {HOME}, for 180 s",
        f"Sign-in failed: unknown account, {OFFICE}", f"Signed in: {NAME}, {OFFICE}",
    ]  # fmt: skip
    assert "secret" not in repr(list(SignInCount.objects.values()))


def test_what_is_no_longer_needed_goes(clock: Clock, curator: User) -> None:
    for number in range(10):
        attempt(WRONG, f"10.0.{number}.1", name=f"someone-{number}")
    assert SignInCount.objects.count() == 31
    clock.shift(2 * 86_400)
    attempt(WRONG, HOME)
    assert SignInCount.objects.count() == 4


@pytest.mark.skipif(
    "connection.vendor == 'sqlite'", reason="writers of a store in memory do not wait; make drill has a file"
)
@pytest.mark.django_db(transaction=True)
def test_workers_share_the_counts_to_the_last_attempt(looks: list[str], transactional_db: None) -> None:
    person(NAME, CURATOR, password=RIGHT)

    def guess(_: int) -> str:
        try:
            return attempt(WRONG, HOME)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(guess, range(24)))
    assert looks.count(WRONG) == 5


@pytest.mark.parametrize(
    ("sender", "forwarded", "behind", "counts_as"),
    [
        ("192.0.2.1", "", False, "192.0.2.1"), ("192.0.2.1", "198.51.100.1", False, "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", True, "198.51.100.1"), ("10.0.0.1", "", True, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", False, "2001:db8:1:2::"), ("2001:db8:1:2:ffff::1", "", False, "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "", False, "2001:db8:1:3::"), ("::ffff:192.0.2.1", "", False, "192.0.2.1"),
        ("10.0.0.1", "[2001:db8:1:2:3::1]", True, "2001:db8:1:2::"), ("", "", False, ""), ("unix:", "", False, "unix:"),
    ],
)  # fmt: skip
def test_a_client_counts_by_one_address(
    sender: str, forwarded: str, behind: bool, counts_as: str, settings: Any
) -> None:
    settings.BEHIND_PROXY = behind
    environ = {"REMOTE_ADDR": sender, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})}
    assert client_of(environ) == counts_as


def test_administrators_see_who_is_held_back_and_lift_it(curator: User, client: Client) -> None:
    for _ in range(6):
        attempt(WRONG, HOME)
    client.force_login(person("chief", ADMINISTRATOR))
    listed = client.get(reverse("admin:curation_signincount_changelist"), {"counted__exact": "together"})
    (row,) = listed.context["cl"].result_list
    assert (row.account, row.address) == (curator, HOME)
    assert HOME in listed.content.decode()
    client.post(reverse("admin:curation_signincount_delete", args=(row.pk,)), {"post": "yes"})
    assert attempt(RIGHT, HOME) == "in"
    client.force_login(curator)
    assert client.get(reverse("admin:curation_signincount_changelist")).status_code == 403


def test_what_was_typed_survives_a_sign_in_that_ran_out(client: Client) -> None:
    person(NAME, CURATOR, password=RIGHT)
    address = "/admin/sources/source/add/"
    typed = {"slug": "t-book", "title_zh": "“书”<1>", "password": "never kept", "csrfmiddlewaretoken": "t"}
    asked = client.post(address, typed)
    kept = asked.context["kept"]
    assert ("t-book" in kept, "never kept" in kept, asked.context["next"]) == (True, False, address)
    signed = {"username": NAME, "kept": kept, "next": address}
    wrong = client.post("/admin/login/", signed | {"password": WRONG})
    assert wrong.context["kept"] == kept
    html = client.post("/admin/login/", signed | {"password": RIGHT}).content.decode()
    assert f'action="{address}"' in html
    assert '<textarea name="title_zh" hidden>“书”&lt;1&gt;</textarea>' in html
    elsewhere = client.post("/admin/login/", signed | {"password": RIGHT, "next": "https://example.org/"})
    assert "example.org" not in elsewhere.content.decode()
