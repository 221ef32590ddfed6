"""/policies/match, and whom a measure fits: policy matching with the reasons for every score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.http.parameters import MOST_CHARACTERS, OneCodeField, Option, ParameterField, PartField, WordsField, refuse
from api.http.rows import PartialRow
from api.http.tags import POLICIES
from api.http.viewsets import ListViewSet, warn
from api.http.words import MatchPlaceRow, count_unmet, found, say_corrections
from api.policies.measure_rows import MeasureRow
from api.problems import InvalidParameters, ParameterError
from api.reference.indicators import industries
from indicators.models import Category
from policies.audience import audience
from policies.choices import Level, Need, Status
from policies.matching import Match, Wish, match
from policies.models import Measure
from policies.places import RegionFit, known_places
from policies.reasons import Criterion, IndustryFit, NeedFit, Reason, WordsFit, known_trades
from regions.models import Region
from sources.bilingual import both, said
from words.documents import MEASURE
from words.hits import Hits
from words.index import index
from words.matching import phrases
from words.models import Finder, Shortfall
from words.resolving import resolve
from words.showing import shown
from words.units import keys
from words.unmet import count, shortfall
from words.vocabulary import INSTRUMENT, NEED, REGION, NamedConcept

FITS = {
    Criterion.REGION: RegionFit,
    Criterion.INDUSTRY: IndustryFit,
    Criterion.NEED: NeedFit,
    Criterion.STATUS: Status,
    Criterion.LEVEL: Level,
    Criterion.WORDS: WordsFit,
}


class NamedCodeField(OneCodeField):
    """One code, in any case, or a name that is exactly one of its names, as `/resolve` reads it. `by_code` are the records in memory."""

    def __init__(
        self, known: Callable[[], QuerySet[Any]], by_code: Callable[[], Mapping[str, Any]], kind: str, *, example: str
    ) -> None:
        super().__init__(known, example=example)
        self.by_code, self.kind = by_code, kind

    def read(self, text: str) -> object:
        word, by_code = text.strip(), self.by_code()
        if (record := by_code.get(word) or by_code.get(word.upper())) is not None:
            return record
        if len(word) > MOST_CHARACTERS:  # nothing is called so
            return super().read(text)
        named_things = resolve(word)
        for match_ in named_things:
            if match_.concept.kind == self.kind and match_.is_name:
                return self.known().get(code=match_.concept.code)
        if (code := self._after_places(word)) is not None:
            return self.known().get(code=code)
        message = both(f"未知的代码或名称 {word}", f"unknown code or name {word}")
        refusal = refuse("unknown_code", message, self.known().values_list("code", flat=True), word)
        refusal.did_you_mean = next(
            (one.concept.code for one in named_things if one.concept.kind == self.kind), refusal.did_you_mean
        )
        raise refusal

    def _after_places(self, word: str) -> str | None:
        """The code of the one thing of the kind that is named after a place (醴陵陶瓷), and nothing else is."""
        reading = index().read(word)
        meant = reading.of_kind(self.kind)
        kinds = {reading.vocabulary.concepts[one.concept].kind for part in reading.parts for one in part.meanings[:1]}
        is_all = (
            all(part.is_name for part in reading.parts) and kinds == {self.kind, REGION} and not reading.corrections
        )
        return meant[0].code if len(meant) == 1 and is_all and self.kind != REGION else None


class NeedsField(ParameterField):
    """Needs, comma-separated: words of the closed list, or what people call one of them or a means to meet it (物流, exhibition)."""

    many = True

    def read(self, text: str) -> list[NamedConcept]:
        return [self._meant(word) for word in self.values(text)]

    def _meant(self, word: str) -> NamedConcept:
        """The need of the list, or what the word names. Raises ValidationError, with what is nearest in meaning or in letters."""
        held = index()
        concepts = held.vocabulary.concepts
        if (listed := held.vocabulary.by_code.get((NEED, word))) is not None:
            return concepts[listed]
        named = [concepts[one.concept] for one in held.vocabulary.names.get(keys(word), ())]
        for kind in (NEED, INSTRUMENT):
            for concept in named:
                if concept.kind == kind:
                    return concept
        count(word, Finder.MATCH, Shortfall.NOTHING)
        read = held.read(word)
        near = [*read.of_kind(NEED), *read.of_kind(INSTRUMENT)]
        message = both(f"{word} 不是需求；可用 q 以自己的话说明", f"{word} is no need; say it in your own words by q")
        refusal = refuse("unknown_value", message, Need.values, word)
        if near:
            refusal.did_you_mean = near[0].code
        raise refusal


class ReasonRow(serializers.Serializer[Any]):
    """What one criterion, or one part of the question, contributed to a score."""

    words = serializers.CharField(
        allow_null=True,
        help_text=both("问题中的词语；不是由 `q` 而来的为空。", "Words of the question; null where it is not of `q`."),
    )
    criterion = serializers.ChoiceField(Criterion.values)
    fit = serializers.CharField(help_text=both("如何符合。", "How it fits."))
    code = serializers.CharField(allow_null=True, help_text=both("凭哪个代码符合。", "The code by which it fits."))
    name = serializers.CharField(allow_null=True)
    weight = serializers.IntegerField(help_text=both("该项的权重。", "Weight of the criterion."))
    score = serializers.FloatField(
        help_text=both("得到其权重的多少，0 至 1。", "The part of it that was earned, 0 to 1.")
    )
    says = serializers.CharField(help_text=both("一句话说明。", "The same in words."))


class MatchRow(MeasureRow):
    """A measure that fits, with its score and the reasons."""

    score = serializers.FloatField(help_text=both("0 至 1，1 为全部符合。", "0 to 1."))
    reasons = ReasonRow(many=True, help_text=both("逐项理由。", "Why, by criterion."))
    matches = MatchPlaceRow(many=True, help_text=both("`q` 的词语见于何处。", "Where words of `q` stand in its texts."))

    beside = ("score", "reasons", "matches")

    class Meta(MeasureRow.Meta):
        fields = ("score", "reasons", "matches", *MeasureRow.Meta.fields)


def reason_row(reason: Reason) -> dict[str, Any]:
    """A reason as the answer has it."""
    code, name = _called(reason)
    how = str(dict(FITS[Criterion(reason.criterion)].choices).get(reason.fit, both("未知", "unknown")))
    if reason.criterion in (Criterion.STATUS, Criterion.LEVEL):  # which fit by what they are, not by another record
        how, named = str(Criterion(reason.criterion).label), how
    else:
        named = name or reason.words or ""
    return {
        "criterion": reason.criterion, "fit": reason.fit, "code": code, "name": name,
        "words": reason.words, "weight": reason.weight, "score": reason.score,
        "says": str(both(f"{how}：{named}", f"{how}: {named}")) if named else how,
    }  # fmt: skip


def _called(reason: Reason) -> tuple[str | None, str | None]:
    """The code and the name of what a reason rests on: a record, a word of a closed list, or nothing."""
    if reason.by is None:
        return None, None
    if hasattr(reason.by, "code"):
        return reason.by.code, said(reason.by, "name")
    words = Need if reason.criterion == Criterion.NEED else FITS[Criterion(reason.criterion)]
    return str(reason.by), str(words(reason.by).label)


@extend_schema(responses=MatchRow(many=True))
class MatchViewSet(ListViewSet):
    """Measures that fit a place, a trade and a need, or a question in anyone's words, best first, each with the reasons for its score.

    Counts every measure that fits at all: those that name the place, its groups, what it lies in or no place in particular;
    `min_score` leaves out those that fit little. What is asked for by code and does not fit at all leaves a measure out. Each part of `q`
    is a reason of its own: one that names a place, a trade or a need by how the measure fits that and speaks of it, another by where
    its words stand.
    Beside the others words only order; alone they decide, and the 500 measures that they fit best are listed. The weights are
    those of the installation and stand in each reason; of equal scores those come first that are for fewer places, industries and needs.
    """

    chinese = {
        "list": (
            "适合某地、某行业、某需求，或用自己的话所说之事的措施，最合适的在前，各附得分理由。\n\n凡有任何契合的都计入：指名该地、其所属组合、其上级的，"
            "以及不限地区的；`min_score` 可去掉契合度低的。按代码要求的某项完全不合，则不列。"
            "`q` 的每个部分各为一条理由：是地区、行业、需求的，看措施是否与之相合、是否提到；其余看词语见于何处。"
            "与其他条件同用时词语只影响次序；"
            "单独使用时由其决定，列出最相合的 500 项。权重由部署者设定，写在每条理由中；"
            "得分相同的，所涉地区、行业、需求较少者在前。"
        ),
    }
    tag = POLICIES
    summaries = {"list": both("政策匹配", "Match policies to a place, a trade and a need")}
    queryset = Measure.objects.public()
    serializer_class = MatchRow
    includes = MeasureRow.optional
    extra_options = {
        "region": Option(
            NamedCodeField(Region.objects.public, lambda: known_places().by_code, "region", example="430281"),
            both("地区：代码或名称。", "A place: its code or name."),
        ),
        "industry": Option(
            NamedCodeField(industries, lambda: known_trades().by_code, "industry", example="CERAMICS"),
            both("行业：代码（不分大小写）或名称。", "An industry: its code, in any case, or its name."),
        ),
        "need": Option(
            NeedsField(example="logistics"),
            both(
                f"需求，满足其一即可：{'、'.join(Need.values)}，或人们对需求、政策工具的叫法（物流、展会）。",
                f"Needs, of which one must be met: {', '.join(Need.values)}, or what people call these or a means "
                "to meet them (exhibition).",
            ),
        ),
        "q": Option(
            WordsField(example="出口退税"),
            both("用自己的话说所需：出口退税、二手车想卖到非洲。", "What is needed, in anyone's words: second-hand cars to Africa."),
        ),
        "min_score": Option(PartField(), both("得分至少为此数者。", "Only those with at least this score.")),
    }  # fmt: skip

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        self.filter_queryset(None)
        region, industry, needs, words = (self.chosen[name] for name in ("region", "industry", "need", "q"))
        if not (region or industry or needs or words):
            message = both("region、industry、need、q 至少给一项", "give at least one of region, industry, need and q")
            raise InvalidParameters([ParameterError("region", "required", message)])
        hits = found(request, words) if words else None
        if hits is not None:  # which may be empty
            say_corrections(request, hits.reading)
            count_unmet(request, words, Finder.MATCH, shortfall(hits.of_kinds([MEASURE])[0:1]))
        wish = Wish(
            region, industry, tuple(one.code for one in needs or () if one.kind == NEED),
            tuple(one.code for one in needs or () if one.kind == INSTRUMENT), phrases(hits) if hits else (),
        )  # fmt: skip
        least = self.chosen["min_score"] or 0
        page = list(self.paginate_queryset(match(wish).at_least(least) if wish != Wish() else []))
        if not page:
            warn(request, "no_rows", both("没有符合的措施；少给一项再试。", "No measure fits; ask for less."))
        places, reason = self._places(hits, page), cache(reason_row)  # many measures have the same
        rows = self.reading.of_keys(
            [one.measure for one in page], request, score=(one.score for one in page),
            reasons=(list(map(reason, one.reasons)) for one in page), matches=(places.get(one.measure, []) for one in page),
        )  # fmt: skip
        return self.get_paginated_response(rows)

    @staticmethod
    def _places(hits: Hits | None, page: Sequence[Match]) -> dict[int, Any]:
        """Where words of the question stand in the texts of the measures of a page."""
        if hits is None:
            return {}
        listed = hits.of_records(MEASURE, [one.measure for one in page])
        places = shown(hits, list(listed.values()))
        return {pk: [one._asdict() for one in mine] for pk, mine in zip(listed, places, strict=True)}


class AudienceRow(ReasonRow):
    """A place or an industry that a measure fits, and why."""

    code = serializers.CharField()
    name = serializers.CharField()
    via = serializers.CharField(help_text=both("凭措施所列的哪个代码。", "The code of the measure by which it does."))
    via_name = serializers.CharField()
    criterion = weight = words = None


class MeasureAudience(PartialRow):
    """Whom a measure fits."""

    measure = serializers.CharField()
    title = serializers.CharField()
    needs = serializers.ListField(child=serializers.ChoiceField(Need.choices))
    any_industry = serializers.BooleanField(
        help_text=both(
            "不限行业；此时 `industries` 为空。", "For no industry in particular; `industries` is then empty."
        )
    )
    regions = AudienceRow(many=True)
    industries = AudienceRow(many=True)


def audience_of(measure: Measure) -> dict[str, Any]:
    """The audience of a measure as the answer has it."""
    fitting = audience(measure)
    return {
        "measure": measure.code, "title": said(measure, "title"), "needs": fitting.needs,
        "any_industry": fitting.any_industry,
        "regions": [_audience_row(*pair) for pair in fitting.regions],
        "industries": [_audience_row(*pair) for pair in fitting.industries],
    }  # fmt: skip


def _audience_row(record: Region | Category, reason: Reason) -> dict[str, Any]:
    row = reason_row(reason)
    return {
        "code": record.code, "name": said(record, "name"), "fit": row["fit"], "via": row["code"],
        "via_name": row["name"], "score": row["score"], "says": row["says"],
    }  # fmt: skip
