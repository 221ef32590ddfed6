"""The kinds of column that a curated table has: each reads a cell, shows a value as a cell, and takes it from a record."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db import models

from curation.tables.code_index import LIST_SEPARATOR, CellError, CodeIndex, split
from curation.tables.marks import without_mark
from sources.bilingual import Said, both, in_both
from sources.edtf import span
from sources.folding import normalised

# A column that every table takes beside its own: `true` withdraws the record of the row's key without a successor,
# `false` says that it stands, which brings a withdrawn one back.
WITHDRAW = "withdraw"
YES, NO = ("true", "是"), ("false", "否")
# Digits, a point and a sign: no exponent, no grouping, no other script's digits, and no minus zero.
NUMBER = re.compile(r"(?!-0+(\.0+)?$)-?[0-9]+(\.[0-9]+)?")
# What a cell of a sheet holds instead: an error, a formula that has no value, or what does not show as a number (`5 [# ?/?]`).
SHEET_ERROR = re.compile(r"#(?:[A-Z0-9]+(?:/[A-Z0-9]+)?[!?]?)")
AMBIGUOUS = re.compile(r"-?[0-9]+\?")  # `1.234 [1234?]`
SEVERAL_CELLS = re.compile(r"[A-Z]+[0-9]+:[A-Z]+[0-9]+")  # `30.1 [B4:B5]`, of a cell that is merged over others
UNSHOWN = re.compile(r"(?P<held>\S+) \[(?P<form>.+)\]", re.DOTALL)
GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")  # thousands
SIGNS = str.maketrans({"−": "-", "–": "-", " ": None, "\u00a0": None, "\u2009": None, "\u202f": None})


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
        if AMBIGUOUS.fullmatch(form):
            return both(f"{held} 可能是 {form[:-1]}：请写明", f"{held} may mean {form[:-1]} here: say which"), None
        if SEVERAL_CELLS.fullmatch(form):
            return both(
                f"{held} 占合并单元格 {form}，无法确定是其中哪一格的数值：请取消合并后填写",
                f"{held} stands in {form}, which is merged: it cannot be told of which cell it is; part them and type it where it belongs",
            ), None  # fmt: skip
        return both(
            f"所存 {held}，格式为 {form}，所示的数无法确定：请填写所示的数",
            f"holds {held} in the format {form}, in which it cannot be told what number shows: type the number that is meant",
        ), None  # fmt: skip
    meant = normalised(without_mark(cell)).translate(SIGNS).removeprefix("+")
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
