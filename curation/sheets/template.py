"""An empty workbook that curators fill in: a sheet for each form, with lists to choose from."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

from django.utils import timezone

from curation.sheets.grids import cell_name
from curation.tables.columns import Choice, CuratedColumn, Number
from curation.tables.observations import OBSERVATIONS
from curation.tables.references import Ref, Refs
from sources.bilingual import both, said

ROWS = 5000  # that have lists to choose from
WIDE_ROWS, YEARS = 400, 6
# What a wide sheet states once, above its table.
STATED_ONCE = ("indicator", "unit", "source", "citations")

GUIDE = (
    both("“观测”：每行一个数值。“宽表”：地区向下、年份向右，其余写在上方。只用其一。",
         "“observations”: one figure a row. “wide”: regions down, years across, the rest above. Fill in either."),
    both("代码或名称均可，中英文均可；可选项见下拉列表与“代码”表。",
         "Codes or names, in either language; lists offer what there is, and so does the sheet “codes”."),
    both("每个数值须有来源与引证；引证可有多个，以“;”分隔。", "Every figure needs a source and a citation; several are separated by “;”."),
    both("时期：2024、2024-Q1、2024-07。空白单元格为未述，不是零。",
         "Periods: 2024, 2024-Q1, 2024-07. An empty cell states nothing; it is not zero."),
    both("撤回已发布的数值：在“撤回”列填 true。", "To withdraw a published figure, put true into the column “withdraw”."),
)  # fmt: skip


def template() -> bytes:
    """The workbook (XLSX), in the active language."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - for the first who wants one

    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": timezone.now().replace(tzinfo=None), "author": ""})
        _Template(book).write()
    return content.getvalue()


def label(column: CuratedColumn) -> str:
    """What a column is called in the active language."""
    return str(column.field_of(OBSERVATIONS.model).verbose_name)


class _Template:
    def __init__(self, book: Any) -> None:
        self.book = book
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self.text = book.add_format({"num_format": "@"})
        self.lists = {column.name: items for column in OBSERVATIONS.columns if (items := offered(column))}
        self.codes_sheet = str(both("代码", "codes"))

    def write(self) -> None:
        guide = self.book.add_worksheet(str(both("说明", "guide")))
        guide.set_column(0, 0, 110)
        for row, sentence in enumerate(GUIDE):
            guide.write(row, 0, str(sentence))
        self._write_long(self.book.add_worksheet(str(both("观测", "observations"))))
        self._write_wide(self.book.add_worksheet(str(both("宽表", "wide"))))
        self._write_codes(self.book.add_worksheet(self.codes_sheet))

    def _write_long(self, sheet: Any) -> None:
        columns = {column.name: label(column) for column in OBSERVATIONS.columns} | {
            "withdraw": str(both("撤回", "withdraw"))
        }
        for place, column in enumerate(OBSERVATIONS.columns):
            sheet.set_column(place, place, 16, None if isinstance(column, Number) else self.text)
            self._offer(sheet, column.name, 1, place, ROWS, place)
        sheet.write_row(0, 0, columns.values(), self.bold)
        sheet.freeze_panes(1, 0)

    def _write_wide(self, sheet: Any) -> None:
        sheet.set_column(0, YEARS, 16)
        by_name = {column.name: column for column in OBSERVATIONS.columns}
        for row, name in enumerate(STATED_ONCE):
            sheet.write(row, 0, label(by_name[name]), self.bold)
            self._offer(sheet, name, row, 1, row, 1)
        header, this_year = len(STATED_ONCE) + 1, timezone.now().year
        years = [str(this_year - back) for back in range(YEARS, 0, -1)]
        sheet.write_row(header, 0, [label(by_name["region"]), *years], self.bold)
        self._offer(sheet, "region", header + 1, 0, header + WIDE_ROWS, 0)
        sheet.freeze_panes(header + 1, 1)

    def _write_codes(self, sheet: Any) -> None:
        for place, (name, items) in enumerate(self.lists.items()):
            sheet.write(0, place, name, self.bold)
            sheet.write_column(1, place, items, self.text)
            sheet.set_column(place, place, 24)

    def _offer(self, sheet: Any, name: str, *area: int) -> None:
        """Let an area's cells be chosen from a column's list, and say so where something else is typed."""
        if name not in self.lists:
            return
        place = list(self.lists).index(name)
        first, last = cell_name(1, place), cell_name(len(self.lists[name]), place)
        absolute = (
            f"${''.join(filter(str.isalpha, cell))}${''.join(filter(str.isdigit, cell))}" for cell in (first, last)
        )
        sheet.data_validation(*area, {
            "validate": "list", "source": f"='{self.codes_sheet}'!{':'.join(absolute)}", "error_type": "warning",
            "error_title": str(both("不在列表中", "Not in the list")),
            "error_message": str(both("请从列表中选择，或填代码。", "Choose from the list, or give a code.")),
        })  # fmt: skip


def offered(column: CuratedColumn) -> list[str]:
    """What may stand in a column: the labels of a closed list, or the names of the public records it may refer to."""
    if isinstance(column, Choice):
        return [str(text) for _, text in column.field_of(OBSERVATIONS.model).flatchoices]
    if not isinstance(column, Ref) or isinstance(column, Refs):
        return []
    records: Any = column.to.objects.public()  # type: ignore[attr-defined]
    if column.only:
        records = records.filter(**{column.only[0].replace(".", "__"): column.only[1]})
    named = [
        (getattr(record, column.by), said(record, "name") if hasattr(record, "name_zh") else "")
        for record in records.order_by(column.by)
    ]
    times = Counter(name for _, name in named)
    return [name if name and times[name] == 1 else code for code, name in named]
