"""What is brought in before review (ImportBatch, StagedRow, BatchStep) and who changed what (Change)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, ExpressionWrapper, F, Max, Q
from django.utils import timezone

from curation import upload_models  # noqa: F401  # Django looks for an app's models here
from sources.bilingual import both, language
from sources.fields import StrictCharField, WholeNumberField, choice_check
from sources.models import Release
from sources.text import PROSE


class BatchStatus(models.TextChoices):
    PREVIEW = "preview", both("待确认", "preview")
    DRAFT = "draft", both("草稿", "draft")
    IN_REVIEW = "in_review", both("审核中", "in review")
    APPROVED = "approved", both("已通过", "approved")
    PUBLISHED = "published", both("已发布", "published")
    REJECTED = "rejected", both("已退回", "rejected")


class Origin(models.TextChoices):
    FILE = "file", both("文件", "a file")
    PAGES = "pages", both("记录页面", "pages of records")
    TABLES = "tables", both("整理表", "the curated tables")
    ROLL_BACK = "roll_back", both("撤销发布", "a roll-back")


# A record that stands in a batch of one of these is being changed: nobody else changes it meanwhile.
OPEN = (BatchStatus.DRAFT, BatchStatus.IN_REVIEW, BatchStatus.APPROVED)
# Its maker still works on it.
UNDER_WAY = (BatchStatus.PREVIEW, BatchStatus.DRAFT)


class Verdict(models.TextChoices):
    NEW = "new", both("新增", "new")
    CHANGED = "changed", both("修改", "changed")
    WITHDRAWN = "withdrawn", both("撤回", "withdrawn")
    UNCHANGED = "unchanged", both("未变", "unchanged")
    ERROR = "error", both("错误", "error")


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    """The queries over batches."""

    def visible_to(self, user: Any) -> Self:
        """All batches but the previews of others."""
        return self.exclude(~Q(created_by=user), status=BatchStatus.PREVIEW)

    def waiting_for_their_maker(self, user: Any) -> Self:
        """What a curator has begun, or got back."""
        statuses = (BatchStatus.PREVIEW, BatchStatus.DRAFT, BatchStatus.REJECTED)
        return self.filter(created_by=user, status__in=statuses)

    def waiting_for_review_by(self, user: Any) -> Self:
        """What a reviewer may judge: never one's own."""
        return self.filter(status=BatchStatus.IN_REVIEW).exclude(created_by=user)

    def waiting_for_publication(self) -> Self:
        """What a reviewer has approved."""
        return self.filter(status=BatchStatus.APPROVED)

    def waiting_for(self, user: Any) -> Self:
        """What waits for this person, by their permissions: to be mended again, reviewed or published."""
        waits = Q(pk__in=())
        if user.has_perm("curation.bring_in"):
            waits |= Q(created_by=user, status=BatchStatus.REJECTED)
        if user.has_perm("curation.review"):
            waits |= Q(status=BatchStatus.IN_REVIEW) & ~Q(created_by=user)
        if user.has_perm("curation.publish"):
            waits |= Q(status=BatchStatus.APPROVED)
        return self.filter(waits)


class ImportBatch(models.Model):
    """Rows that were brought in together, to be reviewed and published together.

    `revision` counts how often its rows were written anew: who takes a step names the one that they saw. A batch without a
    maker (of the curated tables, or of a command) is nobody's to change, and needs a reviewer and another who publishes it.
    """

    name = StrictCharField(both("名称", "name"), max_length=200)
    name_en = StrictCharField(
        both("英文名称", "name in English"), max_length=200, blank=True,
        help_text=both("由程序命名的批次才有", "where the program named it; what people name has one name"),
    )  # fmt: skip
    origin = StrictCharField(both("由来", "origin"), max_length=10, choices=Origin, default=Origin.FILE)
    status = StrictCharField(both("状态", "status"), max_length=10, choices=BatchStatus, default=BatchStatus.DRAFT)
    edits = StrictCharField(
        both("页面修改", "edits of"), max_length=40, blank=True,
        help_text=both("最初在其页面上修改的表；导入文件则为空", "the table on whose pages it was begun; empty for a file"),
    )  # fmt: skip
    created_at = models.DateTimeField(both("创建时间", "created at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="import_batches",
        verbose_name=both("创建人", "created by"),
    )  # fmt: skip
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="reviewed_batches",
        verbose_name=both("审核人", "reviewed by"),
    )  # fmt: skip
    note = StrictCharField(both("说明", "note"), max_length=1000, blank=True)
    note_en = StrictCharField(both("英文说明", "note in English"), max_length=1000, blank=True)
    release = models.ForeignKey(
        Release, models.PROTECT, null=True, blank=True, related_name="batches", verbose_name=both("发布版本", "release")
    )
    takes_back = models.ForeignKey(
        Release, models.PROTECT, null=True, blank=True, related_name="roll_backs", verbose_name=both("所撤销的发布", "takes back")
    )  # fmt: skip
    revision = WholeNumberField(both("修订号", "revision"), default=0, editable=False)
    compared_to = models.PositiveBigIntegerField(
        both("所对照的变更", "compared to"), default=0,
        help_text=both("对照现值时最新的变更记录", "the newest change when its rows were compared with what stands"),
    )  # fmt: skip

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = both("导入批次", "import batch")
        verbose_name_plural = both("导入批次", "import batches")
        ordering = ("-created_at", "-id")
        permissions = (
            ("bring_in", both("导入与修改草稿", "Can bring in data and edit drafts")),
            ("review", both("审核他人的批次", "Can review the batches of others")),
            ("publish", both("发布与回滚", "Can publish and roll back")),
        )
        constraints = (
            choice_check("status", BatchStatus, "batch_status_known"),
            choice_check("origin", Origin, "batch_origin_known"),
            models.CheckConstraint(
                condition=Q(takes_back__isnull=True) | Q(origin="roll_back"), name="batch_takes_back_as_a_roll_back"
            ),
            models.CheckConstraint(
                condition=Q(created_by__isnull=True) | Q(reviewed_by__isnull=True) | ~Q(created_by=F("reviewed_by")),
                name="batch_not_reviewed_by_its_maker",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name_en if self.name_en and language() == "en" else self.name

    @property
    def remark(self) -> str:
        """Its note, in the language of this answer where it has one in both."""
        return self.note_en if self.note_en and language() == "en" else self.note

    @property
    def is_mendable(self) -> bool:
        """Whether its maker may change its rows now: a roll-back is the inverse of its release or nothing."""
        return self.status in UNDER_WAY and self.origin != Origin.ROLL_BACK

    def remember(self, step: Step, user: Any, reason: str = "", *, rewritten: bool = False) -> BatchStep:
        """Leave a step of the batch on record; where its rows were written anew, that is another revision of them."""
        if rewritten:
            self.revision += 1
            self.save(update_fields=["revision"])
        return self.steps.create(
            step=step,
            at=timezone.now(),
            user=user,
            reason=shortened(PROSE.mended(reason), LONGEST_REASON),
            revision=self.revision,
        )


LONGEST_REASON = 1000


def shortened(text: str, most: int) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


class Step(models.TextChoices):
    BROUGHT_IN = "brought_in", both("导入", "brought in")
    CONFIRMED = "confirmed", both("确认", "confirmed")
    EDITED = "edited", both("修改", "edited")
    COMPARED = "compared", both("重新对照", "compared again")
    SENT = "sent", both("送审", "sent to review")
    TAKEN_BACK = "taken_back", both("撤回送审", "taken back")
    ACCEPTED = "accepted", both("接受警告", "warnings accepted")
    APPROVED = "approved", both("通过", "approved")
    REJECTED = "rejected", both("退回", "rejected")
    REOPENED = "reopened", both("重新编辑", "reopened")
    ADDED = "added", both("并入", "added")
    DIVIDED = "divided", both("分出", "divided")
    NOTED = "noted", both("留言", "noted")
    PUBLISHED = "published", both("发布", "published")


class BatchStepQuerySet(models.QuerySet["BatchStep"]):
    """The queries over steps."""

    def visible_to(self, user: Any) -> Self:
        """All but those of the previews of others."""
        return self.exclude(~Q(batch__created_by=user), batch__status=BatchStatus.PREVIEW)

    def since(self, revision: int) -> Self:
        """The steps that wrote rows anew after this revision, in their order."""
        return self.filter(revision__gt=revision, step__in=(Step.EDITED, Step.COMPARED)).order_by("pk")


class BatchStep(models.Model):
    """One step of a batch on its way to the public: what, who, when, why."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="steps", verbose_name=both("批次", "batch"))
    step = StrictCharField(both("步骤", "step"), max_length=10, choices=Step)
    at = models.DateTimeField(both("时间", "when"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="batch_steps",
        verbose_name=both("操作人", "who"),
    )  # fmt: skip
    reason = StrictCharField(both("原因", "reason"), max_length=LONGEST_REASON, blank=True)
    revision = WholeNumberField(both("修订号", "revision"), default=0)

    objects = BatchStepQuerySet.as_manager()

    class Meta:
        verbose_name = both("批次步骤", "batch step")
        verbose_name_plural = both("批次步骤", "batch steps")
        ordering = ("batch", "id")
        constraints = (choice_check("step", Step, "batch_step_known"),)

    def __str__(self) -> str:
        return f"{self.batch}: {self.get_step_display()}"


class StagedRowQuerySet(models.QuerySet["StagedRow"]):
    """The queries over staged rows."""

    def visible_to(self, user: Any) -> Self:
        """All but those of the previews of others."""
        return self.exclude(~Q(batch__created_by=user), batch__status=BatchStatus.PREVIEW)

    def with_warnings(self) -> Self:
        """Rows that the reviewer must look at twice."""
        return self.exclude(warnings=[])

    def not_accepted_by(self, user: Any) -> Self:
        """Rows whose warnings this person has not accepted."""
        return self.with_warnings().filter(Q(accepted_by__isnull=True) | ~Q(accepted_by=user))

    def counts(self) -> dict[str, dict[str, int]]:
        """Table → verdict → how many rows; `warnings` are those with warnings, "" all of the table."""
        by_table: dict[str, dict[str, int]] = {}
        doubtful = ExpressionWrapper(~Q(warnings=[]), models.BooleanField())
        grouped = self.annotate(doubtful=doubtful).order_by().values("table", "verdict", "doubtful")
        for table, verdict, has_warnings, count in grouped.annotate(count=Count("pk")).values_list(
            "table", "verdict", "doubtful", "count"
        ):
            of_table = by_table.setdefault(table, {"": 0})
            for name in ("", verdict, *(["warnings"] if has_warnings else [])):
                of_table[name] = of_table.get(name, 0) + count
        return by_table

    def of_part(self, step: int | None) -> Self:
        """Rows that came with this step (by its primary key); 0 are those that their batch was begun with, None all."""
        return self if step is None else self.filter(came_with=step or None)

    def page(self, table: str, verdict: str, start: int, count: int) -> Self:
        """Some rows of a table in their order: all, those of a verdict, or those with `warnings`."""
        rows = self.filter(table=table)
        if verdict == "warnings":
            rows = rows.with_warnings()
        elif verdict:
            rows = rows.filter(verdict=verdict)
        return rows.select_related("accepted_by").order_by("number")[start : start + count]

    def that_change(self) -> Self:
        """Rows that would make a difference to the public."""
        return self.exclude(verdict__in=(Verdict.UNCHANGED, Verdict.ERROR))

    def changing(self, table: str, keys: Iterable[str]) -> Self:
        """Rows of open batches that change one of these records, or would if they were not in error."""
        rows = self.exclude(verdict=Verdict.UNCHANGED)
        return rows.filter(batch__status__in=OPEN, table=table, key__in=list(keys))


class StagedRow(models.Model):
    """One row of a batch: as read, as resolved, its verdict, and what stands now beside it.

    `came_with` is the step that brought it into the batch, where it was not there from the beginning: what came together belongs
    together.
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", verbose_name=both("批次", "batch"))
    came_with = models.ForeignKey(
        BatchStep, models.CASCADE, null=True, blank=True, related_name="brought", editable=False,
        verbose_name=both("随何步骤而来", "came with"),
    )  # fmt: skip
    table = StrictCharField(both("表", "table"), max_length=40)
    number = WholeNumberField(both("行号", "row"))
    sheet = StrictCharField(both("工作表", "sheet"), max_length=100, blank=True)
    cell = StrictCharField(both("单元格", "cell"), max_length=12, blank=True)
    key = StrictCharField(both("键", "key"), max_length=300)
    raw = models.JSONField(both("读入", "as read"), default=dict)
    resolved = models.JSONField(both("解析", "as resolved"), null=True, blank=True)
    before = models.JSONField(both("现值", "as it stands"), null=True, blank=True)
    verdict = StrictCharField(both("判定", "verdict"), max_length=10, choices=Verdict)
    errors = models.JSONField(both("错误", "errors"), default=list, blank=True)
    warnings = models.JSONField(both("警告", "warnings"), default=list, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=both("警告由谁接受", "warnings accepted by"),
    )  # fmt: skip

    objects = StagedRowQuerySet.as_manager()

    class Meta:
        verbose_name = both("待审行", "staged row")
        verbose_name_plural = both("待审行", "staged rows")
        ordering = ("batch", "table", "number")
        constraints = (
            choice_check("verdict", Verdict, "staged_row_verdict_known"),
            models.UniqueConstraint(fields=("batch", "table", "number"), name="staged_row_once"),
        )
        indexes = (
            models.Index(fields=("table", "key"), name="staged_row_by_record"),
            models.Index(fields=("batch", "verdict", "table", "number"), name="staged_row_by_verdict"),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.table} {self.number}"


class Action(models.TextChoices):
    ADDED = "added", both("新增", "added")
    CHANGED = "changed", both("修改", "changed")
    WITHDRAWN = "withdrawn", both("撤回", "withdrawn")
    DELETED = "deleted", both("删除", "deleted")


class ChangeQuerySet(models.QuerySet["Change"]):
    def of_release(self, release: Release) -> Self:
        """What a release did, in the order in which it was written: by table, as read."""
        return self.filter(release=release).order_by("id")

    def newest(self) -> int:
        """The number of the newest change, or 0: every write to a curated table, releases included, leaves a higher one."""
        return self.aggregate(newest=Max("pk"))["newest"] or 0


class Change(models.Model):
    """One write to a curated table: who, when, what, why. Written in the same transaction as the write itself."""

    at = models.DateTimeField(both("时间", "when"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="curated_changes",
        verbose_name=both("操作人", "who"),
    )  # fmt: skip
    release = models.ForeignKey(
        Release, models.PROTECT, null=True, blank=True, related_name="changes", verbose_name=both("发布版本", "release")
    )
    table = StrictCharField(both("表", "table"), max_length=40)
    key = StrictCharField(both("键", "key"), max_length=300)
    action = StrictCharField(both("操作", "action"), max_length=10, choices=Action)
    before = models.JSONField(both("之前", "before"), null=True, blank=True)
    after = models.JSONField(both("之后", "after"), null=True, blank=True)
    reason = StrictCharField(both("原因", "reason"), max_length=500, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = both("变更记录", "change")
        verbose_name_plural = both("变更记录", "changes")
        ordering = ("-at", "-id")
        constraints = (choice_check("action", Action, "change_action_known"),)
        indexes = (models.Index(fields=("table", "key"), name="change_by_record"),)

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.get_action_display()}"


class Counted(models.TextChoices):
    TOGETHER = "together", both("账号与地址", "account and address together")
    ACCOUNT = "account", both("账号", "account")
    ADDRESS = "address", both("地址", "address")
    ALL = "all", both("全部", "all")
    KNOWN = "known", both("常用地址", "known address")


class SignInCount(models.Model):
    """How much of a quota of signing in is used up: the one number of a count (curation/accounts/sign_in.py)."""

    key = StrictCharField(both("键", "key"), max_length=64, unique=True, editable=False)
    counted = StrictCharField(both("所计", "what is counted"), max_length=10, choices=Counted)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=both("账号", "account")
    )  # fmt: skip
    address = StrictCharField(both("网络地址", "address"), max_length=64, blank=True)
    whole_again = models.DateTimeField(both("恢复时间", "whole again"), db_index=True)

    class Meta:
        verbose_name = both("登录计数", "sign-in count")
        verbose_name_plural = both("登录计数", "sign-in counts")
        ordering = ("-whole_again", "id")
        constraints = (choice_check("counted", Counted, "sign_in_count_known"),)

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.get_counted_display(), str(self.account or ""), self.address)))
