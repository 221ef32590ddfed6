"""How a file is to be read, as a value: what a person chose of it, beside what is found automatically.

It is what the step between upload and preview keeps, and what `import_observations FILE --reading choices.json` takes. What is not
chosen is read automatically; so the automatic reading is the one of `FileReading()`, and `choices_of` says it in the same words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from curation.refusals import UnreadableFile
from sources.bilingual import both

if TYPE_CHECKING:
    from curation.sheets.tables import SheetTables

IGNORED = "unread"  # a column of which nothing is read


class TableChoices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was chosen of a table: the last row of its header, what columns are, what holds for all of its rows.

    `columns` are by their letters: the name of a column of the curated table (or `month`, `quarter` beside `period`), `unread`, or,
    for a column of figures, what its figures are, by columns of observations. `stated` are cells by column.
    """

    header: int | None = None
    columns: dict[str, str | dict[str, str]] = msgspec.field(default_factory=dict)
    stated: dict[str, str] = msgspec.field(default_factory=dict)


class SheetChoices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was chosen of a sheet: whether it is read, its tables by the first row of their headers, the rows that are left out.

    Tables that are named are all that there are, and so are rows that are left out; None stands for what is found. `cells` are typed in
    the place of what stands in a cell, `words` say what a word in the rows means: column, word, code. Rows count from 1.
    """

    read: bool = True
    tables: dict[int, TableChoices] | None = None
    left_out: tuple[int, ...] | None = None
    cells: dict[str, str] = msgspec.field(default_factory=dict)
    words: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)


AS_FOUND = SheetChoices()


class FileReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was chosen of a file: of its sheets by their names, and rows of other tables that come in with it, such as an indicator."""

    sheets: dict[str, SheetChoices] = msgspec.field(default_factory=dict)
    added: dict[str, list[dict[str, str]]] = msgspec.field(default_factory=dict)

    def of(self, sheet: str) -> SheetChoices:
        """What was chosen of a sheet."""
        return self.sheets.get(sheet, AS_FOUND)

    def with_sheet(self, name: str, choices: SheetChoices) -> FileReading:
        """The same with other choices of a sheet."""
        return msgspec.structs.replace(self, sheets={**self.sheets, name: choices})


AUTOMATIC = FileReading()


def reading_from(document: bytes | str) -> FileReading:
    """The reading that a JSON document states. Raises UnreadableFile where it states none."""
    try:
        return msgspec.json.decode(document, type=FileReading)
    except msgspec.DecodeError as error:
        raise UnreadableFile(
            both(f"不是可用的读法（{error}）", f"this is no description of how to read a file: {error}")
        ) from None


def as_document(reading: FileReading) -> str:
    """The JSON document that states a reading."""
    return msgspec.json.encode(reading).decode()


def choices_of(sheet: SheetTables) -> SheetChoices:
    """How a sheet was read, as choices that have it read in the same way."""
    tables = {
        table.header.start + 1: TableChoices(table.header.stop, dict(table.columns), dict(table.stated))
        for table in sheet.tables
    }
    left_out = tuple(sorted(row + 1 for table in sheet.tables for row in table.left_out))
    return SheetChoices(True, tables, left_out, dict(sheet.choices.cells), dict(sheet.choices.words))
