"""The parameter that names a moment of publication: a day, a time or a release."""

from __future__ import annotations

import datetime
import re
from typing import Any

from django.utils import timezone

from api.parameters import ParameterField, refuse
from sources.bilingual import both
from sources.models import Release

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(DAY.pattern + r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?")
VERSION = re.compile(r"[0-9]{4}[.][0-9]+")


class MomentField(ParameterField):
    """A day (`2026-01-01`, to its end), a time (`2026-01-01T08:00:00Z`) or a release (`2026.1`), as the last moment of it.

    A day, and a time without an offset, are those of China (UTC+8).
    """

    example = "2026-01-01"

    def read(self, text: str) -> Any:
        if VERSION.fullmatch(text):
            return self.of_release(text)
        try:
            if DAY.fullmatch(text):
                day = datetime.date.fromisoformat(text)
                return datetime.datetime.combine(day, datetime.time.max, timezone.get_default_timezone())
            if TIME.fullmatch(text):
                at = datetime.datetime.fromisoformat(text)
                return at if at.tzinfo else at.replace(tzinfo=timezone.get_default_timezone())
        except ValueError:
            pass
        message = both(
            "应为日期 YYYY-MM-DD、时间 YYYY-MM-DDThh:mm:ssZ 或版本号如 2026.1",
            "must be a date YYYY-MM-DD, a time YYYY-MM-DDThh:mm:ssZ or a release such as 2026.1",
        )
        raise refuse("malformed", message)

    @staticmethod
    def of_release(version: str) -> datetime.datetime:
        moments = dict(Release.objects.published().values_list("version", "published_at"))
        if (at := moments.get(version)) is not None:
            return at
        raise refuse("unknown_code", both(f"未知的版本 {version}", f"unknown release {version}"), moments, version)
