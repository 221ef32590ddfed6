"""`manage.py restore FILE`: fills a store with what a backup holds."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.management.progress import shown
from curation.releases.backups import CannotRestore, restore
from sources.models import Release


class Command(BaseCommand):
    help = "Fill an empty, migrated store with what a backup holds; all of it or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="also where the store is not empty: all in it is lost"
        )

    def handle(self, *, file: Path, replace: bool, **options: Any) -> None:
        try:
            restore(file, replace=replace, progress=shown)
        except CannotRestore as error:
            raise CommandError(str(error)) from None
        newest = Release.objects.published().first()
        self.stdout.write(f"Restored; the newest release is {newest or 'none'}.")
