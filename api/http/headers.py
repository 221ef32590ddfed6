"""What the description says of the headers of answers: which are sent with which, and what they mean."""

from __future__ import annotations

from typing import Any

from sources.bilingual import Text, both

# Name → what it says, and its schema.
TEXT = {"type": "string"}
HEADERS: dict[str, tuple[Text, dict[str, Any]]] = {
    "ETag": (both("该答复的标记（RFC 9110），供 If-None-Match 用；压缩过的是弱标记。",
                  "Mark of this answer (RFC 9110), for If-None-Match; weak where it was compressed."), TEXT),
    "Cache-Control": (both("可视为最新的时长；出错的答复不得保存。",
                           "For how long the answer may be taken for current; a problem is not to be kept."), TEXT),
    "Last-Modified": (both("最新发布版本的时间，供 If-Modified-Since 用。", "When the newest release came, for If-Modified-Since."), TEXT),
    "Vary": (both("答复随哪些请求头而变。", "The headers of a request that an answer varies by."), TEXT),
    "Content-Language": (both("答复的语言：`zh`、`en` 或 `zh, en`。", "Language of the answer: `zh`, `en`, or `zh, en`."), TEXT),
    "Link": (both("许可（license）、接口说明（service-desc）、目录（describedby）；另有下一页（next）、引用地址（cite-as）等（RFC 8288）。",
                  "The licence, the description (service-desc) and the catalogue (describedby); also the next page (next), the address to "
                  "cite (cite-as) and others (RFC 8288)."), TEXT),
    "RateLimit-Policy": (both("限额：每个地址在 w 秒内 q 次。", "The limit: q requests an address in w seconds."), TEXT),
    "RateLimit": (both("还剩 r 次，t 秒后恢复满额。", "r requests are left; after t seconds all of them are there again."), TEXT),
    "X-Request-Id": (both("该请求的编号，问题说明的 instance 也是它。", "Number of the request, which is the `instance` of a problem too."),
                     {**TEXT, "format": "uuid"}),
    "Retry-After": (both("多少秒后再问。", "After how many seconds to ask again."), {"type": "integer", "minimum": 1}),
    "Location": (both("所指的地址。", "The address that is meant."), {**TEXT, "format": "uri"}),
    "Allow": (both("该地址可用的方法。", "The methods that this address takes."), TEXT),
    "Content-Range": (both("所给的是哪些字节。", "Which bytes these are."), TEXT),
    "Content-Disposition": (both("文件的名称。", "Name of the file."), TEXT),
    "Accept-Ranges": (both("文件可按字节范围取（bytes）。", "A file can be had in ranges of bytes (`bytes`)."), TEXT),
}  # fmt: skip

ALWAYS = ("Vary", "Content-Language", "Link", "X-Request-Id", "Cache-Control")
COUNTED = ("RateLimit-Policy", "RateLimit", "Allow")
OF_STATE = ("ETag", "Last-Modified")
OF_FILES = ("Content-Disposition", "Accept-Ranges")

# Status → the headers of such an answer beside those that all have; COUNTED is what a view has dealt with.
SENT: dict[str, tuple[str, ...]] = {
    "200": (*OF_STATE, *COUNTED), "206": (*OF_STATE, *COUNTED, *OF_FILES, "Content-Range"),
    "302": (*COUNTED, "Location"), "304": (*OF_STATE, *COUNTED), "400": COUNTED, "409": COUNTED, "429": (*COUNTED, "Retry-After"),
    "503": ("Retry-After",),
}  # fmt: skip


def headers_of(status: str, *, files: bool = False) -> dict[str, Any]:
    """The headers of an answer of this status, as references; with `files` those of a file as well."""
    names = (*ALWAYS, *SENT.get(status, ()), *(OF_FILES if files and status == "200" else ()))
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def header_components() -> dict[str, Any]:
    """Each header, described once; `required` are those that no answer lacks of which they are said."""
    never_lacking = {*ALWAYS, "ETag", "Retry-After", "Location"}
    return {
        name: {"description": str(says), "required": name in never_lacking, "schema": schema}
        for name, (says, schema) in HEADERS.items()
    }
