"""The entry point that is served (config/server.py): the application of config/wsgi.py, in turns.

What takes as long as the other side likes is done by the event loop and costs no thread: bodies are read before a turn is
taken, answers are sent after it. What is refused here is told by the application itself (api/http/refusals.py), with the headers that
every answer has.
"""

from __future__ import annotations

import io
import logging
import sys
from typing import Any
from urllib.parse import unquote_to_bytes

from config.wsgi import application as wsgi  # which sets Django up, so it comes first  # isort: skip
from django.conf import settings

from api.addresses import MCP
from api.http.limits import client_of
from api.http.refusals import NUMBER, REFUSED, Refusal, Refused
from api.mcp.tools import question_of
from config.bodies import WITHOUT_BODY, body_of
from config.kept_answers import kept_now, said_again, telling
from config.mounting import mount
from config.sending import Answer, Gone, Receive, Send, send_answer
from config.sockets import watch_over_connections
from config.streams import Stream
from config.tuning import one_processor_a_worker
from config.turns import Busy, Turns
from words import unmet
from words.index import index

logger = logging.getLogger(__name__)

COMMON: dict[str, Any] = {
    "GATEWAY_INTERFACE": "CGI/1.1", "SCRIPT_NAME": "", "wsgi.errors": sys.stderr, "wsgi.multiprocess": True,
    "wsgi.multithread": True, "wsgi.run_once": False, "wsgi.version": (1, 0),
}  # fmt: skip

one_processor_a_worker()
index.begin()  # who searches first shall not wait for it
unmet.begin()  # what was asked in vain is kept for so many days, whether or not it is counted still
turns = Turns(settings.TURNS, large=settings.LARGE_SECONDS, patience=settings.TURN_WAIT_SECONDS)


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answers one request (ASGI 3)."""
    if scope["type"] != "http":
        return
    watch_over_connections()
    environ = environ_of(scope)
    address = client_of(environ)
    try:
        mount(environ)
        told = telling(environ)
        held = await kept_now(turns, address) if told else None
        if held and told and (kept := held.find(told)) and (again := await said_again(kept, environ, turns, address)):
            await send_answer(again, scope, receive, send, turns, address)
            return
        question = (scope["method"], environ["PATH_INFO"], environ["QUERY_STRING"])
        if scope["method"] not in WITHOUT_BODY:
            environ["wsgi.input"] = await body_of(environ, receive, turns, address)
            if environ["PATH_INFO"] == MCP:
                question = question_of(environ["wsgi.input"])
        answer = await turns.take("small", address, lambda: answer_of(environ, address), question)
        if held and told:
            held.keep(told, answer)
        await send_answer(answer, scope, receive, send, turns, address)
    except Gone:
        pass
    except (Refused, Busy) as refused:
        environ[REFUSED] = refused.refusal if isinstance(refused, Refused) else Refusal.BUSY
        environ["wsgi.input"] = io.BytesIO()
        answer = await turns.take("refusal", address, lambda: answer_of(environ, address))
        await send_answer(answer, scope, receive, send, turns, address)


def answer_of(environ: dict[str, Any], address: str) -> Answer:
    """What the application answers; of a stream the first part, and all of it where that is all.

    Raises Refused where it is long and there is no place to send it from: before it takes a connection to the store along, so
    that there are no more of these than places.
    """
    head: list[Any] = []

    def start(*line: Any) -> Any:  # noqa: ANN401  # its status and headers; what would write is never used
        head.extend(line)

    response: Any = wsgi(environ, start)
    status, headers = int(head[0][:3]), [(name.encode("latin-1"), text.encode("latin-1")) for name, text in head[1]]
    if not response.streaming:
        response.close()
        answer = Answer(status, headers, response.content)
        if answer.is_long and not answer.enter(address):
            raise Refused(Refusal.STREAMS)
        return answer
    stream = Stream(response)
    first = stream.part()
    if stream.failure:
        said_of = {"number": environ[NUMBER]}
        logger.error("No answer could be made: %s", environ["PATH_INFO"], exc_info=stream.failure, extra=said_of)
        raise Refused(Refusal.FAILED)
    answer = Answer(status, headers, first, stream)
    if answer.is_long:
        if not answer.enter(address):
            stream.close()
            raise Refused(Refusal.STREAMS)
        if not stream.is_over:
            stream.take_along()
    return answer


# As a WSGI environ has them: bytes as the characters of the same numbers.
_names: dict[bytes, str] = {}


def environ_of(scope: dict[str, Any]) -> dict[str, Any]:
    """A request's WSGI environ (PEP 3333). A header whose name has an underscore is left out: it would pass for another."""
    path = scope["raw_path"]
    environ = {
        **COMMON,
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}", "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]), "REMOTE_ADDR": scope["client"][0], "REQUEST_METHOD": scope["method"],
        "PATH_INFO": (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"), "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(),
    }  # fmt: skip
    for name, value in scope["headers"]:
        key = _names.get(name) or _name(name)
        if not key:
            continue
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]}{';' if key == 'HTTP_COOKIE' else ','}{text}" if key in environ else text
    return environ


def _name(header: bytes) -> str:
    if b"_" in header:
        return ""
    name = header.decode("latin-1").upper().replace("-", "_")
    key = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
    if len(_names) < 500:
        _names[header] = key
    return key
