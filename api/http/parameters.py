"""The kinds of query parameter: each reads its text strictly, says what is allowed, and documents itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from indicators.deriving import CHANGES, Transformation
from indicators.labels import labels
from sources.bilingual import LANGUAGES, Said, both, language_of
from sources.suggest import nearest
from sources.text import LINE

MAX_VALUES = 100
MAX_LENGTH = 8000  # room for as many of the longest codes
MAX_ALLOWED_SHOWN = 100
MOST_CHARACTERS = 200  # of a question in anyone's words: each costs a reading of the index, and nobody types as many

Asked = TypeVar("Asked")  # a queryset, or a Selection of figures


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
        return self.read(value if len(value) <= MAX_LENGTH else super().clean(value))

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


class WordsField(ParameterField):
    """A question in anyone's words, of at most 200 characters."""

    schema = {**ParameterField.schema, "maxLength": MOST_CHARACTERS}

    def read(self, text: str) -> str:
        if len(text) > MOST_CHARACTERS:
            raise refuse(
                "too_long", both(f"最多 {MOST_CHARACTERS} 个字符", f"takes at most {MOST_CHARACTERS} characters")
            )
        return text


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
