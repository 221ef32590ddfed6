"""What is made of the store once for a data version and kept in memory: labels, the search index, the structures of SDMX."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeVar

from sources.versions import data_version

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

    def _made_by_one(self) -> Made:
        with self._making:
            version = data_version()  # which may be another by now than when this thread began to wait
            if self._made is None or self._made[0] != version:
                self._made = (version, self.make())
            return self._made[1]

    def forget(self) -> None:
        """Make it anew at the next call, though the data version be the same."""
        self._made = None


KEPT: list[kept_for_version[Any]] = []


def forget_kept() -> None:
    """Make all of it anew, though the data version be the same: what a test needs that writes without a release."""
    for one in KEPT:
        one.forget()
