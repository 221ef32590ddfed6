"""`manage.py export_lake DIR`: a release as Hive-partitioned Parquet with a manifest and checksums."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.data.lake import export
from sources.models import Release


class Command(BaseCommand):
    help = "Write a release below DIR as Parquet by topic and frequency, with a manifest and checksums (docs/data.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="folder that the release is written below")
        parser.add_argument("--release", help="version, such as 2026-R1; the newest where none is named")

    def handle(self, *, folder: Path, release: str | None, **options: object) -> None:
        published = Release.objects.published()
        exported = published.first() if release is None else published.filter(version=release).first()
        if exported is None:
            known = ", ".join(published.values_list("version", flat=True)) or "none yet"
            raise CommandError(f"There is no release {release or ''}; published are: {known}.")
        try:
            parts = export(exported, folder)
        except FileExistsError as error:
            raise CommandError(
                f"{error} is there already; a release does not change, so nothing was written."
            ) from error
        except OSError as error:
            raise CommandError(
                f"{folder} cannot be written: {error.strerror or error}; nothing was left there."
            ) from error
        rows = sum(part.rows for part in parts if part.path.startswith("observations/"))
        self.stdout.write(
            f"Wrote release {exported.version}: {rows} figures in {len(parts)} files below {folder / exported.version}."
        )
