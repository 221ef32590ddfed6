"""/ask: a question in anyone's words, answered by the query that it was read as."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.asking.answering import Answering
from api.asking.figures import MOST_NEAR
from api.asking.saying import listed
from api.asking.telling import Answered
from api.http.parameters import Option, WordsField
from api.http.rows import PartialRow, RowPart
from api.http.tags import FINDING
from api.http.viewsets import ListViewSet, warn
from api.http.words import count_unmet, found, say_corrections
from api.search import href_of
from regions.models import Region
from sources.bilingual import both, language
from words.asking import Wanted, others_meant, wanted
from words.documents import NAMED_KINDS
from words.models import Finder, Shortfall
from words.parts import QuestionPart
from words.sought import Sought
from words.vocabulary import NamedConcept


class MeaningRow(RowPart):
    """What a name of the question may mean."""

    kind = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    href = serializers.CharField(
        allow_null=True, help_text=both("其地址；没有时为空。", "Where it is; null where it has none.")
    )


class AskedPartRow(RowPart):
    """Some words of the question: where they stand, and what they were read as."""

    start = serializers.IntegerField(help_text=both("在 `q` 中的起点。", "Where in `q` they begin."))
    end = serializers.IntegerField(help_text=both("终点（不含）。", "Where they end, exclusive."))
    words = serializers.CharField()
    role = serializers.CharField(
        help_text=both(
            "`name` 名称，`period` 时间，`answer`、`transform`、`status`、`recency`、`negation` 问法，`filler` 虚词，`words` 其他词语。",
            "`name`, `period`, how it is asked (`answer`, `transform`, `status`, `recency`, `negation`), `filler`, other `words`.",
        )
    )  # fmt: skip
    read_as = serializers.CharField(
        allow_null=True,
        help_text=both("时间或问法的含义。", "What a time or a way of asking means, such as `2024` or `growth`."),
    )
    meaning = MeaningRow(allow_null=True, help_text=both("所取的含义。", "What it was taken for."))
    alternatives = MeaningRow(many=True, help_text=both("也可能的含义。", "What it may mean as well."))
    is_used = serializers.BooleanField(
        help_text=both("是否用于答复的查询。", "Whether the query of the answer takes it into account.")
    )


class AskedQueryRow(RowPart):
    """What an endpoint gave to the query that the question was read as."""

    endpoint = serializers.CharField(help_text=both("所问的接口。", "The endpoint that was asked."))
    href = serializers.CharField(help_text=both("同一查询的地址。", "The address of the same query."))
    says = serializers.CharField(help_text=both("一句话。", "The same in words."))
    count = serializers.IntegerField(
        allow_null=True, help_text=both("总条数。", "Number of all rows, where it is counted.")
    )
    rows = serializers.ListField(
        child=serializers.DictField(),
        help_text=both(
            "前若干行，如该接口所给；问第二名时从第二行起。",
            "The first rows, as that endpoint gives them; from the second on where the second of an order is asked for.",
        ),
    )
    phrases = serializers.ListField(
        child=serializers.DictField(),
        help_text=both(
            "支持各数的原文，如 `/citations` 所给；行内已有 `citations` 的不重复。",
            "The phrases that state the figures, as `/citations` gives them, where the rows have no `citations` of their own.",
        ),
    )  # fmt: skip


class AskedRow(PartialRow):
    """A question as it was read, and its answer; or that there is none, why, and what is nearest."""

    question = serializers.CharField()
    kind = serializers.ChoiceField(
        [kind.value for kind in Sought], help_text=both("答案的种类。", "What kind of answer it is.")
    )
    is_held = serializers.BooleanField(help_text=both("是否有所问的内容。", "Whether what is asked for is held."))
    says = serializers.CharField(help_text=both("一句话的答复。", "The answer in words."))
    answer = AskedQueryRow(
        allow_null=True, help_text=both("答案；没有时为空。", "The answer; null where it is not held.")
    )
    nearest = AskedQueryRow(
        allow_null=True,
        help_text=both("没有所问时最接近的内容，并非答案。", "What is nearest where it is not held: no answer to the question."),
    )  # fmt: skip
    parts = AskedPartRow(many=True, help_text=both("逐词的理解。", "How each word was read."))
    warnings = serializers.ListField(child=serializers.DictField())


def _query_row(answered: Answered | None) -> dict[str, Any] | None:
    if answered is None:
        return None
    reply = answered.reply
    return {
        "endpoint": reply.path, "href": reply.href, "says": answered.says, "count": reply.content.get("count"),
        "rows": answered.rows, "phrases": answered.phrases,
    }  # fmt: skip


def _shortfall(asked: Wanted) -> Shortfall:
    """Why a question has no answer."""
    if asked.is_mostly_met:
        return Shortfall.NOT_HELD
    return Shortfall.LITTLE if asked.first else Shortfall.NOTHING


@extend_schema(responses=AskedRow)
class AskViewSet(ListViewSet):
    """A question in anyone's words, answered by the query that it was read as.

    Tells what each word was read as, asks the endpoint that has such answers (figures, rankings, comparisons, goals, measures,
    places), and gives its rows with their phrases and the address of the same query. What is not held is not guessed: `is_held`
    is then false, `says` why, and `nearest` is what comes nearest. A goal is never given for what came of it.
    """

    chinese = {
        "list": (
            "用自己的话提问，由所读成的查询作答。\n\n说明每个词按什么理解，去问有这类答案的接口（数值、排位、比较、目标、措施、地区），"
            "给出其各行、所据原文和同一查询的地址。没有的不猜：此时 `is_held` 为 false，`says` 说明缘由，`nearest` 是最接近的内容。"
            "目标从不当作结果给出。"
        ),
    }
    tag = FINDING
    summaries = {"list": both("用自己的话提问", "Ask in your own words")}
    queryset: QuerySet[Region] = Region.objects.public()  # for the description
    serializer_class = AskedRow
    paged_actions = ()
    file_renderers = ()
    extra_options = {
        "q": Option(
            WordsField(example="醴陵2024年进出口是多少"),
            both("问题；必填。", "The question; required."),
            needed=True,
        ),
    }

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        self.filter_queryset(None)
        question = self.chosen["q"]
        hits = found(request, question)
        asked = wanted(hits)
        outcome = Answering(request, asked).outcome()
        count_unmet(request, question, Finder.ASK, None if outcome.answer else _shortfall(asked))
        say_corrections(request, hits.reading)
        if outcome.answer and asked.unused:
            words = listed(part.text for part in asked.unused)
            warn(request, "not_used", both(f"未计入查询：{words}。", f"Not taken into account: {words}."))
        if hits.reading.is_negated:
            warn(
                request,
                "negation",
                both("否定词未计入查询。", "What the question excludes is not left out by the query."),
            )
        sentences = filter(None, [outcome.says.strip(), outcome.answer.says if outcome.answer else ""])
        says = ("" if language() == "zh" else " ").join(sentences)
        return Response(
            {
                "question": question, "kind": (outcome.sought or asked.sought).value, "is_held": outcome.answer is not None,
                "says": says, "answer": _query_row(outcome.answer), "nearest": _query_row(outcome.nearest),
                "parts": [self._part_row(asked, part) for part in hits.reading.parts],
                "warnings": getattr(request, "warnings", []),
            }
        )  # fmt: skip

    def _part_row(self, asked: Wanted, part: QuestionPart) -> dict[str, Any]:
        chosen = asked.meaning.get(part.start)
        others = [one for one in others_meant(asked.reading, part) if one != chosen][:MOST_NEAR]
        return {
            "start": part.start, "end": part.end, "words": part.text,
            "role": "name" if part.is_name else part.role or "words", "read_as": part.does or None,
            "meaning": chosen and self._meaning_row(chosen), "alternatives": list(map(self._meaning_row, others)),
            "is_used": part not in asked.unused and part not in asked.unknown,
        }  # fmt: skip

    def _meaning_row(self, concept: NamedConcept) -> dict[str, Any]:
        has_page = concept.kind in NAMED_KINDS
        href = href_of(self.request, concept.kind, concept.code, concept.family) if has_page else None
        return {"kind": concept.kind, "code": concept.code, "name": concept.name(language()), "href": href}
