"""Every error as a problem document (RFC 9457), in both languages, with nothing of the inside in it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

import orjson
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults
from rest_framework import exceptions

from indicators.reading import TooLarge
from sources.bilingual import both

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

TITLES = {
    400: both("请求参数有误", "Invalid parameters"),
    403: both("禁止访问", "Forbidden"),
    404: both("未找到", "Not found"),
    405: both("不支持该方法", "Method not allowed"),
    406: both("不支持该格式", "Not acceptable"),
    414: both("请求地址过长", "URI too long"),
    415: both("不支持的媒体类型", "Unsupported media type"),
    429: both("请求过于频繁", "Too many requests"),
    500: both("服务内部错误", "Internal server error"),
    503: both("服务暂不可用", "Service unavailable"),
}

DETAILS = {
    400: both("请更正 errors 中列出的参数后重试。", "Correct the parameters listed in errors and try again."),
    403: both("无权访问。", "You may not access this."),
    404: both("这里没有资源；请核对路径与代码。", "There is nothing here; check the path and the code."),
    405: both("本接口只读：GET、HEAD、OPTIONS。", "This interface is read-only: GET, HEAD, OPTIONS."),
    406: both("本接口提供 JSON；其他格式见 format 参数。", "This endpoint answers in JSON; `format` lists what else."),
    414: both("请缩短查询，或分批查询。", "Shorten the query, or split it."),
    415: both("本接口不接受请求体。", "This interface takes no request body."),
    429: both("请按 Retry-After 稍后重试。", "Try again after Retry-After seconds."),
    500: both("我们这边出了错；请附上 instance 反馈。", "Something broke on our side; report it with the instance."),
    503: both("数据库暂不可用，请稍后重试。", "The database cannot be reached; try again shortly."),
}


@dataclass(frozen=True)
class ParameterError:
    """What is wrong with one parameter: a short code, the reason, what is allowed and the nearest match."""

    parameter: str
    code: str
    message: Any
    allowed: Sequence[str] | None = None
    did_you_mean: str | None = None

    def shown(self) -> dict[str, Any]:
        content = {name: value for name, value in asdict(self).items() if value is not None}
        return {**content, "message": str(self.message)}


class InvalidParameters(exceptions.APIException):
    """The query asks for something that does not exist; each error says which parameter and how to mend it."""

    status_code = 400

    def __init__(self, errors: Sequence[ParameterError]) -> None:
        super().__init__()
        self.errors = errors


def problem(
    request: HttpRequest, status: int, detail: Any = None, errors: Sequence[ParameterError] = ()
) -> dict[str, Any]:
    """The problem document of a failed request."""
    slug = "invalid-parameters" if status == 400 and errors else HTTPStatus(status).phrase.lower().replace(" ", "-")
    return {
        "type": f"urn:hnot:problem:{slug}",
        "title": str(TITLES[status]),
        "status": status,
        "detail": str(detail or DETAILS[status]),
        "instance": f"urn:uuid:{getattr(request, 'request_id', '')}",
        "errors": [error.shown() for error in errors],
    }


def problem_response(
    request: HttpRequest, status: int, errors: Sequence[ParameterError] = (), detail: Any = None
) -> HttpResponse:
    """The problem document as an answer, for where DRF is not reached."""
    content = problem(request, status, detail, errors)
    return HttpResponse(orjson.dumps(content), status=status, content_type=CONTENT_TYPE)


TOO_LARGE = ParameterError(
    "query",
    "too_large",
    both(
        "查询过大：请用 indicator、region、within 或 year 缩小范围，或按默认次序（ordering=series）分页读取；"
        "全部数据见 /api/v1/releases/latest。",
        "The query takes too long: narrow it by indicator, region, within or year, or read it page by page in the default "
        "order (ordering=series); all data are at /api/v1/releases/latest.",
    ),
)

UNREACHABLE = (OperationalError, InterfaceError)


def unavailable(request: HttpRequest) -> HttpResponse:
    """What every address answers while the store cannot be reached; called where that was caught, for the log."""
    logger.exception("The store cannot be reached.")
    response = problem_response(request, 503)
    response["Retry-After"] = "5"
    return response


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's hook: what each exception of a view answers. None leaves an unexpected one to Django, which answers 500."""
    request: HttpRequest = context["request"]._request
    errors: Sequence[ParameterError] = ()
    if isinstance(exc, UNREACHABLE):
        return unavailable(request)
    if isinstance(exc, TooLarge):
        status, errors = 400, [TOO_LARGE]
    elif isinstance(exc, Http404 | exceptions.NotFound):
        status, errors = 404, getattr(exc, "errors", ())
    elif isinstance(exc, exceptions.APIException):
        status, errors = exc.status_code if exc.status_code in TITLES else 400, getattr(exc, "errors", ())
    else:
        return None
    response = problem_response(request, status, errors, getattr(exc, "explanation", None))
    if wait := getattr(exc, "wait", None):
        response["Retry-After"] = str(int(wait) + 1)
    return response


def for_people(request: HttpRequest) -> bool:
    """The admin is for people: its errors are Django's plain pages. Everything else is for programs."""
    return request.path_info.startswith("/admin/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: a request that it refuses itself, such as one for a foreign host."""
    return defaults.bad_request(request, exception) if for_people(request) else problem_response(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return defaults.permission_denied(request, exception) if for_people(request) else problem_response(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: no address matches."""
    return defaults.page_not_found(request, exception) if for_people(request) else problem_response(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: what nobody expected; the log has it, the answer has nothing of it."""
    return defaults.server_error(request) if for_people(request) else problem_response(request, 500)
