"""Look up every citation of the curated tables in the texts of a folder: `make citations DOCUMENTS=folder`.

The tables are read into a store of their own, which goes with this program.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile


def main(documents: str) -> int:
    """The status of the first command that fails: 1 where a phrase is not in its place, 0 if each is."""
    commands = (
        ["migrate", "--no-input", "--verbosity", "0"],
        ["seed"],
        ["verify_citations", "--documents", documents],
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/data.sqlite3"}
        for command in commands:
            done = subprocess.run([sys.executable, "manage.py", *command], env=environment, check=False)
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
