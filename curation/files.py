"""Reading tables from files: every cell is text, whatever the file."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from curation.columns import LIST_SEPARATOR


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


class UnreadableFile(Exception):
    message = ""


def read_upload(name, content):
    raise UnreadableFile
