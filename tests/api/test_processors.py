"""Each worker keeps to a processor of its own, as long as there are enough."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKERS = """
import os, sys
from config.processors import keep_to_one
for _ in range(int(sys.argv[1])):
    ready, told = os.pipe()
    if os.fork() == 0:
        keep_to_one()
        print(*os.sched_getaffinity(0), flush=True)
        os.write(told, b".")
        sys.stdin.read()
        os._exit(0)
    os.read(ready, 1)
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="a system that knows no affinity")
def test_workers_spread_over_the_processors() -> None:
    allowed = os.sched_getaffinity(0)
    workers = subprocess.Popen(
        [sys.executable, "-c", WORKERS, str(2 * len(allowed))], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    said, _ = workers.communicate(timeout=30)
    kept = sorted(map(int, said.split()))
    assert kept == sorted([*allowed, *allowed])
