"""A question on its way through the endpoints: which is asked what, and what is nearest where none holds the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from api.asking.orders import OrderAnswers
from api.asking.records import RecordAnswers
from api.asking.saying import listed
from api.asking.telling import Told
from api.http.asking import Declined
from sources.bilingual import Text, both
from words.asking import OF_FIGURES
from words.sought import Sought


class Answering(OrderAnswers, RecordAnswers):
    """A question with all ways to answer it."""

    def outcome(self) -> Told:
        """What the endpoints answer to what was read, or what is nearest where they hold no such thing."""
        asked = self.asked
        if asked.sought in OF_FIGURES and not asked.is_mostly_met:
            told = self._answered_by_kind()
            return self._near(self._lacking(), told.answer or told.nearest)
        return self._answered_by_kind()

    def _lacking(self) -> Text:
        """Why a question for figures has no answer: what of it no query can take into account."""
        if unknown := listed(part.text for part in self.asked.unknown):
            return both(f"没有收录“{unknown}”。", f"Nothing held is called “{unknown}”.")
        if self.reading.is_denied:
            return both("问题所排除的无法从数值中除去。", "What the question excludes cannot be left out of figures.")
        return self._nothing()

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
