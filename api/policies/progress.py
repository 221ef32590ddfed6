"""A document's progress as an answer: stated, claimed, recorded and related, by domain, status, kind and region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import TextChoices
from rest_framework import serializers

from api.data.revisions import phrases_of
from api.http.rows import PartialRow, RowPart
from api.reference.sources import PhraseRow
from indicators.choices import PeriodBasis, Qualifier
from indicators.models import Observation
from indicators.rows import Figure
from policies.choices import MeasureKind, Status
from policies.progress import DomainProgress, Progress, by_kind, by_status
from sources.bilingual import both, said

RECORDED_SAYS = both(
    "已收录的任务数：清单指明为其中之一者。",
    "Tasks held here: what a list names as one of those that the document counts.",
)
RELATED_SAYS = both(
    "相关的其他措施数（平台、首创、主题等），并非指明的任务。",
    "Other measures of the domain (platforms, firsts, themes …), which no source names as one of the tasks.",
)
BY_KIND_SAYS = both("收录与相关的，按类型。", "What is recorded and what is related, by kind.")


class CountRow(RowPart):
    """How many measures share a status, a kind or a region."""

    key = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()


class ClaimRow(RowPart):
    """What a source claims of the total."""

    value = serializers.FloatField(allow_null=True)
    qualifier = serializers.ChoiceField(Qualifier.choices)
    period = serializers.CharField(help_text=both("何时的总数。", "The time of which it is said."))
    period_basis = serializers.ChoiceField(PeriodBasis.choices)
    variant = serializers.CharField(
        allow_null=True, help_text=both("首选说法为空。", "Null for the preferred statement.")
    )
    source = serializers.CharField()
    source_title = serializers.CharField()
    source_issued = serializers.CharField(
        allow_null=True, help_text=both("来源的日期（EDTF）。", "EDTF date of the source; null where it has none.")
    )
    observation = serializers.IntegerField(help_text=both("观测的 id。", "Id of the observation."))
    note = serializers.CharField(allow_null=True)
    citations = PhraseRow(many=True)


class TaskRow(RowPart):
    """A measure of a domain."""

    code = serializers.CharField()
    ordinal = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(MeasureKind.choices)
    title = serializers.CharField()
    status = serializers.ChoiceField(Status.choices, allow_null=True)
    status_since = serializers.CharField(allow_null=True)


class DomainProgressRow(RowPart):
    """A domain: what the document states, and what is held."""

    code = serializers.CharField()
    ordinal = serializers.IntegerField()
    name = serializers.CharField()
    stated = serializers.IntegerField(allow_null=True, help_text=both("文件所述。", "As the document states."))
    recorded = serializers.IntegerField(help_text=RECORDED_SAYS)
    related = serializers.IntegerField(help_text=RELATED_SAYS)
    by_status = CountRow(many=True, help_text=both("已收录任务的现状。", "Where the recorded tasks stand."))
    by_kind = CountRow(many=True, help_text=BY_KIND_SAYS)
    citations = serializers.ListField(child=serializers.CharField())
    measures = TaskRow(
        many=True, required=False, help_text=both("`include=measures` 时有。", "With `include=measures`.")
    )


class ProgressRow(PartialRow):
    """How far a document's tasks have come."""

    document = serializers.CharField()
    title = serializers.CharField()
    stated = serializers.FloatField(
        allow_null=True, help_text=both("最近的首选总数说法。", "The latest preferred claim about the total.")
    )
    stated_by_domains = serializers.IntegerField(
        allow_null=True,
        help_text=both("各领域所述之和。", "Sum of what is stated for each domain; null where one has none."),
    )
    agree = serializers.BooleanField(
        allow_null=True,
        help_text=both(
            "各说法与分领域之和是否一致；不足两个为空。",
            "Whether all of these are one number; null with fewer than two.",
        ),
    )
    recorded = serializers.IntegerField(help_text=RECORDED_SAYS)
    related = serializers.IntegerField(help_text=RELATED_SAYS)
    outside = serializers.IntegerField(
        help_text=both("未归入领域的措施数。", "Measures of the document in none of its domains.")
    )
    claims = ClaimRow(
        many=True, help_text=both("关于总数的各种说法，并存。", "Every claim about the total; all stand.")
    )
    by_status = CountRow(many=True, help_text=both("已收录任务的现状。", "Where the recorded tasks stand."))
    by_kind = CountRow(many=True, help_text=BY_KIND_SAYS)
    by_region = CountRow(
        many=True, help_text=both("收录与相关的，按实施地。", "What is recorded and what is related, by place.")
    )
    domains = DomainProgressRow(many=True)


def progress_row(progress: Progress, with_measures: bool) -> dict[str, Any]:
    """The progress of a document as the answer has it."""
    recorded = progress.recorded
    phrases = phrases_of([claim.pk for claim in progress.claims], None)
    stated = next((claim for claim in progress.claims if not claim.series.variant), None)
    return {
        "document": progress.document.code, "title": said(progress.document, "title"),
        "stated": figure_of(stated) if stated else None, "stated_by_domains": progress.stated_by_domains,
        "agree": progress.agree, "recorded": len(recorded), "related": len(progress.related), "outside": len(progress.outside),
        "claims": [claim_row(claim, phrases[claim.pk]) for claim in progress.claims],
        "by_status": counts(Status, by_status(recorded)), "by_kind": counts(MeasureKind, by_kind([*recorded, *progress.related])),
        "by_region": [
            {"key": region.code, "name": said(region, "name"), "count": count} for region, count in progress.by_region
        ],
        "domains": [domain_row(held, with_measures) for held in progress.domains],
    }  # fmt: skip


def figure_of(observation: Observation) -> Figure | None:
    """An observation's value with its stated decimals, or None."""
    return None if observation.value is None else Figure(observation.value, observation.decimals)


def counts(choices: type[TextChoices], counted: Counter[Any]) -> list[dict[str, Any]]:
    """Counts in the order of a closed list, what has none of its words last."""
    order: Iterable[Any] = [*choices.values, None]
    return [
        {"key": key, "name": str(choices(key).label) if key else None, "count": counted[key]}
        for key in order
        if counted[key]
    ]


def claim_row(claim: Observation, phrases: Sequence[Any]) -> dict[str, Any]:
    """An observation of a total as a claim, with the phrases that state it."""
    return {
        "value": figure_of(claim), "qualifier": claim.qualifier, "period": claim.period,
        "period_basis": claim.period_basis, "variant": claim.series.variant or None, "source": claim.source.slug,
        "source_title": said(claim.source, "title"),
        "source_issued": claim.source.issued or None, "observation": claim.pk, "note": said(claim, "note") or None,
        "citations": phrases,
    }  # fmt: skip


def domain_row(held: DomainProgress, with_measures: bool) -> dict[str, Any]:
    """A domain's progress as the answer has it."""
    domain, recorded = held.domain, held.recorded
    row = {
        "code": domain.code, "ordinal": domain.ordinal, "name": said(domain, "name"), "stated": domain.task_count,
        "recorded": len(recorded), "related": len(held.related), "by_status": counts(Status, by_status(recorded)),
        "by_kind": counts(MeasureKind, by_kind(held.measures)),
        "citations": [citation.code for citation in domain.citations.all()],
    }  # fmt: skip
    if not with_measures:
        return row
    return {**row, "measures": [
        {
            "code": m.code, "ordinal": m.ordinal, "kind": m.kind, "title": said(m, "title"), "status": m.status,
            "status_since": m.status_since or None,
        }
        for m in held.measures
    ]}  # fmt: skip
