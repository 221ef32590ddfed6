"""`manage.py seed`: fill an empty store from the curated tables; on any other, put up for review what only they changed."""

import datetime
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from curation.batches.seed import Seeding, plan_seeding, submit_tables
from curation.management.bilingual import BilingualCommand
from curation.management.progress import shown
from curation.management.publication import bring_before_the_public, commands_publish, sent
from curation.models import Verdict
from curation.releases.publication import ReleaseNotes, one_at_a_time
from curation.tables.curated import TABLES
from curation.tables.files import read_rows
from sources.bilingual import both
from sources.models import Release

SHOWN = 50


class Command(BilingualCommand):
    help = (
        "Read fixtures/ through the import service. Into a store without a release they are published; beside any other, what "
        "only the files changed becomes a batch for review, and what others changed as well stays as it is and is listed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--fixtures", type=Path, default=settings.BASE_DIR / "fixtures", help="folder of the tables"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change and write nothing")

    def handle(self, *, fixtures: Path, dry_run: bool, **options: Any) -> None:
        files = {t.name: read_rows(fixtures / t.filename) for t in TABLES if (fixtures / t.filename).exists()}
        with transaction.atomic():
            if not dry_run:
                one_at_a_time()
            seeding = plan_seeding(files, shown)
            self.report(seeding)
            if errors := seeding.plan.count(Verdict.ERROR):
                message = both(f"{errors} 行有错误，未写入。", f"{errors} rows in error; nothing was written.")
                if dry_run or not Release.objects.exists():
                    raise CommandError(str(message))
                self.stderr.write(str(message))  # the service starts all the same, with the data that it has
            elif seeding.plan.changes_nothing:
                self.say(both("无需更新。", "Nothing to do."))
            elif dry_run:
                self.say(both("试运行：未写入。", "Dry run: nothing was written."))
            else:
                self.say(self.bring_in(seeding, fixtures / "release.yaml"))

    def report(self, seeding: Seeding) -> None:
        """Say what would change, what is wrong, and which rows stay as others left them."""
        for table, row in seeding.plan.rows(Verdict.ERROR)[:SHOWN]:
            for error in row.errors:
                hint = f" ({error['did_you_mean']}?)" if "did_you_mean" in error else ""
                self.stderr.write(f"{table.filename} {row.cell}, {error['column']}: {error['message']}{hint}")
        if conflicts := seeding.conflicts:
            count = len(conflicts)
            self.say(both(f"整理表中 {count} 行与他人的修改冲突，保留现值：",
                          f"{count} rows of the curated tables stay as they stand, for others changed them, too:"))  # fmt: skip
            for conflict in conflicts[:SHOWN]:
                self.say(f"  {conflict.table} {conflict.key}: {conflict.why}")
            if count > SHOWN:
                self.say(f"  … {count - SHOWN}")
        counts = {verdict.label: seeding.plan.count(verdict) for verdict in Verdict}
        if listed := ", ".join(f"{label} {count}" for label, count in counts.items() if count):
            self.say(listed)

    def bring_in(self, seeding: Seeding, release: Path) -> Any:
        """Publish the plan where commands may, else keep it as a batch for review; what was done, in words."""
        if commands_publish():
            return bring_before_the_public(seeding.plan, self.notes(release), name="seed")
        batch, is_new = submit_tables(seeding.plan)
        status = batch.get_status_display()
        return sent(batch) if is_new else both(
            f"批次 {batch.pk} 已有同样内容（{status}）。", f"Batch {batch.pk} says so already; it is {status}."
        )  # fmt: skip

    @staticmethod
    def notes(path: Path) -> ReleaseNotes:
        """The first release says of itself what the file says; later ones take the next number and the present time."""
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
        if Release.objects.exists():
            return ReleaseNotes(reason="The curated tables changed.", published_by="seed")
        return ReleaseNotes(
            version=stated["version"],
            published_at=datetime.datetime.fromisoformat(stated["published_at"]),
            published_by="seed",
            notes_zh=stated["notes_zh"],
            notes_en=stated["notes_en"],
        )
