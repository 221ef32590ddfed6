"""Which cells of a table a caller asks for: value codes, expressions over them, code lists, and what is left out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from rest_framework.exceptions import APIException

from api.http.filters import as_parameter_errors
from api.http.parameters import MAX_VALUES, refuse
from api.problems import InvalidParameters, ParameterError
from api.pxweb.tables import CONTENTS, GEO, TIME, PxTable, Variable
from indicators.cubes import NONE
from indicators.reading import distinct, members
from indicators.selection import Selection
from sources.bilingual import both

MAX_CELLS = 200_000

EXPRESSION = re.compile(
    r"(?P<open>\[)?(?P<name>top|bottom|range|from|to)\((?P<given>[^()]*)\)(?(open)\])", re.IGNORECASE
)


class TooManyCells(APIException):
    """More cells than one answer holds; PxWebApi says 403 to that."""

    status_code = 403

    def __init__(self, cells: int, base: str) -> None:
        super().__init__()
        self.explanation = both(
            f"所选共 {cells} 个单元格，超过一次答复的上限 {MAX_CELLS}：请减少 valueCodes 或分批查询；"
            f"全部数据可由 {base}/api/v1/observations.csv 取得，只含有值的行。",
            f"The selection has {cells} cells, and an answer at most {MAX_CELLS}: give fewer valueCodes or ask in parts; "
            f"{base}/api/v1/observations.csv has all the data at once, only rows that have a value.",
        )
        self.errors = [ParameterError("valueCodes", "too_many_cells", self.explanation)]


class Asked(NamedTuple):
    """What a caller says of one variable: value codes or expressions, and a code list."""

    codes: list[str]
    code_list: str | None = None


@dataclass(frozen=True)
class Chosen:
    """The part of a table that is asked for: the variables of the answer, each with the values that were chosen."""

    table: PxTable
    variables: dict[str, Variable]

    @property
    def cells(self) -> int:
        return math.prod(len(variable.values) for variable in self.variables.values())

    @property
    def strides(self) -> dict[str, int]:
        """How far apart the cells of neighbouring values of each variable are; the last variable moves fastest."""
        strides, stride = {}, 1
        for code in reversed(self.variables):
            strides[code], stride = stride, stride * len(self.variables[code].values)
        return strides

    def selection(self) -> Selection:
        """The figures in these cells. Variables that were left out stand at their total."""
        selection = self.table.cube.selection(self.table.names)
        for code, variable in self.table.variables.items():
            chosen = self.variables.get(code)
            if code == TIME:
                selection = selection.having("period", list(self.variables[TIME].values))
            elif chosen is None:
                selection = _narrowed(selection, code, [NONE[code]])
            elif len(chosen.values) < len(variable.values):
                selection = _narrowed(selection, code, [key for key, _ in chosen.values.values()])
        return selection


def _narrowed(selection: Selection, dimension: str, keys: Sequence[Any]) -> Selection:
    return selection.where(dimension, [key for key in keys if key is not None], or_none=None in keys)


def choose(table: PxTable, asked: Mapping[str, Asked], base: str) -> Chosen:
    """The cells that are asked for; of nothing asked the default selection. `base` is where the service is reached.

    Raises InvalidParameters, with all that is wrong at once, and TooManyCells.
    """
    chosen = _chosen(table, asked) if asked else default(table)
    if chosen.cells > MAX_CELLS:
        raise TooManyCells(chosen.cells, base)
    return chosen


def _chosen(table: PxTable, asked: Mapping[str, Asked]) -> Chosen:
    errors = _unknown(table, asked)
    variables = {}
    for code, variable in table.variables.items():
        words = asked.get(code, Asked([]))
        try:
            listed = with_list(table, variable, words.code_list)
            if words.codes:
                variables[code] = listed.only(_expanded(listed, words.codes))
            elif variable.without is None:
                message = both(f"必须选定 {code} 的值", f"needs valueCodes: {code} cannot be left out")
                raise refuse("missing_selection", message)
        except ValidationError as error:
            errors += as_parameter_errors(f"valueCodes[{code}]", error)
    if errors:
        raise InvalidParameters(errors)
    return Chosen(table, variables)


def _unknown(table: PxTable, asked: Mapping[str, Asked]) -> list[ParameterError]:
    """What is wrong with the names of variables, which are as `variable_named` gives them."""
    errors = []
    for name in (name for name in asked if name not in table.variables):
        message = both(f"表 {table.code} 没有变量 {name}", f"table {table.code} has no variable {name}")
        errors += as_parameter_errors(f"valueCodes[{name}]", refuse("unknown_variable", message, table.variables, name))
    return errors


def with_list(table: PxTable, variable: Variable, code_list: str | None) -> Variable:
    """The variable with the values of one of its code lists. Raises ValidationError where it has no such list."""
    if code_list is None:
        return variable
    lists = {id: listed.variable for id, listed in table.code_lists.items() if listed.variable.code == variable.code}
    if code_list not in lists:
        message = both(f"{variable.code} 没有代码表 {code_list}", f"{variable.code} has no code list {code_list}")
        raise refuse("unknown_codelist", message, lists, code_list)
    return lists[code_list]


def _expanded(variable: Variable, words: Sequence[str]) -> list[str]:
    """The codes that these words select, each of which selects at least one. Raises ValidationError."""
    codes = list(variable.values)
    exact = {code.casefold(): code for code in codes}
    distinct_words = {word.strip().casefold(): word.strip() for word in words}
    expressions = [word for folded, word in distinct_words.items() if folded not in exact]
    if len(expressions) > MAX_VALUES:
        raise refuse("too_many_values", both(f"最多 {MAX_VALUES} 个表达式", f"takes at most {MAX_VALUES} expressions"))
    selected_codes = [exact[folded] for folded in distinct_words if folded in exact]
    for word in expressions:
        if not (selected := _selected(variable, codes, word)):
            raise refuse("no_match", both(f"没有值符合 {word}", f"no value matches {word}"), codes)
        selected_codes += selected
    return selected_codes


def _selected(variable: Variable, codes: list[str], word: str) -> list[str]:
    if "*" in word or "?" in word:
        pattern = word.casefold().replace("[", "[[]")
        return [code for code in codes if fnmatchcase(code.casefold(), pattern)]
    if expression := EXPRESSION.fullmatch(word):
        given = [part.strip() for part in expression["given"].split(",")]
        return EXPRESSIONS[expression["name"].lower()](codes, given, variable.code == TIME)
    message = both(f"变量 {variable.code} 没有值 {word}", f"{word} is no value of the variable {variable.code}")
    raise refuse("unknown_code", message, codes, word)


def _top(codes: list[str], given: list[str], of_time: bool) -> list[str]:
    """top(n, offset): of time the latest, of others the first."""
    first, last = _count(given)
    return codes[::-1][first:last][::-1] if of_time else codes[first:last]


def _bottom(codes: list[str], given: list[str], of_time: bool) -> list[str]:
    """bottom(n, offset): of time the earliest, of others the last."""
    return _top(codes, given, not of_time)


def _range(codes: list[str], given: list[str], of_time: bool) -> list[str]:
    """range(a, b): from one value to another, both included, in either order."""
    if len(given) != 2:
        raise refuse("malformed", both("应形如 range(a,b)", "must be like range(a,b)"))
    first, last = sorted(_place(codes, code) for code in given)
    return codes[first : last + 1]


def _from(codes: list[str], given: list[str], of_time: bool) -> list[str]:
    return codes[_place(codes, ",".join(given)) :]


def _to(codes: list[str], given: list[str], of_time: bool) -> list[str]:
    return codes[: _place(codes, ",".join(given)) + 1]


def _count(given: list[str]) -> tuple[int, int]:
    if len(given) > 2 or not all(re.fullmatch("[0-9]{1,6}", text) for text in given) or int(given[0]) < 1:
        raise refuse("malformed", both("应形如 top(3) 或 top(3,1)", "must be like top(3) or top(3,1)"))
    offset = int(given[1]) if len(given) == 2 else 0
    return offset, offset + int(given[0])


def _place(codes: list[str], code: str) -> int:
    folded = [known.casefold() for known in codes]
    if code.casefold() not in folded:
        raise refuse("unknown_code", both(f"没有值 {code}", f"there is no value {code}"), codes, code)
    return folded.index(code.casefold())


EXPRESSIONS: dict[str, Callable[[list[str], list[str], bool], list[str]]] = {
    "top": _top, "bottom": _bottom, "range": _range, "from": _from, "to": _to,
}  # fmt: skip


def default(table: PxTable) -> Chosen:
    """What a table gives where nothing is selected: the indicator with the most figures (of those that only its breakdowns
    divide, if there are any), with all members that it has; of the periods only the latest where there are too many for one answer.
    """
    names, own, divided = table.names, table.variables, table.cube.breakdowns or ()
    whole = table.cube.selection(names)
    undivided = whole
    for dimension, none in NONE.items():
        if dimension not in divided:
            undivided = _narrowed(undivided, dimension, [none])
    counted = members(undivided, CONTENTS)
    shown = [code for code in own if code in (CONTENTS, GEO, *divided) or (not counted and code != TIME)]
    selection = undivided if counted else whole
    figures = {key: count for key, _, count in counted or members(whole, CONTENTS)}
    most = min(figures, key=lambda key: (-figures[key], names.indicators[key].code))
    of_it = selection.where(CONTENTS, [most])
    variables = {code: own[code].of_keys({key for key, _, _ in members(of_it, code)}) for code in shown}
    cells = math.prod(len(variable.values) for variable in variables.values())
    fitting = sorted(distinct(of_it, "period"))[-max(1, MAX_CELLS // cells) :]
    return Chosen(table, {**variables, TIME: own[TIME].only(fitting)})
