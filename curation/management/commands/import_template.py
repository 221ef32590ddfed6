"""`manage.py import_template FILE`: an empty workbook for observations, with lists to choose from."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import override

from curation.sheets.template import template


class Command(BaseCommand):
    help = "Write an empty workbook that curators fill in and `import_observations` reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="where to write it (.xlsx)")
        parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of its headers and lists")

    def handle(self, *, file: Path, lang: str, **options: Any) -> None:
        with override("zh-hans" if lang == "zh" else "en"):
            file.write_bytes(template())
        self.stdout.write(f"Written: {file}")
