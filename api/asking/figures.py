"""Answers that are figures: of the time that is asked for, the goals of a place, or what is nearest where just that is not held."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from api.asking.saying import GOALS, Row, figure_said, goal_said, listed, said
from api.asking.telling import MOST_ROWS, Answered, Asking, Told
from api.http.asking import Reply
from indicators.choices import OBSERVED
from indicators.codes import SCHEMES
from indicators.components import BREAKDOWNS
from indicators.labels import labels
from regions.models import RegionKind
from sources.bilingual import both, language
from words.grammar import GROWTH, SHARE
from words.periods import covers
from words.sought import Sought
from words.vocabulary import INDICATOR, REGION

PARTNER = "partner"
COMPUTED = {GROWTH: "yoy", SHARE: "share"}
MOST_NEAR = 3
ONLY_A_GOAL = both("只有目标，没有实际值。", "Only a goal is held, no outcome.")

Query = dict[str, str]


class FigureAnswers(Asking):
    """Answers of /observations and /targets."""

    def _lines(self) -> Query:
        """Which series are meant, as every endpoint of figures takes it."""
        if self.asked.series:
            return {"series": self.asked.series}
        return {INDICATOR: ",".join(self.asked.codes(INDICATOR)), **self._breakdowns()}

    def _breakdowns(self) -> Query:
        categories = {
            kind: ",".join(codes) for kind in SCHEMES if (codes := self.asked.codes(kind)) and kind in BREAKDOWNS
        }
        partners = ",".join(one.code for one in self.asked.partners)
        return {**categories, **({PARTNER: partners} if partners else {})}

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
        transform = COMPUTED.get(self.asked.transform or "")
        computed = {"transform": transform} if transform else {}
        reply = self._figures(**query, **self._time(), **computed)
        held = [row for row in reply.rows if row["value"] is not None]
        if held and all(row["status"] in GOALS for row in held):
            return self._only_a_goal()
        if any(row["status"] in GOALS for row in held):
            reply = self._figures(**query, **self._time(), **computed, status=",".join(OBSERVED))
        if held and (other := self._other_whole(held)):
            says = both(f"没有占{other}的数值。", f"No figure is held of a share or rank within {other}.")
            return self._near(says, figures_told(reply))
        if held:
            return Told(figures_told(reply), self._missing(reply))
        if reply.rows:  # held, but what is asked for cannot be computed of it
            says = said(row["note"] or "" for row in reply.rows)
            return self._near(says, figures_told(self._figures(**query, **self._time())))
        if self.reading.period:
            return self._another_time(query)
        return self._only_a_goal() if self._goals[1].rows else self._elsewhere()

    def _other_whole(self, rows: Sequence[Row]) -> str:
        """The name of the whole of which a share, or within which a rank, is asked for, where the figures are of another one."""
        if not all(row["whole"] for row in rows):
            return ""
        held = {row[name] for row in rows for name in (REGION, "whole")}
        return listed(one.name(language()) for one in self.asked.meant(REGION) if one.code not in held)

    def _missing(self, reply: Reply) -> str:
        """Which of several places, times or indicators that are asked for have no figure; nothing of a place that became another."""
        rows, times = reply.rows, [row["period"] for row in reply.rows]
        asked = self.reading.period.split(",") if self.reading.period else []
        missing = [time for time in asked if not any(covers(time, held) for held in times)]
        for kind in (REGION, INDICATOR) if not self.asked.series else ():
            held, codes = {row[kind] for row in rows}, self.asked.codes(kind)
            named = {one.code: one.name(language()) for one in self.asked.meant(kind) if one.code in codes}
            if len(named) > 1 and held <= named.keys():
                held |= {row["whole"] for row in rows}
                missing += [name for code, name in named.items() if code not in held]
        return (
            str(both(f"没有{listed(missing)}的数据。", f"No figure is held of {listed(missing)}. ")) if missing else ""
        )

    def _another_time(self, query: Query) -> Told:
        """Where nothing is held of the time that is asked for: the newest that is."""
        newest = self._figures(**query, latest="1")
        if not newest.rows:
            return self._elsewhere()
        period = self.reading.period
        return self._near(both(f"没有 {period} 的数据。", f"No figure is held of {period}."), figures_told(newest))

    def _elsewhere(self) -> Told:
        """Where a place has no such figures: those of the one zone in it that has, which are named as such; else the nearest."""
        keys = self._nearest_keys()
        meant = (
            [one for one in self.asked.meant(kind) if one not in self.asked.partners] for kind in (REGION, INDICATOR)
        )
        names = [named[0].name(language()) for named in meant if named]
        names += [str(both(f"（对{one.name('zh')}）", f"with {one.name('en')}")) for one in self.asked.partners]
        says = both(f"没有{''.join(names)}的数据。", f"No figure is held of {', '.join(names)}.")
        if not keys:
            return self._near(says, None)
        if zone := self._only_zone(keys):
            reply = self._figures(series=",".join(keys), **self._time())
            name = labels().regions.labels[zone].name(language())
            its = both(
                f"本身没有，以下为其中的{name}：", f"None is held of it as a whole; of {name}, which lies in it: "
            )
            is_goal = all(row["status"] in GOALS for row in reply.rows)
            its = both(f"{its}{ONLY_A_GOAL}", f"{its}{ONLY_A_GOAL} ") if is_goal else its
            sought = Sought.GOAL if is_goal else None
            return Told(figures_told(reply), str(its), sought=sought) if reply.rows else self._near(says, None)
        return self._near(says, figures_told(self._figures(series=",".join(keys), latest="1")))

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

    @cached_property
    def _goals(self) -> tuple[Query, Reply]:
        """The goals that are asked for, and of what; where the place has none, those of the one zone in it that has."""
        place = {REGION: self.asked.series.split(".")[1]} if self.asked.series else self._places()
        query = {**place, **self._lines_by_code()}
        reply = self._ask("/targets", **query, due=self.reading.period)
        if not reply.rows and (zone := self._only_zone(self._nearest_keys())):
            query |= {REGION: str(labels().regions.code[zone])}
            reply = self._ask("/targets", **query, due=self.reading.period)
        return query, reply

    def goal(self) -> Told:
        """The goals that are asked for, with what became of them."""
        query, reply = self._goals
        if not reply.rows and self.reading.period:
            says = both(
                f"没有 {self.reading.period} 到期的目标。", f"No goal is held that is due in {self.reading.period}."
            )
            others = self._ask("/targets", **query)
            return self._near(says, self._with_phrases(others, map(goal_said, others.rows)) if others.rows else None)
        if not reply.rows:
            outcomes = self._figures(**self._lines(), **self._places(), latest="1")
            return self._near(
                both("没有收录这样的目标。", "No such goal is held."), figures_told(outcomes) if outcomes.rows else None
            )
        return Told(self._with_phrases(reply, map(goal_said, reply.rows)), "")

    def _lines_by_code(self) -> Query:
        """What narrows a question to the lines asked for, for endpoints that take no keys of series: by indicator and breakdowns."""
        if not self.asked.series:
            return self._lines()
        return {INDICATOR: self.asked.series.split(".")[2], **self._breakdowns()}

    def _only_a_goal(self) -> Told:
        """Where an outcome is asked for and only a goal is held."""
        goal = self.goal()
        return goal._replace(says=str(ONLY_A_GOAL), sought=Sought.GOAL) if goal.answer else goal


def figures_told(reply: Reply) -> Answered:
    """Figures in words."""
    return Answered(reply, said(map(figure_said, reply.rows)))
