"""Write the lock files anew from pyproject.toml: `make lock`; with `--upgrade` the newest versions are taken.

They carry hashes and no addresses. What is developed and measured with has the versions of what runs.
"""

from __future__ import annotations

import subprocess
import sys

OPTIONS = [
    "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes",
    "--no-header", "--no-annotate", "--no-emit-index-url",
]  # fmt: skip
FILES = {
    "run": ["pyproject.toml"],
    "dev": ["pyproject.toml", "--group", "dev", "-c", "requirements/run.lock"],
    "clients": ["--group", "clients"],
    "bench": ["pyproject.toml", "--group", "bench", "-c", "requirements/run.lock"],
}


def main(arguments: list[str]) -> None:
    """Lock each in turn. Ends with uv's own words where something cannot be had."""
    for name, what in FILES.items():
        target = f"requirements/{name}.lock"
        print(f"Locking {target}.", flush=True)
        done = subprocess.run(
            [".venv/bin/uv", "pip", "compile", *OPTIONS, *arguments, *what, "-o", target], check=False
        )
        if done.returncode:
            sys.exit(done.returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
