"""The kinds of query parameter: each reads its text strictly, says what is allowed, and documents itself."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from indicators.deriving import CHANGES, Transformation
from indicators.labels import labels
from indicators.periods import Period, parse_period
from sources.bilingual import LANGUAGES, Said, both, language_of
from sources.suggest import nearest
from sources.text import LINE

MAX_VALUES = 100
MAX_LENGTH = 8000  # room for as many of the longest codes
MAX_ALLOWED_SHOWN = 100

Asked = TypeVar("Asked")  # a queryset, or a Selection of figures
Span = tuple[datetime.date | None, datetime.date | None]


class RefusedValue(ValidationError):
    """What is wrong with a value, what is allowed and the nearest match.

    They are no `params`: a message with those is a format, and a value in it may hold a percent sign.
    """

    parameter: str  # where it is known to the one who refuses
    allowed: Sequence[str] | None = None
    did_you_mean: str | None = None


# What parameters and fields were once called (README has the table): an old name is refused with the new one.
RENAMED = {"slug": "code", "-slug": "-code", "notes": "note", "regions": "region"}


def refuse(code: str, message: Said, allowed: Iterable[str] = (), word: str = "") -> RefusedValue:
    """What is wrong with a value: with the list of what is allowed (its first 100) and the nearest match."""
    allowed = sorted(allowed)
    refusal = RefusedValue(message, code)
    refusal.allowed = allowed[:MAX_ALLOWED_SHOWN] or None
    renamed = RENAMED.get(word)
    refusal.did_you_mean = renamed if renamed in allowed else nearest(word, allowed) if word else None
    return refusal


class ParameterField(forms.CharField):
    """Text of one parameter, nothing in it that is no text, and not too long; `read` makes the value of it."""

    schema: dict[str, Any] = {"type": "string", "pattern": r"\S", "maxLength": MAX_LENGTH}
    many = False
    example: object = None
    needed = False

    def __init__(self, *, example: object = None) -> None:
        super().__init__(required=False, empty_value=None, max_length=MAX_LENGTH, strip=False)
        self.example = example if example is not None else self.example

    @property
    def described(self) -> dict[str, Any]:
        """The JSON schema of what it takes, of several values as a list, with an example."""
        schema, example = dict(self.schema), self.example
        if self.many:
            schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": MAX_VALUES}
            example = None if example is None else str(example).split(",")
        return schema if example is None else {**schema, "examples": [example]}

    def clean(self, value: str | None) -> object:
        if value is None:
            return None
        if message := LINE.unfit(value):
            raise refuse("malformed", message)
        if not value.strip():
            raise refuse("malformed", both("不能为空", "must not be empty"))
        text = super().clean(value)
        return None if text is None else self.read(text)

    def read(self, text: str) -> object:
        """The value of the text. Raises ValidationError where it has none."""
        return text

    def values(self, text: str) -> list[str]:
        """The values of a comma-separated list. Raises ValidationError on an empty item or more than 100."""
        items = [item.strip() for item in text.split(",")]
        if not all(items):
            raise refuse("malformed", both("列表中有空项", "has an empty item in the list"))
        if len(items) > MAX_VALUES:
            raise refuse("too_many_values", both(f"最多 {MAX_VALUES} 个值", f"takes at most {MAX_VALUES} values"))
        return list(dict.fromkeys(items))


class _One(ParameterField):
    """Mixed into the field of a list: one value of it."""

    many = False

    def values(self, text: str) -> list[str]:
        return [text.strip()]

    def read(self, text: str) -> object:
        return super().read(text)[0]  # type: ignore[index]  # the list of the field that it is mixed into


class CodesField(ParameterField):
    """Codes of records, comma-separated; `also` are words that stand for no record, such as `total`."""

    many = True

    def __init__(
        self,
        known: Callable[[], models.QuerySet[Any]],
        by: str = "code",
        also: Sequence[str] = (),
        example: object = None,
    ) -> None:
        super().__init__(example=example)
        self.known, self.by, self.also = known, by, also

    def read(self, text: str) -> object:
        codes = self.values(text)
        wanted = [code for code in codes if code not in self.also]
        records = {getattr(record, self.by): record for record in self.known().filter(**{f"{self.by}__in": wanted})}
        for code in wanted:
            if code not in records:
                allowed = [*self.known().values_list(self.by, flat=True), *self.also]
                raise refuse("unknown_code", both(f"未知的代码 {code}", f"unknown code {code}"), allowed, code)
        return [records.get(code, code) for code in codes]


class OneCodeField(_One, CodesField):
    """One code of a record."""


class KeysField(ParameterField):
    """Codes of a dimension's members, comma-separated, read as their keys; no query is needed for it.

    `table` is the attribute of Labels that holds the dimension; `also` are words that stand for no member, such as `total`.
    """

    many = True

    def __init__(self, table: str, also: Sequence[str] = (), example: object = None) -> None:
        super().__init__(example=example)
        self.table, self.also = table, also

    def read(self, text: str) -> object:
        known = getattr(labels(), self.table).key
        keys = []
        for code in self.values(text):
            key = code if code in self.also else known.get(code)
            if key is None:
                raise refuse(
                    "unknown_code", both(f"未知的代码 {code}", f"unknown code {code}"), [*known, *self.also], code
                )
            keys.append(key)
        return keys


class KeyField(_One, KeysField):
    """One member's code, read as its key."""


class ChoicesField(ParameterField):
    """Words of a closed list, comma-separated."""

    many = True

    def __init__(self, choices: Sequence[str], example: object = None) -> None:
        super().__init__(example=example)
        self.choices = list(map(str, choices))
        self.schema = {"type": "string", "enum": self.choices}

    def read(self, text: str) -> object:
        words = self.values(text)
        for word in words:
            if word not in self.choices:
                listed = ", ".join(self.choices)
                message = both(f"{word} 不是允许的值：{listed}", f"{word} is not one of: {listed}")
                raise refuse("unknown_value", message, self.choices, word)
        return words


class ChoiceField(_One, ChoicesField):
    """One word of a closed list."""


class LanguageField(ChoiceField):
    """A language of the service; also with what browsers and devices add to it: `zh-CN`, `zh-Hans`, `en-GB`."""

    def __init__(self, also: Sequence[str] = (), example: object = None) -> None:
        super().__init__((*LANGUAGES, *also), example=example)

    def read(self, text: str) -> object:
        return language_of(text.strip()) or super().read(text)


class FlagField(ParameterField):
    schema = {"type": "boolean"}

    def read(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise refuse("malformed", both("应为 true 或 false", "must be true or false"), ("true", "false"), text)
        return text == "true"


class DayField(ParameterField):
    schema = {"type": "string", "format": "date"}
    example = "2024-06-30"

    def read(self, text: str) -> datetime.date:
        try:
            if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                return datetime.date.fromisoformat(text)
        except ValueError:
            pass
        raise refuse("malformed", both("应为日期 YYYY-MM-DD", "must be a date, YYYY-MM-DD"))


class NumberField(ParameterField):
    """A whole number between two bounds."""

    def __init__(self, least: int, most: int, example: object = None) -> None:
        super().__init__(example=example)
        self.least, self.most = least, most
        self.schema = {"type": "integer", "minimum": least, "maximum": most}

    def read(self, text: str) -> object:
        if re.fullmatch("[0-9]{1,18}", text) and self.least <= int(text) <= self.most:
            return int(text)
        raise refuse(
            "out_of_range",
            both(
                f"应为 {self.least} 至 {self.most} 的整数", f"must be a whole number from {self.least} to {self.most}"
            ),
        )


class PartField(ParameterField):
    """A part of one: a decimal number from 0 to 1."""

    schema = {"type": "number", "minimum": 0, "maximum": 1}
    example = 0.5

    def read(self, text: str) -> float:
        if not re.fullmatch(r"0([.][0-9]{1,9})?|1([.]0{1,9})?", text):
            raise refuse("out_of_range", both("应为 0 至 1 的数", "must be a number from 0 to 1"))
        return float(text)


class NumbersField(NumberField):
    """Whole numbers between two bounds, comma-separated."""

    many = True

    def read(self, text: str) -> object:
        return [super(NumbersField, self).read(item) for item in self.values(text)]


class PeriodsField(ParameterField):
    """Periods and ranges of them, comma-separated: `2024`, `2024-Q1`, `2024-07`, `2018..2024`, `2020..`, `..2022`."""

    many = True
    example = "2018..2024"
    forms_taken = "2024, 2024-Q1, 2024-07, 2018..2024, 2020.., ..2022"

    def read(self, text: str) -> list[Span]:
        return [self.span(item) for item in self.values(text)]

    def span(self, item: str) -> Span:
        first, dots, last = item.partition("..")
        try:
            if not dots:
                period = self.period(first)
                return period.start, period.end
            if not (first or last):
                raise ValueError(item)
            start = self.period(first).start if first else None
            end = self.period(last).end if last else None
        except ValueError:
            message = both(f"{item} 应形如 {self.forms_taken}", f"{item} must be like {self.forms_taken}")
            raise refuse("malformed", message) from None
        if start and end and start > end:
            raise refuse("malformed", both(f"{item} 起止颠倒", f"{item} ends before it begins"))
        return start, end

    def period(self, label: str) -> Period:
        return parse_period(label)


class YearsField(PeriodsField):
    """Years and ranges of them, comma-separated."""

    forms_taken = "2024, 2022,2024, 2018..2024, 2020.., ..2022"

    def period(self, label: str) -> Period:
        if len(label) != len("2024"):
            raise ValueError(label)
        return parse_period(label)


class PeriodField(ParameterField):
    """One period: `2024`, `2024-Q1` or `2024-07`."""

    example = "2024"

    def read(self, text: str) -> str:
        try:
            return parse_period(text).label
        except ValueError:
            message = both("应形如 2024、2024-Q1、2024-07", "must be like 2024, 2024-Q1 or 2024-07")
            raise refuse("malformed", message) from None


class YearField(PeriodField):
    """One year."""

    def read(self, text: str) -> str:
        if len(text) != len("2024"):
            raise refuse("malformed", both("应形如 2024", "must be like 2024"))
        return super().read(text)


class MomentField(ParameterField):
    """A day, a time or a release, read as the key of the newest release at that moment; 0 where there was none yet.

    A day without a time counts to its end, a time without a zone is of the service's own zone (both TIME_ZONE).
    """

    example = "2026-R1"

    def read(self, text: str) -> int:
        known = labels()
        if (release := known.releases.key.get(text)) is not None:
            return release
        try:
            moment = self.moment(text)
        except ValueError:
            message = both(
                "应为日期 YYYY-MM-DD、时间（ISO 8601）或发布版本",
                "must be a date YYYY-MM-DD, a time (ISO 8601) or a release",
            )
            raise refuse("malformed", message, known.releases.key, text) from None
        return max((key for key, at in known.published.items() if at <= moment), default=0)

    def moment(self, text: str) -> datetime.datetime:
        """The last instant that a day or time means. Raises ValueError where it is neither."""
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            day = datetime.date.fromisoformat(text)
            return timezone.make_aware(datetime.datetime.combine(day, datetime.time.max))
        if not re.match(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", text, re.ASCII):
            raise ValueError(text)
        moment = datetime.datetime.fromisoformat(text.replace(" ", "+"))  # a + that was not encoded arrives as a space
        return moment if moment.tzinfo else timezone.make_aware(moment)


class TransformField(ParameterField):
    """`yoy`, `pop`, `diff`, `share`, `rank`, `index:YEAR`, or `change:PERIOD` with the way that it is put after another colon."""

    plain = ("yoy", "pop", "diff", "share", "rank")
    names = (*plain, "index", "change")
    period = r"[12]\d{3}(-(Q[1-4]|(0[1-9]|1[0-2])))?"
    schema = {
        "type": "string",
        "pattern": rf"^({'|'.join(plain)}|index:[12]\d{{3}}|change:{period}(:({'|'.join(CHANGES)}))?)$",
    }
    example = "yoy"

    def read(self, text: str) -> Transformation:
        name, *given = text.split(":")
        if name not in self.names:
            listed = ", ".join(self.names)
            raise refuse(
                "unknown_value", both(f"{name} 不是：{listed}", f"{name} is not one of: {listed}"), self.names, name
            )
        if not re.fullmatch(self.schema["pattern"], text, re.ASCII):
            message = both(
                "应形如 yoy、index:2020、change:2022、change:2022:absolute、change:2022:annual",
                "must be like yoy, index:2020, change:2022, change:2022:absolute or change:2022:annual",
            )
            raise refuse("malformed", message)
        chosen = Transformation(name, *given)
        if chosen.unit is not None and chosen.unit not in labels().units.key:
            unit = chosen.unit
            message = both(f"此处没有其结果的单位 {unit}", f"the unit of its results, {unit}, is not held here")
            raise refuse("not_held", message)
        return chosen


class Parameter(django_filters.Filter):
    """A filter whose text a ParameterField reads; `default` is what it filters by where the request does not name it.

    Without one that is `needed` there is no answer.
    """

    def __init__(
        self,
        field: ParameterField,
        *,
        says: Said = "",
        default: object = None,
        needed: bool = False,
        field_name: str | None = None,
        method: str | None = None,
    ) -> None:
        super().__init__(field_name, method=method)
        self.parameter_field, self.says, self.default = field, says, default
        field.needed = needed

    @property
    def field(self) -> ParameterField:
        return self.parameter_field

    def filter(self, qs: models.QuerySet[Any], value: object) -> models.QuerySet[Any]:
        lookup = f"{self.field_name}__in" if isinstance(value, list) else self.field_name
        fitting = Q(**{lookup: value})
        if self.field_name in {field.name for field in qs.model._meta.get_fields() if field.many_to_many}:
            # Joined, a record that fits twice would come twice.
            fitting = Q(pk__in=qs.model._default_manager.filter(fitting).values("pk"))
        return qs.filter(fitting)


class Option(Parameter):
    """A parameter that narrows nothing: it shapes the answer, and its view reads it."""

    def __init__(self, field: ParameterField, says: Said, needed: bool = False) -> None:
        super().__init__(field, says=says, needed=needed)

    def filter(self, qs: Asked, value: object) -> Asked:
        return qs
