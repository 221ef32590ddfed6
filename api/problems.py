"""Every error as a problem document (RFC 9457), in both languages, with nothing of the inside in it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from django.db import InterfaceError, NotSupportedError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from api.addresses import address_of
from curation import failures
from indicators.reading import TooLarge
from sources.bilingual import Said, both

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

INVALID = both("请求参数有误", "Invalid parameters")
CORRECT = both("请更正 errors 中列出的参数后重试。", "Correct the parameters listed in errors and try again.")
TITLES = {
    400: both("请求有误", "Bad request"),
    403: both("禁止访问", "Forbidden"),
    404: both("未找到", "Not found"),
    405: both("不支持该方法", "Method not allowed"),
    406: both("不支持该格式", "Not acceptable"),
    408: both("请求超时", "Request timeout"),
    409: both("已有更新的版本", "Superseded by a newer release"),
    412: both("先决条件不成立", "Precondition failed"),
    413: both("请求体过长", "Content too large"),
    414: both("请求地址过长", "URI too long"),
    415: both("不支持的媒体类型", "Unsupported media type"),
    416: both("请求的范围不存在", "Range not satisfiable"),
    429: both("请求过于频繁", "Too many requests"),
    500: both("服务内部错误", "Internal server error"),
    503: both("服务暂不可用", "Service unavailable"),
}

DETAILS = {
    400: both("无法理解此请求。", "The request was not understood."),
    403: both("无权访问。", "You may not access this."),
    404: both("这里没有资源；请核对路径与代码。", "There is nothing here; check the path and the code."),
    405: both("本接口只读：GET、HEAD、OPTIONS。", "This interface is read-only: GET, HEAD, OPTIONS."),
    406: both(
        "请在 Accept 中列出 errors 所列的媒体类型之一，或用 format 参数选择。",
        "Accept one of the media types listed in errors, or choose one by `format`.",
    ),
    412: both(
        "资源已不是（或一直不是）条件所指的那一份。", "What is there is not, or no longer, what the condition names."
    ),
    414: both("请缩短查询，或分批查询。", "Shorten the query, or split it."),
    415: both(
        "请求体须为未压缩的 application/json；只有 PxWeb 的 /data 与 /mcp 接受请求体。",
        "A body must be application/json and not compressed; only PxWeb's /data and /mcp take one.",
    ),
    416: both("文件没有这一段；大小见 Content-Range。", "The file has no such bytes; Content-Range says its size."),
    429: both("请按 Retry-After 稍后重试。", "Try again after Retry-After seconds."),
    500: both("我们这边出了错；请附上 instance 反馈。", "Something broke on our side; report it with the instance."),
    503: both("数据库暂不可用，请稍后重试。", "The database cannot be reached; try again shortly."),
}


@dataclass(frozen=True)
class ParameterError:
    """What is wrong with one parameter: a short code, the reason, what is allowed and the nearest match."""

    parameter: str
    code: str
    message: Said
    allowed: Sequence[str] | None = None
    did_you_mean: str | None = None

    def shown(self) -> dict[str, Any]:
        content = {name: value for name, value in vars(self).items() if value is not None}
        return {**content, "message": str(self.message)}


class InvalidParameters(exceptions.APIException):
    """The query asks for something that does not exist; each error says which parameter and how to mend it."""

    status_code = 400

    def __init__(self, errors: Sequence[ParameterError]) -> None:
        super().__init__()
        self.errors = errors


class Superseded(exceptions.APIException):
    """A page of a list was asked for as it was at a release, and can be given only as it is now: start at the first page."""

    status_code = 409

    def __init__(self, parameter: str, first: str) -> None:
        super().__init__()
        self.first = first
        self.explanation = both(
            f"已发布更新的版本，其各页与先前的页不相衔接；请从首页重新读取：{first}",
            f"A newer release has been published, and its pages do not follow on those before; start again at the first page: {first}",
        )
        message = both("所属版本已不是最新版本", "is of a release that is not the newest any more")
        self.errors = [ParameterError(parameter, "superseded", message)]


def problem(
    request: HttpRequest, status: int, detail: Said | None = None, errors: Sequence[ParameterError] = ()
) -> dict[str, Any]:
    """The problem document of a failed request; `errors` where something that was asked for is to blame."""
    of_parameters = status == 400 and bool(errors)
    slug = "invalid-parameters" if of_parameters else HTTPStatus(status).phrase.lower().replace(" ", "-")
    content = {
        "type": f"urn:hnot:problem:{slug}",
        "title": str(INVALID if of_parameters else TITLES[status]),
        "status": status,
        "detail": str(detail or (CORRECT if of_parameters else DETAILS[status])),
        "instance": f"urn:uuid:{getattr(request, 'request_id', '')}",
    }
    return content | ({"errors": [error.shown() for error in errors]} if errors else {})


def problem_response(
    request: HttpRequest, status: int, errors: Sequence[ParameterError] = (), detail: Said | None = None
) -> HttpResponse:
    """The problem document as an answer, for where DRF is not reached."""
    content = problem(request, status, detail, errors)
    return HttpResponse(orjson.dumps(content), status=status, content_type=CONTENT_TYPE)


def refused(request: HttpRequest, status: int, says: Said, seconds: float = 0) -> HttpResponse:
    """What is answered before a view is asked, to programs as a problem and to people as a page: why not, and when again."""
    if for_people(request):
        response = failures.page(request, failures.Failure(status, TITLES[status], says, ""))
    else:
        response = problem_response(request, status, detail=says)
    response["Cache-Control"] = "no-store"
    if seconds:
        response["Retry-After"] = str(int(seconds) + 1)
    return response


def too_large(request: HttpRequest) -> ParameterError:
    """What is told of a question that takes too long."""
    everything = address_of(request, "release-latest")
    message = both(
        "查询过大：请用 indicator、region、within 或 year 缩小范围，或按默认次序（ordering=series）分页读取；"
        f"全部数据见 {everything}。",
        "The query takes too long: narrow it by indicator, region, within or year, or read it page by page in the default "
        f"order (ordering=series); all data are at {everything}.",
    )
    return ParameterError("query", "too_large", message)


# NotSupportedError: a connection holds statements from before a migration that changed what they read; a new one holds none.
UNREACHABLE = (OperationalError, InterfaceError, NotSupportedError)


def unavailable(request: HttpRequest) -> HttpResponse:
    """What every address answers while the store cannot be reached; called where that was caught, for the log."""
    logger.exception("The store cannot be reached.", extra={"request": request})
    response = problem_response(request, 503)
    response["Retry-After"] = "5"
    response.unreachable = True  # type: ignore[attr-defined]  # so that it is asked once more (api/http/middleware.py)
    return response


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's hook: what each exception of a view answers. None leaves an unexpected one to Django, which answers 500."""
    request: HttpRequest = context["request"]._request
    errors: Sequence[ParameterError] = ()
    if isinstance(exc, UNREACHABLE):
        return unavailable(request)
    if isinstance(exc, TooLarge):
        status, errors = 400, [too_large(request)]
    elif isinstance(exc, Http404 | exceptions.NotFound):
        status, errors = 404, getattr(exc, "errors", ())
    elif isinstance(exc, exceptions.APIException):
        status, errors = exc.status_code if exc.status_code in TITLES else 400, getattr(exc, "errors", ())
    else:
        return None
    response = problem_response(request, status, errors, getattr(exc, "explanation", None))
    if isinstance(exc, Superseded):
        response["Link"] = f'<{exc.first}>; rel="first"'
    if wait := getattr(exc, "wait", None):
        response["Retry-After"] = str(int(wait) + 1)
    return response


def for_people(request: HttpRequest) -> bool:
    """The admin is for people: what it cannot answer are pages. Everything else is for programs."""
    return request.path_info.startswith(failures.ADMIN)


def told(
    request: HttpRequest, status: int, failure: failures.Failure, errors: Sequence[ParameterError] = ()
) -> HttpResponse:
    """What is told where no view answers: to programs a problem of this status, to people the page of a failure."""
    return failures.page(request, failure) if for_people(request) else problem_response(request, status, errors)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: a request that it refuses itself, such as one for a foreign host."""
    return told(request, 400, failures.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return told(request, 403, failures.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: no address matches."""
    return told(request, 404, failures.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: what nobody caught; the log has it, the answer has nothing of it."""
    return told(request, 500, failures.failure_of(sys.exception()))
