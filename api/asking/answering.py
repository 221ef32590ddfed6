"""A question on its way through the endpoints: which is asked what, and what is nearest where none holds the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rest_framework.request import Request

from api.asking.saying import (
    GOALS,
    actors_said,
    authors_said,
    compared_said,
    dates_said,
    due_said,
    figure_said,
    goal_said,
    issued_said,
    issuer_said,
    listed,
    rank_said,
    said,
)
from api.http.asking import Declined, Reply, ask
from indicators.choices import OBSERVED
from indicators.codes import SCHEMES
from indicators.components import BREAKDOWNS
from indicators.labels import labels
from policies.choices import DocumentKind
from regions.models import RegionKind
from sources.bilingual import Text, both, language
from words.asking import OF_FIGURES, Sought, Wanted, dated_or_done
from words.documents import DOCUMENT, MEASURE, SERIES
from words.grammar import GROWTH, RANK, SHARE
from words.periods import covers
from words.vocabulary import INDICATOR, REGION

TRANSFORMS = {GROWTH: "yoy", SHARE: "share"}
RANKED = "rank"  # what a rank is counted in
MOST_ROWS, MOST_CITED, MOST_NEAR = 20, 20, 3

Query = dict[str, str]


class Answered(NamedTuple):
    """What an endpoint gave, in words and as rows; `phrases` where the rows have none of their own.

    `start` is the row that is asked for: the second of a ranking.
    """

    reply: Reply
    says: str
    phrases: Sequence[dict[str, Any]] = ()
    start: int = 0

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self.reply.rows[self.start : self.start + MOST_ROWS]


class Told(NamedTuple):
    """An answer, or why there is none and what is nearest to it."""

    answer: Answered | None
    says: str
    nearest: Answered | None = None
    sought: Sought | None = None  # where it is another kind than was asked for


class Answering:
    """One question on its way through the endpoints."""

    def __init__(self, request: Request, asked: Wanted) -> None:
        self.request, self.asked, self.reading = request, asked, asked.reading

    def outcome(self) -> Told:
        """What the endpoints answer to what was read, or what is nearest where they hold no such thing."""
        asked = self.asked
        if asked.sought in OF_FIGURES and not asked.is_mostly_met:
            unknown = listed(part.text for part in asked.unknown)
            says = (
                both(f"没有收录“{unknown}”。", f"Nothing held is called “{unknown}”.") if unknown else self._nothing()
            )
            return self._near(says, self._answered_by_kind().answer)
        return self._answered_by_kind()

    def _answered_by_kind(self) -> Told:
        """The answer of the endpoint for what is sought; what that refuses has none, for its reason."""
        ways: Mapping[Sought, Callable[[], Told]] = {
            Sought.FIGURE: self.figure, Sought.GOAL: self.goal, Sought.RANKING: self.ranking,
            Sought.COMPARISON: self.comparison, Sought.DATE: self.event, Sought.ACTOR: self.event,
            Sought.POLICY: self.policies, Sought.PLACE: self.place, Sought.COUNT: self.count, Sought.RECORD: self.records,
        }  # fmt: skip
        try:
            return ways[self.asked.sought]()
        except Declined as refused:
            return self._near(refused.reason, None)

    def _ask(self, path: str, **query: str | None) -> Reply:
        return ask(self.request, path, {name: value for name, value in query.items() if value})

    # Figures -----------------------------------------------------------------------------------------------------------

    def _lines(self) -> Query:
        """Which series are meant, as every endpoint of figures takes it."""
        if self.asked.series:
            return {"series": self.asked.series}
        return {INDICATOR: ",".join(self.asked.codes(INDICATOR)), **self._breakdowns()}

    def _breakdowns(self) -> Query:
        return {kind: ",".join(codes) for kind in SCHEMES if (codes := self.asked.codes(kind)) and kind in BREAKDOWNS}

    def _places(self) -> Query:
        """Of which places: those that are named, or what lies in one where its counties, say, are asked for."""
        codes = self.asked.codes(REGION)
        if not codes or self.asked.series:
            return {}
        key, known = labels().regions.key[codes[0]], labels()
        if len(codes) == 1 and self.asked.kind_of_region and known.within(key) != [key]:
            return {"within": codes[0]}
        return {REGION: ",".join(codes)}

    def _time(self) -> Query:
        return {"period": self.reading.period} if self.reading.period else {"latest": "1"}

    def _figures(self, **query: str) -> Reply:
        shape = {"detail": "full", "include": "citations", "page_size": str(MOST_ROWS)}
        return self._ask("/observations", **query, **shape)

    def figure(self) -> Told:
        """The figures that are asked for. A goal is not given for what came of it: it is another kind of answer."""
        query = {**self._lines(), **self._places()}
        transform = TRANSFORMS.get(self.asked.transform or "")
        computed = {"transform": transform} if transform else {}
        reply = self._figures(**query, **self._time(), **computed)
        held = [row for row in reply.rows if row["value"] is not None]
        if held and all(row["status"] in GOALS for row in held):
            return self._only_a_goal()
        if any(row["status"] in GOALS for row in held):
            reply = self._figures(**query, **self._time(), **computed, status=",".join(OBSERVED))
        if held:
            return Told(_told(reply), self._missing(reply))
        if reply.rows:  # held, but what is asked for cannot be computed of it
            says = said(row["note"] or "" for row in reply.rows)
            return self._near(says, _told(self._figures(**query, **self._time())))
        if self.reading.period:
            return self._another_time(query)
        goal = self._only_a_goal()
        return goal if goal.answer else self._elsewhere()

    def _missing(self, reply: Reply) -> str:
        """Which of several places or times that are asked for have no figure; of a place that became another nothing is said."""
        rows, named = reply.rows, {one.code: one.name(language()) for one in self.asked.meant(REGION)}
        places, times = {row["region"] for row in rows}, [row["period"] for row in rows]
        asked = self.reading.period.split(",") if self.reading.period else []
        missing = [time for time in asked if not any(covers(time, held) for held in times)]
        if len(named) > 1 and places <= named.keys():
            missing += [name for code, name in named.items() if code not in places]
        return (
            str(both(f"没有{listed(missing)}的数据。", f"No figure is held of {listed(missing)}. ")) if missing else ""
        )

    def _another_time(self, query: Query) -> Told:
        """Where nothing is held of the time that is asked for: the newest that is."""
        newest = self._figures(**query, latest="1")
        if not newest.rows:
            return self._elsewhere()
        period = self.reading.period
        return self._near(both(f"没有 {period} 的数据。", f"No figure is held of {period}."), _told(newest))

    def _elsewhere(self) -> Told:
        """Where a place has no such figures: those of the one zone in it that has, which are named as such; else the nearest."""
        keys = self._nearest_keys()
        names = [named[0].name(language()) for named in map(self.asked.meant, (REGION, INDICATOR)) if named]
        says = both(f"没有{''.join(names)}的数据。", f"No figure is held of {', '.join(names)}.")
        if not keys:
            return self._near(says, None)
        if zone := self._only_zone(keys):
            reply = self._figures(series=",".join(keys), **self._time())
            name = labels().regions.labels[zone].name(language())
            its = both(
                f"本身没有，以下为其中的{name}：", f"None is held of it as a whole; of {name}, which lies in it: "
            )
            return Told(_told(reply), str(its)) if reply.rows else self._near(says, None)
        return self._near(says, _told(self._figures(series=",".join(keys), latest="1")))

    def _nearest_keys(self) -> list[str]:
        """The keys of the series that stand for what is asked for, of another place."""
        return [hit.entry.code for hit in self.asked.hits[0:MOST_NEAR] if hit.is_elsewhere]

    def _only_zone(self, keys: Sequence[str]) -> int | None:
        """The zone (its key) that all these series are of, where it lies in the place that is asked for."""
        known, places = labels(), {key.split(".")[1] for key in keys}
        asked = self.asked.codes(REGION)
        if len(places) != 1 or len(asked) != 1:
            return None
        zone = known.regions.key[places.pop()]
        is_within = zone in known.within(known.regions.key[asked[0]])
        return zone if is_within and known.places[zone].kind == RegionKind.ZONE else None

    def goal(self) -> Told:
        """The goals that are asked for, with what became of them."""
        place = {REGION: self.asked.series.split(".")[1]} if self.asked.series else self._places()
        query = {**place, **self._lines_by_code()}
        reply = self._ask("/targets", **query, due=self.reading.period)
        if not reply.rows and (zone := self._only_zone(self._nearest_keys())):
            query |= {REGION: str(labels().regions.code[zone])}
            reply = self._ask("/targets", **query, due=self.reading.period)
        if not reply.rows and self.reading.period:
            says = both(
                f"没有 {self.reading.period} 到期的目标。", f"No goal is held that is due in {self.reading.period}."
            )
            others = self._ask("/targets", **query)
            return self._near(says, self._with_phrases(others, map(goal_said, others.rows)) if others.rows else None)
        if not reply.rows:
            outcomes = self._figures(**self._lines(), **self._places(), latest="1")
            return self._near(
                both("没有收录这样的目标。", "No such goal is held."), _told(outcomes) if outcomes.rows else None
            )
        return Told(self._with_phrases(reply, map(goal_said, reply.rows)), "")

    def _lines_by_code(self) -> Query:
        """As `_lines`, for what takes no keys of series."""
        if not self.asked.series:
            return self._lines()
        return {INDICATOR: self.asked.series.split(".")[2], **self._breakdowns()}

    def _only_a_goal(self) -> Told:
        """Where an outcome is asked for and only a goal is held."""
        found = self.goal()
        says = both("只有目标，没有实际值。", "Only a goal is held, no outcome.")
        return found._replace(says=str(says), sought=Sought.GOAL) if found.answer else found

    def ranking(self) -> Told:
        """Regions in order, of the time that is asked for or the newest that several have figures of."""
        query = {**self._lines_by_code(), "ordering": "-rank" if self.asked.is_lowest else "rank", **self._scope()}
        period = self.reading.period or self._newest_period(query)
        if period is None and (parts := self._parts()):
            return self._parts_in_order(parts)
        if period is None and all(one.family == RANKED for one in self.asked.meant(INDICATOR)):
            return self.figure()  # of one place, as its rank
        if period is None:
            figures = self.figure()
            lacking = both(
                "没有多个地区同一时期的数字，无从排序。",
                "There are no figures of several places of one time to put in order.",
            )
            return self._near(lacking, figures.answer or figures.nearest)
        if self.reading.period and ("," in period or ".." in period):
            return self.figure()
        try:
            reply = self._ranked(query, period)
        except Declined as refused:
            if len(self.asked.codes(REGION)) > 1:
                return self._in_order()
            figures = self.figure()
            return self._near(refused.reason, figures.answer or figures.nearest)
        if not reply.rows:
            return self._in_order()
        start = min(self.asked.nth, len(reply.rows)) - 1
        return Told(self._with_phrases(reply, self._ranks_said(reply))._replace(start=start), "")

    def _in_order(self) -> Told:
        """Where there is nothing to rank, since all is broken down or one place lies in another: the figures by their values."""
        if parts := self._parts():
            return self._parts_in_order(parts)
        ordering = "value" if self.asked.is_lowest else "-value"
        reply = self._figures(**self._lines(), **self._places(), **self._time(), ordering=ordering)
        return Told(_told(reply), "") if reply.rows else self._elsewhere()

    def _parts(self) -> list[str]:
        """The series that the question compares, of the indicators that it names and of their parts (`name：part`); no others', for
        where exports are asked for, a trade in both directions is no answer.
        """
        known, asked = labels().indicators, self.asked.codes(INDICATOR)
        wholes = tuple(f"{known.labels[known.key[code]].zh}：" for code in asked)
        compared = [(entry.code, entry.code.split(".")[2]) for entry in self.asked.hits.ordered[:MOST_ROWS]]
        return [
            series for series, indicator in compared
            if not asked or indicator in asked or known.labels[known.key[indicator]].zh.startswith(wholes)
        ]  # fmt: skip

    def _parts_in_order(self, parts: Sequence[str]) -> Told:
        """Where no regions can be ranked: the figures of what the question compares, the parts of a whole, in their order."""
        reply = self._figures(
            series=",".join(parts), **self._time(), ordering="value" if self.asked.is_lowest else "-value"
        )
        return Told(_told(reply), "") if reply.rows else self._elsewhere()

    def _scope(self) -> Query:
        """Of which regions: those in a place that is named, beside it where its own rank is asked for, or all of a kind."""
        codes, known = self.asked.codes(REGION), labels()
        kind = {"kind": self.asked.kind_of_region.value} if self.asked.kind_of_region else {}
        if not codes:
            return kind
        if len(codes) > 1:
            return {REGION: ",".join(codes)}
        key = known.regions.key[codes[0]]
        if known.within(key) != [key]:
            return {"within": codes[0], **kind}
        place = known.places[key]
        above = {"within": str(known.regions.code[place.parent])} if place.parent is not None else {}
        return {"kind": place.kind, **above}

    def _newest_period(self, query: Query) -> str | None:
        """The newest period of which more than one region has a figure."""
        narrowed = {name: value for name, value in query.items() if name != "ordering"}
        regions: dict[str, set[str]] = {}
        for row in self._ask("/observations", **narrowed, latest="1", detail="standard").rows:
            regions.setdefault(row["period"], set()).add(row["region"])
        return max((period for period, held in regions.items() if len(held) > 1), default=None)

    def _ranked(self, query: Query, period: str) -> Reply:
        """The ranking; of regions of several kinds, or shares of several wholes, those of the one with most. Raises Declined."""
        try:
            return self._ask("/rankings", **query, period=period)
        except Declined as refused:
            choices = [{name: choice} for name in ("kind", "whole") for choice in refused.allowed(name)]
            if not choices:
                raise
            return max((self._ranked(query | chosen, period) for chosen in choices), key=lambda reply: len(reply.rows))

    def _ranks_said(self, reply: Reply) -> Iterable[str]:
        """The place whose rank is asked for, else the first, or the second where that is asked for."""
        codes = self.asked.codes(REGION) if self.reading.transform == RANK else []
        own = [row for row in reply.rows if row["region"] in codes]
        ranked = [row for row in reply.rows if row["rank"] is not None]
        return map(rank_said, own or ranked[self.asked.nth - 1 :][:1] or ranked[-1:])

    def comparison(self) -> Told:
        """Regions side by side."""
        if len(self.asked.codes(INDICATOR)) != 1:
            return self.figure()
        try:
            reply = self._ask("/compare", **self._lines(), **self._places(), period=self.reading.period)
        except Declined:
            return self.figure()
        return Told(self._with_phrases(reply, map(compared_said, reply.rows)), "") if reply.rows else self.figure()

    def _with_phrases(self, reply: Reply, lines: Iterable[str]) -> Answered:
        """What was answered, with the phrases of the figures in it."""
        ids = list(dict.fromkeys(_observations(reply.rows[:MOST_ROWS])))[:MOST_CITED]
        cited = self._ask("/citations", observation=",".join(map(str, ids)), page_size="100").rows if ids else []
        return Answered(reply, said(lines), cited)

    # Records -----------------------------------------------------------------------------------------------------------

    def event(self) -> Told:
        """When something was or who did it: what is stated of the measure, the document or the series that the question is about."""
        if not self.asked.is_mostly_met:
            return self._near(self._nothing(), None)
        is_of_dates = self.asked.sought is Sought.DATE
        for hit in dated_or_done(self.asked):
            if hit.entry.kind == SERIES:
                if is_of_dates:
                    return Told(_told(self._figures(series=hit.entry.code)), "")
                continue
            reply, stated = self._stated(hit.entry.kind, hit.entry.code, is_of_dates=is_of_dates)
            title = reply.content["title"]
            if stated:
                return Told(Answered(reply, f"{title}: {stated}"), "")
            return self._near(both("原文没有写明。", "The documents do not say it."), Answered(reply, title))
        return self._near(self._nothing(), None)

    def _stated(self, kind: str, code: str, *, is_of_dates: bool) -> tuple[Reply, str]:
        """A measure, a document or a source, and what it says of when it was or who did it; of a study, who wrote it."""
        if kind == MEASURE:
            reply = self._ask(f"/policies/measures/{code}", include="events,evidence")
            return reply, dates_said(reply.content) or due_said(reply.content) if is_of_dates else actors_said(reply.content)
        if kind == DOCUMENT:
            reply = self._ask(f"/policies/documents/{code}")
            if is_of_dates or reply.content["kind"] != DocumentKind.STUDY:
                return reply, issued_said(reply.content) if is_of_dates else issuer_said(reply.content)
            code = reply.content["source"]
        reply = self._ask(f"/sources/{code}")
        return reply, issued_said(reply.content) if is_of_dates else authors_said(reply.content)

    def policies(self) -> Told:
        """The measures that fit a place, a trade and a need in the asker's words."""
        reply = self._ask("/policies/match", q=self.reading.question, page_size=str(MOST_ROWS))
        answer = Answered(reply, said(row["title"] for row in reply.rows))
        return Told(answer, "") if reply.rows else self._near(self._nothing(), None)

    def place(self) -> Told:
        """What is held of a place."""
        code = self.asked.codes(REGION)[0]
        reply = self._ask(f"/regions/{code}/profile")
        figures = len(reply.content["indicators"])
        says = both(
            f"{reply.content['region_name']}：{figures} 个指标", f"{reply.content['region_name']}: {figures} indicators"
        )
        answer = Answered(reply, str(says))
        return self._near(self._nothing(), answer) if self.asked.asks_a_number else Told(answer, "")

    def count(self) -> Told:
        """How many measures there are that meet all of the words."""
        reply = self._ask("/policies/measures", q=self.reading.question, page_size=str(MOST_ROWS))
        if not reply.rows or any(one["code"] == "partly_met" for one in reply.content["warnings"]):
            return self.records()
        number = reply.content["count"]
        return Told(Answered(reply, str(both(f"有 {number} 项措施提到。", f"{number} measures meet these words."))), "")

    def records(self) -> Told:
        """What the words find."""
        found = self._found()
        if found is None or not self.asked.is_mostly_met or self.asked.asks_a_number:
            return Told(None, str(self._nothing()), found)
        return Told(found, "")

    def _found(self) -> Answered | None:
        reply = self._ask("/search", q=self.reading.question, page_size="5")
        return Answered(reply, said(row["name"] for row in reply.rows)) if reply.rows else None

    # Nothing -----------------------------------------------------------------------------------------------------------

    def _near(self, says: Text | str, nearest: Answered | None) -> Told:
        """That there is no such thing, why, and what is nearest: the given, else what the words find."""
        return Told(None, str(says), nearest or self._found())

    def _nothing(self) -> Text:
        unmet = listed(part.text for part in self.asked.unused)
        return both(
            f"没有收录：{unmet}。" if unmet else "没有收录。",
            f"Not held: {unmet}." if unmet else "Nothing such is held.",
        )


def _told(reply: Reply) -> Answered:
    return Answered(reply, said(map(figure_said, reply.rows)))


def _observations(part: object) -> Iterable[int]:
    """The ids of the observations that rows refer to."""
    if isinstance(part, dict) and isinstance(part.get("observation"), int):
        yield part["observation"]
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _observations(each)
