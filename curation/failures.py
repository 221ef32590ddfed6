"""Pages that cannot be given: people are told what happened and what to do, in their language, without the store being asked."""

from __future__ import annotations

import errno
import logging
from dataclasses import dataclass
from typing import Any

from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html

from sources.bilingual import both

logger = logging.getLogger(__name__)

ADMIN = "/admin/"  # below it are pages for people
TEMPLATE = "curation/admin/failure.html"


@dataclass(frozen=True)
class Failure:
    """A kind of failure: its status, what happened, what to do, and after how many seconds it is worth another try."""

    status: int
    title: Any
    says: Any
    advice: Any
    seconds: int = 0


BAD_REQUEST = Failure(
    400,
    both("无法处理此请求", "The request was not understood"),
    both(
        "浏览器发来的内容已损坏、被改动，或一次过多。",
        "What the browser sent is damaged, altered, or too much at once.",
    ),
    both(
        "请返回上一页重新填写；如内容很多，请分几次提交。",
        "Go back and fill it in again; send less at once if it was much.",
    ),
)
FORBIDDEN = Failure(
    403,
    both("不能执行此操作", "This is not for you to do"),
    both(
        "您的角色不包含此操作，或记录已发布、撤回或正由他人修改。",
        "Your roles do not include it, or the record was published or withdrawn, or someone else is changing it.",
    ),
    both(
        "请确认登录的是您的账号；需要其他角色，请联系管理员。",
        "See whether you are signed in as yourself; an administrator gives other roles.",
    ),
)
STALE_FORM = Failure(
    403,
    both("表单已失效", "The form is no longer valid"),
    both(
        "您可能已在另一窗口登录或退出，或浏览器不接受 Cookie。",
        "You may have signed in or out in another window, or the browser takes no cookies.",
    ),
    both(
        "请返回上一页，复制所填内容，刷新页面后再次提交。",
        "Go back, copy what you typed, reload the page and send it again.",
    ),
)
NOT_FOUND = Failure(
    404,
    both("没有这一页", "There is no such page"),
    both(
        "地址有误，或记录已删除，或不对您开放。",
        "The address is mistyped, or the record was deleted, or it is not yours to see.",
    ),
    both("请从首页或其列表中查找。", "Look for it from the first page or in its list."),
)
TOO_LONG = Failure(
    414,
    both("地址过长", "The address is too long"),
    both("搜索词或筛选条件过长。", "The words to search for, or the filters, are too long."),
    both("请返回上一页，缩短搜索词或减少筛选条件。", "Go back and search for fewer words, or filter by less."),
)
BROKEN = Failure(
    500,
    both("服务出错", "Something went wrong"),
    both("这是服务的错误，已记入日志。", "It is the service's fault, and its log has it."),
    both(
        "请先查看内容是否已保存，再重试；如再次出错，请把下面的编号告诉管理员。",
        "See whether it was saved before you try again; if it happens again, tell the operator the number below.",
    ),
)
BUSY = Failure(
    503,
    both("数据正在写入", "The data are being written"),
    both(
        "正在写入其他内容（例如发布），您的操作没有执行，也没有保存任何内容。",
        "Something else is being written, such as a release. What you did was not done, and nothing was saved.",
    ),
    both(
        "请稍后返回上一页再次提交；查看不受影响。",
        "Go back in a while and send it again. Reading goes on meanwhile.",
    ),
    seconds=30,
)
TOO_SLOW = Failure(
    503,
    both("查询时间过长", "It takes too long"),
    both("所查内容过多，已中止。", "There is too much to look through, so it was given up."),
    both("请返回上一页，缩小搜索或筛选的范围。", "Go back and narrow the search or the filters."),
    seconds=30,
)
NO_ROOM = Failure(
    503,
    both("服务器存储空间已满", "The server's disk is full"),
    both("没有空间，您的操作没有执行。", "There is no room left, so what you did was not done."),
    both(
        "请通知管理员，稍后再试；查看不受影响。",
        "Tell the operator, and try again later. Reading goes on meanwhile.",
    ),
    seconds=60,
)
UNREACHABLE = Failure(
    503,
    both("数据库暂不可用", "The store cannot be reached"),
    both("您的操作没有执行，也没有保存任何内容。", "What you did was not done, and nothing was saved."),
    both("请稍后重试；如一直如此，请通知管理员。", "Try again shortly; tell the operator if it stays so."),
    seconds=10,
)

# What PostgreSQL says (https://www.postgresql.org/docs/current/errcodes-appendix.html) and what SQLite does.
BY_STATE = {
    "55P03": BUSY, "40P01": BUSY, "40001": BUSY, "57014": TOO_SLOW, "53100": NO_ROOM, "53000": BUSY, "53200": BUSY,
}  # fmt: skip
BY_WORDS = {"locked": BUSY, "is full": NO_ROOM, "interrupted": TOO_SLOW}
FULL = {errno.ENOSPC, errno.EDQUOT}


def failure_of(error: BaseException | None) -> Failure:
    """What an error that nobody caught means for a person; BROKEN where that is not known."""
    while error is not None:
        if isinstance(error, OperationalError | InterfaceError):
            return _of_store(error)
        if isinstance(error, OSError) and error.errno in FULL:
            return NO_ROOM
        error = error.__cause__ or error.__context__
    return BROKEN


def _of_store(error: Error) -> Failure:
    state = getattr(error.__cause__, "sqlstate", None)
    if state:
        return BY_STATE.get(state, UNREACHABLE)
    return next((failure for words, failure in BY_WORDS.items() if words in str(error)), UNREACHABLE)


def page(request: HttpRequest, failure: Failure) -> HttpResponse:
    """A failure as a page of the admin, in the language that the visitor chose or whose browser asks for it."""
    with translation.override(translation.get_language_from_request(request)):
        context = {
            "failure": failure, "title": failure.title, "number": getattr(request, "request_id", ""),
            "site_header": both("湖南开放型经济数据 · 维护", "Hunan Open Trade Data · Curation"),
            "site_title": both("湖南开放型经济数据", "Hunan Open Trade Data"), "is_broken": failure is BROKEN,
        }  # fmt: skip
        try:
            content = render_to_string(TEMPLATE, context)
        except Exception:  # a page about a failure does not fail, whatever is wrong with templates or style sheets
            logger.exception("The page about a failure cannot be made as it should look.")
            words = (failure.title, failure.says, failure.advice)
            content = format_html("<!DOCTYPE html><title>{0}</title><h1>{0}</h1><p>{1}<p>{2}", *words)
        response = HttpResponse(content, status=failure.status)
        response["Content-Language"] = translation.get_language() or ""
    response["Cache-Control"] = "no-store"
    if failure.seconds:
        response["Retry-After"] = str(failure.seconds)
    return response


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    logger.warning("A form was refused (%s): %s", request.path, reason)
    return page(request, STALE_FORM)
