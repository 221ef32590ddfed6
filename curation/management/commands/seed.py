"""`manage.py seed`: bring in the curated tables and publish what changed."""

import datetime
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.files import read_rows
from curation.importing import plan_import
from curation.management.progress import shown
from curation.models import Verdict
from curation.publishing import ReleaseNotes, publish
from curation.tables import TABLES
from sources.models import Release


class Command(BaseCommand):
    help = "Read fixtures/ through the import service and publish what is new or changed as a release."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--fixtures", type=Path, default=settings.BASE_DIR / "fixtures", help="folder of the tables"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change and write nothing")

    def handle(self, *, fixtures: Path, dry_run: bool, **options: Any) -> None:
        files = {t.name: read_rows(fixtures / t.filename) for t in TABLES if (fixtures / t.filename).exists()}
        plan = plan_import(files, shown)
        for table, row in plan.rows(Verdict.ERROR)[:50]:
            for error in row.errors:
                hint = f" (did you mean {error['did_you_mean']}?)" if "did_you_mean" in error else ""
                self.stderr.write(f"{table.filename}, row {row.number}, {error['column']}: {error['message']}{hint}")
        if errors := plan.count(Verdict.ERROR):
            raise CommandError(f"{errors} rows in error; nothing was written.")
        new, changed, unchanged = (plan.count(v) for v in (Verdict.NEW, Verdict.CHANGED, Verdict.UNCHANGED))
        counts = f"{new} new, {changed} changed, {unchanged} unchanged"
        if dry_run:
            self.stdout.write(f"Would bring in: {counts}.")
            return
        release = publish(plan, self.notes(fixtures / "release.yaml"))
        if release is None:
            self.stdout.write(f"Nothing to do: {counts}.")
        else:
            self.stdout.write(f"Published release {release.version}: {counts}.")

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
