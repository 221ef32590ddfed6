"""The kinds of column whose cells name other records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django.db import models

from curation.tables.code_index import LIST_SEPARATOR, CellError, CodeIndex, split
from curation.tables.columns import CuratedColumn
from sources.bilingual import both


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
