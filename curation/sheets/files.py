"""Reading tables from files: every cell is text, whatever the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from curation.refusals import UnreadableFile
from curation.sheets.answers import header_of_answer
from curation.sheets.blocks import Block, too_many_rows
from curation.sheets.grids import Grid, read_grids, too_large
from curation.sheets.layouts import read_sheet
from curation.tables.code_index import CodeIndex
from curation.tables.files import stripped
from curation.tables.rows import CompactRow
from sources.bilingual import Said, both, in_both

LONGEST_FILE_NAME = 200  # what a batch can be called


@dataclass
class CellPlaces:
    """Where each row of an upload stands in its file."""

    blocks: dict[str, list[Block]] = field(default_factory=dict)

    def place(self, table: str, number: int, column: str = "") -> tuple[str, str]:
        """(sheet, cell) of a column of the row of this number, counted from 2; a text file's sheet has no name."""
        left = number - 2
        for block in self.blocks[table]:
            if left < len(block.rows):
                return block.sheet, block.cell(left, column)
            left -= len(block.rows)
        raise IndexError(number)


@dataclass
class Upload:
    """A file that was read: its rows by table, ready for `plan_import`, what was found on the way, and where each row was."""

    files: dict[str, list[CompactRow]]
    said: list[Said]
    cells: CellPlaces


def read_upload(name: str, content: bytes) -> Upload:
    """The rows of a CSV or other text file, or of a workbook: sheets called like a table hold that one, others observations.

    Raises UnreadableFile, with the reason in the active language (`message` has both).
    """
    if len(name) > LONGEST_FILE_NAME:
        raise UnreadableFile(both(
            f"文件名超过 {LONGEST_FILE_NAME} 个字符，请改短", f"the file's name is longer than {LONGEST_FILE_NAME} characters"
        ))  # fmt: skip
    grids, remarks = read_grids(name, content)
    codes, places, files = CodeIndex(), CellPlaces(), dict[str, list[CompactRow]]()
    grids = _without_notes(grids, remarks)
    for grid in grids:
        blocks = read_sheet(grid, grid.name or Path(name).stem, codes)
        if not blocks and any(map(any, grid.rows)):
            remarks.append(both(f"未读入的工作表：{grid.name}（没有表头）", f"Sheet not read: {grid.name} (no header)"))
        for block in blocks:
            places.blocks.setdefault(block.table, []).append(block)
            remarks += [_of_sheet(grid, remark) if len(grids) > 1 else remark for remark in block.remarks]
    for table, blocks in places.blocks.items():
        files[table] = [row for block in blocks for row in block.rows]
    if sum(map(len, files.values())) > settings.READING_ROWS:
        raise too_many_rows(name)
    if not any(files.values()):
        if places.blocks:
            raise UnreadableFile(both(f"{name} 的表中没有数值", f"the tables of {name} state no figure"))
        raise UnreadableFile(both(
            f"{name} 中没有可读入的行：需有表头（如 地区、指标、时期、数值），或以年份为列的宽表",
            f"{name} has no rows to bring in: it needs a header (such as region, indicator, period, value), "
            "or years across with regions down",
        ))  # fmt: skip
    return Upload(files, remarks, places)


def _without_notes(grids: list[Grid], remarks: list[Any]) -> list[Grid]:
    """The sheets that are read: of an answer of the service, its rows without the notes on them."""
    answers = [grid for grid in grids if header_of_answer(grid) is not None]
    notes = [grid for grid in grids if grid not in answers] if answers else []
    remarks += [both(f"未读入的工作表：{grid.name}", f"Sheet not read: {grid.name}") for grid in notes]
    return answers or grids


def _of_sheet(grid: Grid, remark: Said) -> Said:
    """A remark with the name of its sheet before it."""
    zh, en = in_both(remark)
    return both(f"{grid.name}：{zh}", f"{grid.name}: {en}")


def content_of(path: Path) -> bytes:
    """The bytes of a file. Raises UnreadableFile where they are not to be had, or too many."""
    try:
        if path.stat().st_size > settings.READING_BYTES:
            raise UnreadableFile(too_large(path.name))
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error


def read_list(path: Path) -> list[dict[str, str]]:
    """The rows of a table with a header from a file of any form that an upload may have, all cells as text.

    Raises UnreadableFile.
    """
    grids, _ = read_grids(path.name, content_of(path))
    header, *rows = [row for grid in grids[:1] for row in grid.rows if any(row)] or [()]
    width = max((place for place, name in enumerate(header, start=1) if name), default=0)
    names = header[:width]
    if doubled := {name for name in names if names.count(name) > 1}:
        listed = ", ".join(sorted(doubled))
        raise UnreadableFile(both(f"{path.name} 有重复的列：{listed}", f"{path.name} names a column twice: {listed}"))
    for number, row in enumerate(rows, start=2):
        if len(row) < width or any(row[width:]):
            raise UnreadableFile(both(
                f"{path.name} 第 {number} 行：单元格数与表头不符",
                f"{path.name}, row {number}: not as many cells as the header has columns",
            ))  # fmt: skip
    return [stripped(dict(zip(names, row, strict=False))) for row in rows]
