"""Reading tables from files: every cell is text, whatever the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from curation.columns import LIST_SEPARATOR, Codes
from curation.grids import UnreadableFile, read_grids
from curation.layouts import Block, read_sheet
from curation.lines import Line
from sources.bilingual import both

__all__ = ["Places", "UnreadableFile", "Upload", "read_rows", "read_upload"]


@dataclass
class Places:
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

    files: dict[str, list[Line]]
    said: list[str]
    cells: Places


def read_upload(name: str, content: bytes) -> Upload:
    """The rows of a CSV or other text file, or of a workbook: sheets called like a table hold that one, others observations.

    Raises UnreadableFile, with the reason in the active language (`message` has both).
    """
    grids, remarks = read_grids(name, content)
    codes, places, files = Codes(), Places(), dict[str, list[Line]]()
    for grid in grids:
        block = read_sheet(grid, grid.name or Path(name).stem, codes)
        if block is None:
            if any(map(any, grid.rows)):
                remarks.append(
                    both(f"未读入的工作表：{grid.name}（没有表头）", f"Sheet not read: {grid.name} (no header)")
                )
            continue
        places.blocks.setdefault(block.table, []).append(block)
        remarks += [f"{grid.name}: {remark}" if len(grids) > 1 else remark for remark in block.remarks]
    for table, blocks in places.blocks.items():
        files[table] = [row for block in blocks for row in block.rows]
    if not any(files.values()):
        raise UnreadableFile(both(
            f"{name} 中没有可读入的行：需有表头（如 地区、指标、时期、数值），或以年份为列的宽表",
            f"{name} has no rows to bring in: it needs a header (such as region, indicator, period, value), "
            "or years across with regions down",
        ))  # fmt: skip
    return Upload(files, [str(remark) for remark in remarks], places)


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV (UTF-8, with or without BOM) or YAML file (a list of mappings), all cells as text.

    Raises ValueError, naming the file and line, where the file is not such a table.
    """
    rows = list(_read_yaml(path) if path.suffix == ".yaml" else _read_csv(path))
    return [{name: cell.strip() if name != "exact" else cell for name, cell in row.items()} for row in rows]


def _read_csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            names = reader.fieldnames or []
            if doubled := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"{path.name}: the header names a column twice: {', '.join(sorted(doubled))}")
            for row in reader:
                if None in row or None in row.values():
                    raise ValueError(
                        f"{path.name}, line {reader.line_num}: not as many cells as the header has columns"
                    )
                yield row
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{path.name}, line {reader.line_num + 1}: {error}") from error


def _read_yaml(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        entries = yaml.load(file, Loader=yaml.BaseLoader)  # every scalar stays text: no dates, numbers or booleans
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{path.name}: must be a list of entries")
    for entry in entries:
        yield {name: _cell(value) for name, value in entry.items()}


def _cell(value: Any) -> str:
    return LIST_SEPARATOR.join(value) if isinstance(value, list) else value


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows of cells as lines of the canonical CSV: UTF-8, commas, quotes only where needed, `\\n`."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
