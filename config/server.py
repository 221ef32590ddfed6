"""The server, as it is started everywhere: `python -m config.server --port 8000 --workers 2`."""

from __future__ import annotations

import argparse
import errno
import importlib
import multiprocessing
import os
import re
import resource
import socket
import sys
from collections.abc import Callable

from django.conf import settings
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

BACKLOG = 1024
HEAD_BYTES = 65_536  # of a request's head, and of what waits to be sent
KILL_SECONDS = 5


def main(arguments: list[str]) -> None:
    """Serves until it is told to end. A worker that dies is started again; one that dies at once again ends the server."""
    parser = argparse.ArgumentParser(prog="python -m config.server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=whole("PORT", 65_535), default=8000)
    parser.add_argument("--workers", type=whole("WORKERS", 64), default=1, help="processes; limits are each one's")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    refuse_unusable_port(chosen.host, chosen.port)
    allow_open_files()
    load()
    sys.stdout.write(f"Hunan Open Trade Data: http://{chosen.host}:{chosen.port}/api/v1/docs (Ctrl-C ends it)\n")
    sys.stdout.flush()
    Granian(
        "config.asgi:application",
        address=chosen.host,
        port=chosen.port,
        interface=Interfaces.ASGINL,
        workers=chosen.workers,
        loop=Loops.asyncio,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=settings.CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=settings.HEAD_SECONDS * 1000, max_buffer_size=HEAD_BYTES),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
    ).serve()


def load() -> None:
    """Loads the application where workers are forked: each, and each that comes in the place of another, so begins with all that is
    loaded, in memory that they share. What holds files or threads is made by the worker (config/asgi.py).
    """
    if multiprocessing.get_start_method() == "fork":
        importlib.import_module("config.wsgi")


def whole(name: str, most: int) -> Callable[[str], int]:
    """Reads an option that is a whole number from 1 to `most`; ends the program with one line where it is none."""

    def read(text: str) -> int:
        if not re.fullmatch("0*[1-9][0-9]{0,5}", text, re.ASCII) or int(text) > most:
            sys.exit(f"{name}={text} cannot be used: it must be a whole number from 1 to {most}.")
        return int(text)

    return read


def refuse_unusable_port(host: str, port: int) -> None:
    """Ends this where another server listens: the port would be shared, and a stale server go on answering every second
    request. It ends as well where the host is none of this machine, or the port may not be taken.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        ways = {errno.EADDRINUSE: "end the server that listens there, or take", errno.EACCES: "take"}
        way = ways.get(error.errno or 0, "name a host of this machine with HOST=127.0.0.1, or take")
        other = port + 1 if 1024 <= port < 65_535 else 8000
        sys.exit(
            f"Port {port} of {host} cannot be used ({error.strerror}): {way} another port with `make run PORT={other}`."
        )


def allow_open_files() -> None:
    """As many files as the connections of a worker need, and some more, if the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.CONNECTIONS + 1024
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )


if __name__ == "__main__":
    main(sys.argv[1:])
