"""The project's own tables as files: CSV and YAML read, the canonical CSV written; every cell is text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from curation.tables.code_index import LIST_SEPARATOR
from sources.text import CODE, storable, trimmed


def stripped(row: Mapping[str, str]) -> dict[str, str]:
    """The row without blanks around its cells; a phrase that is quoted keeps them."""
    return {name: cell if name == "exact" else trimmed(cell) for name, cell in row.items()}


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of one of the project's own tables: a CSV (UTF-8, with or without BOM) or YAML file (a list of mappings), all
    cells as text.

    Raises ValueError, naming the file and line, where the file is not such a table.
    """
    rows = list(_read_yaml(path) if path.suffix == ".yaml" else _read_csv(path))
    for number, row in enumerate(rows, start=2):
        for name, cell in row.items():
            if not storable(cell):
                raise ValueError(f"{path.name}, row {number}, {name}: {CODE.unfit(cell)}")
    return list(map(stripped, rows))


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
    try:
        # Every scalar stays text: no dates, numbers or booleans, and no objects.
        entries = yaml.load(path.read_bytes(), Loader=yaml.BaseLoader)  # noqa: S506 - makes lists, mappings and texts only
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name}: {error}") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{path.name}: must be a list of entries")
    for entry in entries:
        yield {name: _cell(value) for name, value in entry.items()}


def _cell(value: Any) -> str:
    return LIST_SEPARATOR.join(value) if isinstance(value, list) else value


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    r"""Rows of cells as lines of the canonical CSV: UTF-8, commas, quotes only where needed, `\n`."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
