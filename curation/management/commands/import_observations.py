"""`manage.py import_observations FILE [--commit]`: what a curator's sheet would change, and then its way to the public."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser

from curation.batches.comparison import different_cells
from curation.management.bilingual import BilingualCommand
from curation.management.progress import shown
from curation.management.publication import bring_before_the_public, commands_publish
from curation.models import Step, Verdict
from curation.plans.plan import Plan, PlannedRow
from curation.plans.store import stage
from curation.refusals import UnreadableFile
from curation.releases.publication import ReleaseNotes
from curation.sheets.files import content_of, read_sheets, read_upload
from curation.sheets.grids import read_grids
from curation.sheets.readings import AUTOMATIC, FileReading, as_document, choices_of, reading_from
from curation.sheets.uploads import plan_upload
from sources.bilingual import both

SHOWN = 50  # findings of a kind; a sheet with more has one cause


class Command(BilingualCommand):
    help = "Bring in a CSV or XLSX file of observations (long or wide form). Without an option nothing is written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        doing = parser.add_mutually_exclusive_group()
        doing.add_argument("--stage", action="store_true", help="send it to the reviewers, without errors")
        doing.add_argument("--draft-of", metavar="NAME", help="keep it, errors included, as a draft of this curator")
        doing.add_argument("--commit", action="store_true", help="publish it where commands may, else as --stage")
        doing.add_argument("--json", action="store_true", help="say all of it as one JSON document, for programs")
        doing.add_argument(
            "--show-reading", action="store_true", help="say how it is read, as JSON that --reading takes"
        )
        parser.add_argument(
            "--reading", type=Path, metavar="JSON", help="how to read it, where that is not found by itself"
        )
        parser.add_argument("--reason", default="", help="why published figures are corrected or withdrawn")
        parser.add_argument("--accept-warnings", action="store_true", help="publish although there are warnings")

    def handle(
        self, file: Path, *, stage: bool, draft_of: str | None, commit: bool, json: bool, reason: str, accept_warnings: bool,
        **options: Any,
    ) -> None:  # fmt: skip
        try:
            chosen = reading_from(content_of(options["reading"])) if options["reading"] else AUTOMATIC
            if options["show_reading"]:
                self.stdout.write(as_document(_as_read(file, chosen)))
                return
            if json:
                self.stdout.write(_document(file, chosen))
                return
            upload = read_upload(file.name, content_of(file), chosen)
            for remark in upload.said:
                self.say(remark)
            plan = plan_upload(upload, shown)
        except UnreadableFile as error:
            raise CommandError(str(error)) from None
        del upload
        self._say(plan)
        if draft_of:
            self._keep(plan, file.name, draft_of)
        elif plan.count(Verdict.ERROR):
            raise CommandError(str(both("有错误的行，未写入。", "There are rows in error; nothing was written.")))
        elif stage or commit:
            self._send(plan, file.name, reason, at_once=commit, accept_warnings=accept_warnings)
        else:
            self.say(
                both(
                    "试运行：未写入。加 --stage 送审。",
                    "Dry run: nothing was written. --stage sends it to the reviewers.",
                )
            )

    def _say(self, plan: Plan) -> None:
        for title, rows, lines in (
            (both("错误", "Errors"), plan.rows(Verdict.ERROR), _errors),
            (both("警告", "Warnings"), plan.warned, _warnings),
            (both("新增", "New"), plan.rows(Verdict.NEW), _new),
            (both("修改", "Changed"), plan.rows(Verdict.CHANGED), _changes),
            (both("撤回", "Withdrawn"), plan.rows(Verdict.WITHDRAWN), _changes),
        ):
            if rows:
                self.stdout.write(f"{title} ({len(rows)}):")
                self.stdout.writelines(f"  {line}\n" for line in lines([row for _, row in rows]))
        self.stdout.write(", ".join(f"{verdict.label} {plan.count(verdict)}" for verdict in Verdict))

    def _keep(self, plan: Plan, name: str, maker: str) -> None:
        user = get_user_model().objects.filter(username=maker).first()
        if user is None:
            raise CommandError(str(both(f"没有用户 {maker}。", f"There is no user {maker}.")))
        batch = stage(plan, name=name, user=user, progress=shown)
        batch.remember(Step.BROUGHT_IN, user)
        self.say(both(f"已存为草稿批次 {batch.pk}。", f"Kept as draft batch {batch.pk}."))

    def _send(self, plan: Plan, name: str, reason: str, *, at_once: bool, accept_warnings: bool) -> None:
        if at_once and commands_publish() and plan.warned and not accept_warnings:
            raise CommandError(
                str(both("有警告，未写入；核对后加 --accept-warnings。",
                         "There are warnings; nothing was written. Look at them, then add --accept-warnings."))
            )  # fmt: skip
        notes = ReleaseNotes(reason=reason, published_by="import_observations")
        self.say(bring_before_the_public(plan, notes, name=name, at_once=at_once))


def _as_read(file: Path, chosen: FileReading) -> FileReading:
    """How a file is read by what was chosen, all of it said."""
    sheets = read_sheets(file.name, read_grids(file.name, content_of(file))[0], chosen)
    return FileReading({**chosen.sheets, **{sheet.grid.name: choices_of(sheet) for sheet in sheets}}, chosen.added)


def _document(file: Path, chosen: FileReading) -> str:
    """What a file holds and would change: its remarks, why it is refused (null where it is not), and every row of its tables."""
    remarks: list[str] = []
    rows: list[dict[str, Any]] = []
    refused = None
    try:
        upload = read_upload(file.name, content_of(file), chosen)
        remarks = list(map(str, upload.said))
        rows = [_as_object(table.name, row) for table, planned in plan_upload(upload, shown).tables for row in planned]
    except UnreadableFile as error:
        refused = str(error)
    return json.dumps({"remarks": remarks, "refused": refused, "rows": rows}, ensure_ascii=False)


def _as_object(table: str, row: PlannedRow) -> dict[str, Any]:
    cells = row.raw if row.verdict == Verdict.ERROR else row.shown
    return {
        "table": table, "sheet": row.sheet, "cell": row.cell, "verdict": row.verdict.value, "cells": dict(cells),
        "errors": [dict(finding) for finding in row.errors], "warnings": [dict(finding) for finding in row.warnings],
    }  # fmt: skip


def _new(rows: list[PlannedRow]) -> Iterator[str]:
    for row in rows[:SHOWN]:
        value, unit = (row.shown.get(name, "") for name in ("value", "unit"))
        yield f"{row.where[1]} {row.key}" + f": {value} {unit}".rstrip(": ")
    yield from _more(len(rows) - SHOWN)


def _errors(rows: list[PlannedRow]) -> Iterator[str]:
    return _findings(error for row in rows for error in row.errors)


def _warnings(rows: list[PlannedRow]) -> Iterator[str]:
    return _findings(warning for row in rows for warning in row.warnings)


def _findings(findings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Each cause once, by the first cell that has it, with how many more there are."""
    causes: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for finding in findings:
        causes.setdefault((finding["column"], finding["message"]), []).append(finding)
    for alike in list(causes.values())[:SHOWN]:
        more = both(f"；另有 {len(alike) - 1} 处相同", f"; {len(alike) - 1} more of these") if len(alike) > 1 else ""
        yield f"{_finding(alike[0])}{more}"
    yield from _more(len(causes) - SHOWN)


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"… {count}"


def _finding(finding: Mapping[str, Any]) -> str:
    meant = finding.get("did_you_mean")
    hint = both(f"（是否为 {meant}？）", f" (did you mean {meant}?)") if meant else ""
    where = f"{finding['sheet']} {finding['cell']}".strip()
    return f"{where} {finding['column']}: {finding['message']}{hint}"


def _changes(rows: list[PlannedRow]) -> Iterator[str]:
    for row in rows[:SHOWN]:
        changes = different_cells(row.before or {}, row.cells or {}) if row.cells else []
        percent = "" if row.difference is None else f" ({row.difference:+}%)"
        yield f"{row.where[1]} {row.key}: {'; '.join(changes)}{percent}"
    yield from _more(len(rows) - SHOWN)
