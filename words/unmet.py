"""Counting what people ask in vain, so that curators learn which words are missing: no address, and no more than 30 days.

What is asked is counted in memory and written once a minute by a thread of its own, so that no caller waits for a store or
fails with it. What may be about a person is not kept. Where the store takes no writes, nothing is lost but counts.
"""

from __future__ import annotations

import datetime
import logging
import re
import time
from collections import Counter
from collections.abc import Sequence
from threading import Lock, Thread
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from sources.folding import normalised
from sources.text import LINE
from words.hits import MOSTLY_MET, Hit
from words.models import Finder, Shortfall, UnmetQuestion

logger = logging.getLogger(__name__)

KEPT_DAYS = 30
SECONDS = 60  # between two writings
MOST_WAITING = 1000  # different questions that wait to be written
LONGEST = UnmetQuestion._meta.get_field("question").max_length or 0
# What may be about a person: an address of electronic mail, and seven digits or more, however they are put apart (a telephone,
# an account, a card), where these are no years.
MAIL = re.compile(r"\S@\S")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
LONG_NUMBER = re.compile(r"\d(?:[ ().+/-]*\d){6,}")


class CountedQuestion(NamedTuple):
    """A question as it is counted."""

    day: datetime.date
    finder: Finder
    why: Shortfall
    question: str


_waiting: Counter[CountedQuestion] = Counter()
_counting = Lock()
_writing = Lock()


def as_kept(question: str) -> str | None:
    """The folded words of a question; None of what is not kept: what may be about a person, what is no text, what is too long."""
    words = " ".join(normalised(question).split())
    is_personal = MAIL.search(words) or LONG_NUMBER.search(YEAR.sub("", words))
    return None if is_personal or not words or len(words) > LONGEST or LINE.unfit(words) else words


def shortfall(first: Sequence[Hit]) -> Shortfall | None:
    """Why what comes first of what was found is no answer; None where it is one."""
    if not first:
        return Shortfall.NOTHING
    if first[0].is_near:
        return Shortfall.NOT_HELD
    return Shortfall.LITTLE if first[0].coverage < MOSTLY_MET else None


def count(question: str, finder: Finder, why: Shortfall | None) -> None:
    """Count a question that was asked in vain; of one that was not (`why` is None) nothing is kept. Asks the store nothing."""
    if why is None or not settings.UNMET_QUESTIONS or (words := as_kept(question)) is None:
        return
    asked = CountedQuestion(timezone.localdate(), finder, why, words)
    with _counting:
        if asked in _waiting or len(_waiting) < MOST_WAITING:
            _waiting[asked] += 1
    begin()


def begin() -> None:
    """Have what waits written in a minute, and what is too old deleted; for a process that serves, also when it starts."""
    if _writing.acquire(blocking=False):
        Thread(target=_write_later, name="counting what is asked in vain", daemon=True).start()


def _write_later() -> None:
    try:
        time.sleep(SECONDS)
        write()
    except DatabaseError as error:  # a standby, a full disk, a long publication: the next writing tries again
        logger.info("What was asked in vain could not be counted: %s", error)
    finally:
        connections.close_all()
        _writing.release()
        if _waiting:  # what was asked meanwhile
            begin()


def write() -> None:
    """Write what waits, and delete what is too old. Raises DatabaseError where the store does not take it; it then waits on."""
    with _counting:
        counts = Counter(_waiting)
        _waiting.clear()
    try:
        forget_old()
        if counts:
            with transaction.atomic():
                _add(counts)
    except DatabaseError:
        with _counting:
            for asked, times in counts.most_common(MOST_WAITING - len(_waiting)):
                _waiting[asked] += times
        raise


def forget_old() -> None:
    """Delete what was asked more than 30 days ago; a store that has none is not written to."""
    old = UnmetQuestion.objects.filter(day__lt=timezone.localdate() - datetime.timedelta(days=KEPT_DAYS))
    if old.exists():
        old.delete()


def _add(counts: Counter[CountedQuestion]) -> None:
    """Add to the counts of each day; of questions that are new to it those asked most often, as many as a day may have."""
    kept: list[tuple[CountedQuestion, int]] = []
    for day in {asked.day for asked in counts}:
        rows = UnmetQuestion.objects.filter(day=day).values_list("day", "finder", "why", "question")
        held = set(rows)
        of_day = [(asked, times) for asked, times in counts.most_common() if asked.day == day]
        new = [one for one in of_day if one[0] not in held]
        kept += [one for one in of_day if one[0] in held] + new[: max(0, settings.UNMET_QUESTIONS - len(held))]
    if kept:
        with connection.cursor() as cursor:
            cursor.executemany(ADDING, [(*asked, times) for asked, times in sorted(kept)])


# The same statement for both stores; two processes add to one count, whichever comes first.
ADDING = """
    INSERT INTO words_unmetquestion (day, finder, why, question, times) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (question, finder, why, day) DO UPDATE SET times = words_unmetquestion.times + excluded.times
"""
