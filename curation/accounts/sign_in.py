"""Signing in is counted before a password is looked at, so that guessing is slow, cheap to refuse, and keeps nobody else out.

Four counts, each by the generic cell rate algorithm (ITU-T I.371), with the time at which its quota is whole again as its one
number: of an account and an address together, which is then locked; and of what strangers try, of an account, of an address
and in all, which is only slowed. Where an account was signed in from an address before, only the first holds: whatever
strangers do, its owner gets in from there.
"""

from __future__ import annotations

import datetime
import logging
import math
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from curation.accounts.addresses import client_of
from curation.models import Counted, SignInCount
from sources.bilingual import both

logger = logging.getLogger(__name__)

LONGEST_ADDRESS = 64
SALT = "curation.signing_in"  # of the keys that stores have: another forgets what was counted
OLD = datetime.timedelta(days=1)
KNOWN_FOR = datetime.timedelta(days=90)  # that an address from which an account was signed in is taken for its owner's

WHY = {
    Counted.TOGETHER: (
        "此账号从您的网络地址登录失败过多，已暂时锁定",
        "Signing in to this account failed too often from your address, where it is locked for a while",
    ),
    Counted.ACCOUNT: ("登录此账号的尝试过多", "There were too many attempts to sign in to this account"),
    Counted.ADDRESS: ("从您的网络地址登录的尝试过多", "There were too many attempts to sign in from your address"),
    Counted.ALL: ("登录的尝试过多", "There were too many attempts to sign in"),
}


class HeldBack(PermissionDenied):
    """An attempt that is not looked at: what is used up, and in how many seconds the next one is."""

    def __init__(self, counted: Counted, seconds: float) -> None:
        super().__init__(counted)
        self.counted, self.seconds = counted, math.ceil(seconds)

    @property
    def message(self) -> Any:
        zh, en = WHY[self.counted]
        minutes, seconds = divmod(self.seconds, 60)
        wait_zh = f"{minutes} 分 {seconds} 秒" if minutes else f"{seconds} 秒"
        wait_en = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        return both(f"{zh}；请于 {wait_zh}后再试。", f"{en}. Try again in {wait_en}.")


class Attempt:
    """A try to sign in by a name, whether there is such an account or not, from an address."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.address = name, address
        self.counts: list[Counted] = []

    @cached_property
    def account(self) -> User | None:
        return User.objects.filter(username=self.name).first()

    def key(self, counted: Counted) -> str:
        """Where its number is kept. The name is not, for it may be a password that was typed into the wrong field."""
        of = {Counted.ACCOUNT: (self.name,), Counted.ADDRESS: (self.address,), Counted.ALL: ()}
        parts = of.get(counted, (self.name, self.address))
        return salted_hmac(f"{SALT}.{counted}", "\n".join(parts), algorithm="sha256").hexdigest()

    @transaction.atomic
    def begin(self) -> None:
        """Count the attempt, as if it had failed. Raises HeldBack, and counts nothing, where a quota of it is used up."""
        now = timezone.now()
        known = SignInCount.objects.filter(key=self.key(Counted.KNOWN), whole_again__gt=now).exists()
        self.counts = [Counted.TOGETHER] if known else [one for one in Counted if one != Counted.KNOWN]
        held, waits = self._held(self.counts, now), {}
        for row in held:
            row.whole_again = max(row.whole_again, now) + _cost(row)
            waits[row.counted] = (row.whole_again - now).total_seconds() - settings.SIGN_IN_QUOTAS[row.counted][1]
        longest = max(waits, key=lambda counted: waits[counted])
        if waits[longest] > 0:
            raise HeldBack(Counted(longest), waits[longest])
        SignInCount.objects.bulk_update(held, ["whole_again"])

    @transaction.atomic
    def succeed(self) -> None:
        """Take back what was counted, forget the failures before, and know the address from now on."""
        now = timezone.now()
        held = self._held([*self.counts, Counted.KNOWN], now)
        for row in held:
            if row.counted == Counted.KNOWN:
                row.whole_again = now + KNOWN_FOR
            else:
                row.whole_again = now if row.counted == Counted.TOGETHER else row.whole_again - _cost(row)
        SignInCount.objects.bulk_update(held, ["whole_again"])

    def _held(self, counts: Iterable[Counted], now: datetime.datetime) -> list[SignInCount]:
        """The rows of these counts, made where there are none, held until the transaction ends, always in the same order.

        Those that nobody needs any more go, unless somebody holds them.
        """
        old = SignInCount.objects.select_for_update(skip_locked=True).filter(whole_again__lt=now - OLD)
        SignInCount.objects.filter(pk__in=old.values("pk")).delete()
        wanted = {self.key(counted): counted for counted in counts}
        there = set(SignInCount.objects.filter(key__in=wanted).values_list("key", flat=True))
        for key in sorted(wanted.keys() - there):
            counted = wanted[key]
            address = "" if counted in (Counted.ACCOUNT, Counted.ALL) else self.address
            account = None if counted in (Counted.ADDRESS, Counted.ALL) else self.account
            made = {"counted": counted, "account": account, "address": address, "whole_again": now}
            SignInCount.objects.get_or_create(key=key, defaults=made)
        return list(SignInCount.objects.select_for_update().filter(key__in=wanted).order_by("key"))


def _cost(row: SignInCount) -> datetime.timedelta:
    """How much later a quota is whole again after one more attempt."""
    count, window = settings.SIGN_IN_QUOTAS[row.counted]
    return datetime.timedelta(seconds=window / count)


class Backend(ModelBackend):
    """Django's accounts, with every attempt that comes by a request counted and told to the log."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """The account of this name and password, or None. An attempt that is held back costs no look at the password."""
        if request is None or username is None or password is None:
            return super().authenticate(request, username, password, **kwargs)
        attempt = Attempt(username, client_of(request.META)[:LONGEST_ADDRESS])
        try:
            attempt.begin()
        except HeldBack as held:
            logger.warning("Sign-in held back: %s, %s, for %d s", held.counted.name, attempt.address, held.seconds)
            request.held_back = held  # type: ignore[attr-defined]  # for the form to say
            raise
        user = super().authenticate(request, username, password, **kwargs)
        if user is None:
            logger.warning("Sign-in failed: %s, %s", attempt.account or "unknown account", attempt.address)
        else:
            attempt.succeed()
            logger.info("Signed in: %s, %s", user, attempt.address)
        return user


class SignInForm(AdminAuthenticationForm):
    """Django's, which says why an attempt was held back."""

    def get_invalid_login_error(self) -> ValidationError:
        held: HeldBack | None = getattr(self.request, "held_back", None)
        return ValidationError(held.message, "held_back") if held else super().get_invalid_login_error()
