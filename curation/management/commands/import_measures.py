"""`manage.py import_measures FILE`: an office's list of the tasks of a plan, checked and put on its way to the public."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from msgspec.structs import replace

from curation.management.bilingual import BilingualCommand
from curation.management.publication import bring_before_the_public
from curation.management.source_texts import read_texts
from curation.models import Verdict, shortened
from curation.refusals import LONGEST_REASON, StepRefused, UnreadableFile
from curation.releases.publication import ReleaseNotes
from curation.sheets.files import content_of
from curation.sheets.grids import read_grids
from curation.sheets.list_sheets import empty_list, list_in
from curation.sheets.task_lists import NO_ROW, DomainCount, TaskList, plan_tasks
from curation.sheets.unlisted import NO_ANSWERS, answers_from
from sources.bilingual import both, in_both

SHOWN = 50
HINTS = {
    "unanswered": both(
        "--answers FILE 逐项答复，--keep-others 全部保留。",
        "--answers FILE answers for each, --keep-others keeps them all.",
    ),
    "differences": both("--allow-differences 仍然继续。", "--allow-differences goes on all the same."),
}  # fmt: skip


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
        parser.add_argument(
            "--answers",
            type=Path,
            metavar="FILE",
            help="a JSON document of what becomes of held tasks that the list does not have",
        )
        parser.add_argument(
            "--keep-others",
            action="store_true",
            help="keep every held task that the list does not have and --answers does not name",
        )

    def handle(self, *, file: Path | None, template: Path | None, **options: Any) -> None:
        if template:
            template.write_bytes(empty_list())
            return
        if file is None:
            raise CommandError(
                str(both("请给出清单文件，或 --template。", "Name the file of the list, or --template."))
            )
        try:
            listed = list_in(file.name, *read_grids(file.name, content_of(file)))
            answers = answers_from(content_of(options["answers"])) if options["answers"] else NO_ANSWERS
            answers = replace(
                answers,
                keep_rest=answers.keep_rest or options["keep_others"],
                differences=answers.differences or options["allow_differences"],
            )
            tasks = plan_tasks(listed, read_texts(options["texts"]) if options["texts"] else None, answers)
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        for remark in listed.remarks:
            self.say(remark)
        self.report(tasks)
        tasks.demand_sound()
        if not (options["stage"] or options["commit"]):
            self.say(both("未写入；加 --stage 送审。", "Nothing was written; --stage sends the list to the reviewers."))
            return
        try:
            tasks.demand_settled()
        except StepRefused as refusal:
            raise CommandError(f"{refusal.message} {HINTS.get(refusal.code, '')}".strip()) from refusal
        reason = shortened(" ".join([file.name, *map(str, tasks.said)]), LONGEST_REASON)
        notes = ReleaseNotes(reason=reason, published_by="import_measures")
        self.say(bring_before_the_public(tasks.plan, notes, name=file.name, at_once=options["commit"]))

    def report(self, tasks: TaskList) -> None:
        """Say what is wrong, the numbers by domain, and what would change."""
        for number, column, message in tasks.problems[:SHOWN]:
            row = both(f"第 {number} 行，{column}", f"row {number}, {column}")
            at = row if number != NO_ROW else both(f"撤回 {column}", f"withdrawing {column}")
            self.stderr.write(str(both(f"{in_both(at)[0]}：{message}", f"{in_both(at)[1]}: {message}")))
        for count in tasks.counts:
            self.say(_counted(count))
        for task in tasks.unlisted:
            self.say(
                both(f"现有而清单未列：{task.code} {task.title}", f"held, not in the list: {task.code} {task.title}")
            )
        new, changed, same, gone = map(
            tasks.plan.count, (Verdict.NEW, Verdict.CHANGED, Verdict.UNCHANGED, Verdict.WITHDRAWN)
        )
        self.say(
            both(
                f"新增 {new} 行，修改 {changed} 行，撤回 {gone} 行，未变 {same} 行。",
                f"{new} new, {changed} changed, {gone} withdrawn, {same} unchanged rows.",
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
