"""What a tool gives an agent: the answer of its endpoint, asked in-process by the same way as over HTTP, and what has to go with it.

It is bounded (settings.MCP_BYTES), since an agent holds it in memory that is dear: of a list the first rows, with the address and
the arguments of the rest; of what is no list the first entries of each part, with how many there are. Figures come with the
phrases that state them, and everything with its release and licence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from itertools import accumulate
from typing import Any, cast
from urllib.parse import unquote_to_bytes, urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from rest_framework.request import Request

from api.addresses import base_of
from api.data.revisions import phrases_of
from api.formats.json import to_json
from api.http.languages import content_of
from api.http.limits import COUNTED
from api.http.pagination import CURSOR
from api.http.periods import MomentField
from api.http.viewsets import UnknownCode
from api.imprint import publisher
from api.mcp.tools import Inquiry, Offer
from api.problems import InvalidParameters, exception_handler
from indicators.labels import labels
from sources.bilingual import DJANGO_LANGUAGES, both, language, language_of
from sources.versions import data_version

# Headers that say where the service is reached.
PASSED_ON = ("HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO")
SIZES = (
    500,
    200,
    100,
    50,
    20,
    10,
    5,
    2,
    1,
)  # each goes into those before it, so that pages of two sizes begin together
ENTRIES = (100, 50, 20, 10, 5, 2, 1, 0)
PHRASE = ("source", "section", "exact", "assertion")

OUTPUT: Mapping[str, tuple[Any, Any]] = {
    "answer": ({"type": "object"}, both("接口的答复。", "What the endpoint answers.")),
    "phrases": (
        {"type": "array", "items": {"type": "object"}},
        both(
            "答复中各数的原话；`observation` 为所支持的观测 id。",
            "The phrases behind the figures of the answer; `observation` is the id of the one that each states.",
        ),
    ),
    "rest": (
        {"type": ["object", "null"]},
        both(
            "未给出的部分：`arguments` 为再次调用时要改的参数，`address` 为其网址，`held` 为被缩短的各列表原有的条数；全部给出时为空。",
            "What is left out: `arguments` to change for another call, the `address` where it is, and in `held` how many entries each "
            "shortened list has; null where nothing is.",
        ),
    ),
    "address": (
        {"type": "string", "format": "uri"},
        both("同一问题的网址。", "Where the same question is answered over HTTP."),
    ),
    "release": (
        {"type": ["string", "null"]},
        both("数据所属的发布版本。", "The release that the data are of."),
    ),
    "published": (
        {"type": ["string", "null"]},
        both("该版本的发布时间。", "When that was published."),
    ),
    "publisher": ({"type": "string"}, both("发布者。", "Who publishes the data.")),
    "licence": ({"type": "object"}, both("数据许可。", "The licence of the data.")),
}  # fmt: skip


def output_schema() -> dict[str, Any]:
    """The JSON schema of what every tool gives, in the language of the answer."""
    described = {name: {**schema, "description": str(says)} for name, (schema, says) in OUTPUT.items()}
    return {"type": "object", "properties": described, "required": [name for name in OUTPUT if name != "phrases"]}


class Unanswered(Exception):
    """What was asked has no answer but a problem, whose content this is."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.content = response.content


def called(request: Request, tool: Offer, arguments: Mapping[str, Any]) -> tuple[bytes, bool]:
    """What a call gives, as JSON, and whether it is a problem."""
    spoken = language_of(str(arguments.get("lang"))) or language()
    with override(DJANGO_LANGUAGES[spoken]):
        try:
            return to_json(answered(request._request, tool, tool.question(arguments))), False
        except (InvalidParameters, UnknownCode) as refusal:
            refused = exception_handler(refusal, {"request": request})
            assert refused is not None
            return refused.content, True
        except Unanswered as problem:
            return problem.content, True


def answered(request: HttpRequest, tool: Offer, question: Inquiry) -> dict[str, Any]:
    """The answer to a question of a tool, within bounds, with all that goes with it. Raises Unanswered."""
    before = data_version()
    answer = _answered(request, tool, question)
    # What was published meanwhile is not to be named as the release of what was read before.
    return answer if data_version() == before else _answered(request, tool, question)


def _answered(request: HttpRequest, tool: Offer, question: Inquiry) -> dict[str, Any]:
    content, given = _first_rows(request, tool, question)
    address, release, rest = base_of(request) + given.address, _release_of(given.query), None
    if following := content.pop("next", None):
        rest = {"arguments": tool.following(question, following), "address": following}
    content.pop("previous", None)
    if len(to_json(content)) > settings.MCP_BYTES:
        content, held = _shortened(content)
        rest = {"address": address, **(rest or {}), "held": held}
    phrases = list(_phrases(content, release))
    return {
        "answer": content, **({"phrases": phrases} if phrases else {}), "rest": rest, "address": address, **_origin(release),
    }  # fmt: skip


@cache
def _service() -> WSGIHandler:
    return WSGIHandler()


def ask(request: HttpRequest, question: Inquiry) -> HttpResponse:
    """What the service answers to a question, with all that it does of one over HTTP but to count it, which it did. Raises
    Unanswered.
    """
    own = {
        name: value
        for name, value in request.META.items()
        if name in PASSED_ON or not name.startswith(("HTTP_", "CONTENT_"))
    }
    asked = {
        "REQUEST_METHOD": "GET", "PATH_INFO": unquote_to_bytes(question.path).decode("latin-1"),
        "QUERY_STRING": urlencode(question.query),
        "HTTP_ACCEPT": "application/json", "HTTP_ACCEPT_LANGUAGE": language(), "wsgi.input": BytesIO(), COUNTED: True,
    }  # fmt: skip
    response = _service().get_response(WSGIRequest({**own, **asked}))
    assert isinstance(response, HttpResponse)
    if response.status_code != 200:
        raise Unanswered(response)
    return response


def _content(response: HttpResponse) -> dict[str, Any]:
    return cast("dict[str, Any]", content_of(response))


def _first_rows(request: HttpRequest, tool: Offer, question: Inquiry) -> tuple[dict[str, Any], Inquiry]:
    """The answer, and of a list that is longer than an agent is given as many of its rows as it is; and what was asked for that."""
    question = _bounded(tool, question)
    response = ask(request, question)
    content = _content(response)
    excess = len(response.content) - settings.MCP_BYTES
    rows = content.get("results", ())
    if excess <= 0 or len(rows) < 2 or "page_size" not in tool.parameters:
        return content, question
    lengths = list(accumulate(len(to_json(row)) + 1 for row in rows))
    most = max(1, sum(length <= lengths[-1] - excess for length in lengths))
    fewer = _of_rows(tool, question, most)
    return _content(ask(request, fewer)), fewer


def _bounded(tool: Offer, question: Inquiry) -> Inquiry:
    """A question of a tool, changed to ask for no more rows than an agent could ever be given.

    What is no number of rows is left to be refused.
    """
    try:
        asked: Any = tool.parameters["page_size"].field.clean(question.query["page_size"])
    except (KeyError, ValidationError):
        return question
    return question if asked <= SIZES[0] else _of_rows(tool, question, SIZES[0])


def _of_rows(tool: Offer, question: Inquiry, most: int) -> Inquiry:
    """A question of a tool, changed to ask for the page that begins where its own does and has at most so many rows."""
    query, page = question.query, question.query.get("page", "1")
    if "cursor" in tool.parameters or not (page.isascii() and page.isdecimal()):
        return Inquiry(question.path, {**query, "page_size": str(most)})
    before = (int(page) - 1) * int(query["page_size"])
    size = next(size for size in SIZES if size <= most and before % size == 0)
    number = {"page": str(before // size + 1)} if before else {}
    return Inquiry(question.path, {**query, "page_size": str(size), **number})


def _shortened(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    """An answer with the first entries of each of its lists, so many that it is short enough, and how many these lists have."""
    for most in ENTRIES:
        held: dict[str, int] = {}
        shorter = {name: _with_first(part, most, name, held) for name, part in content.items()}
        if len(to_json(shorter)) <= settings.MCP_BYTES:
            break
    return shorter, held


def _with_first(part: object, most: int, name: str, held: dict[str, int]) -> object:
    if isinstance(part, dict):
        return {key: _with_first(value, most, f"{name}.{key}", held) for key, value in part.items()}
    if not isinstance(part, list):
        return part
    if len(part) > most:
        held[name] = len(part)
    return [_with_first(item, most, f"{name}.{place}", held) for place, item in enumerate(part[:most])]


def _observations(part: object) -> Iterator[int]:
    """The ids of the observations that an answer refers to."""
    if isinstance(part, dict) and isinstance(part.get("observation"), int):
        yield part["observation"]
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for each in parts:
        yield from _observations(each)


def _phrases(content: object, release: int | None) -> Iterator[dict[str, Any]]:
    """The phrases that state the figures of an answer whose rows do not have them, as they stood at a release (None: now)."""
    ids = list(dict.fromkeys(_observations(content)))
    for key, phrases in phrases_of(ids, release).items() if ids else ():
        for phrase in phrases:
            yield {"observation": key, **{name: getattr(phrase, name) for name in PHRASE}}


def _release_of(query: Mapping[str, str]) -> int | None:
    """The key of the release that a question is about, None of one about what stands."""
    if cursor := query.get("cursor"):
        return CURSOR.read(cursor).release
    return MomentField().read(query["as_of"]) if "as_of" in query else None


def _origin(release: int | None) -> dict[str, Any]:
    """What is said of every answer: its release (of its key; else the newest), the publisher and the licence."""
    names = labels()
    key = names.newest if release is None else release
    return {
        "release": names.releases.code.get(key), "published": names.published_text.get(key),
        "publisher": publisher().name(language()), "licence": settings.DATA_LICENCE,
    }  # fmt: skip
