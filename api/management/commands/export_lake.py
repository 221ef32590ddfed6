"""`manage.py export_lake DIR`: a release as Hive-partitioned Parquet with a manifest and checksums."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.lake import export
from sources.models import Release


class Command(BaseCommand):
    help = "Write a release below DIR as Parquet by topic and frequency, with a manifest and checksums (docs/data.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="folder that the release is written below")
        parser.add_argument("--release", help="version, such as 2026.1; the newest where none is named")

    def handle(self, *, folder: Path, release: str | None, **options: Any) -> None:
        published = Release.objects.published()
        found = published.first() if release is None else published.filter(version=release).first()
        if found is None:
            known = ", ".join(published.values_list("version", flat=True)) or "none yet"
            raise CommandError(f"There is no release {release or ''}; published are: {known}.")
        try:
            parts = export(found, folder)
        except FileExistsError as error:
            raise CommandError(
                f"{error} is there already; a release does not change, so nothing was written."
            ) from error
        rows = sum(part.rows for part in parts if part.path.startswith("observations/"))
        self.stdout.write(
            f"Wrote release {found.version}: {rows} figures in {len(parts)} files below {folder / found.version}."
        )
