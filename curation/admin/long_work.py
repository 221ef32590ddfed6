"""Work that takes longer than a person waits without a sign of life: the page grows while it is done.

The work runs in a thread that lives no longer than the answer: who closes the page ends it, and its transaction is undone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Any

from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html

from curation.failures import BROKEN, failure_of
from curation.progress import Progress, silent
from curation.refusals import StepRefused, UnreadableFile
from sources.bilingual import both, in_both

logger = logging.getLogger(__name__)

# A sign of life at least this often, so that no proxy gives up.
SECONDS = 2.0
STEPS = 100
MARK = "<!-- the work -->"

Work = Callable[[Progress], "Done"]
REFUSALS = (StepRefused, UnreadableFile)


@dataclass(frozen=True)
class Done:
    """What came of it, in words, and where to go on."""

    message: Any
    address: str


class Failed(Exception):
    """What nobody caught, as it is told: the store is busy, the disk is full, or something that only the log says."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        failure = failure_of(error)
        says, advice = (in_both(failure.says), in_both(failure.advice))
        self.message = (
            both(
                "出错了，什么也没有保存；详情见服务日志。",
                "It failed, and nothing was kept; the server's log says why.",
            )
            if failure is BROKEN
            else both(f"{says[0]}{advice[0]}", f"{says[1]} {advice[1]}")
        )


class Abandoned(Exception):
    """Nobody waits for the work any more."""


def do(request: HttpRequest, work: Work, otherwise: str, *, long: bool, context: dict[str, Any]) -> Any:
    """The answer to a request that does some work: a redirect, or, where it is `long`, a page that shows how far it is.

    Where the work is refused, the person goes on to the address `otherwise`, with the reason.
    """
    if long:
        return _streamed(request, work, otherwise, context)
    try:
        done = work(silent)
    except REFUSALS as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(otherwise)
    messages.success(request, done.message)
    return HttpResponseRedirect(done.address)


def _streamed(
    request: HttpRequest, work: Work, otherwise: str, context: dict[str, Any]
) -> HttpResponse | StreamingHttpResponse:
    page = render_to_string("curation/admin/working.html", {**context, "mark": MARK}, request)
    before, after = page.split(MARK)
    content = _page(before, after, work, otherwise, translation.get_language() or "zh-hans")
    # Compression would hold back what was written so far, and so would a proxy's buffer.
    headers = {"Content-Encoding": "identity", "X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    response: Any = StreamingHttpResponse(content, headers=headers)
    response.waits = True  # for the work: the server does not keep others waiting meanwhile
    return response


def _page(before: str, after: str, work: Work, otherwise: str, language: str) -> Iterator[str]:
    messages: Queue[Any] = Queue()
    abandoned = threading.Event()
    thread = threading.Thread(target=_run, args=(work, messages, abandoned, language), daemon=True)
    thread.start()
    try:
        yield before
        while True:
            try:
                word = messages.get(timeout=SECONDS)
            except Empty:
                yield "\n"
                continue
            if isinstance(word, BaseException) and not isinstance(word, REFUSALS):
                logger.error("Work behind a page failed", exc_info=word)
                word = Failed(word)
            with translation.override(language):
                yield _shown(word, otherwise)
            if not isinstance(word, tuple):
                break
        yield after
    finally:
        abandoned.set()
        thread.join()


def _run(work: Work, messages: Queue[Any], abandoned: threading.Event, language: str) -> None:
    """The thread: what it says are (label, done, of all), at last a Done or an exception."""

    def progress(items: Iterable[Any], label: str) -> Iterator[Any]:
        every = list(items)
        for number, item in enumerate(every):
            if number % max(1, len(every) // STEPS) == 0:
                if abandoned.is_set():
                    raise Abandoned
                messages.put((label, number, len(every)))
            yield item
        messages.put((label, len(every), len(every)))

    try:
        with translation.override(language):
            messages.put(work(progress))
    except BaseException as failure:  # noqa: BLE001  # whatever it is, the page must end, and the server's log have it
        messages.put(failure)
    finally:
        connection.close()


def _shown(word: Any, otherwise: str) -> str:
    if isinstance(word, tuple):
        label, done, total = word
        bar = '<p class="bar"><progress max="{}" value="{}"></progress> {} {} / {}</p>\n'
        return format_html(bar, total or 1, done, label, f"{done:,}", f"{total:,}")
    kind, message, address = (
        ("success", word.message, word.address) if isinstance(word, Done) else ("error", word.message, otherwise)
    )
    return format_html(
        '<ul class="messagelist"><li class="{}">{}</li></ul><p><a class="button go-on" href="{}">{}</a></p>\n',
        kind, message, address, both("继续", "Go on"),
    )  # fmt: skip
