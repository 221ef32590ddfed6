"""What is done, by whom, when: documents, their domains and measures, and the dated events that a status follows from."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Now

from indicators.models import Category, Indicator
from policies.choices import (
    ActorKind,
    Direction,
    DocumentKind,
    EventType,
    Level,
    MeasureKind,
    RegionRole,
    RelationType,
)
from regions.models import Region
from sources.bilingual import both, said
from sources.edtf import span
from sources.fields import CodeField, StrictCharField, WholeNumberField, choice_check
from sources.folding import searchable
from sources.models import PublicQuerySet, Publishable, Source, citations_field


class Actor(Publishable):
    """Who acts: a government, an institution, an enterprise."""

    code = CodeField(both("代码", "code"))
    kind = StrictCharField(both("类型", "kind"), max_length=12, choices=ActorKind)
    name_zh = StrictCharField(both("名称（中文）", "name (Chinese)"), max_length=120)
    name_en = StrictCharField(both("名称（英文）", "name (English)"), max_length=200)

    class Meta:
        verbose_name = both("主体", "actor")
        verbose_name_plural = both("主体", "actors")
        ordering = ("code",)
        constraints = (choice_check("kind", ActorKind, "actor_kind_known"),)

    def __str__(self) -> str:
        return said(self, "name")


class Instrument(Publishable):
    """The means by which a measure works: a fund, a rebate, a corridor, a list."""

    code = CodeField(both("代码", "code"))
    name_zh = StrictCharField(both("名称（中文）", "name (Chinese)"), max_length=120)
    name_en = StrictCharField(both("名称（英文）", "name (English)"), max_length=160)

    class Meta:
        verbose_name = both("政策工具", "instrument")
        verbose_name_plural = both("政策工具", "instruments")
        ordering = ("code",)

    def __str__(self) -> str:
        return said(self, "name")


class Document(Publishable):
    """A plan, opinion, campaign or study that contains measures, or that a source names."""

    code = CodeField(both("代码", "code"))
    kind = StrictCharField(both("类型", "kind"), max_length=12, choices=DocumentKind)
    title_zh = StrictCharField(both("标题（中文）", "title (Chinese)"), max_length=300)
    title_en = StrictCharField(both("标题（英文）", "title (English)"), max_length=400)
    number = StrictCharField(both("文号", "number"), max_length=80, blank=True)
    issuer = models.ForeignKey(
        Actor, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=both("发文机关", "issuer")
    )
    level = StrictCharField(both("级别", "level"), max_length=16, choices=Level, blank=True)
    issued = StrictCharField(both("发布日期", "issued"), max_length=10, blank=True, help_text="EDTF")
    source = models.ForeignKey(Source, models.PROTECT, related_name="documents", verbose_name=both("来源", "source"))
    total_series = StrictCharField(
        both("任务总数的序列", "series of its total"), max_length=200, blank=True,
        help_text=both("其观测即各方对任务总数的说法", "its observations are what is claimed of the number of tasks"),
    )  # fmt: skip
    note_zh = StrictCharField(both("备注（中文）", "note (Chinese)"), max_length=1000, blank=True)
    note_en = StrictCharField(both("备注（英文）", "note (English)"), max_length=1000, blank=True)
    citations = citations_field()

    class Meta:
        verbose_name = both("政策文件", "policy document")
        verbose_name_plural = both("政策文件", "policy documents")
        ordering = ("code",)
        constraints = (
            choice_check("kind", DocumentKind, "document_kind_known"),
            choice_check("level", Level, "document_level_known", blank=True),
        )

    def __str__(self) -> str:
        return said(self, "title")


class Domain(Publishable):
    """A group of measures in a document. `task_count` is what the document claims, not what is held here."""

    code = CodeField(both("代码", "code"))
    document = models.ForeignKey(
        Document, models.PROTECT, related_name="domains", verbose_name=both("文件", "document")
    )
    ordinal = WholeNumberField(both("序号", "ordinal"))
    name_zh = StrictCharField(both("名称（中文）", "name (Chinese)"), max_length=160)
    name_en = StrictCharField(both("名称（英文）", "name (English)"), max_length=240)
    task_count = WholeNumberField(both("所述任务数", "stated task count"), null=True, blank=True)
    citations = citations_field()

    class Meta:
        verbose_name = both("领域", "domain")
        verbose_name_plural = both("领域", "domains")
        ordering = ("document__code", "ordinal")
        constraints = (models.UniqueConstraint(fields=("document", "ordinal"), name="domain_ordinal_once"),)

    def __str__(self) -> str:
        return said(self, "name")


# The standings in which a measure has effect.
IN_FORCE = (EventType.PILOTING, EventType.IN_FORCE, EventType.COMPLETED, EventType.REPLICATED)


def needing(needs: Iterable[str]) -> Q:
    """That a measure meets one of these needs; no need's name is part of another's."""
    rule = Q()
    for need in needs:
        rule |= Q(needs__contains=need)
    return rule


class MeasureQuerySet(PublicQuerySet["Measure"]):
    def with_status(self, day: datetime.date | None = None) -> Self:
        """Annotated with `status` and `status_since`: its latest published event until now, or until the end of `day`.

        An event without a date counts before every dated one, and on no particular day. No event: null.
        """
        events = Event.objects.public().giving_status().filter(measure=OuterRef("pk"))
        # The present is the store's own: views hold this query for as long as they run.
        events = events.filter(Q(date__lte=Now()) | Q(date=None)) if day is None else events.filter(date__lte=day)
        latest = events.latest_first()
        return self.annotate(
            status=Subquery(latest.values("type")[:1]), status_since=Subquery(latest.values("edtf")[:1])
        )

    def in_force_on(self, day: datetime.date) -> Self:
        """Measures whose status on that day was one of piloting, in force, completed or replicated."""
        return self.with_status(day).filter(status__in=IN_FORCE)

    def concerning(self, regions: Iterable[Region]) -> Self:
        """Measures that name one of these regions, in any role."""
        return self.filter(Exists(MeasureRegion.objects.filter(measure=OuterRef("pk"), region__in=regions)))

    def meeting(self, needs: Iterable[str]) -> Self:
        """Measures that meet one of these needs."""
        return self.filter(needing(needs))

    def announced_during(self, spans: Iterable[tuple[datetime.date | None, datetime.date | None]]) -> Self:
        """Measures proposed or announced within one of the spans of days; an open end is None."""
        chosen = Q()
        for first, last in spans:
            span = Q(date__isnull=False)
            if first is not None:
                span &= Q(date__gte=first)
            if last is not None:
                span &= Q(date__lte=last)
            chosen |= span
        events = Event.objects.public().filter(chosen, type__in=(EventType.PROPOSED, EventType.ANNOUNCED))
        return self.filter(Exists(events.filter(measure=OuterRef("pk"))))

    def matching(self, words: str) -> Self:
        """Measures whose code, title or summary contains every one of the words (separated by spaces), in any case."""
        measures = self
        for word in searchable(words).split():
            measures = measures.filter(search__contains=word)
        return measures

    def perhaps_in_force_on(self, day: datetime.date) -> Self:
        """Measures that are in force by an event whose date is not known, and not known to be so on that day."""
        undated = Event.objects.public().filter(date__isnull=True, type__in=IN_FORCE)
        known = Measure.objects.in_force_on(day).values("pk")
        return self.filter(Exists(undated.filter(measure=OuterRef("pk")))).exclude(pk__in=known)


class Measure(Publishable):
    """One thing that a policy document proposes, plans or does."""

    code = CodeField(both("代码", "code"))
    kind = StrictCharField(both("类型", "kind"), max_length=16, choices=MeasureKind)
    document = models.ForeignKey(
        Document, models.PROTECT, related_name="measures", verbose_name=both("文件", "document")
    )
    domain = models.ForeignKey(
        Domain, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name=both("领域", "domain")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="steps", verbose_name=both("上级措施", "parent")
    )
    ordinal = WholeNumberField(both("清单内序号", "number in its list"), null=True, blank=True)
    title_zh = StrictCharField(both("标题（中文）", "title (Chinese)"), max_length=120)
    title_en = StrictCharField(both("标题（英文）", "title (English)"), max_length=200)
    summary_zh = StrictCharField(both("摘要（中文）", "summary (Chinese)"), max_length=1500)
    summary_en = StrictCharField(both("摘要（英文）", "summary (English)"), max_length=2000)
    level = StrictCharField(both("级别", "level"), max_length=16, choices=Level)
    needs = StrictCharField(
        both("所补需求", "needs met"), max_length=200, blank=True, help_text=both("以“;”分隔", "separated by “;”")
    )
    actors = models.ManyToManyField(Actor, blank=True, related_name="measures", verbose_name=both("主体", "actors"))
    instruments = models.ManyToManyField(
        Instrument, blank=True, related_name="measures", verbose_name=both("政策工具", "instruments")
    )
    industries = models.ManyToManyField(
        Category, blank=True, related_name="measures", verbose_name=both("行业", "industries")
    )
    regions: models.ManyToManyField = models.ManyToManyField(
        Region, through="MeasureRegion", related_name="measures", verbose_name=both("地区", "regions")
    )
    indicators: models.ManyToManyField = models.ManyToManyField(
        Indicator, through="MeasureIndicator", related_name="measures", verbose_name=both("指标", "indicators")
    )
    citations = citations_field()
    search = StrictCharField(max_length=4000, editable=False)
    status: str | None  # of `with_status`
    status_since: str | None  # the same

    objects = MeasureQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = both("政策措施", "measure")
        verbose_name_plural = both("政策措施", "measures")
        ordering = ("code",)
        constraints = (
            choice_check("kind", MeasureKind, "measure_kind_known"),
            choice_check("level", Level, "measure_level_known"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="measure_not_its_own_parent"),
        )

    def __str__(self) -> str:
        return said(self, "title")

    def derive(self) -> None:
        """Bring the normalised search column in line with the text."""
        self.search = searchable(self.code, self.title_zh, self.title_en, self.summary_zh, self.summary_en)

    @property
    def need_list(self) -> list[str]:
        """The needs that the measure meets (policies.choices.Need)."""
        return [need for need in self.needs.split(";") if need]


class MeasureRegion(models.Model):
    """A region that a measure concerns, and as what."""

    measure = models.ForeignKey(Measure, models.CASCADE, related_name="region_links")
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="measure_links", verbose_name=both("地区", "region")
    )
    role = StrictCharField(both("作用", "role"), max_length=8, choices=RegionRole, default=RegionRole.TARGET)

    class Meta:
        verbose_name = both("所涉地区", "region concerned")
        verbose_name_plural = both("所涉地区", "regions concerned")
        ordering = ("region__code", "role")
        constraints = (
            choice_check("role", RegionRole, "measure_region_role_known"),
            models.UniqueConstraint(fields=("measure", "region", "role"), name="measure_region_once"),
        )

    def __str__(self) -> str:
        return f"{self.region.code}:{self.role}"


class MeasureIndicator(models.Model):
    """An indicator that a measure means to move, and which way."""

    measure = models.ForeignKey(Measure, models.CASCADE, related_name="indicator_links")
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="measure_links", verbose_name=both("指标", "indicator")
    )
    direction = StrictCharField(both("方向", "direction"), max_length=8, choices=Direction, default=Direction.UP)

    class Meta:
        verbose_name = both("所涉指标", "indicator meant")
        verbose_name_plural = both("所涉指标", "indicators meant")
        ordering = ("indicator__code",)
        constraints = (
            choice_check("direction", Direction, "measure_indicator_direction_known"),
            models.UniqueConstraint(fields=("measure", "indicator"), name="measure_indicator_once"),
        )

    def __str__(self) -> str:
        return f"{self.indicator.code}:{self.direction}"


# What happens later in a measure's life: the order of events that bear the same date.
STAGES = (
    EventType.PROPOSED,
    EventType.ANNOUNCED,
    EventType.PILOTING,
    EventType.IN_FORCE,
    EventType.AMENDED,
    EventType.COMPLETED,
    EventType.REPLICATED,
    EventType.WITHDRAWN,
)
STAGE = Case(*(When(type=type_, then=Value(rank)) for rank, type_ in enumerate(STAGES)), default=Value(-1))


class EventQuerySet(PublicQuerySet["Event"]):
    def giving_status(self) -> Self:
        """The events that change the status of their measure: an amendment does not."""
        return self.exclude(type=EventType.AMENDED)

    def in_order(self) -> Self:
        """The events as they happened: undated first, then by date, then by stage."""
        return self.order_by(F("date").asc(nulls_first=True), STAGE.asc(), "pk")

    def latest_first(self) -> Self:
        """The latest event first; an undated one comes after every dated one."""
        return self.order_by(F("date").desc(nulls_last=True), STAGE.desc(), "-pk")


class Event(Publishable):
    """Something that happened to a measure, dated as precisely as its source says."""

    measure = models.ForeignKey(Measure, models.CASCADE, related_name="events", verbose_name=both("措施", "measure"))
    type = StrictCharField(both("类型", "type"), max_length=12, choices=EventType)
    edtf = StrictCharField(both("日期", "date"), max_length=10, blank=True, help_text="EDTF: 2024, 2024-06, 2024-06-13")
    date = models.DateField(both("最早日", "earliest day"), null=True, blank=True, editable=False)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="events", verbose_name=both("地区", "region")
    )
    batch = StrictCharField(
        both("批次", "batch"), max_length=40, blank=True, help_text=both("复制推广的批次", "of a replication")
    )
    note_zh = StrictCharField(both("备注（中文）", "note (Chinese)"), max_length=1000, blank=True)
    note_en = StrictCharField(both("备注（英文）", "note (English)"), max_length=1000, blank=True)
    citations = citations_field()

    objects = EventQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = both("事件", "event")
        verbose_name_plural = both("事件", "events")
        ordering = ("measure__code", "edtf", "id")
        constraints = (choice_check("type", EventType, "event_type_known"),)

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.edtf}".strip()

    def derive(self) -> None:
        """Bring the sortable date in line with the date as stated."""
        self.date = span(self.edtf)[0] if self.edtf else None


def _exactly_one(*fields: str) -> Q:
    rule = Q()
    for chosen in fields:
        rule |= Q(**{f"{field}__isnull": field != chosen for field in fields})
    return rule


class Relation(Publishable):
    """How a measure or document bears on another: implements it, replicates it, supersedes it."""

    from_measure = models.ForeignKey(
        Measure, models.PROTECT, null=True, blank=True, related_name="relations_out",
        verbose_name=both("主体措施", "from measure"),
    )  # fmt: skip
    from_document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="relations_out",
        verbose_name=both("主体文件", "from document"),
    )  # fmt: skip
    type = StrictCharField(both("关系", "type"), max_length=12, choices=RelationType)
    to_measure = models.ForeignKey(
        Measure, models.PROTECT, null=True, blank=True, related_name="relations_in",
        verbose_name=both("客体措施", "to measure"),
    )  # fmt: skip
    to_document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="relations_in",
        verbose_name=both("客体文件", "to document"),
    )  # fmt: skip
    citations = citations_field()

    class Meta:
        verbose_name = both("关系", "relation")
        verbose_name_plural = both("关系", "relations")
        ordering = ("id",)
        constraints = (
            choice_check("type", RelationType, "relation_type_known"),
            models.CheckConstraint(condition=_exactly_one("from_measure", "from_document"), name="relation_from_one"),
            models.CheckConstraint(condition=_exactly_one("to_measure", "to_document"), name="relation_to_one"),
            models.CheckConstraint(
                condition=~Q(from_measure=F("to_measure")) | Q(from_measure__isnull=True) | Q(to_measure__isnull=True),
                name="relation_not_of_itself",
            ),
            models.CheckConstraint(
                condition=~Q(from_document=F("to_document"))
                | Q(from_document__isnull=True)
                | Q(to_document__isnull=True),
                name="relation_not_of_its_own_document",
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_end} {self.get_type_display()} {self.to_end}"

    @property
    def from_end(self) -> Measure | Document:
        """The measure or document that bears on the other."""
        return self.from_measure or self.from_document  # type: ignore[return-value]  # one of the two

    @property
    def to_end(self) -> Measure | Document:
        """The measure or document that is borne on."""
        return self.to_measure or self.to_document  # type: ignore[return-value]  # as above
