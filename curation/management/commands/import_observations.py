"""`manage.py import_observations FILE [--commit]`: what a curator's sheet would change, and then change it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from curation.files import UnreadableFile, read_upload
from curation.importing import plan_upload
from curation.management.progress import shown
from curation.models import Verdict
from curation.publishing import ReasonMissing, ReleaseNotes, publish
from curation.staged import Plan, Staged
from curation.staging import stage
from sources.bilingual import both

SHOWN = 50  # findings of a kind; a sheet with more has one cause


class Command(BaseCommand):
    help = "Bring in a CSV or XLSX file of observations (long or wide form). Without --commit nothing is written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        doing = parser.add_mutually_exclusive_group()
        doing.add_argument("--commit", action="store_true", help="publish what it changes as a release")
        doing.add_argument("--stage", action="store_true", help="keep it as a draft batch, to be reviewed in the admin")
        parser.add_argument("--reason", default="", help="why published figures are corrected or withdrawn")
        parser.add_argument("--accept-warnings", action="store_true", help="publish although there are warnings")
        parser.add_argument("--lang", choices=("zh", "en"), default="en", help="language of what is said")

    def handle(self, *, file: Path, lang: str, **options: Any) -> None:
        with override("zh-hans" if lang == "zh" else "en"):
            self._bring_in(file, **options)

    def _bring_in(
        self, file: Path, *, commit: bool, stage: bool, reason: str, accept_warnings: bool, **options: Any
    ) -> None:
        try:
            upload = read_upload(file.name, file.read_bytes())
        except (OSError, UnreadableFile) as error:
            raise CommandError(str(error)) from None
        for remark in upload.said:
            self.stdout.write(remark)
        plan = plan_upload(upload, shown)
        del upload
        self._say(plan)
        if stage:
            self._stage(plan, file.name)
        elif plan.count(Verdict.ERROR):
            raise CommandError(str(both("有错误的行，未写入。", "There are rows in error; nothing was written.")))
        elif commit:
            self._publish(plan, reason, accept_warnings)
        else:
            self.stdout.write(
                str(both("试运行：未写入。加 --commit 发布。", "Dry run: nothing was written. --commit publishes it."))
            )

    def _say(self, plan: Plan) -> None:
        for title, rows, lines in (
            (both("错误", "Errors"), plan.rows(Verdict.ERROR), _errors),
            (both("警告", "Warnings"), plan.warned, _warnings),
            (both("修改", "Changed"), plan.rows(Verdict.CHANGED), _changes),
            (both("撤回", "Withdrawn"), plan.rows(Verdict.WITHDRAWN), _changes),
        ):
            if rows:
                self.stdout.write(f"{title} ({len(rows)}):")
                self.stdout.writelines(f"  {line}\n" for _, row in rows[:SHOWN] for line in lines(row))
            if len(rows) > SHOWN:
                self.stdout.write(f"  … {len(rows) - SHOWN}")
        self.stdout.write(", ".join(f"{verdict.label} {plan.count(verdict)}" for verdict in Verdict))

    def _stage(self, plan: Plan, name: str) -> None:
        batch = stage(plan, name=name, user=None, progress=shown)
        self.stdout.write(str(both(f"已存为草稿批次 {batch.pk}。", f"Kept as draft batch {batch.pk}.")))

    def _publish(self, plan: Plan, reason: str, accept_warnings: bool) -> None:
        if plan.warned and not accept_warnings:
            raise CommandError(
                str(both("有警告，未写入；核对后加 --accept-warnings。",
                         "There are warnings; nothing was written. Look at them, then add --accept-warnings."))
            )  # fmt: skip
        try:
            release = publish(plan, ReleaseNotes(reason=reason, published_by="import_observations"), progress=shown)
        except ReasonMissing:
            raise CommandError(str(both("更正须说明原因：--reason", "A correction needs a reason: --reason"))) from None
        if release is None:
            self.stdout.write(str(both("没有变化，未发布。", "Nothing changes; nothing was published.")))
        else:
            self.stdout.write(str(both(f"已发布版本 {release.version}。", f"Published release {release.version}.")))


def _errors(row: Staged) -> list[str]:
    return [_finding(error) for error in row.errors]


def _warnings(row: Staged) -> list[str]:
    return [_finding(warning) for warning in row.warnings]


def _finding(finding: dict[str, Any]) -> str:
    meant = finding.get("did_you_mean")
    hint = both(f"（是否为 {meant}？）", f" (did you mean {meant}?)") if meant else ""
    where = f"{finding['sheet']} {finding['cell']}".strip()
    return f"{where} {finding['column']}: {finding['message']}{hint}"


def _changes(row: Staged) -> list[str]:
    after = row.cells or {}
    changes = [
        f"{name} {old or '∅'} → {after[name] or '∅'}"
        for name, old in (row.before or {}).items()
        if after and old != after[name]
    ]
    percent = "" if row.difference is None else f" ({row.difference:+}%)"
    place = f"{row.sheet} {row.cell}".strip()
    return [f"{place} {row.key}: {'; '.join(changes)}{percent}"]
