"""Workbooks as rows of what their cells show. It knows nothing of the house: the process that takes files apart uses it.

No library reads number formats of all three kinds: `xlsx.py`, `xls.py` and `ods.py` each say how theirs is read.
"""

from __future__ import annotations

import io
import struct
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Callable, Iterator
from xml.parsers import expat

import python_calamine

from curation.sheets.ods import ods_sheets
from curation.sheets.shown_sheets import SheetShown, encrypted
from curation.sheets.unopened import COMPOUND, NotReadable
from curation.sheets.xlsx import tell_extents, xlsx_sheets


def sheets_of(content: bytes, most_cells: int, tell_extent: Callable[[str], None]) -> Iterator[SheetShown]:
    """The sheets of a workbook, in their order; the rows of each are to be taken before the next. Raises NotReadable."""
    try:
        if content.startswith(COMPOUND):
            from curation.sheets.xls import xls_sheets  # noqa: PLC0415 - a library of its own

            yield from xls_sheets(content)
        else:
            yield from _archive(content, most_cells, tell_extent)
    except (
        python_calamine.CalamineError, ET.ParseError, expat.ExpatError, zipfile.BadZipFile, zlib.error, struct.error,
        OSError, ValueError, LookupError, AssertionError, NotImplementedError, TypeError, AttributeError,
    ) as error:  # fmt: skip
        why = f"{error}" or type(error).__name__
        raise NotReadable(
            f"不是可读的工作簿，或已损坏：{why}", f"is not a readable workbook, or is damaged: {why}"
        ) from None


def _archive(content: bytes, most_cells: int, tell_extent: Callable[[str], None]) -> Iterator[SheetShown]:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = set(parts.namelist())
        if "xl/workbook.bin" in names:
            raise NotReadable("是二进制工作簿（XLSB）：请另存为 XLSX", "is a binary workbook (XLSB): save it as XLSX")
        if any(name.startswith(("word/", "ppt/")) for name in names):
            raise NotReadable("是文字或演示文稿，不是工作簿", "is a text document or a presentation, not a workbook")
        if "content.xml" in names:
            if "META-INF/manifest.xml" in names and b"encryption-data" in parts.read("META-INF/manifest.xml"):
                raise encrypted()
            yield from ods_sheets(parts, most_cells)
        elif "xl/workbook.xml" in names:
            tell_extents(parts, most_cells, tell_extent)
            yield from xlsx_sheets(content, parts)
        else:
            raise NotReadable(
                "不是可读的工作簿：其中没有工作表", "is not a readable workbook: there are no sheets in this archive"
            )
