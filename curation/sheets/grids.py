"""Files as grids of text. The bytes are taken apart in a process of their own, `curation.sheets.reader`, whose limits are settings."""

from __future__ import annotations

import logging
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, Any

import msgspec
from django.conf import settings

from curation.refusals import UnreadableFile
from curation.sheets.reader import OUT_OF_MEMORY
from curation.sheets.shown_sheets import column_letters, column_number
from sources.bilingual import Text, both, in_both
from sources.text import CODE, LINE, storable

logger = logging.getLogger(__name__)

TURNS = threading.BoundedSemaphore(settings.READING_AT_ONCE)
MOST_OF_A_CHARACTER = 6  # bytes, as JSON may write it
CELL_NAME = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
TAIL = 4096  # bytes of what a reader complained that the log has


MOST_COVERED = 100  # columns of a merged range that are looked at


@dataclass(frozen=True)
class Grid:
    """A sheet as rows of text, the first of which is the first of the sheet."""

    name: str
    rows: Sequence[Sequence[str]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    @cached_property
    def tops(self) -> dict[tuple[int, int], int]:
        """Row and column of each cell that one above it covers, and the row of that one."""
        return {
            (row, column): first
            for first, left, last, right in self.merged
            for row in range(first + 1, min(last + 1, len(self.rows)))
            for column in range(left, min(right, left + MOST_COVERED) + 1)
        }

    @cached_property
    def spans(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Row and column of each cell that is merged over others, and those of the last of them."""
        return {(top, left): (last, right) for top, left, last, right in self.merged}

    def over(self, row: int, column: int) -> str:
        """The cells that one is merged over, itself the first: B4:B5."""
        return f"{cell_name(row, column)}:{cell_name(*self.spans.get((row, column), (row, column)))}"

    def with_cells(self, cells: Mapping[str, str]) -> Grid:
        """The same sheet with other texts in some of its cells, by their names; what is typed is no longer merged over others."""
        places = {place: text for cell, text in cells.items() if (place := place_of(cell))}
        if not places:
            return self
        rows = list(self.rows)
        for (row, column), text in places.items():
            rows += [()] * (row + 1 - len(rows))
            line = [*rows[row], *[""] * (column + 1 - len(rows[row]))]
            rows[row] = (*line[:column], text, *line[column + 1 :])
        return Grid(self.name, rows, [each for each in self.merged if each[:2] not in places])


class ReaderMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the reader: one of these."""

    remark: tuple[str, str] | None = None
    sheet: str | None = None
    extent: str | None = None
    rows: list[list[str]] | None = None
    merged: list[tuple[int, int, int, int]] | None = None
    refused: tuple[str, str] | None = None
    end: bool = False


@dataclass
class _Heard:
    """What a reader said of a file, and how it ended."""

    grids: list[Grid] = field(default_factory=list)
    remarks: list[Any] = field(default_factory=list)
    extents: list[str] = field(default_factory=list)
    refused: tuple[str, str] | None = None
    whole: bool = False
    overdue: bool = False
    status: int = 0
    complaint: str = ""


def read_grids(name: str, content: bytes) -> tuple[list[Grid], list[Any]]:
    """The sheets of a file (one, for a text file), and remarks on how it was read.

    Raises UnreadableFile: for what is no table, and for what takes more than the settings READING_* allow.
    """
    most = settings.READING_BYTES
    if len(content) > most:
        raise UnreadableFile(too_large(name))
    if not TURNS.acquire(timeout=settings.READING_SECONDS):
        raise UnreadableFile(both(
            f"{name} 未读取：正在读取其他文件，请稍后再试",
            f"{name} was not read, for other files are being read: try again shortly",
        ))  # fmt: skip
    try:
        heard = _hear(content)
    finally:
        TURNS.release()
    if not heard.whole:
        raise UnreadableFile(_why(name, heard))
    for grid in heard.grids:
        if not all(map(storable, {cell for row in grid.rows for cell in row})):
            raise _not_storable(grid.name or name, grid.rows)
    return heard.grids, heard.remarks


def _not_storable(name: str, rows: Sequence[Sequence[str]]) -> UnreadableFile:
    """Which cell of a sheet holds what cannot even be kept as it was read."""
    numbered = ((row, column, cell) for row, cells in enumerate(rows) for column, cell in enumerate(cells))
    place, cell = next((cell_name(row, column), cell) for row, column, cell in numbered if not storable(cell))
    zh, en = in_both(CODE.unfit(cell))
    return UnreadableFile(both(f"{name} {place}：{zh}", f"{name} {place}: {en}"))


def too_large(name: str) -> Text:
    """The words for a file that is not even looked at."""
    most = settings.READING_BYTES
    return both(f"{name} 超过 {most / 1e6:g} MB", f"{name} is larger than {most / 1e6:g} MB")


def _hear(content: bytes) -> _Heard:
    """Start a reader, give it the file, and take what it says until it ends or its time is over."""
    limits = (
        settings.READING_MEMORY, settings.READING_SECONDS, settings.READING_CELLS, settings.READING_BYTES,
    )  # fmt: skip
    command = [sys.executable, "-m", "curation.sheets.reader", *map(str, limits)]
    heard = _Heard()
    pipe = subprocess.PIPE
    # Nothing of the service's environment, such as its secrets, is for a process that a stranger's file may have in its hands.
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env={"PYTHONUTF8": "1"}, stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        deadline = threading.Timer(settings.READING_SECONDS, _end, (process, heard))
        deadline.start()
        try:
            _give(process, content)
            assert process.stdout is not None
            _listen(process.stdout, heard)
        finally:
            deadline.cancel()
            process.kill()
        assert process.stderr is not None
        heard.complaint = process.stderr.read(TAIL).decode(errors="replace")
    heard.status = process.returncode
    return heard


def _end(process: subprocess.Popen[bytes], heard: _Heard) -> None:
    heard.overdue = True
    process.kill()


def _give(process: subprocess.Popen[bytes], content: bytes) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(content)
        process.stdin.close()
    except BrokenPipeError:  # it has ended; its status says why
        pass


def _listen(told: IO[bytes], heard: _Heard) -> None:
    decoder = msgspec.json.Decoder(ReaderMessage)
    left = settings.READING_BYTES * MOST_OF_A_CHARACTER
    held: dict[str, str] = {}
    rows: list[Sequence[str]] = []
    while line := told.readline(left):
        left -= len(line)
        try:
            message = decoder.decode(line)
        except msgspec.DecodeError:  # cut off in the middle
            return
        if message.rows is not None:
            rows += [tuple([held.setdefault(cell, cell) for cell in row]) for row in message.rows]
        elif message.merged is not None:
            heard.grids[-1].merged.extend(message.merged)
        elif message.sheet is not None:
            rows = []
            heard.grids.append(Grid(LINE.mended(message.sheet), rows))
        elif message.remark:
            heard.remarks.append(both(*message.remark))
        elif message.extent:
            heard.extents.append(message.extent)
        elif message.refused:
            heard.refused = message.refused
        heard.whole = message.end


def _why(name: str, heard: _Heard) -> Text:
    """Why a file was not read to its end."""
    if heard.refused:
        zh, en = heard.refused
        return both(f"{name} {zh}", f"{name} {en}")
    seconds, memory = settings.READING_SECONDS, settings.READING_MEMORY // 2**20
    if heard.overdue or heard.status == -signal.SIGXCPU:
        return both(
            f"{name} 读取超过 {seconds} 秒，已中止：请分成几个文件，或另存为 CSV",
            f"{name} takes longer than {seconds} seconds to read: split it, or save it as CSV",
        )
    if heard.status in (OUT_OF_MEMORY, -signal.SIGKILL) or "memory allocation" in heard.complaint:
        far = ", ".join(heard.extents)
        where_zh = f"已用区域直到 {far}" if far else "常因数据之外有零散单元格"
        where_en = f"it is used as far as {far}" if far else "often for a stray cell far from the data"
        return both(
            f"{name} 读取所需内存超过 {memory} MiB（{where_zh}）：请删除数据之外的行与列，或另存为 CSV",
            f"{name} takes more than {memory} MiB of memory to read ({where_en}): delete the rows and columns beyond the "
            "data, or save it as CSV",
        )
    logger.warning("A reader ended with %s: %s", heard.status, heard.complaint.strip()[-TAIL:])
    return both(f"{name} 已损坏，无法读取", f"{name} is damaged and cannot be read")


def cell_name(row: int, column: int) -> str:
    """A place as spreadsheets call it; both count from 0: (6, 3) is D7."""
    return f"{column_letters(column)}{row + 1}"


def place_of(cell: str) -> tuple[int, int] | None:
    """The place that spreadsheets call so: D7 is (6, 3); None for what is no cell."""
    match = CELL_NAME.fullmatch(cell)
    return (int(match[2]) - 1, column_number(match[1]) - 1) if match else None
