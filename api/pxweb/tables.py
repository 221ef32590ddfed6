"""Tables as PxWebApi 2 describes them: a cube of figures with its variables, their values and their code lists.

A variable that could divide the table but does not (all its figures are undivided) is left out. One that may be left out
of a selection (“eliminated”) then stands for its total, never for a sum over its values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from indicators.choices import Accumulation
from indicators.components import BY_NAME, COMPONENTS
from indicators.cubes import DIVIDING, NONE, Cube, Cubes, cubes, frequencies_of
from indicators.labels import TABLES, Label, Labels
from regions.models import RegionKind
from sources.bilingual import both, language
from sources.folding import normalised
from words.index import index
from words.parts import QuestionPart

CONTENTS, GEO, TIME = "indicator", "region", "period"

# The value that a variable has where it may be left out; the codes are those of the API's parameters.
WITHOUT: dict[str, Label] = {
    part.name: Label(part.nothing.code, part.nothing.zh, part.nothing.en) for part in COMPONENTS if part.nothing
}
YEAR_TO_DATE = Label(Accumulation.YTD.value, "年初累计", "Year to date")

FREQUENCIES: dict[str, tuple[str, Any, str]] = {
    "A": ("annual", both("年度", "Years"), "Annual"),
    "Q": ("quarterly", both("季度", "Quarters"), "Quarterly"),
    "M": ("monthly", both("月度", "Months"), "Monthly"),
}


def variable_named(text: str) -> str:
    """The code of a variable as callers may spell it: any case will do, and `time` is the period."""
    folded = text.strip().casefold()
    return TIME if folded == "time" else folded


@dataclass(frozen=True)
class Variable:
    """A dimension of a table: its values by code, each with its key (None, or a word, where it has none) and label."""

    code: str
    values: Mapping[str, tuple[Any, Label]]

    @property
    def label(self) -> str:
        return str(BY_NAME[self.code].title)

    @property
    def without(self) -> str | None:
        """The code that stands where the variable is left out; None where it must be selected."""
        return WITHOUT[self.code].code if self.code in WITHOUT else None

    def only(self, codes: list[str]) -> Variable:
        """The variable with only the values of these codes, in the order that it has them."""
        chosen = set(codes)
        return replace(self, values={code: value for code, value in self.values.items() if code in chosen})

    def of_keys(self, keys: Collection[Any]) -> Variable:
        """The variable with only the values of these primary keys, in the order that it has them."""
        return self.only([code for code, (key, _) in self.values.items() if key in keys])


@dataclass(frozen=True)
class CodeList:
    """A named part of the values of a table's variable (in PxWebApi's words a value set)."""

    id: str
    variable: Variable
    label: Any


@dataclass(frozen=True)
class PxTable:
    """A cube with its variables in order: what is measured first, when last."""

    cube: Cube
    known: Cubes

    @property
    def code(self) -> str:
        return self.cube.label.code

    @property
    def names(self) -> Labels:
        return self.known.labels

    @property
    def subject(self) -> Label:
        """Its topic."""
        assert self.cube.topic is not None
        return self.names.topics[self.cube.topic]

    @cached_property
    def variables(self) -> dict[str, Variable]:
        by_dimension = {}
        for dimension in DIVIDING:
            keys = self.cube.members[dimension]
            if dimension not in NONE or keys != (NONE[dimension],):
                by_dimension[dimension] = self._variable(dimension, keys)
        values = {label: (label, Label(label, label, label)) for label in self.cube.periods}
        return {**by_dimension, TIME: Variable(TIME, values)}

    def _variable(self, dimension: str, keys: tuple[Any, ...]) -> Variable:
        without = {WITHOUT[dimension].code: (NONE[dimension], WITHOUT[dimension])} if dimension in NONE else {}
        others = (self._label(dimension, key) for key in keys if dimension not in NONE or key != NONE[dimension])
        return Variable(dimension, without | {label.code: (key, label) for key, label in others})

    def _label(self, dimension: str, key: Any) -> tuple[Any, Label]:  # noqa: ANN401  # an id or a word
        if table := TABLES.get(dimension):
            return key, getattr(self.names, table)[key]
        return key, YEAR_TO_DATE if dimension == "accumulation" else Label(key, key, key)

    def title(self, variables: Mapping[str, Variable] | None = None) -> str:
        """Its name with what divides it (or this part of it) and its span, as statistical offices name their tables."""
        shown, spoken = variables or self.variables, language()
        by = [variable.label for code, variable in shown.items() if code != CONTENTS]
        periods = list(shown[TIME].values)
        span = "–".join(dict.fromkeys((periods[0], periods[-1])))
        name = self.cube.label.name(spoken)
        if spoken == "zh":
            return f"{name}：按{'、'.join(by)}分，{span}"
        return f"{name} by {', '.join(by[:-1])} and {by[-1]}, {span}"

    @property
    def time_unit(self) -> str:
        """Annual, Quarterly or Monthly; Other where there are several."""
        (first, *more) = sorted(frequencies_of(self.cube.periods))
        return "Other" if more else FREQUENCIES[first][2]

    @property
    def updated(self) -> str:
        """When the release was published that last changed a figure of it (ISO 8601, UTC)."""
        return self.names.published_text[self.cube.changed]

    @cached_property
    def code_lists(self) -> dict[str, CodeList]:
        """Its code lists by id: regions by kind, periods by frequency."""
        of_kind = [(kind.value, kind.label, self._regions(kind.value)) for kind in RegionKind]
        lists = [(GEO, word, label, codes) for word, label, codes in of_kind if codes]
        for frequency in sorted(frequencies_of(self.cube.periods)):
            word, label, _ = FREQUENCIES[frequency]
            codes = [text for text in self.cube.periods if frequencies_of([text]) == {frequency}]
            lists.append((TIME, word, label, codes))
        named = (
            (f"vs_{self.code}_{variable}_{word}", variable, label, codes) for variable, word, label, codes in lists
        )
        return {id: CodeList(id, self.variables[variable].only(codes), label) for id, variable, label, codes in named}

    def _regions(self, kind: str) -> list[str]:
        places = self.names.places
        return [code for code, (key, _) in self.variables[GEO].values.items() if places[key].kind == kind]


def tables() -> dict[str, PxTable]:
    """All tables by code: of each topic that has figures those that nothing divides, then a table for each way of dividing."""
    known = cubes()
    return {code: PxTable(cube, known) for code, cube in known.tables.items()}


def code_lists() -> dict[str, CodeList]:
    """The code lists of all tables, by id."""
    return {id: listed for table in tables().values() for id, listed in table.code_lists.items()}


def matching(words: str, listed: list[PxTable]) -> list[PxTable]:
    """The tables that have all that the words mean: in a name, or as an indicator, a region or a member of another variable."""
    parts = [part for part in index().read(words).parts if part.is_name or part.is_plain]
    return [table for table in listed if parts and _has(table, parts)]


def _has(table: PxTable, parts: Sequence[QuestionPart]) -> bool:
    labels = [label for variable in table.variables.values() for _, label in variable.values.values()]
    codes = {label.code for label in labels}
    concepts = index().vocabulary.concepts
    text = normalised("\n".join(text for label in (table.cube.label, *labels) for text in label))
    return all(
        any(concepts[meaning.concept].code in codes for meaning in part.meanings) or normalised(part.text) in text
        for part in parts
    )
