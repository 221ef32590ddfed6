"""`manage.py backup [FILE]`: all that the store holds, in one file."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from curation.management.progress import shown
from curation.releases.backups import CannotBackUp, back_up


class Command(BaseCommand):
    help = "Write all that the store holds (without sessions) to a file; `restore` reads it into either kind of store."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="var/backups/DATE-TIME.zip unless stated")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        path = file or settings.BASE_DIR / "var" / "backups" / f"{timezone.now():%Y%m%d-%H%M%S}.zip"
        try:
            back_up(path, shown)
        except CannotBackUp as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Written: {path} ({path.stat().st_size:,} bytes). It holds the accounts: keep it safe.")
