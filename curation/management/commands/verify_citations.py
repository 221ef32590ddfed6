"""`manage.py verify_citations --documents DIR`: looks whether every phrase is where its citation says."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from curation.management.source_texts import read_texts
from sources.models import Citation


class Command(BaseCommand):
    help = "Find every citation's phrase at its position in the text whose SHA-256 its source names."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--documents", type=Path, required=True, help="folder of the source texts (*.txt, UTF-8)")

    def handle(self, *, documents: Path, **options: Any) -> None:
        texts = read_texts(documents)
        wrong = []
        citations = Citation.objects.select_related("source").order_by("code")
        for citation in tqdm(citations, desc="citations", disable=None, leave=False):
            text = texts.get(citation.source.sha256)
            if text is None:
                wrong.append(f"{citation.code}: no text with the SHA-256 of source {citation.source.slug}")
            elif text[citation.start : citation.end] != citation.exact:
                phrase = text[citation.start : citation.end]
                wrong.append(f"{citation.code}: expected {citation.exact!r}, the text has {phrase!r}")
        for line in wrong:
            self.stderr.write(line)
        total = len(citations)
        self.stdout.write(f"{total - len(wrong)} of {total} citations found at their place in {len(texts)} texts.")
        if wrong or not total:
            raise CommandError(f"{len(wrong)} citations do not match.")
