"""What the addresses and parameters of data and availability mean, in SDMX REST 1.5 and 2, as a Question."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, NoReturn

from api.http.parameters import MAX_VALUES, ChoiceField, FlagField, NumberField, ParameterField, refuse
from api.http.periods import MomentField
from api.http.viewsets import UnknownCode
from api.problems import InvalidParameters, ParameterError
from api.sdmx.components import AGENCY, ATTRIBUTES, DIMENSIONS, MEASURE, TIME, Member, SdmxComponent, held_codes
from api.sdmx.data_query import Question
from api.sdmx.periods import both_of, compared, days_of, label_of
from api.sdmx.structures import Dataflow, structures
from indicators.cubes import EVERYTHING
from indicators.selection import Span
from sources.bilingual import Said, both, language
from sources.suggest import nearest

AT_OBSERVATION = (TIME.id, "AllDimensions")
DETAILS = ("full", "dataonly", "serieskeysonly", "nodata")
WILDCARDS = ("all", "*", "")
FILTERED = (*DIMENSIONS, *(part for part in ATTRIBUTES if part.narrows))
MOST_OBSERVATIONS = 100_000

Chosen = Mapping[str, Any]


class TimeField(ParameterField):
    """A period, a day or an instant, read as the first and the last day that it covers."""

    example = "2024-Q1"

    def read(self, text: str) -> tuple[datetime.date, datetime.date]:
        try:
            return days_of(text)
        except ValueError:
            message = both(
                f"{text} 应形如 2024、2024-Q1、2024-07、2024-07-31",
                f"{text} must be like 2024, 2024-Q1, 2024-07 or 2024-07-31",
            )
            raise refuse("malformed", message) from None


class KeywordsField(ParameterField):
    """Words of a closed list or ids of components, comma-separated."""

    many = True

    def __init__(self, words: Iterable[str]) -> None:
        super().__init__()
        self.words = list(words)

    def read(self, text: str) -> list[str]:
        given = self.values(text)
        for word in given:
            if word not in self.words:
                raise refuse("unknown_value", both(f"未知的值 {word}", f"unknown value {word}"), self.words, word)
        return given


OBSERVATIONS = {
    "updatedAfter": MomentField(example="2026-R1"),
    "firstNObservations": NumberField(1, MOST_OBSERVATIONS, example=1),
    "lastNObservations": NumberField(1, MOST_OBSERVATIONS, example=1),
    "dimensionAtObservation": ChoiceField(AT_OBSERVATION),
    "includeHistory": FlagField(example=True),
}
PERIODS = {"startPeriod": TimeField(), "endPeriod": TimeField()}
IN_2_1: Mapping[str, ParameterField] = {**PERIODS, **OBSERVATIONS, "detail": ChoiceField(DETAILS)}
COMPONENT_FILTERS = {f"c[{part.id}]": ParameterField() for part in (*FILTERED, TIME)}
IN_3_0: Mapping[str, ParameterField] = {
    **COMPONENT_FILTERS, **OBSERVATIONS, "asOf": MomentField(example="2026-R1"),
    "attributes": KeywordsField(["all", "dsd", "obs", "none", *(part.id for part in ATTRIBUTES)]),
    "measures": KeywordsField(["all", "none", MEASURE.id]),
}  # fmt: skip


def refuse_parameter(
    name: str, code: str, message: Said, allowed: Sequence[str] | None = None, word: str = ""
) -> NoReturn:
    """Raises InvalidParameters for one parameter."""
    raise InvalidParameters(
        [ParameterError(name, code, message, allowed, nearest(word, allowed or ()) if word else None)]
    )


def items(text: str, divider: str, name: str) -> list[str]:
    """The items of a list in an address or a filter. Raises InvalidParameters for one that is empty: of a stray divider."""
    listed = text.split(divider)
    if not all(listed):
        message = both(
            f"{text} 中有空项：请去掉多余的 {divider}", f"{text} has an empty item: leave off the stray {divider}"
        )
        refuse_parameter(name, "malformed", message)
    return listed


# The dataflow ------------------------------------------------------------------------------------------------------------


def find_flow(agency: str, id_: str, version: str, versions: Sequence[str], context: str = "dataflow") -> Dataflow:
    """The dataflow of an address, which may leave the agency and the version open. The data structure's is all figures.

    Raises UnknownCode (404).
    """
    flows = structures().flows
    if agency not in (AGENCY, *WILDCARDS):
        raise UnknownCode(agency, AGENCY)
    if version not in (*versions, *WILDCARDS):
        raise UnknownCode(version, versions[0])
    if context == "datastructure":
        if id_ not in (structures().structure.id, *WILDCARDS):
            raise UnknownCode(id_, structures().structure.id)
        return flows[EVERYTHING.code]
    if id_ in WILDCARDS:
        return flows[EVERYTHING.code]
    if id_ not in flows:
        raise UnknownCode(id_, nearest(id_, flows))
    return flows[id_]


def flow_of_reference(reference: str) -> Dataflow:
    """SDMX REST 1: `OBS`, `HNOT,OBS` or `HNOT,OBS,1.0`. Raises UnknownCode (404), InvalidParameters where it is not as these."""
    parts = items(reference, ",", "flow")
    if len(parts) > 3:
        message = both("应形如 OBS、HNOT,OBS 或 HNOT,OBS,1.0", "must be like OBS, HNOT,OBS or HNOT,OBS,1.0")
        refuse_parameter("flow", "malformed", message)
    agency, id_, version = ["all", parts[0], "latest"] if len(parts) == 1 else [*parts, "latest"][:3]
    return find_flow(agency, id_, version, ("1.0", "latest"))


# Keys --------------------------------------------------------------------------------------------------------------------


def members_of(
    component: SdmxComponent, codes: Iterable[str], unknown: Callable[[str, Iterable[str]], Any]
) -> list[Member]:
    """The stored members of these codes; `unknown` raises for one that there is not."""
    known = held_codes().members[component.id]
    members = []
    for code in dict.fromkeys(codes):
        if code not in known:
            unknown(code, known)
        members.append(known[code])
    return members


def read_key(key: str, *, alternatives: str, complete: bool) -> dict[str, list[Member]]:
    """Dimension → members of a key such as `A.430281.TRADE_TOTAL.......`; a dimension left open is left out.

    `alternatives` divides codes in one place; without it, as in SDMX 3.0, an open place is written `*`. Raises UnknownCode for a
    code that there is not, InvalidParameters for too many places, too few where it must be `complete`, or a stray divider.
    """
    if key in WILDCARDS:
        return {}
    places = key.split(".")
    if len(places) > len(DIMENSIONS) or (complete and len(places) < len(DIMENSIONS)):
        form = ".".join(part.id for part in DIMENSIONS)
        message = both(f"键须有 {len(DIMENSIONS)} 位：{form}", f"a key has {len(DIMENSIONS)} places: {form}")
        refuse_parameter("key", "malformed", message)

    def unknown(code: str, known: Iterable[str]) -> None:
        raise UnknownCode(code, nearest(code, known))

    if not alternatives and "" in places:
        message = both(
            f"{key} 中有空位：任意代码写作 *，末尾各位可以省略",
            f"{key} has an empty place: any code is written *, and places at the end may be left out",
        )
        refuse_parameter("key", "malformed", message)
    read = {}
    for dimension, place in zip(DIMENSIONS, places, strict=False):
        if place not in ("", "*"):
            codes = items(place, alternatives, "key") if alternatives else [place]
            read[dimension.id] = members_of(dimension, codes, unknown)
    return read


# Questions ---------------------------------------------------------------------------------------------------------------


def question_of_1(reference: str, key: str, chosen: Chosen) -> Question:
    """The question of `/data/{flow}/{key}` in SDMX REST 1, of parameters that were read."""
    keys = read_key(key, alternatives="+", complete=True)
    detail = chosen.get("detail") or "full"
    shown = {"full": (MEASURE, *ATTRIBUTES), "dataonly": (MEASURE,)}.get(detail, ())
    return Question(
        flow=flow_of_reference(reference),
        keys=[keys] if keys else [],
        spans=_span(chosen),
        shown=shown,
        series_only=detail in ("serieskeysonly", "nodata"),
        **_common(chosen),
    )


def question_of_2(flow: Dataflow, keys: str, chosen: Chosen) -> Question:
    """The question of `/data/dataflow/{agency}/{id}/{version}/{keys}` in SDMX REST 2, of parameters that were read."""
    asked = items(keys, ",", "key")
    if len(asked) > MAX_VALUES:
        refuse_parameter("key", "too_many_values", both(f"最多 {MAX_VALUES} 个键", f"takes at most {MAX_VALUES} keys"))
    read = [read_key(key, alternatives="", complete=False) for key in asked]
    as_of = chosen.get("asOf")
    since = chosen.get("updatedAfter")
    if as_of is not None and since is not None and since > as_of:
        message = both("updatedAfter 晚于 asOf", "updatedAfter is later than asOf")
        refuse_parameter("updatedAfter", "conflict", message)
    filters: dict[str, Sequence[Member]] = {}
    having: dict[str, Sequence[Any]] = {}
    for part in FILTERED:
        if text := chosen.get(f"c[{part.id}]"):
            members = _filtered(part, text)
            if part in DIMENSIONS:
                filters[part.id] = members
            else:
                having[str(part.narrows)] = members
    labels_, spans = _times(chosen.get(f"c[{TIME.id}]"))
    if labels_:
        having["period"] = labels_
    shown = (*_measures(chosen), *_attributes(chosen))
    return Question(
        flow=flow, keys=[] if {} in read else read, filters=filters, having=having, spans=spans, as_of=as_of,
        shown=shown, series_only=not shown, **_common(chosen),
    )  # fmt: skip


def _common(chosen: Chosen) -> dict[str, Any]:
    for one, other in (("firstNObservations", "lastNObservations"), ("includeHistory", "updatedAfter")):
        if chosen.get(one) and chosen.get(other) is not None:
            refuse_parameter(one, "conflict", both(f"不能与 {other} 同用", f"does not go with {other}"))
    return {
        "language": language(),
        "latest": chosen.get("lastNObservations"),
        "earliest": chosen.get("firstNObservations"),
        "since": chosen.get("updatedAfter"),
        "history": bool(chosen.get("includeHistory")),
        "by_series": chosen.get("dimensionAtObservation") != "AllDimensions",
    }


def _span(chosen: Chosen) -> list[Span] | None:
    start, end = chosen.get("startPeriod"), chosen.get("endPeriod")
    if start and end and start[0] > end[1]:
        message = both("endPeriod 早于 startPeriod", "endPeriod is before startPeriod")
        refuse_parameter("endPeriod", "malformed", message)
    return [(start[0] if start else None, end[1] if end else None)] if start or end else None


def _measures(chosen: Chosen) -> tuple[SdmxComponent, ...]:
    return () if chosen.get("measures") == ["none"] else (MEASURE,)


def _attributes(chosen: Chosen) -> tuple[SdmxComponent, ...]:
    asked = chosen.get("attributes") or ["all"]
    if "none" in asked:
        return ()
    return tuple(part for part in ATTRIBUTES if part.id in asked or {"all", "dsd", "obs"} & set(asked))


def _filtered(part: SdmxComponent, text: str) -> list[Member]:
    """The members that `A,B`, `eq:A`, `ne:A` or `ne:A+ne:B` leaves of a component. Raises InvalidParameters."""
    name = f"c[{part.id}]"
    known = held_codes().members[part.id]

    def unknown(code: str, known: Iterable[str]) -> None:
        refuse_parameter(
            name, "unknown_code", both(f"未知的代码 {code}", f"unknown code {code}"), sorted(known)[:100], code
        )

    def left(term: str) -> set[str]:
        operator, colon, code = term.partition(":")
        operator, code = (operator, code) if colon else ("eq", term)
        if operator not in ("eq", "ne"):
            message = both(f"{name} 只接受 eq、ne", f"{name} takes the operators eq and ne")
            refuse_parameter(name, "malformed", message, ("eq", "ne"), operator)
        members_of(part, [code], unknown)
        return {code} if operator == "eq" else set(known) - {code}

    codes = set().union(*(set.intersection(*map(left, _terms(group, name))) for group in items(text, ",", name)))
    return [member for code, member in known.items() if code in codes]


def _times(text: str | None) -> tuple[list[str], list[Span] | None]:
    """The period labels or the spans of `c[TIME_PERIOD]`: `2024,2023`, `ge:2020+le:2024`. Raises InvalidParameters."""
    if text is None:
        return [], None
    name = f"c[{TIME.id}]"
    groups = [[term.rpartition(":")[::2] for term in _terms(group, name)] for group in items(text, ",", name)]
    try:
        spans = [[compared(operator or "eq", period) for operator, period in group] for group in groups]
    except ValueError:
        message = both(
            "应形如 2024、2023,2024、ge:2020+le:2024（eq、ge、gt、le、lt）",
            "must be like 2024, 2023,2024 or ge:2020+le:2024 (eq, ge, gt, le, lt)",
        )
        return refuse_parameter(name, "malformed", message)
    if all(len(group) == 1 and group[0][0] in ("", "eq") for group in groups):
        return [label_of(group[0][1]) for group in groups], None
    return [], [reduce(both_of, group) for group in spans]


def _terms(group: str, name: str) -> list[str]:
    """What is joined by `+`, which arrives as a space where it was not encoded. Raises InvalidParameters."""
    return items(group.replace(" ", "+"), "+", name)


def read_components(text: str, divider: str) -> list[str] | None:
    """The dimensions whose availability is asked for; None for all. Raises UnknownCode, InvalidParameters."""
    if text in WILDCARDS:
        return None
    ids = [part.id for part in (*DIMENSIONS, TIME)]
    for id_ in (asked := items(text, divider, "component")):
        if id_ not in ids:
            raise UnknownCode(id_, nearest(id_, ids))
    return asked
