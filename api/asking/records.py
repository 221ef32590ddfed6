"""Answers that are no figures: when something was and who did it, measures, what is held of a place, what the words find."""

from __future__ import annotations

from api.asking.figures import FigureAnswers, figures_told
from api.asking.saying import actors_said, authors_said, dates_said, due_said, issued_said, issuer_said, said
from api.asking.telling import MOST_ROWS, Answered, Told
from api.http.asking import Reply
from policies.choices import DocumentKind
from sources.bilingual import both
from words.asking import dated_or_done
from words.documents import DOCUMENT, MEASURE, SERIES
from words.sought import Sought
from words.vocabulary import REGION


class RecordAnswers(FigureAnswers):
    """Answers of /policies, /sources, /regions and /search."""

    def event(self) -> Told:
        """When something was or who did it: what is stated of the measure, the document or the series that the question is about."""
        if not self.asked.is_mostly_met:
            return self._near(self._nothing(), None)
        is_of_dates = self.asked.sought is Sought.DATE
        for hit in dated_or_done(self.asked):
            if hit.entry.kind == SERIES:
                if is_of_dates:
                    return Told(figures_told(self._figures(series=hit.entry.code)), "")
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
            return reply, dates_said(reply.content) or due_said(reply.content) if is_of_dates else actors_said(
                reply.content
            )
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
        """The records that the words of the question find, as /search gives them."""
        answer = self._found
        if answer is None or not self.asked.is_mostly_met or self.asked.asks_a_number:
            return Told(None, str(self._nothing()), answer)
        return Told(answer, "")
