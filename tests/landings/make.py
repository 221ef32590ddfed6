"""`make landing`: keep a store of this checkout, corrected by hand, for the tests of every later change.

    .venv/bin/python -m tests.landings.make NAME

writes tests/landings/NAME.zip (landing.py says what is in it), puts the store of the landing before it into
tests/landings/earlier/, and writes the digests of all migrations into tests/landings/migrations.sha256: from then on no test
lets them be changed. The store is begun as a server's is, and a figure of it corrected by hand (begin.py). `make landing` drills the
stores of all landings before it, for what landed is not walked again by the suite.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

from tests import seeded
from tests.landings.landing import Landing, tables_of
from tests.run import IN_MEMORY, environment, postgres

HERE = Path(__file__).resolve().parent
EARLIER = HERE / "earlier"
ROOT = HERE.parents[1]
DIGESTS = HERE / "migrations.sha256"


def keep(path: Path, server: str) -> None:
    """Write a landing of this checkout, for which a PostgreSQL is at this address."""
    seeded.in_postgres(server)
    with tempfile.TemporaryDirectory() as folder, seeded.copy_of("sqlite", Path(folder)) as store:
        seeded.begun(store, "--correct")
        statements = {kind: json.loads(seeded.statements(kind).read_bytes()) for kind in ("sqlite", "postgresql")}
        Landing(statements, tables_of(store)).write(path)


def digests() -> str:
    """The SHA-256 of every migration of the project, as `sha256sum` writes and checks them."""
    files = sorted(ROOT.glob("*/migrations/[0-9]*.py"))
    return "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(ROOT)}\n" for file in files)


if __name__ == "__main__":
    with postgres() as server:
        os.environ |= environment(IN_MEMORY, server)
        try:
            path = HERE / f"{sys.argv[1]}.zip"
            before = [other for other in HERE.glob("*.zip") if other != path]
            keep(path, server)
            for other in before:
                other.rename(EARLIER / other.name)
        finally:
            seeded.forget(server)
    DIGESTS.write_text(digests(), encoding="utf-8")
