"""The bodies of questions: I-JSON (RFC 7493), read strictly by one reader for every address that takes one.

What readers would take differently is refused rather than guessed: a name that is given twice, in whatever case, numbers that no
double holds, halves of characters, a byte order mark, and whatever is no UTF-8.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import IO, Any, NoReturn

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from api.problems import InvalidParameters, ParameterError
from sources.bilingual import Said, both
from sources.suggest import nearest
from sources.text import LINE

BODY = "body"
MOST_EXACT = 2**53  # of whole numbers, in a double


class JSONBody(BaseParser):
    """Django REST framework's parser of bodies."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:  # noqa: ANN401  # DRF's
        """What the body says. Raises InvalidParameters, and UnsupportedMediaType where it is compressed."""
        if (coding := parser_context["request"].headers.get("Content-Encoding", "identity")) != "identity":
            raise UnsupportedMediaType(coding)
        return self.read(stream.read())

    def read(self, content: bytes) -> object:
        """The value of a body that came whole."""
        return read_json(content)


def refuse_body(code: str, message: Said, where: str = BODY, allowed: Iterable[str] = (), word: str = "") -> NoReturn:
    """Raises InvalidParameters for one part of a body, with what is allowed and the nearest of it."""
    listed = list(allowed)
    raise InvalidParameters(
        [ParameterError(where, code, message, listed or None, nearest(word, listed) if word else None)]
    )


def read_json(content: bytes) -> object:
    """The value of a JSON text. Raises InvalidParameters, which says what is wrong and where."""
    if content.startswith(b"\xef\xbb\xbf"):
        refuse_body(
            "malformed", both("请求体以 BOM 开头，请去掉", "the body begins with a byte order mark: leave it off")
        )
    try:
        value = json.loads(
            content.decode(), object_pairs_hook=_object, parse_constant=_number, parse_int=_whole, parse_float=_number
        )
    except UnicodeDecodeError as error:
        message = both(
            f"请求体须为 UTF-8（第 {error.start + 1} 个字节）", f"the body must be UTF-8 (byte {error.start + 1})"
        )
        refuse_body("malformed", message)
    except json.JSONDecodeError as error:
        message = both(
            f"请求体不是 JSON（第 {error.lineno} 行第 {error.colno} 列）",
            f"the body is no JSON (line {error.lineno}, column {error.colno})",
        )
        refuse_body("malformed", message)
    except RecursionError:
        refuse_body("malformed", both("请求体嵌套过深", "the body is nested too deeply"))
    _refuse_what_is_no_text(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, whose names are as good in any case. Raises InvalidParameters where one is given twice."""
    seen: set[str] = set()
    for name, _ in pairs:
        if message := LINE.unfit(name):
            refuse_body("malformed", message)
        if (folded := name.casefold()) in seen:
            refuse_body("duplicate", both(f"{name} 重复", f"{name} is given twice"))
        seen.add(folded)
    return dict(pairs)


def _whole(text: str) -> int:
    """A whole number that a double holds. Raises InvalidParameters for a larger one."""
    return int(text) if len(text) < 20 and abs(int(text)) <= MOST_EXACT else _no_number(text)


def _number(text: str) -> float:
    """A number that a double holds. Raises InvalidParameters for a larger one, and for `NaN` and `Infinity`."""
    return number if math.isfinite(number := float(text)) else _no_number(text)


def _no_number(text: str) -> NoReturn:
    shown = text if len(text) <= 20 else f"{text[:20]}…"
    refuse_body("malformed", both(f"{shown} 不是可用的数", f"{shown} is no number that every reader can hold"))


def _refuse_what_is_no_text(value: object) -> None:
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, str):
            if message := LINE.unfit(part):
                refuse_body("malformed", message)
        elif isinstance(part, list):
            left += part
        elif isinstance(part, dict):
            left += part.values()


def record(value: object, where: str, names: Iterable[str]) -> dict[str, Any]:
    """The parts of an object by these names, None for those not given; names are as good in any case.

    Raises InvalidParameters where it is no object, or has another name.
    """
    spelled = {name.casefold(): name for name in names}
    if not isinstance(value, dict):
        refuse_body("malformed", both("应为对象 {…}", "must be an object {…}"), where)
    parts_by_name = dict.fromkeys(spelled.values())
    for name, part in value.items():
        if name.casefold() not in spelled:
            message = both(f"未知的名称 {name}", f"unknown name {name}")
            refuse_body("unknown_name", message, where, spelled.values(), name)
        parts_by_name[spelled[name.casefold()]] = part
    return parts_by_name


def texts(value: object, where: str) -> list[str]:
    """A list of texts, none of them empty; of nothing none. Raises InvalidParameters for everything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        refuse_body(
            "malformed", both('应为文字的列表，如 ["430281"]', 'must be a list of texts, such as ["430281"]'), where
        )
    return list(value)
