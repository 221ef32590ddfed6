"""What is refused before a view is asked, for the server's own sake: told as every other problem is."""

from __future__ import annotations

from enum import Enum

from django.http import HttpRequest, HttpResponse

from api.problems import DETAILS, refused
from sources.bilingual import both

# Where the environ of a request has its number, and why the server refuses it; no header can write there.
NUMBER, REFUSED = "hunan.number", "hunan.refused"


class Refusal(Enum):
    """Why a request is refused: the status, what the caller can do, and after how many seconds another try is worth it."""

    BODY_TOO_LONG = (
        413,
        both("请求体过长；文件请在登录后上传。", "The body is too long; files are sent in after signing in."),
        0,
    )
    BODY_TOO_SLOW = (
        408,
        both("请求体未能及时传完，请重新发送。", "The body did not arrive in time; send the request again."),
        0,
    )
    MOUNTED_NOWHERE = (
        400,
        both(
            "代理的 X-Forwarded-Prefix 应为路径，如 /data。",
            "The proxy's X-Forwarded-Prefix must be a path, such as /data.",
        ),
        0,
    )
    FAILED = (500, DETAILS[500], 0)
    BUSY = (503, both("服务繁忙，请稍后重试。", "The service is busy; try again shortly."), 4)
    STREAMS = (
        503,
        both(
            "正在传送的大文件过多（总数或来自您的地址）；请等一个传完后再试。",
            "Too many large answers are being sent, in all or to your address; try again when one of them is done.",
        ),
        29,
    )


class Refused(Exception):
    """Raised where the server refuses a request before any view is asked; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.is_long = refusal is Refusal.STREAMS  # it counts as what its answer would have been


def refused_by_server(request: HttpRequest) -> HttpResponse | None:
    """Why the server refuses this request, which then reaches no view; None where it does not."""
    refusal: Refusal | None = request.META.get(REFUSED)
    if refusal is None:
        return None
    response = refused(request, *refusal.value)
    if refusal.value[0] in (408, 413):
        response["Connection"] = "close"  # what is left of the body is not waited for
    return response
