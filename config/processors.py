"""Which processor a worker runs on."""

import os
from pathlib import Path


def keep_to_one() -> None:
    """Keep this process to one processor: the one that fewest of its siblings keep to.

    Called in a worker before it starts its threads, which inherit it. On systems that know no affinity nothing happens.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    allowed, own = sorted(os.sched_getaffinity(0)), os.getpid()
    taken = [min(kept) for kept in map(_kept_to, _siblings()) if len(kept) == 1]
    # Workers that start at the same time see nothing of each other; they have numbers in a row.
    chosen = min(allowed, key=lambda processor: (taken.count(processor), (processor - own) % len(allowed)))
    os.sched_setaffinity(0, [chosen])


def _siblings() -> list[int]:
    children = " ".join(file.read_text() for file in Path(f"/proc/{os.getppid()}/task").glob("*/children"))
    return [pid for pid in map(int, children.split()) if pid != os.getpid()]


def _kept_to(pid: int) -> set[int]:
    try:
        return os.sched_getaffinity(pid)
    except ProcessLookupError:
        return set()
