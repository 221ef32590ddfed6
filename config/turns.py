"""Turns at the work: which requests are answered at the same time, and which wait for whom.

A worker has one event loop and a few threads. The loop reads bodies and sends answers, which takes as long as the other side
likes and costs no thread; a thread answers a request, or makes the next part of a stream, in one turn without waiting for
anybody. Turns are of several sorts (settings.TURNS), each with threads of its own, so that none waits for another sort.
"""

from __future__ import annotations

import asyncio
import math
import re
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from queue import SimpleQueue
from typing import Any, TypeVar

TICK = 0.1
# For how many seconds a thread may keep the interpreter's lock where others want it. While large questions are answered small ones
# would wait five milliseconds for each of these, again and again; else to change so often costs a tenth of a file's time.
SELDOM, OFTEN = sys.getswitchinterval(), 0.001
KINDS = 2000

Made = TypeVar("Made")
Work = Callable[[], Any]
Question = tuple[str, str, str]  # method, path, query


class Busy(Exception):
    """No turn came within the time that a request may wait for one."""


class Kinds:
    """What is known of kinds of questions: one that took long twice when it was last asked is large before it is answered, one
    that did not is small, and of all others it will show.

    Once may have been the first of its kind, or the machine's doing.
    """

    TWICE = 2

    def __init__(self) -> None:
        self._long: OrderedDict[str, int] = OrderedDict()  # how often
        self._small: OrderedDict[str, None] = OrderedDict()

    def sort_of(self, kind: str) -> str:
        """Which turn a question of a kind takes: `small` or `large`; `new` where it is still to show."""
        if kind in self._small:
            self._small.move_to_end(kind)
            return "small"
        return "large" if self._long.get(kind, 0) >= self.TWICE else "new"

    def took_long(self, kind: str, times: int = 1) -> None:
        """Note that a question of a kind took long (so many times), or takes long by now."""
        self._small.pop(kind, None)
        self._long[kind] = self._long.pop(kind, 0) + times
        if len(self._long) > KINDS:
            self._long.popitem(last=False)

    def was_quick(self, kind: str) -> None:
        """Note that a question of a kind did not take long: the next one is small."""
        self._long.pop(kind, None)
        self._small[kind] = None
        if len(self._small) > KINDS:
            self._small.popitem(last=False)


def kind_of(method: str, path: str, query: str) -> str:
    """The kind of a question: its address without codes, its parameters by name and by how much each holds.

    What costs much is asked in many spellings: of numbers the order of magnitude counts, of texts and lists the length.
    """
    parameters = [_magnitude(parameter) for parameter in query.split("&")] if query else []
    return f"{method} {_without_codes(path)} {sorted(parameters)}"


@lru_cache(maxsize=KINDS)
def _without_codes(path: str) -> str:
    return re.sub(r"[^/]*[0-9A-Z%][^/]*", "*", path)


def _magnitude(parameter: str) -> str:
    name, _, value = parameter.partition("=")
    of = int(value) if value.isdecimal() and len(value) < 10 else len(value)
    return f"{name}={of.bit_length()}"


@dataclass(eq=False, slots=True)
class Job:
    """Some work that waits for its turn or has it."""

    work: Work
    address: str
    kind: str  # of a question that may be small or large
    done: asyncio.Future[Any]
    since: float  # waiting, then working
    is_late: bool = False


@dataclass
class Sort:
    """Turns of one sort: how many there are, how many are taken, and who waits, address by address."""

    size: int
    taken: int = 0
    waiting: OrderedDict[str, deque[Job]] = field(default_factory=OrderedDict)

    def add(self, job: Job) -> None:
        self.waiting.setdefault(job.address, deque()).append(job)

    def next(self) -> Job:
        """The first job of the address that had no turn for longest; addresses take turns, whatever each asks for."""
        address, jobs = self.waiting.popitem(last=False)
        job = jobs.popleft()
        if jobs:
            self.waiting[address] = jobs
        return job

    def expired(self, before: float) -> list[Job]:
        """The jobs that wait since before a time, which are taken out."""
        late = []
        for address, jobs in list(self.waiting.items()):
            late += [job for job in jobs if job.since < before]
            self.waiting[address] = deque(job for job in jobs if job.since >= before)
            if not self.waiting[address]:
                del self.waiting[address]
        return late


QUESTIONS = ("small", "large", "new")


class Turns:
    """The turns of a worker. Everything but the work itself happens in the loop, so that nothing has to be locked.

    A question that is known to be small waits for others of these only. One that has kept its turn for longer than a small one
    may counts as large from then on and makes room: there are as many turns for such as for large ones, beyond these. Of a kind
    of which nobody knows yet one at a time shows what it is, in one of those turns, or in the first half of the small ones.
    """

    def __init__(self, sizes: dict[str, int], *, large: float, patience: float) -> None:
        self.sorts = {name: Sort(size) for name, size in sizes.items()} | {"new": Sort(0)}
        self.kinds, self.large_seconds, self.patience = Kinds(), large, patience
        self._idle: list[SimpleQueue[Job]] = []
        self._working: dict[Job, str] = {}
        self._showing: dict[str, list[Job]] = {}  # a kind → what waits for it to show what it is
        self._ticking, self._interval = False, SELDOM

    async def take(
        self,
        sort: str,
        address: str,
        work: Callable[[], Made],
        question: Question | None = None,
        *,
        whenever: bool = False,
    ) -> Made:
        """What the work returns, or raises, in a turn of its sort. Raises Busy where none came in time, unless it may come `whenever`.

        A `small` one that says which question it answers takes a turn of its kind's sort. Large is one whose answer, or
        whose refusal, says that it `is_long`, however quickly it began.
        """
        loop = asyncio.get_running_loop()
        kind = kind_of(*question) if question else ""
        if kind:
            sort = self.kinds.sort_of(kind)
        job = Job(work, address, kind, loop.create_future(), math.inf if whenever else time.monotonic())
        self.sorts[sort].add(job)
        self._begin(sort)
        if not self._ticking:
            self._ticking = True
            loop.call_later(TICK, self._tick, loop)
        try:
            return await job.done
        finally:
            del job  # else a failure and this frame, which stands in its traceback, would keep each other until the collector comes

    def _has_room(self, name: str) -> bool:
        small, large = self.sorts["small"], self.sorts["large"]
        beyond = large.taken + self.sorts["new"].taken - 2 * large.size
        lent = max(0, beyond)
        if name == "small":
            return small.taken + lent < small.size
        if name in QUESTIONS:
            is_left = beyond < 0 or (lent < small.size // 2 and small.taken + lent < small.size)
            return is_left and (name == "new" or large.taken < large.size)
        return self.sorts[name].taken < self.sorts[name].size

    def _begin(self, name: str) -> None:
        sort = self.sorts[name]
        while sort.waiting and self._has_room(name):
            job = sort.next()
            if job.done.cancelled():
                continue
            by_now = self.kinds.sort_of(job.kind) if job.kind else name
            if by_now != name:
                self.sorts[by_now].add(job)
                self._begin(by_now)
                continue
            if name == "new" and job.kind in self._showing:
                self._showing[job.kind].append(job)
                continue
            if name == "new":
                self._showing[job.kind] = []
            sort.taken += 1
            self._share_lock()
            job.since = time.monotonic()
            self._working[job] = name
            hand = self._idle.pop() if self._idle else self._new_hand()  # the last one that worked: its memory is warm
            hand.put(job)

    def _new_hand(self) -> SimpleQueue[Job]:
        inbox: SimpleQueue[Job] = SimpleQueue()
        loop = asyncio.get_running_loop()

        def work() -> None:
            while True:
                job = inbox.get()
                began, worked = time.monotonic(), time.thread_time()
                try:
                    result, failed = job.work(), None
                except BaseException as failure:  # noqa: BLE001  # whoever waits for it is told
                    result, failed = None, failure
                # What it cost; where threads wait for each other, half of the time is not its own.
                cost = max(time.thread_time() - worked, (time.monotonic() - began) / 2)
                if getattr(failed or result, "is_long", False):
                    cost = math.inf
                with suppress(RuntimeError):  # the loop has ended, and the worker with it
                    loop.call_soon_threadsafe(self._ended, inbox, job, cost, result, failed)
                del job, result, failed  # a thread without work holds nothing

        threading.Thread(target=work, daemon=True, name="hand").start()
        return inbox

    def _ended(
        self, hand: SimpleQueue[Job], job: Job, cost: float, result: object, failed: BaseException | None
    ) -> None:
        self._idle.append(hand)
        name = self._working.pop(job)
        self.sorts[name].taken -= 1
        self._share_lock()
        if job.kind and cost == math.inf:
            self.kinds.took_long(job.kind, Kinds.TWICE)
        elif job.kind and cost <= self.large_seconds:
            self.kinds.was_quick(job.kind)
        elif job.kind and not job.is_late:
            self.kinds.took_long(job.kind)
        if job.done.cancelled():
            pass
        elif failed is None:
            job.done.set_result(result)
        else:
            job.done.set_exception(failed)
        if not job.is_late:
            self._has_shown(job.kind)
        for sort in QUESTIONS if name in QUESTIONS else (name,):
            self._begin(sort)

    def _has_shown(self, kind: str) -> None:
        """Give the questions that waited for the first of their kind to show how long it takes the turns that it has shown."""
        for job in self._showing.pop(kind, ()):
            self.sorts[self.kinds.sort_of(kind)].add(job)

    def _share_lock(self) -> None:
        wanted = OFTEN if self.sorts["large"].taken else SELDOM
        if wanted != self._interval:
            self._interval = wanted
            sys.setswitchinterval(wanted)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        """Now and then, as long as there is work: what lasts too long makes room, what waits too long is told."""
        now, large = time.monotonic(), self.sorts["large"]
        for job, name in list(self._working.items()):
            if name in ("small", "new") and job.kind and now - job.since > self.large_seconds:
                if not job.is_late:
                    job.is_late = True
                    self.kinds.took_long(job.kind)
                    self._has_shown(job.kind)
                if name == "new" or large.taken + self.sorts["new"].taken < 2 * large.size:
                    self._working[job] = "large"
                    self.sorts[name].taken -= 1
                    large.taken += 1
        self._share_lock()
        for name in QUESTIONS:
            self._begin(name)
        for sort in self.sorts.values():
            for job in sort.expired(now - self.patience):
                if not job.done.done():
                    job.done.set_exception(Busy())
        self._ticking = bool(self._working) or any(sort.waiting for sort in self.sorts.values())
        if self._ticking:
            loop.call_later(TICK, self._tick, loop)
