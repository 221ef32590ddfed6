"""What is brought in before review (ImportBatch, StagedRow) and who changed what (Change)."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models

from sources.bilingual import both
from sources.fields import StrictCharField, WholeNumberField, choice_check
from sources.models import Release


class BatchStatus(models.TextChoices):
    DRAFT = "draft", both("草稿", "draft")
    IN_REVIEW = "in_review", both("审核中", "in review")
    PUBLISHED = "published", both("已发布", "published")
    REJECTED = "rejected", both("已退回", "rejected")


class Verdict(models.TextChoices):
    NEW = "new", both("新增", "new")
    CHANGED = "changed", both("修改", "changed")
    WITHDRAWN = "withdrawn", both("撤回", "withdrawn")
    UNCHANGED = "unchanged", both("未变", "unchanged")
    ERROR = "error", both("错误", "error")


class ImportBatch(models.Model):
    """Rows that were brought in together, to be reviewed and published together."""

    name = StrictCharField(both("名称", "name"), max_length=200)
    status = StrictCharField(both("状态", "status"), max_length=10, choices=BatchStatus, default=BatchStatus.DRAFT)
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
    release = models.ForeignKey(
        Release, models.PROTECT, null=True, blank=True, related_name="batches", verbose_name=both("发布版本", "release")
    )

    class Meta:
        verbose_name = both("导入批次", "import batch")
        verbose_name_plural = both("导入批次", "import batches")
        ordering = ("-created_at", "-id")
        constraints = (choice_check("status", BatchStatus, "batch_status_known"),)

    def __str__(self) -> str:
        return self.name


class StagedRow(models.Model):
    """One row of a batch: as read, as resolved, its verdict, and what stands now beside it."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", verbose_name=both("批次", "batch"))
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

    class Meta:
        verbose_name = both("待审行", "staged row")
        verbose_name_plural = both("待审行", "staged rows")
        ordering = ("batch", "table", "number")
        constraints = (
            choice_check("verdict", Verdict, "staged_row_verdict_known"),
            models.UniqueConstraint(fields=("batch", "table", "number"), name="staged_row_once"),
        )

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
