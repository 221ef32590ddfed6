"""Where a fact comes from (Source, Citation) and when it was published (Release)."""

from __future__ import annotations

import datetime
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

from sources.bilingual import both, said
from sources.fields import CodeField, PhraseField, StrictCharField, WholeNumberField, choice_check

M = TypeVar("M", bound=models.Model)


class ReleaseStatus(models.TextChoices):
    PREPARED = "prepared", both("准备中", "prepared")
    PUBLISHED = "published", both("已发布", "published")


class ReleaseQuerySet(models.QuerySet["Release"]):
    def published(self) -> Self:
        """Releases that the public can see, newest first."""
        return self.filter(status=ReleaseStatus.PUBLISHED).order_by("-published_at", "-id")

    def until(self, release: Release) -> Self:
        """The published releases up to and including this one, newest first: what had been published by then."""
        earlier = Q(published_at__lt=release.published_at)
        return self.published().filter(earlier | Q(published_at=release.published_at, pk__lte=release.pk))

    def at(self, moment: datetime.datetime) -> Release | None:
        """The release that was the newest at a moment; None where nothing had been published yet."""
        return self.published().filter(published_at__lte=moment).first()


class DigestMethod(models.TextChoices):
    """What the digest of a release is of; docs/data.md says how anyone takes it again from the release's package."""

    CSV = "sha256-csv", both("observations.csv 的 SHA-256", "SHA-256 of observations.csv")
    SERIES = "sha256-series", both("各序列摘要的 SHA-256", "SHA-256 of the digests of all series")


class PackageDescription(models.Model):
    """What packages say of themselves: their tables with their columns (`descriptor`, JSON), and their README.

    It is kept as it was when a release was published, so that what the program says later changes no byte of an old
    package. Releases of which the same is said share one; `sha256` is of its content.
    """

    sha256 = CodeField("SHA-256", max_length=64)
    descriptor = StrictCharField(both("描述", "descriptor"), max_length=1_000_000)
    readme = StrictCharField("README", max_length=20_000)

    class Meta:
        verbose_name = both("数据包说明", "description of packages")
        verbose_name_plural = both("数据包说明", "descriptions of packages")

    def __str__(self) -> str:
        return self.sha256


class Release(models.Model):
    """A numbered publication: everything that became public at one moment."""

    version = CodeField(both("版本", "version"), max_length=20)
    status = StrictCharField(
        both("状态", "status"), max_length=12, choices=ReleaseStatus, default=ReleaseStatus.PREPARED
    )
    published_at = models.DateTimeField(both("发布时间", "published at"), null=True, blank=True)
    published_by = StrictCharField(both("发布人", "published by"), max_length=150, blank=True)
    reviewed_by = StrictCharField(both("审核人", "reviewed by"), max_length=150, blank=True)
    reason = StrictCharField(both("原因", "reason"), max_length=500, blank=True)
    notes_zh = StrictCharField(both("说明（中文）", "notes (Chinese)"), max_length=2000, blank=True)
    notes_en = StrictCharField(both("说明（英文）", "notes (English)"), max_length=2000, blank=True)
    observations_added = WholeNumberField(both("新增观测", "observations added"), default=0)
    observations_retired = WholeNumberField(both("停用观测", "observations retired"), default=0)
    observations_live = WholeNumberField(both("现行观测", "observations live"), default=0)
    records_added = WholeNumberField(both("新增记录", "records added"), default=0)
    records_changed = WholeNumberField(both("修改记录", "records changed"), default=0)
    records_withdrawn = WholeNumberField(both("撤回记录", "records withdrawn"), default=0)
    digest = StrictCharField(both("摘要值", "digest"), max_length=64, blank=True)
    digest_method = StrictCharField(
        both("摘要方法", "method of the digest"), max_length=20, choices=DigestMethod, default=DigestMethod.SERIES
    )
    package = models.ForeignKey(
        PackageDescription, models.PROTECT, null=True, editable=False, to_field="sha256", related_name="releases",
        verbose_name=both("数据包说明", "description of its package"),
    )  # fmt: skip

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = both("发布版本", "release")
        verbose_name_plural = both("发布版本", "releases")
        ordering = ("-published_at", "-id")
        constraints = (
            choice_check("status", ReleaseStatus, "release_status_known"),
            choice_check("digest_method", DigestMethod, "release_digest_method_known"),
            models.CheckConstraint(
                condition=Q(status="prepared") | Q(published_at__isnull=False), name="release_published_has_time"
            ),
        )

    def __str__(self) -> str:
        return self.version


def public(path: str) -> Q:
    """That the record which a path of relations leads to is public: published and not withdrawn."""
    return Q(**{f"{path}__released__isnull": False, f"{path}__withdrawn__stands": True})


class PublicQuerySet(models.QuerySet[M]):
    """Queries over records that are drafts until a release publishes them."""

    def public(self) -> Self:
        """What the outside may see: published and not withdrawn. Every public view starts from here."""
        return self.filter(released__isnull=False, withdrawn__stands=True)

    def as_of(self, release: int) -> Self:
        """What was public when the release with this key had been published."""
        stood = Q(withdrawn__isnull=True) | Q(withdrawn__gt=release)
        return self.filter(stood, released__lte=release)

    def of_keys(self, keys: list[int]) -> Self:
        """The records with one of these primary keys, however many."""
        return self.filter(pk__among=keys)

    def drafts(self) -> Self:
        """What curators prepared and no release has published yet."""
        return self.filter(released__isnull=True)


class Publishable(models.Model):
    """A record that is a draft until a release publishes it."""

    released = models.ForeignKey(
        Release, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name=both("首次发布", "released in"),
    )  # fmt: skip
    withdrawn = models.ForeignKey(
        Release, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name=both("撤回于", "withdrawn in"),
    )  # fmt: skip

    objects = PublicQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.derive()
        super().save(*args, **kwargs)

    def derive(self) -> None:
        """Bring the columns that follow from others in line with them, as every saving does: the words that find a record, say."""

    @property
    def is_public(self) -> bool:
        """Whether the outside may see it: published and not withdrawn."""
        return self.released_id is not None and self.withdrawn_id is None


class SourceKind(models.TextChoices):
    PAPER = "paper", both("论文", "paper")
    NEWSPAPER_PAGE = "newspaper_page", both("报纸版面", "newspaper page")
    GOVERNMENT_RELEASE = "government_release", both("政府发布", "government release")
    STATUTE = "statute", both("法规", "statute")
    DATASET = "dataset", both("数据集", "dataset")


# GB/T 7714-2015, annex B: the letter that names the kind of document.
GBT7714_LETTERS = {
    SourceKind.PAPER: "J",
    SourceKind.NEWSPAPER_PAGE: "N",
    SourceKind.GOVERNMENT_RELEASE: "EB/OL",
    SourceKind.STATUTE: "S",
    SourceKind.DATASET: "DS",
}


class Source(Publishable):
    """A document that states facts: who wrote it, who published it, and which text was read."""

    slug = CodeField(both("代码", "code"))
    kind = StrictCharField(both("类型", "kind"), max_length=20, choices=SourceKind)
    title_zh = StrictCharField(both("题名（中文）", "title (Chinese)"), max_length=300)
    title_en = StrictCharField(both("题名（英文）", "title (English)"), max_length=300)
    authors = StrictCharField(
        both("作者", "authors"), max_length=500, blank=True, help_text=both("以“;”分隔", "separated by “;”")
    )
    publisher_zh = StrictCharField(both("出版者（中文）", "publisher (Chinese)"), max_length=300, blank=True)
    publisher_en = StrictCharField(both("出版者（英文）", "publisher (English)"), max_length=300, blank=True)
    issued = StrictCharField(
        both("出版日期", "issued"), max_length=10, blank=True, help_text="EDTF: 2025, 2025-08, 2025-08-01"
    )
    doi = StrictCharField("DOI", max_length=120, blank=True)
    url = StrictCharField("URL", max_length=500, blank=True)
    language = StrictCharField(both("语言", "language"), max_length=10, default="zh")
    licence = StrictCharField(both("许可", "licence"), max_length=200, blank=True)
    is_official = models.BooleanField(both("官方", "official"), default=False)
    sha256 = StrictCharField(
        "SHA-256", max_length=64, blank=True, help_text=both("所读文本的摘要值", "of the text that was read")
    )
    length = WholeNumberField(both("文本字符数", "characters of the text"), null=True, blank=True)
    notes_zh = StrictCharField(both("说明（中文）", "notes (Chinese)"), max_length=2000, blank=True)
    notes_en = StrictCharField(both("说明（英文）", "notes (English)"), max_length=2000, blank=True)

    class Meta:
        verbose_name = both("来源", "source")
        verbose_name_plural = both("来源", "sources")
        ordering = ("slug",)
        constraints = (choice_check("kind", SourceKind, "source_kind_known"),)

    def __str__(self) -> str:
        return said(self, "title")

    @property
    def author_list(self) -> list[str]:
        """The authors' names in the order of the title page."""
        return [name for name in self.authors.split(";") if name]

    @property
    def citation(self) -> str:
        """The reference by GB/T 7714-2015: authors, title [kind], publisher, year, DOI or URL."""
        authors = ", ".join(self.author_list)
        where = ", ".join(part for part in (self.publisher_zh, self.issued) if part)
        link = f"DOI:{self.doi}" if self.doi else self.url
        parts = (authors, f"{self.title_zh}[{GBT7714_LETTERS[SourceKind(self.kind)]}]", where, link)
        return ". ".join(part for part in parts if part) + "."


class CitationRole(models.TextChoices):
    SUPPORTS = "supports", both("支持", "supports")
    CONTRADICTS = "contradicts", both("矛盾", "contradicts")
    DEFINES = "defines", both("定义", "defines")


class Assertion(models.TextChoices):
    STATED = "stated", both("明述", "stated")
    INFERRED = "inferred", both("推断", "inferred")
    COMPUTED = "computed", both("计算", "computed")


class Citation(Publishable):
    """A phrase of a source, by its position and its words (W3C TextPositionSelector and TextQuoteSelector)."""

    code = CodeField(both("代码", "code"), max_length=140)
    source = models.ForeignKey(Source, models.PROTECT, related_name="citations", verbose_name=both("来源", "source"))
    section = StrictCharField(both("章节", "section"), max_length=80, blank=True)
    exact = PhraseField(both("原文短语", "exact phrase"), max_length=60)
    start = WholeNumberField(both("起", "start"))
    end = WholeNumberField(both("止", "end"))
    role = StrictCharField(both("作用", "role"), max_length=12, choices=CitationRole, default=CitationRole.SUPPORTS)
    assertion = StrictCharField(both("依据", "assertion"), max_length=12, choices=Assertion, default=Assertion.STATED)
    note_zh = StrictCharField(both("备注（中文）", "note (Chinese)"), max_length=1000, blank=True)
    note_en = StrictCharField(both("备注（英文）", "note (English)"), max_length=1000, blank=True)

    class Meta:
        verbose_name = both("引证", "citation")
        verbose_name_plural = both("引证", "citations")
        ordering = ("code",)
        constraints = (
            choice_check("role", CitationRole, "citation_role_known"),
            choice_check("assertion", Assertion, "citation_assertion_known"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="citation_end_after_start"),
            models.CheckConstraint(condition=Q(end=F("start") + Length("exact")), name="citation_spans_its_phrase"),
            models.UniqueConstraint(
                fields=("source", "start", "end", "role", "assertion"), name="citation_said_once"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.exact} ({self.code})"

    @staticmethod
    def code_of(source: str, start: int, end: int, role: str, assertion: str) -> str:
        """The public code that a citation's own content gives it, as fixtures/README.md says."""
        parts = [source, f"{start}-{end}"]
        if role != CitationRole.SUPPORTS:
            parts.append(role)
        if assertion != Assertion.STATED:
            parts.append(assertion)
        return ":".join(parts)


class Synonym(Publishable):
    """Words that mean the same to a search: who looks for one finds what says another."""

    code = CodeField(both("代码", "code"), max_length=40)
    words = StrictCharField(
        both("同义词", "words"), max_length=1000,
        help_text=both("以“;”分隔，首个为最常指的事物", "separated by “;”, what is meant most comes first"),
    )  # fmt: skip
    note_zh = StrictCharField(both("备注（中文）", "note (Chinese)"), max_length=1000, blank=True)
    note_en = StrictCharField(both("备注（英文）", "note (English)"), max_length=1000, blank=True)

    class Meta:
        verbose_name = both("同义词", "group of synonyms")
        verbose_name_plural = both("同义词", "groups of synonyms")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.words

    @property
    def word_list(self) -> list[str]:
        """The words, the one that is meant most first."""
        return [word for word in self.words.split(";") if word]


def citations_field(**options: Any) -> Any:
    """The link from any fact to the phrases that state it."""
    return models.ManyToManyField(
        Citation, blank=True, related_name="%(class)s_set", verbose_name=both("引证", "citations"), **options
    )
