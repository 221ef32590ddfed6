"""Make the environment in .venv, with the uv that installs into it: `python3 tools/environment.py UV_VERSION`.

Nothing here is newer than Python 3.6, so that one that is too old is told so in one line.
"""

import os
import subprocess
import sys

FOLDER = ".venv"
PYTHON = os.path.join(FOLDER, "bin", "python")


def main(uv_version: str) -> None:
    """Make it. Where this Python lacks `ensurepip`, its own pip installs into the new environment from outside."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older one may run this
        sys.exit(
            f"Python 3.11 or later is needed, this is {sys.version.split()[0]}; "
            "name another with `make PYTHON=/path/to/python3`."
        )
    print("Making the environment in .venv.", flush=True)
    install = ["install", "--quiet", f"uv=={uv_version}"]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", FOLDER], check=True)
    from_outside = [sys.executable, "-m", "pip", "--python", PYTHON, *install]
    if subprocess.run(from_outside, stderr=subprocess.DEVNULL, check=False).returncode:
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
        subprocess.run([PYTHON, "-m", "pip", *install], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
