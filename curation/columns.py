"""The kinds of column that a curated table has: each reads a cell, shows a value as a cell, and takes it from a record."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db import models

from sources.bilingual import both, in_both
from sources.edtf import span
from sources.suggest import nearest
from sources.text import NUL, normalised

LIST_SEPARATOR = ";"
# Digits, a point and a sign: no exponent, no grouping, no other script's digits, and no minus zero.
NUMBER = re.compile(r"(?!-0+(\.0+)?$)-?[0-9]+(\.[0-9]+)?")


class CellError(Exception):
    """A cell that cannot be taken: why, and the nearest value that could be."""

    def __init__(self, message: Any, did_you_mean: str | None = None) -> None:
        super().__init__(message)
        self.message, self.did_you_mean = message, did_you_mean


# What a record may be called by, beside its code.
NAMES = ("name_zh", "name_en", "short_zh", "short_en", "symbol_zh", "symbol_en", "title_zh", "title_en", "other_names")


class Codes:
    """Which codes exist and which record each names: those in the store, and those that are being brought in."""

    def __init__(self) -> None:
        self._known: dict[tuple[type[models.Model], str], dict[str, Any]] = {}
        self._named: dict[tuple[type[models.Model], str], dict[str, list[str]]] = {}
        self.brought: set[int] = set()  # the ids, as Python has them, of the drafts that this import publishes

    def of(self, model: type[models.Model], attribute: str = "code") -> dict[str, Any]:
        """Code → record of a model. Add to the mapping to make a new record known."""
        place = (model, attribute)
        if place not in self._known:
            self._known[place] = {getattr(record, attribute): record for record in model._default_manager.all()}
        return self._known[place]

    def named(self, model: type[models.Model], attribute: str = "code") -> dict[str, list[str]]:
        """Normalised name → codes of the records of a model that are called so, in either language."""
        place = (model, attribute)
        if place not in self._named:
            names: dict[str, list[str]] = {}
            for code, record in self.of(model, attribute).items():
                called = {normalised(word) for name in NAMES for word in split(getattr(record, name, ""))}
                for word in called:
                    names.setdefault(word, []).append(code)
            self._named[place] = names
        return self._named[place]

    def find(self, cell: str, model: type[models.Model], attribute: str = "code") -> Any:
        """The record of a code, or of a name that only one record has.

        Raises CellError where there is none, with the nearest code, or where it is not public: withdrawn, or a draft
        that is not of this import.
        """
        known, named = self.of(model, attribute), self.named(model, attribute)
        kind = model._meta.verbose_name
        record = known.get(cell)
        if record is None:
            codes = named.get(normalised(cell), [])
            if len(codes) > 1:
                listed = ", ".join(sorted(codes))
                raise CellError(both(f"{cell} 有多个：{listed}", f"{cell} may be any of: {listed}"), sorted(codes)[0])
            if not codes:
                meant = nearest(cell, known) or next(iter(named.get(nearest(cell, named) or "", [])), None)
                raise CellError(both(f"未知的{kind}：{cell}", f"unknown {kind}: {cell}"), meant)
            record = known[codes[0]]
        if getattr(record, "withdrawn_id", None) is not None:
            raise CellError(both(f"{kind} {cell} 已撤回", f"{kind} {cell} was withdrawn"))
        if record.pk is not None and record.released_id is None and id(record) not in self.brought:
            raise CellError(both(f"{kind} {cell} 是未发布的草稿", f"{kind} {cell} is a draft that is not published"))
        return record


@dataclass(frozen=True)
class Column:
    """Plain text. `name` is the column's name in files and, unless `attribute` says otherwise, the model's field."""

    name: str
    required: bool = False
    attribute: str = ""

    @property
    def path(self) -> str:
        """Where the value stands on a record, relations dotted: `series.region`."""
        return self.attribute or self.name

    def field_of(self, model: type[models.Model]) -> Any:
        """The model field that holds the value."""
        *relations, name = self.path.split(".")
        for relation in relations:
            model = model._meta.get_field(relation).related_model  # type: ignore[assignment]
        return model._meta.get_field(name)

    def read(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        """The value of a cell.

        Raises CellError where the cell cannot be read, names nothing known or is empty though required.
        """
        if not cell:
            if self.required:
                raise CellError(both("不能为空", "must not be empty"))
            return self.empty()
        return self.parse(cell, codes, model)

    def empty(self) -> Any:
        return ""

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        longest = getattr(self.field_of(model), "max_length", None)
        if NUL in cell:
            raise CellError(both("含有空字符", "contains a NUL character"))
        if longest is not None and len(cell) > longest:
            raise CellError(both(f"超过 {longest} 个字符", f"is longer than {longest} characters"))
        return cell

    def show(self, value: Any) -> str:
        """A value as the cell that would be read back as the same value."""
        return "" if value is None else str(value)

    def of(self, record: models.Model) -> Any:
        """The value that a record holds."""
        return attrgetter(self.path)(record)

    def put(self, record: models.Model, value: Any) -> None:
        """Set the value on a record that is about to be written."""
        setattr(record, self.path, value)


@dataclass(frozen=True)
class Choice(Column):
    """One of a closed list, by its value or by its label in either language."""

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        choices = self.field_of(model).flatchoices
        allowed = [value for value, _ in choices]
        if cell in allowed:
            return cell
        for value, label in choices:
            if cell in in_both(label):
                return value
        listed = ", ".join(map(str, allowed))
        raise CellError(both(f"只能是：{listed}", f"must be one of: {listed}"), nearest(cell, map(str, allowed)))


@dataclass(frozen=True)
class Choices(Column):
    """Several of a closed list, kept as they stand, joined by the separator."""

    choices: type[models.TextChoices] = field(kw_only=True)

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        for item in split(cell):
            if item not in self.choices.values:
                listed = ", ".join(self.choices.values)
                raise CellError(both(f"只能是：{listed}", f"must be of: {listed}"), nearest(item, self.choices.values))
        return LIST_SEPARATOR.join(split(cell))


@dataclass(frozen=True)
class Integer(Column):
    """A whole number of zero or more."""

    def empty(self) -> Any:
        return None

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        if not (cell.isascii() and cell.isdigit() and len(cell) <= 9):
            raise CellError(both("应为非负整数", "must be a whole number of zero or more"))
        return int(cell)


@dataclass(frozen=True)
class Number(Column):
    """An exact decimal, with the decimals that stand in the cell."""

    def empty(self) -> Any:
        return None

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        if not NUMBER.fullmatch(cell):
            raise CellError(both("应为数字，如 -40.48", "must be a number, such as -40.48"))
        value = Decimal(cell)
        limits = self.field_of(model)
        if -value.as_tuple().exponent > limits.decimal_places:  # type: ignore[operator]
            raise CellError(both("小数位过多", f"has more than {limits.decimal_places} decimals"))
        return value

    def show(self, value: Any) -> str:
        return "" if value is None else f"{value:f}"


@dataclass(frozen=True)
class Factor(Number):
    """A number whose trailing zeros mean nothing."""

    def show(self, value: Any) -> str:
        return f"{value.normalize():f}"


@dataclass(frozen=True)
class Boolean(Column):
    """`true` or `false`; empty is unknown where the field allows it, else false."""

    nullable: bool = False

    def empty(self) -> Any:
        return None if self.nullable else False

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        if cell not in ("true", "false"):
            raise CellError(both("应为 true 或 false", "must be true or false"))
        return cell == "true"

    def show(self, value: Any) -> str:
        return "" if value is None else str(value).lower()


@dataclass(frozen=True)
class Day(Column):
    """A date, `2018-06-19`."""

    def empty(self) -> Any:
        return None

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        try:
            day = datetime.date.fromisoformat(cell)
        except ValueError:
            day = None
        if day is None or day.isoformat() != cell:  # ISO 8601 has other ways to write it: 20180619, 2018-W25-2
            raise CellError(both("应为日期 YYYY-MM-DD", "must be a date, YYYY-MM-DD"))
        return day


@dataclass(frozen=True)
class VagueDay(Column):
    """A date as precise as its source gives it (EDTF level 0)."""

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        try:
            span(cell)
        except ValueError:
            raise CellError(both("应为 YYYY、YYYY-MM 或 YYYY-MM-DD", "must be YYYY, YYYY-MM or YYYY-MM-DD")) from None
        return cell


@dataclass(frozen=True)
class Ref(Column):
    """The code of another record. `only` narrows which: `("scheme.code", "INDUSTRY")`."""

    to: type[models.Model] = field(kw_only=True)
    by: str = field(default="code", kw_only=True)
    only: tuple[str, str] | None = field(default=None, kw_only=True)

    def empty(self) -> Any:
        return None

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        record = codes.find(cell, self.to, self.by)
        if self.only and attrgetter(self.only[0])(record) != self.only[1]:
            raise CellError(both(f"{cell} 不属于 {self.only[1]}", f"{cell} is not of {self.only[1]}"))
        return record

    def show(self, value: Any) -> str:
        return "" if value is None else getattr(value, self.by)


@dataclass(frozen=True)
class Refs(Ref):
    """Codes of several other records, in any order: a many-to-many link."""

    def empty(self) -> Any:
        return []

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        return [codes.find(item, self.to, self.by) for item in split(cell)]

    def show(self, value: Any) -> str:
        return LIST_SEPARATOR.join(sorted({getattr(record, self.by) for record in value}))

    def of(self, record: models.Model) -> Any:
        return list(getattr(record, self.path).all())

    def put(self, record: models.Model, value: Any) -> None:
        """Links are written after their record has its key."""

    def links_of(self, record: models.Model, value: Any) -> list[models.Model]:
        """The rows of the link table that stand for the value."""
        relation = self.field_of(type(record))
        through = relation.remote_field.through
        ends = {relation.m2m_field_name(): record, relation.m2m_reverse_field_name(): None}
        return [through(**{**ends, relation.m2m_reverse_field_name(): other}) for other in dict.fromkeys(value)]


@dataclass(frozen=True)
class RoledRefs(Refs):
    """Codes of several other records, each `code:role`: a many-to-many link whose through table holds the role."""

    links: str = field(kw_only=True)
    end: str = field(kw_only=True)
    role: str = field(kw_only=True)
    roles: type[models.TextChoices] = field(kw_only=True)

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        pairs = []
        for item in split(cell):
            code, _, role = item.partition(":")
            role = role or self.roles.values[0]
            if role not in self.roles.values:
                listed = ", ".join(self.roles.values)
                raise CellError(
                    both(f"作用只能是：{listed}", f"role must be of: {listed}"), nearest(role, self.roles.values)
                )
            pairs.append((codes.find(code, self.to, self.by), role))
        return pairs

    def show(self, value: Any) -> str:
        return LIST_SEPARATOR.join(sorted({f"{getattr(record, self.by)}:{role}" for record, role in value}))

    def links_of(self, record: models.Model, value: Any) -> list[models.Model]:
        link: Any = type(record)._meta.get_field(self.links)
        through, own = link.related_model, link.field.name
        return [through(**{own: record, self.end: other, self.role: role}) for other, role in dict.fromkeys(value)]

    def of(self, record: models.Model) -> Any:
        return [(getattr(link, self.end), getattr(link, self.role)) for link in getattr(record, self.links).all()]


@dataclass(frozen=True)
class Either(Column):
    """`kind:code` of a record of one of several models, each held in a field of its own."""

    ends: tuple[tuple[str, str, type[models.Model]], ...] = field(kw_only=True)

    def parse(self, cell: str, codes: Codes, model: type[models.Model]) -> Any:
        kind, _, code = cell.partition(":")
        for name, _attribute, target in self.ends:
            if kind == name:
                return name, codes.find(code, target)
        listed = ", ".join(name for name, *_ in self.ends)
        raise CellError(both(f"应为 类型:代码，类型为：{listed}", f"must be kind:code, with kind of: {listed}"))

    def show(self, value: Any) -> str:
        name, record = value
        return f"{name}:{record.code}"

    def of(self, record: models.Model) -> Any:
        return next((name, end) for name, attribute, _ in self.ends if (end := getattr(record, attribute)))

    def put(self, record: models.Model, value: Any) -> None:
        for name, attribute, _ in self.ends:
            setattr(record, attribute, value[1] if name == value[0] else None)


def split(cell: str) -> list[str]:
    """The items of a list cell, in their order, without empty ones."""
    return [item.strip() for item in cell.split(LIST_SEPARATOR) if item.strip()]
