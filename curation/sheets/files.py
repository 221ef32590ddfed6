"""Reading tables from files: every cell is text, whatever the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from curation.refusals import UnreadableFile
from curation.sheets.answers import header_of_answer
from curation.sheets.blocks import Block, too_many_rows
from curation.sheets.grids import Grid, place_of, read_grids, too_large
from curation.sheets.layouts import read_sheet
from curation.sheets.looks import look_of
from curation.sheets.readings import AUTOMATIC, FileReading
from curation.sheets.tables import SheetTables
from curation.tables.code_index import NAMES, CodeIndex
from curation.tables.curated import TABLES
from curation.tables.rows import CompactRow, compact_rows
from sources.bilingual import Said, Text, both, in_both

LONGEST_FILE_NAME = 200  # what a batch can be called


@dataclass
class CellPlaces:
    """Where each row of an upload stands in its file."""

    blocks: dict[str, list[Block]] = field(default_factory=dict)

    def place(self, table: str, number: int, column: str = "") -> tuple[str, str]:
        """(sheet, cell) of a column of the row of this number, counted from 2; a text file's sheet has no name, an added row no place."""
        left = number - 2
        for block in self.blocks.get(table, ()):
            if left < len(block.rows):
                return block.sheet, block.cell(left, column)
            left -= len(block.rows)
        return "", ""  # of a row that comes in beside the file


@dataclass
class Upload:
    """A file that was read: its rows by table, ready for `plan_import`, what was said, where each row was, how its sheets look."""

    files: dict[str, list[CompactRow]]
    said: list[Said]
    cells: CellPlaces
    looks: list[dict[str, Any]]


def read_sheets(name: str, grids: Iterable[Grid], reading: FileReading = AUTOMATIC) -> list[SheetTables]:
    """The sheets that are read, with their tables, by what was chosen of the file."""
    codes = codes_with(reading.added)
    return [
        read_sheet(grid, grid.name or Path(name).stem, codes, reading.of(grid.name))
        for grid in _without_notes(grids) if reading.of(grid.name).read
    ]  # fmt: skip


def codes_with(added: Mapping[str, list[dict[str, str]]]) -> CodeIndex:
    """The codes that cells can name, with those of records that come in with the file."""
    codes = CodeIndex()
    for table in (table for table in TABLES if table.name in added and len(table.key) == 1):
        attribute = {column.name: column.path for column in table.columns}[table.key[0]]
        held = {field.name for field in table.model._meta.fields} & {attribute, *NAMES}
        known = codes.read((), table.model, attribute)
        for cells in added[table.name]:
            if code := cells.get(table.key[0]):
                known[code] = codes.get(code, table.model, attribute) or table.model(
                    **{name: cell for name, cell in cells.items() if name in held}
                )
    return codes


def read_upload(name: str, content: bytes, reading: FileReading = AUTOMATIC) -> Upload:
    """The rows of a CSV or other text file, or of a workbook: sheets called like a table hold that one, others observations.

    What was chosen of how it is read is the `reading`.

    Raises UnreadableFile, with the reason in the active language (`message` has both).
    """
    check_name(name)
    grids, remarks = read_grids(name, content)
    return upload_of(name, grids, remarks, reading)


def check_name(name: str) -> None:
    """Raises UnreadableFile for a file's name that is longer than a batch can be called."""
    if len(name) > LONGEST_FILE_NAME:
        raise UnreadableFile(both(
            f"文件名超过 {LONGEST_FILE_NAME} 个字符，请改短", f"the file's name is longer than {LONGEST_FILE_NAME} characters"
        ))  # fmt: skip


def upload_of(name: str, grids: Sequence[Grid], remarks: list[Any], reading: FileReading) -> Upload:
    """The rows of sheets, by what was chosen of them. Raises UnreadableFile where a table cannot be understood."""
    places, files = CellPlaces(), dict[str, list[CompactRow]]()
    remarks = [*remarks, *_remarks_on(reading, grids)]
    looks = list[dict[str, Any]]()
    for sheet in read_sheets(name, grids, reading):
        looks += [look_of(sheet)] if sheet.tables else []
        for refusal in (refusal for table in sheet.tables for refusal in table.refusals):
            raise refusal
        if not sheet.tables and any(map(any, sheet.grid.rows)):
            called = sheet.grid.name
            remarks.append(both(f"未读入的工作表：{called}（没有表头）", f"Sheet not read: {called} (no header)"))
        for block in (block for table in sheet.tables for block in table.blocks):
            places.blocks.setdefault(block.table, []).append(block)
            remarks += [_of_sheet(block.sheet, remark) if len(grids) > 1 else remark for remark in block.remarks]
    for table, blocks in places.blocks.items():
        files[table] = [row for block in blocks for row in block.rows]
    for table, rows in reading.added.items():
        files[table] = [*files.get(table, ()), *compact_rows(rows)]
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
    return Upload(files, remarks, places, looks)


def _of_sheet(name: str, remark: Said) -> Said:
    """A remark with the name of its sheet before it."""
    zh, en = in_both(remark)
    return both(f"{name}：{zh}", f"{name}: {en}")


def _remarks_on(reading: FileReading, grids: Sequence[Grid]) -> list[Any]:
    """What is said of sheets and cells that are not taken as they stand."""
    read = [grid.name for grid in _without_notes(grids)]
    remarks = [
        both(f"未读入的工作表：{grid.name}", f"Sheet not read: {grid.name}") for grid in grids if grid.name not in read
    ]
    for grid in grids:
        choices = reading.of(grid.name)
        if not choices.read:
            remarks.append(both(f"选择不读入的工作表：{grid.name}", f"Sheet chosen not to be read: {grid.name}"))
        remarks += typed_cells(grid, choices.cells if choices.read else {})
    return remarks


def typed_cells(grid: Grid, cells: Mapping[str, str]) -> list[Text]:
    """What is said of cells of a sheet in the place of which something else was typed."""
    at, remarks = f"{grid.name} " if grid.name else "", list[Text]()
    for cell, text in cells.items():
        row, column = place_of(cell) or (2**31, 0)
        stood = grid.rows[row][column] if row < len(grid.rows) and column < len(grid.rows[row]) else ""
        remarks.append(both(f"{at}{cell}：“{stood}”按“{text}”读入", f"{at}{cell}: “{stood}” is read as “{text}”"))
    return remarks


def _without_notes(grids: Iterable[Grid]) -> list[Grid]:
    """The sheets that hold rows: of an answer of the service, those without the notes on them."""
    grids = list(grids)
    return [grid for grid in grids if header_of_answer(grid) is not None] or grids


def content_of(path: Path) -> bytes:
    """The bytes of a file. Raises UnreadableFile where they are not to be had, or too many."""
    try:
        if path.stat().st_size > settings.READING_BYTES:
            raise UnreadableFile(too_large(path.name))
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error
