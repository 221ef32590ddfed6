"""Answers that are an order or a comparison: regions, or the parts of a whole, by their figures; regions side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.asking.figures import FigureAnswers, Query, figures_told
from api.asking.saying import compared_said, rank_said
from api.asking.telling import MOST_ROWS, Told
from api.http.asking import Declined, Reply
from indicators.codes import RANK as RANK_UNIT
from indicators.labels import labels
from sources.bilingual import Text, both
from words.grammar import RANK
from words.vocabulary import INDICATOR, REGION

RANKED = "rank"  # what a rank is counted in
UNRANKED = both(
    "没有多个地区同一时期的数字，无从排序。", "There are no figures of several places of one time to put in order."
)


class OrderAnswers(FigureAnswers):
    """Answers of /rankings and /compare, and of /observations in the order of their values."""

    def ranking(self) -> Told:
        """Regions in order, of the time that is asked for or the newest that several have figures of."""
        query = {**self._lines_by_code(), "ordering": "-rank" if self.asked.is_lowest else "rank", **self._scope()}
        period = self.reading.period
        if period and ("," in period or ".." in period):
            return self.figure()
        period = period or self._newest_period(query)
        return self._unranked() if period is None else self._ranking(query, period)

    def _ranking(self, query: Query, period: str) -> Told:
        try:
            reply = self._ranked(query, period)
        except Declined as refused:
            return self._in_order() if len(self.asked.codes(REGION)) > 1 else self._only_figures(refused.reason)
        if not reply.rows:
            return self._in_order()
        start = min(self.asked.nth, len(reply.rows)) - 1
        return Told(self._with_phrases(reply, self._ranks_said(reply))._replace(start=start), "")

    def _unranked(self) -> Told:
        """Where several regions have no figures of one time: the parts of a whole in order, a rank that is stated, or why there is none."""
        if parts := self._parts():
            return self._parts_in_order(parts)
        if all(one.family == RANKED for one in self.asked.meant(INDICATOR)):
            return self.figure()
        return self._only_figures(UNRANKED)

    def _only_figures(self, lacking: Text | str) -> Told:
        """That there is no order, why, and the figures themselves."""
        figures = self.figure()
        return self._near(lacking, figures.answer or figures.nearest)

    def _in_order(self) -> Told:
        """Where there is nothing to rank, since all is broken down or one place lies in another: the figures by their values."""
        if parts := self._parts():
            return self._parts_in_order(parts)
        ordering = "value" if self.asked.is_lowest else "-value"
        reply = self._figures(**self._lines(), **self._places(), **self._time(), ordering=ordering)
        return self._ordered(reply)

    def _ordered(self, reply: Reply) -> Told:
        """Figures in their order; of one place alone it cannot be said which is the first, unless that is a rank itself."""
        is_alone = len(reply.rows) == 1 and reply.rows[0]["unit"] != RANK_UNIT.code
        if is_alone and self.asked.kind_of_region:
            return self._near(UNRANKED, figures_told(reply))
        return Told(figures_told(reply), "") if reply.rows else self._elsewhere()

    def _parts(self) -> list[str]:
        """The series that the question compares, of the indicators that it names and of their parts (`name：part`); no others', for
        where exports are asked for, a trade in both directions is no answer.
        """
        known, asked = labels().indicators, self.asked.codes(INDICATOR)
        wholes = tuple(f"{known.labels[known.key[code]].zh}：" for code in asked)
        compared = [(entry.code, entry.indicator) for entry in self.asked.hits.ordered[:MOST_ROWS]]
        return [
            series for series, indicator in compared
            if not asked or indicator in asked or known.labels[known.key[indicator]].zh.startswith(wholes)
        ]  # fmt: skip

    def _parts_in_order(self, parts: Sequence[str]) -> Told:
        """Where no regions can be ranked: the figures of what the question compares, the parts of a whole, in their order."""
        reply = self._figures(
            series=",".join(parts), **self._time(), ordering="value" if self.asked.is_lowest else "-value"
        )
        return self._ordered(reply)

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
