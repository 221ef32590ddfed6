"""Files that a stranger might make: small ones that unpack to more than a machine has, and damaged ones."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator
from itertools import repeat

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
MEGABYTE = b"x" * 2**20


def workbook(*sheets: str | Iterator[bytes], shared: str = "", called: str = "s") -> bytes:
    """An XLSX file of these sheets, each the text of its XML, or pieces of it as they are packed."""
    file = io.BytesIO()
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="{called}{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="r{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    related += f'<Relationship Id="strings" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
    package = f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
    parts: dict[str, str | Iterator[bytes]] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": PACKAGE.format(package),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": PACKAGE.format(related),
        **({"xl/sharedStrings.xml": shared} if shared else {}),
        **{f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in zip(numbers, sheets, strict=True)},
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            with archive.open(name, "w", force_zip64=True) as part:
                for piece in (content.encode(),) if isinstance(content, str) else content:
                    part.write(piece)
    return file.getvalue()


def sheet(rows: str, dimension: str = "") -> str:
    head = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f'<worksheet xmlns="{MAIN}">{head}<sheetData>{rows}</sheetData></worksheet>'


def cell(place: str, text: str = "1") -> str:
    return f'<c r="{place}"><v>{text}</v></c>'


def far_cell(dimension: str = "") -> bytes:
    """Two cells, as far from one another as a sheet allows; `dimension` is what the sheet says of it, if anything."""
    first, last = f'<row r="1">{cell("A1")}</row>', f'<row r="1048576">{cell("XFD1048576")}</row>'
    return workbook(sheet(first + last, dimension))


def long_cell(megabytes: int) -> bytes:
    """A cell of so many megabytes."""
    before, after = sheet(f'<row r="1"><c r="A1" t="str"><v>{MEGABYTE[:1].decode()}@</v></c></row>').split("@")
    return workbook(iter([before.encode(), *repeat(MEGABYTE, megabytes), after.encode()]))


def many_cells(rows: int, columns: int) -> bytes:
    """A full sheet of the same short row, again and again."""
    row = f"<row>{'<c><v>1</v></c>' * columns}</row>".encode()
    before, after = sheet("@").split("@")
    return workbook(iter([before.encode(), *repeat(row, rows), after.encode()]))


def many_texts(cells: int, length: int) -> bytes:
    """One long text, shared by so many cells."""
    shared = f'<sst xmlns="{MAIN}" count="1" uniqueCount="1"><si><t>{"t" * length}</t></si></sst>'
    row = '<row><c t="s"><v>0</v></c></row>'
    return workbook(sheet(row * cells), shared=shared)


def entities() -> bytes:
    """XML entities that name ten others each, ten deep."""
    names = "".join(
        f'<!ENTITY e{n} "{"&e" + str(n - 1) + ";" if n else "ha"}'
        + (f"{'&e' + str(n - 1) + ';' if n else ''}" * 9)
        + '">'
        for n in range(11)
    )
    body = sheet('<row r="1"><c r="A1" t="str"><v>&e10;</v></c></row>')
    return workbook(f'<?xml version="1.0"?><!DOCTYPE w [{names}]>{body}')


def deep(levels: int) -> bytes:
    """Elements within elements."""
    return workbook(sheet(f'<row r="1"><c r="A1">{"<is>" * levels}{"</is>" * levels}</c></row>'))


def absurd_places() -> bytes:
    """Cells whose places are no places."""
    cells = "".join(cell(place) for place in ("ZZZZZZZZ1", "A99999999999999999999", "A0", "", "1", "²2", "XFD0"))
    return workbook(sheet(f'<row r="99999999999999">{cells}</row><row r="-1">{cells}</row>'))


def open_document(repeated: int) -> bytes:
    """An ODS file of one cell, repeated so often in each direction."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" xmlns:table="{office}:table:1.0"'
        f' xmlns:text="{office}:text:1.0"><office:body><office:spreadsheet><table:table table:name="s">'
        f'<table:table-row table:number-rows-repeated="{repeated}"><table:table-cell office:value-type="float"'
        f' office:value="1" table:number-columns-repeated="{repeated}"><text:p>1</text:p></table:table-cell>'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return file.getvalue()


def damaged(content: bytes, times: int) -> Iterator[bytes]:
    """A file with some bytes changed or its end cut off, in so many ways that are the same each time."""
    chance = random.Random(len(content))
    for number in range(times):
        changed = bytearray(content)
        if number % 4 == 0:
            del changed[chance.randrange(len(changed)) :]
        for _ in range(1 + number % 8):
            if changed:
                changed[chance.randrange(len(changed))] = chance.randrange(256)
        yield bytes(changed)
