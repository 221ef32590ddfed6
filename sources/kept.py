"""What is made of the store once for a data version and kept in memory: labels, the search index, the structures of SDMX, answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock, RLock, Thread
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connections

from sources.versions import data_version, newest_known

logger = logging.getLogger(__name__)

Made = TypeVar("Made")


class kept_for_version(Generic[Made]):  # noqa: N801 - a decorator
    """A function that makes something of the store: it is called once for each data version, by one thread.

    The others wait meanwhile, and nobody is given what was made for an older version than it knows. What is made is
    swapped whole; who has the older one keeps it to the end of its answer, which so mixes no two.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self.make, self.__doc__ = make, make.__doc__
        self._made: tuple[str, Made] | None = None
        self._making = RLock()
        KEPT.append(self)

    def __call__(self) -> Made:
        made = self._made
        return made[1] if made and made[0] == data_version() else self._made_by_one()

    def _made_by_one(self, get_ready: Callable[[Made], None] | None = None) -> Made:
        """What is made of the version that is known by now; only then is it swapped, and where it is to be got ready, after that."""
        with self._making:
            version = data_version()  # which may be another by now than when this thread began to wait
            if self._made is None or self._made[0] != version:
                made = self.make()
                if get_ready:
                    get_ready(made)
                self._made = (version, made)
            return self._made[1]

    def at_hand(self) -> Made | None:
        """What a call would give, where it is there and the store need not be asked whether it still holds; else None."""
        made, newest = self._made, newest_known()
        return made[1] if made and newest and made[0] == newest.mark else None

    def forget(self) -> None:
        """Make it anew at the next call, though the data version be the same."""
        self._made = None


class kept_beside(kept_for_version[Made]):  # noqa: N801 - a decorator
    """As kept_for_version, for what takes long to make: for a new data version a thread of its own makes it, and swaps it when done.

    Only the first one of a process is waited for. Whoever asks meanwhile is given the older one; `is_behind` says so, since
    such an answer must not be kept as one of the newer version. settings.MAKE_BESIDE = False makes it at once.

    `get_ready` makes of it what only some callers need. The thread calls it before it swaps an older one, but gives the first one
    before; where there is no such thread, the first who needs it makes it.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        super().__init__(make)
        self._beside = Lock()
        self.get_ready: Callable[[Made], None] | None = None

    def __call__(self) -> Made:
        made = self._made
        if made is None or not settings.MAKE_BESIDE:
            return super().__call__()
        if made[0] != data_version():
            self.begin()
        return made[1]

    def begin(self) -> None:
        """Have it made beside, unless that is under way; for a process that serves, when it starts."""
        if settings.MAKE_BESIDE and self._beside.acquire(blocking=False):
            Thread(target=self._make_beside, name=f"making {self.make.__name__}", daemon=True).start()

    def is_behind(self) -> bool:
        """Whether a call would now be given what was made for an older data version."""
        made = self._made
        return settings.MAKE_BESIDE and made is not None and made[0] != data_version()

    def _make_beside(self) -> None:
        try:
            if self._made is None:
                made = self._made_by_one()
                if self.get_ready:
                    self.get_ready(made)
            else:
                self._made_by_one(self.get_ready)
        except Exception:  # the older one is given until the next call tries again
            logger.exception("%s could not be made for the newest release.", self.make.__name__)
        finally:
            connections.close_all()
            self._beside.release()


KEPT: list[kept_for_version[Any]] = []


def forget_kept() -> None:
    """Make all of it anew, though the data version be the same: what a test needs that writes without a release."""
    for one in KEPT:
        one.forget()
