"""The kinds of column that a curated table has: each reads a cell, shows a value as a cell, and takes it from a record."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db import models

from sources.bilingual import Said, both, in_both
from sources.edtf import span
from sources.folding import normalised
from sources.suggest import nearest
from sources.text import trimmed

LIST_SEPARATOR = ";"
# A column that every table takes beside its own: `true` withdraws the record of the row's key without a successor,
# `false` says that it stands, which brings a withdrawn one back.
WITHDRAW = "withdraw"
YES, NO = ("true", "是"), ("false", "否")
# Digits, a point and a sign: no exponent, no grouping, no other script's digits, and no minus zero.
NUMBER = re.compile(r"(?!-0+(\.0+)?$)-?[0-9]+(\.[0-9]+)?")
# What a cell of a sheet holds instead: an error, a formula that has no value, or what does not show as a number (`5 [# ?/?]`).
SHEET_ERROR = re.compile(r"#(?:[A-Z0-9]+(?:/[A-Z0-9]+)?[!?]?)")
UNSHOWN = re.compile(r"(?P<held>\S+) \[(?P<form>.+)\]", re.DOTALL)
HAN_SPACES = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")  # as names are set apart in print: 醴 陵 市
GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")  # thousands
SIGNS = str.maketrans({"−": "-", "–": "-", " ": None, "\u00a0": None, "\u2009": None, "\u202f": None})


class CellError(Exception):
    """A cell that cannot be taken: why, and the nearest value that could be."""

    def __init__(self, message: Said, did_you_mean: str | None = None) -> None:
        super().__init__(message)
        self.message, self.did_you_mean = message, did_you_mean


# What a record may be called by, beside its code.
NAMES = ("name_zh", "name_en", "short_zh", "short_en", "symbol_zh", "symbol_en", "title_zh", "title_en", "other_names")


Place = tuple[type[models.Model], str]  # a model, and which of its fields the code is

AT_ONCE = 1000  # codes that are asked for at a time

# Nearest words that are looked for in an import: each takes milliseconds, and a file that has more to guess has one cause.
MOST_GUESSES = 200


class CodeIndex:
    """Which codes exist and which record each names: those in the store, and those that are being brought in.

    Of the store only those records are read that are asked for; all codes and names only where a cell is neither.
    """

    def __init__(self) -> None:
        self._guesses = 0
        self._known: dict[Place, dict[str, Any]] = defaultdict(dict)  # None where there is none
        self._all: dict[Place, list[str]] = {}
        self._named: dict[Place, dict[str, list[str]]] = {}
        self.brought: set[int] = set()  # the ids, as Python has them, of the drafts that this import publishes
        self.in_error: set[int] = set()  # and of the records that its rows in error would become

    def read(self, codes: Iterable[str], model: type[models.Model], attribute: str = "code") -> dict[str, Any]:
        """Code → record of a model, or None, of at least these codes. Set one to make a new record known."""
        known = self._known[model, attribute]
        unknown = [code for code in dict.fromkeys(codes) if code not in known]
        known |= dict.fromkeys(unknown)
        asked = [code for code in unknown if code.isprintable()]  # no store has another, PostgreSQL takes no NUL
        for first in range(0, len(asked), AT_ONCE):
            some = asked[first : first + AT_ONCE]
            for record in self._records(model).filter(**{f"{attribute}__in": some}):
                known[getattr(record, attribute)] = record
        return known

    def get(self, code: str, model: type[models.Model], attribute: str = "code") -> Any:
        """The record of a code; None where there is none."""
        return self.read([code], model, attribute)[code]

    def all(self, model: type[models.Model], attribute: str = "code") -> list[str]:
        """The codes of all records of a model."""
        place = (model, attribute)
        if place not in self._all:
            self._all[place] = list(self._records(model).values_list(attribute, flat=True))
        return [*self._all[place], *(getattr(record, attribute) for record in self._brought(place))]

    def named(self, model: type[models.Model], attribute: str = "code") -> dict[str, list[str]]:
        """Normalised name → codes of the records of a model that are called so, in either language."""
        place = (model, attribute)
        if place not in self._named:
            names: dict[str, list[str]] = {}
            held = [field.name for field in model._meta.fields if field.name in NAMES]
            called = attrgetter(attribute, *held)
            stored = self._records(model).values_list(attribute, *held)
            for code, *cells in (*stored, *map(called, self._brought(place))) if held else ():
                for word in {normalised(word) for cell in cells for word in split(cell)}:
                    names.setdefault(word, []).append(code)
            self._named[place] = names
        return self._named[place]

    def settled(self, model: type[models.Model]) -> None:
        """The records of a model that are brought in have got their names."""
        for place in [place for place in self._named if place[0] is model]:
            del self._named[place]

    def _brought(self, place: Place) -> list[Any]:
        """The records that the store does not have yet."""
        return [record for record in self._known[place].values() if record is not None and record.pk is None]

    def _records(self, model: type[models.Model]) -> models.QuerySet[Any]:
        return model._default_manager.all()

    def nearest(self, cell: str, known: Iterable[str]) -> str | None:
        """The known word that is most like the cell; None where there is none, or so many were looked for already."""
        self._guesses += 1
        return nearest(cell, known) if self._guesses <= MOST_GUESSES else None

    def meant(self, words: str, model: type[models.Model], attribute: str = "code") -> list[str]:
        """The codes of the records of a model that words name: by their code, else by a name, with or without spaces in it."""
        if self.get(words, model, attribute) is not None:
            return [words]
        named = self.named(model, attribute)
        return named.get(normalised(words)) or named.get(HAN_SPACES.sub("", normalised(words))) or []

    def find(self, cell: str, model: type[models.Model], attribute: str = "code", *, looked_into: bool = False) -> Any:
        """The record of a code, or of a name that only one record has.

        Raises CellError where there is none, with the nearest code, or where it is not public: withdrawn, or a draft
        that is not of this import; and where it is to be `looked_into` while the row that brings it is in error.
        """
        record = self.get(cell, model, attribute)
        if record is None:
            record = self.get(self._code_called(cell, model, attribute), model, attribute)
        if message := self._why_not(record, looked_into=looked_into):
            zh, en = message
            kind_zh, kind_en = in_both(model._meta.verbose_name)
            raise CellError(both(f"{kind_zh} {cell} {zh}", f"{kind_en} {cell} {en}"))
        return record

    def _code_called(self, cell: str, model: type[models.Model], attribute: str) -> str:
        """The code of the one record that has this name. Raises CellError where none has, or several have."""
        named, codes = self.named(model, attribute), self.meant(cell, model, attribute)
        if len(codes) > 1:
            listed = ", ".join(sorted(codes))
            raise CellError(both(f"{cell} 有多个：{listed}", f"{cell} may be any of: {listed}"), sorted(codes)[0])
        if codes:
            return codes[0]
        meant = self.nearest(cell, self.all(model, attribute))
        meant = meant or next(iter(named.get(self.nearest(cell, named) or "", [])), None)
        kind_zh, kind_en = in_both(model._meta.verbose_name)
        raise CellError(both(f"未知的{kind_zh}：{cell}", f"unknown {kind_en}: {cell}"), meant)

    def _why_not(self, record: Any, *, looked_into: bool) -> tuple[str, str] | None:
        """Why a record cannot be referred to, in both languages; None where it can."""
        if getattr(record, "withdrawn_id", None) is not None:
            return "已撤回", "was withdrawn"
        if record.pk is not None and record.released_id is None and id(record) not in self.brought:
            return "是未发布的草稿", "is a draft that is not published"
        if looked_into and record.pk is None and id(record) in self.in_error:
            return "所在的行有错误", "is brought by a row that is in error itself"
        return None


@dataclass(frozen=True)
class CuratedColumn:
    """Plain text. `name` is the column's name in files and, unless `attribute` says otherwise, the model's field.

    `lasting` names what of the value others rest on ("" for the value itself): a record that was published once keeps it.
    `follows` is the column that a cell is worked out from where it is left out: if that one is wrong, no more is said of this one.
    """

    name: str
    required: bool = False
    attribute: str = ""
    lasting: str | None = None
    follows: str = ""

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

    def read(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
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

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        field = self.field_of(model)
        if message := field.kind.unfit(cell):
            raise CellError(message)
        text: str = field.kind.folded(cell)
        if len(text) > field.max_length:
            raise CellError(both(f"超过 {field.max_length} 个字符", f"is longer than {field.max_length} characters"))
        return text or self.read("", codes, model)  # what is not seen is nothing

    def show(self, value: Any) -> str:
        """A value as the cell that would be read back as the same value."""
        return "" if value is None else str(value)

    def among(self, cells: Iterable[str]) -> models.Q:
        """The condition on records that theirs is one of these cells."""
        return models.Q(**{f"{self.path.replace('.', '__')}__in": list(cells)})

    def of(self, record: models.Model) -> Any:
        """The value that a record holds."""
        return attrgetter(self.path)(record)

    def put(self, record: models.Model, value: Any) -> None:
        """Set the value on a record that is about to be written."""
        setattr(record, self.path, value)

    def kept(self, value: Any) -> Any:
        """What of a value stays what it is once a record was published; None where nothing does."""
        return value if self.lasting == "" else self.lasting and attrgetter(self.lasting)(value)


@dataclass(frozen=True)
class Choice(CuratedColumn):
    """One of a closed list, by its value or by its label in either language. `read_as` has what is brought in as another value."""

    read_as: Mapping[str, str] = field(default_factory=dict, hash=False, kw_only=True)

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        choices = self.field_of(model).flatchoices
        allowed = [value for value, _ in choices]
        for value, label in choices:
            if cell == value or cell in in_both(label):
                return self.read_as.get(value, value)
        listed = ", ".join(map(str, allowed))
        raise CellError(both(f"只能是：{listed}", f"must be one of: {listed}"), codes.nearest(cell, map(str, allowed)))


@dataclass(frozen=True)
class Choices(CuratedColumn):
    """Several of a closed list, kept as they stand, joined by the separator."""

    choices: type[models.TextChoices] = field(kw_only=True)

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        for item in split(cell):
            if item not in self.choices.values:
                listed = ", ".join(self.choices.values)
                meant = codes.nearest(item, self.choices.values)
                raise CellError(both(f"只能是：{listed}", f"must be of: {listed}"), meant)
        return LIST_SEPARATOR.join(split(cell))


@dataclass(frozen=True)
class Integer(CuratedColumn):
    """A whole number of zero or more."""

    def empty(self) -> Any:
        return None

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        if not (cell.isascii() and cell.isdigit() and len(cell) <= 9):
            raise CellError(both("应为非负整数", "must be a whole number of zero or more"))
        return int(cell)


@dataclass(frozen=True)
class Number(CuratedColumn):
    """An exact decimal, with the decimals that stand in the cell."""

    def empty(self) -> Any:
        return None

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        if not NUMBER.fullmatch(cell):
            raise CellError(*_no_number(cell))
        value = Decimal(cell)
        limits = self.field_of(model)
        if -value.as_tuple().exponent > limits.decimal_places:  # type: ignore[operator]
            raise CellError(both("小数位过多", f"has more than {limits.decimal_places} decimals"))
        return value

    def show(self, value: Any) -> str:
        return "" if value is None else f"{value:f}"


def _no_number(cell: str) -> tuple[Said, str | None]:
    """Why a cell is no number, and which one it may be meant to be."""
    if SHEET_ERROR.fullmatch(cell):
        return both(f"单元格显示错误 {cell}", f"the cell shows an error, {cell}"), None
    if cell.startswith("="):
        return both(
            f"公式没有保存结果：{cell[:80]}；请在电子表格软件中打开并保存，或填写数值",
            f"a formula without a stored value, {cell[:80]}: open and save the file in a spreadsheet program, or type the number",
        ), None  # fmt: skip
    if unshown := UNSHOWN.fullmatch(cell):
        held, form = unshown["held"], unshown["form"]
        if form.endswith("?"):
            return both(f"{held} 可能是 {form[:-1]}：请写明", f"{held} may mean {form[:-1]} here: say which"), None
        return both(
            f"所存 {held}，格式为 {form}，所示的数无法确定：请填写所示的数",
            f"holds {held} in the format {form}, in which it cannot be told what number shows: type the number that is meant",
        ), None  # fmt: skip
    meant = normalised(cell).translate(SIGNS).removeprefix("+")
    meant = meant.replace(",", "") if GROUPED.fullmatch(meant) else meant
    return both("应为数字，如 -40.48", "must be a number, such as -40.48"), meant if NUMBER.fullmatch(meant) else None


@dataclass(frozen=True)
class Factor(Number):
    """A number whose trailing zeros mean nothing."""

    def show(self, value: Any) -> str:
        return f"{value.normalize():f}"


@dataclass(frozen=True)
class Boolean(CuratedColumn):
    """`true` or `false`; empty is unknown where the field allows it, else false."""

    nullable: bool = False

    def empty(self) -> Any:
        return None if self.nullable else False

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        if cell not in ("true", "false"):
            raise CellError(both("应为 true 或 false", "must be true or false"))
        return cell == "true"

    def show(self, value: Any) -> str:
        return "" if value is None else str(value).lower()


@dataclass(frozen=True)
class Day(CuratedColumn):
    """A date, `2018-06-19`."""

    def empty(self) -> Any:
        return None

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        try:
            day = datetime.date.fromisoformat(cell)
        except ValueError:
            day = None
        if day is None or day.isoformat() != cell:  # ISO 8601 has other ways to write it: 20180619, 2018-W25-2
            raise CellError(both("应为日期 YYYY-MM-DD", "must be a date, YYYY-MM-DD"))
        return day


@dataclass(frozen=True)
class VagueDay(CuratedColumn):
    """A date as precise as its source gives it (EDTF level 0)."""

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        try:
            span(cell)
        except ValueError:
            raise CellError(both("应为 YYYY、YYYY-MM 或 YYYY-MM-DD", "must be YYYY, YYYY-MM or YYYY-MM-DD")) from None
        return cell


@dataclass(frozen=True)
class Ref(CuratedColumn):
    """The code of another record. `only` narrows which: `("scheme.code", "INDUSTRY")`.

    `looked_into` says that rules and warnings read more of the record than its code, so that its own row must be right.
    """

    to: type[models.Model] = field(kw_only=True)
    by: str = field(default="code", kw_only=True)
    only: tuple[str, str] | None = field(default=None, kw_only=True)
    looked_into: bool = field(default=False, kw_only=True)

    def empty(self) -> Any:
        return None

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        record = codes.find(cell, self.to, self.by, looked_into=self.looked_into or self.only is not None)
        if self.only and attrgetter(self.only[0])(record) != self.only[1]:
            raise CellError(both(f"{cell} 不属于 {self.only[1]}", f"{cell} is not of {self.only[1]}"))
        return record

    def codes_in(self, cell: str) -> Iterable[tuple[type[models.Model], str, str]]:
        """(Model, its field, code) of each other record that a cell names by its code."""
        return [(self.to, self.by, item) for item in self._codes(cell)]

    def _codes(self, cell: str) -> list[str]:
        return [cell] if cell else []

    def among(self, cells: Iterable[str]) -> models.Q:
        return models.Q(**{f"{self.path.replace('.', '__')}__{self.by}__in": list(cells)})

    def show(self, value: Any) -> str:
        return "" if value is None else getattr(value, self.by)


@dataclass(frozen=True)
class Refs(Ref):
    """Codes of several other records, in any order: a many-to-many link."""

    def empty(self) -> Any:
        return []

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        return [super(Refs, self).parse(item, codes, model) for item in split(cell)]

    def _codes(self, cell: str) -> list[str]:
        return split(cell)

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

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        pairs = []
        for item in split(cell):
            code, _, role = item.partition(":")
            role = role or self.roles.values[0]
            if role not in self.roles.values:
                listed = ", ".join(self.roles.values)
                meant = codes.nearest(role, self.roles.values)
                raise CellError(both(f"作用只能是：{listed}", f"role must be of: {listed}"), meant)
            pairs.append((codes.find(code, self.to, self.by), role))
        return pairs

    def _codes(self, cell: str) -> list[str]:
        return [item.partition(":")[0] for item in split(cell)]

    def show(self, value: Any) -> str:
        return LIST_SEPARATOR.join(sorted({f"{getattr(record, self.by)}:{role}" for record, role in value}))

    def links_of(self, record: models.Model, value: Any) -> list[models.Model]:
        link: Any = type(record)._meta.get_field(self.links)
        through, own = link.related_model, link.field.name
        return [through(**{own: record, self.end: other, self.role: role}) for other, role in dict.fromkeys(value)]

    def of(self, record: models.Model) -> Any:
        return [(getattr(link, self.end), getattr(link, self.role)) for link in getattr(record, self.links).all()]


@dataclass(frozen=True)
class Either(CuratedColumn):
    """`kind:code` of a record of one of several models, each held in a field of its own."""

    ends: tuple[tuple[str, str, type[models.Model]], ...] = field(kw_only=True)

    def parse(self, cell: str, codes: CodeIndex, model: type[models.Model]) -> Any:
        kind, _, code = cell.partition(":")
        for name, _attribute, target in self.ends:
            if kind == name:
                return name, codes.find(code, target)
        listed = ", ".join(name for name, *_ in self.ends)
        raise CellError(both(f"应为 类型:代码，类型为：{listed}", f"must be kind:code, with kind of: {listed}"))

    def codes_in(self, cell: str) -> Iterable[tuple[type[models.Model], str, str]]:
        """(Model, its field, code) of the other record that a cell names by its code."""
        kind, _, code = cell.partition(":")
        return [(target, "code", code) for name, _attribute, target in self.ends if name == kind]

    def among(self, cells: Iterable[str]) -> models.Q:
        pairs = [cell.partition(":") for cell in cells]
        rule = models.Q()
        for name, attribute, _ in self.ends:
            rule |= models.Q(**{f"{attribute}__code__in": [code for kind, _, code in pairs if kind == name]})
        return rule

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
    return [item for item in map(trimmed, cell.split(LIST_SEPARATOR)) if item]
