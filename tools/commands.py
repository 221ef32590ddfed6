"""Commands of `manage.py` in one process, the first that fails ends it: `python tools/commands.py 'check --deploy' 'migrate --plan'`."""

import os
import shlex
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    for command in sys.argv[1:]:
        execute_from_command_line(["manage.py", *shlex.split(command)])
