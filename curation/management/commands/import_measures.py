"""`manage.py import_measures FILE`: an office's list of the tasks of a plan, checked and put on its way to the public."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from curation.management.bilingual import BilingualCommand
from curation.management.publication import bring_before_the_public
from curation.management.source_texts import read_texts
from curation.models import Verdict
from curation.refusals import UnreadableFile
from curation.releases.publication import ReleaseNotes
from curation.sheets.files import read_list
from curation.sheets.task_lists import COLUMNS, DomainCount, TaskList, plan_tasks
from sources.bilingual import both

SHOWN = 50


class Command(BilingualCommand):
    help = "Check a list of tasks against what its plan states; --stage sends it to review. --template writes an empty list."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="the list: one task a line, with the template's columns")
        parser.add_argument("--template", type=Path, help="write an empty list with all columns to this file and stop")
        parser.add_argument("--texts", type=Path, help="folder of the source texts, in which phrases are looked for")
        doing = parser.add_mutually_exclusive_group()
        doing.add_argument("--stage", action="store_true", help="send the list to the reviewers")
        doing.add_argument("--commit", action="store_true", help="publish it where commands may, else as --stage")
        parser.add_argument(
            "--allow-differences",
            action="store_true",
            help="go on even if a domain's number of tasks is not as stated",
        )

    def handle(self, *, file: Path | None, template: Path | None, **options: Any) -> None:
        if template:
            with template.open("w", encoding="utf-8-sig", newline="") as empty:
                csv.writer(empty).writerow(COLUMNS)
            return
        if file is None:
            raise CommandError(
                str(both("请给出清单文件，或 --template。", "Name the file of the list, or --template."))
            )
        try:
            tasks = plan_tasks(read_list(file), read_texts(options["texts"]) if options["texts"] else None)
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        self.report(tasks)
        if tasks.problems:
            wrong = len(tasks.problems)
            raise CommandError(
                str(both(f"{wrong} 格有错误，未写入。", f"{wrong} cells in error; nothing was written."))
            )
        if not (options["stage"] or options["commit"]):
            self.say(both("未写入；加 --stage 送审。", "Nothing was written; --stage sends the list to the reviewers."))
            return
        if tasks.differences and not options["allow_differences"]:
            raise CommandError(str(both(
                "任务数与文件所述不符，未写入；加 --allow-differences 仍然继续。",
                "The numbers of tasks are not as stated; nothing was written. --allow-differences goes on all the same.",
            )))  # fmt: skip
        notes = ReleaseNotes(reason=file.name, published_by="import_measures")
        self.say(bring_before_the_public(tasks.plan, notes, name=file.name, at_once=options["commit"]))

    def report(self, tasks: TaskList) -> None:
        """Say what is wrong, the numbers by domain, and what would change."""
        for number, column, message in tasks.problems[:SHOWN]:
            self.stderr.write(str(both(f"第 {number} 行，{column}：{message}", f"row {number}, {column}: {message}")))
        for count in tasks.counts:
            self.say(_counted(count))
        new, changed, same = (tasks.plan.count(v) for v in (Verdict.NEW, Verdict.CHANGED, Verdict.UNCHANGED))
        self.say(
            both(
                f"新增 {new} 行，修改 {changed} 行，未变 {same} 行。",
                f"{new} new, {changed} changed, {same} unchanged rows.",
            )
        )


def _counted(count: DomainCount) -> Any:
    """A domain's tasks: stated, listed, and held though the list does not name them."""
    beside, held = ", ".join(count.beside), len(count.beside)
    zh = "未说明" if count.stated is None else f"文件所述 {count.stated}"
    en = "not stated" if count.stated is None else f"{count.stated} stated"
    return both(
        f"{count.domain}：{zh}，清单 {count.loaded}{'（不符）' if count.differs else ''}"
        + (f"，另有清单未列的 {held} 项：{beside}" if held else ""),
        f"{count.domain}: {en}, {count.loaded} listed{' (DIFFERS)' if count.differs else ''}"
        + (f", {held} held that the list does not name: {beside}" if held else ""),
    )
