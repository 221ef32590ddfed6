"""What is kept of files on their way into a batch (StoredUpload, KeptReading), and of how they looked (BatchSheet)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from sources.bilingual import both
from sources.fields import StrictCharField, choice_check


class UploadKind(models.TextChoices):
    TABLES = "tables", both("数值等统计表", "figures, or records of a table")
    TASKS = "tasks", both("规划的任务清单", "task list of a plan")


class StoredUpload(models.Model):
    """A file that a curator has chosen and not yet made a batch of: theirs alone, for a day.

    `suggested` is of tables, `answers` of a task list (curation/sheets/unlisted.py), of whose `reading` the typed cells count.
    """

    name = StrictCharField(both("文件名", "name of the file"), max_length=200)
    content: Any = models.BinaryField(both("内容", "content"))
    kind = StrictCharField(
        both("内容类型", "what it holds"), max_length=10, choices=UploadKind, default=UploadKind.TABLES
    )
    reading = models.JSONField(both("读法", "reading"), default=dict)
    suggested = models.JSONField(both("沿用的选择", "choices taken over"), default=dict)
    answers = models.JSONField(both("答复", "answers"), default=dict)
    made_at = models.DateTimeField(both("时间", "when"), db_index=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=both("上传人", "uploaded by")
    )

    class Meta:
        verbose_name = both("暂存的文件", "stored file")
        verbose_name_plural = both("暂存的文件", "stored files")
        ordering = ("-made_at", "-id")
        constraints = (choice_check("kind", UploadKind, "stored_upload_kind_known"),)

    def __str__(self) -> str:
        return self.name


class KeptReading(models.Model):
    """What was chosen of sheets of a shape when one was brought in last, suggested for the next."""

    shape = StrictCharField(both("表式", "shape"), max_length=64, unique=True)
    choices = models.JSONField(both("选择", "choices"))
    chosen_at = models.DateTimeField(both("时间", "when"))
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=both("选择人", "chosen by")
    )

    class Meta:
        verbose_name = both("沿用的读法", "kept reading")
        verbose_name_plural = both("沿用的读法", "kept readings")
        ordering = ("-chosen_at", "-id")

    def __str__(self) -> str:
        return self.shape[:12]


class BatchSheet(models.Model):
    """How a sheet of a batch's file looked, and how it was read: for the reviewer, beside the rows."""

    batch = models.ForeignKey(
        "curation.ImportBatch", models.CASCADE, related_name="sheets", verbose_name=both("批次", "batch")
    )
    name = StrictCharField(both("工作表", "sheet"), max_length=100, blank=True)
    look = models.JSONField(both("原貌", "look"))

    class Meta:
        verbose_name = both("批次的工作表", "sheet of a batch")
        verbose_name_plural = both("批次的工作表", "sheets of batches")
        ordering = ("batch", "id")

    def __str__(self) -> str:
        return f"{self.batch}: {self.name}"
