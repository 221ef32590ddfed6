"""How the server is started: what cannot be served on is told in one line, before anything else."""

from __future__ import annotations

import socket

import pytest

from config.server import main


def refusal(*arguments: str) -> str:
    """The one line with which the server refuses to start."""
    with pytest.raises(SystemExit) as ended:
        main([*arguments])
    assert isinstance(ended.value.code, str)
    assert "\n" not in ended.value.code
    return ended.value.code


@pytest.mark.parametrize("port", ["8O00", "0", "-1", "65536", "8000.5", "", "٨٠٠٠", "999999999999"])
def test_what_is_no_port_is_refused(port: str) -> None:
    assert refusal(f"--port={port}") == f"PORT={port} cannot be used: it must be a whole number from 1 to 65535."


def test_a_port_on_which_another_listens_is_refused_and_the_next_one_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = refusal(f"--port={port}")
    assert told.startswith(f"Port {port} of 127.0.0.1 cannot be used (Address already in use): end the server")
    assert "make run PORT=" in told


def test_an_address_of_another_machine_is_refused() -> None:
    assert "HOST=127.0.0.1" in refusal("--host=192.0.2.1")


def test_no_workers_is_refused() -> None:
    assert refusal("--workers=0") == "WORKERS=0 cannot be used: it must be a whole number from 1 to 64."
