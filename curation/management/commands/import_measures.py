"""`manage.py import_measures FILE`: an office's list of the tasks of a plan, checked and, with --commit, published."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.files import read_rows
from curation.models import Verdict
from curation.publishing import ReleaseNotes, publish
from curation.tasklists import COLUMNS, TaskList, plan_tasks
from curation.texts import read_texts

SHOWN = 50


class Command(BaseCommand):
    help = "Check a list of tasks against what its plan states, and publish it with --commit. --template writes an empty list."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="the list: one task a line, with the template's columns")
        parser.add_argument("--template", type=Path, help="write an empty list with all columns to this file and stop")
        parser.add_argument("--texts", type=Path, help="folder of the source texts, in which phrases are looked for")
        parser.add_argument("--commit", action="store_true", help="publish the list as a release")
        parser.add_argument(
            "--allow-differences",
            action="store_true",
            help="publish even if a domain's number of tasks is not as stated",
        )

    def handle(self, *, file: Path | None, template: Path | None, **options: Any) -> None:
        if template:
            with template.open("w", encoding="utf-8-sig", newline="") as empty:
                csv.writer(empty).writerow(COLUMNS)
            return
        if file is None:
            raise CommandError("Name the file of the list, or --template.")
        try:
            rows = read_rows(file)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        tasks = plan_tasks(rows, read_texts(options["texts"]) if options["texts"] else None)
        self.report(tasks)
        if tasks.problems:
            raise CommandError(f"{len(tasks.problems)} cells in error; nothing was written.")
        if not options["commit"]:
            self.stdout.write("Nothing was written; --commit publishes the list.")
            return
        if tasks.differences and not options["allow_differences"]:
            raise CommandError(
                "The numbers of tasks are not as stated; nothing was written. --allow-differences publishes all the same."
            )
        release = publish(
            tasks.plan, ReleaseNotes(reason=f"The list of tasks {file.name}.", published_by="import_measures")
        )
        self.stdout.write(f"Published release {release.version}." if release else "Nothing to do.")

    def report(self, tasks: TaskList) -> None:
        """Say what is wrong, the numbers by domain, and what would change."""
        for number, column, message in tasks.problems[:SHOWN]:
            self.stderr.write(f"row {number}, {column}: {message}")
        for count in tasks.counts:
            stated = "not stated" if count.stated is None else f"{count.stated} stated"
            beside = (
                f", {len(count.beside)} held that the list does not name: {', '.join(count.beside)}"
                if count.beside
                else ""
            )
            self.stdout.write(
                f"{count.domain}: {stated}, {count.loaded} listed{' (DIFFERS)' if count.differs else ''}{beside}"
            )
        new, changed, same = (tasks.plan.count(v) for v in (Verdict.NEW, Verdict.CHANGED, Verdict.UNCHANGED))
        self.stdout.write(f"{new} new, {changed} changed, {same} unchanged rows.")
