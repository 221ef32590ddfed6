"""`manage.py rollback_release VERSION`: publish the inverse of a release as a new one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.management.progress import shown
from curation.models import Verdict
from curation.publishing import ReleaseNotes, publish
from curation.reverting import ChangedSince, plan_inverse
from sources.models import Release

SHOWN = 20


class Command(BaseCommand):
    help = "Publish a release that brings back the values of before another. The one rolled back stays as it was published."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", help="such as 2026.2")
        parser.add_argument("--reason", required=True, help="why; the new release says it")
        parser.add_argument("--dry-run", action="store_true", help="say what would change and write nothing")

    def handle(self, *, version: str, reason: str, dry_run: bool, **options: Any) -> None:
        release = Release.objects.published().filter(version=version).first()
        if release is None:
            raise CommandError(f"There is no release {version}.")
        try:
            plan = plan_inverse(release, shown)
        except ChangedSince as since:
            lines = [f"{table} {key} (release {later})" for table, key, later in since.rows[:SHOWN]]
            raise CommandError(
                f"Later releases changed {len(since.rows)} of its rows; roll those back first:\n  " + "\n  ".join(lines)
            ) from None
        for table, row in plan.rows(Verdict.ERROR)[:SHOWN]:
            self.stderr.write(f"{table.name} {row.key}: {row.errors[0]['message']}")
        if plan.count(Verdict.ERROR):
            raise CommandError("It cannot be rolled back as a whole; nothing was written.")
        counts = ", ".join(f"{plan.count(verdict)} {verdict.value}" for verdict in Verdict if verdict != Verdict.ERROR)
        if dry_run:
            self.stdout.write(f"Would publish: {counts}.")
            return
        notes = ReleaseNotes(
            reason=reason,
            published_by="rollback_release",
            notes_zh=f"撤销版本 {version}。",
            notes_en=f"Rolls back {version}.",
        )
        new = publish(plan, notes, progress=shown)
        self.stdout.write(f"Nothing to do: {counts}." if new is None else f"Published release {new.version}: {counts}.")
