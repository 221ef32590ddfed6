"""Which codes there are and what records are called: the one place where cells look up what they name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.db import models

from sources.bilingual import Said, both, in_both
from sources.folding import normalised
from sources.suggest import nearest
from sources.text import trimmed

LIST_SEPARATOR = ";"
_name = lru_cache(maxsize=20_000)(normalised)  # an import looks up the names that the one before it did
HAN_SPACES = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")  # as names are set apart in print: 醴 陵 市


def split(cell: str) -> list[str]:
    """The items of a list cell, in their order, without empty ones."""
    return [item for item in map(trimmed, cell.split(LIST_SEPARATOR)) if item]


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
            for record in self._records(model).filter(**{f"{attribute}__in": some}).order_by():
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
                for word in {_name(word) for cell in cells for word in split(cell)}:
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
