"""`manage.py rollback_release VERSION`: put up for review, or publish where commands may, the inverse of a release."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from curation.batches.roll_back import name_of_inverse, notes_of_inverse, plan_inverse, refuse_inverse
from curation.management.bilingual import BilingualCommand
from curation.management.progress import shown
from curation.management.publication import bring_before_the_public
from curation.models import Verdict
from curation.releases.publication import ReleaseNotes
from sources.bilingual import both
from sources.models import Release

SHOWN = 20


class Command(BilingualCommand):
    help = (
        "Take a release back: a batch that brings back the values of before goes to the reviewers, or is published at once "
        "where commands may publish. The release itself stays as it was published."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", help="such as 2026-R2")
        parser.add_argument("--reason", required=True, help="why; the new release says it")
        parser.add_argument("--dry-run", action="store_true", help="say what would change and write nothing")

    def handle(self, *, version: str, reason: str, dry_run: bool, **options: Any) -> None:
        release = Release.objects.published().filter(version=version).first()
        if release is None:
            raise CommandError(str(both(f"没有版本 {version}。", f"There is no release {version}.")))
        plan = plan_inverse(release, shown)
        for table, row in plan.rows(Verdict.ERROR)[:SHOWN]:
            self.stderr.write(f"{table.name} {row.key}: {row.errors[0]['message']}")
        refuse_inverse(plan)
        self.say(", ".join(f"{verdict.label} {plan.count(verdict)}" for verdict in Verdict if plan.count(verdict)))
        if dry_run:
            self.say(both("试运行：未写入。", "Dry run: nothing was written."))
            return
        notes_zh, notes_en = notes_of_inverse(release)
        notes = ReleaseNotes(reason=reason, published_by="rollback_release", notes_zh=notes_zh, notes_en=notes_en)
        self.say(bring_before_the_public(plan, notes, name=name_of_inverse(release)))
