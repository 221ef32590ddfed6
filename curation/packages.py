"""A release as a package to keep: Data Package v2 (https://datapackage.org/standard/data-package/) in a ZIP file.

The same release gives the same bytes, whenever it is asked for and whatever came after it.
"""

from __future__ import annotations

import datetime
import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO, Any

import orjson
from django.conf import settings

from curation.columns import (
    LIST_SEPARATOR,
    Boolean,
    Choice,
    Choices,
    Column,
    Day,
    Either,
    Integer,
    Number,
    Ref,
    Refs,
    RoledRefs,
)
from curation.figures import CHUNK
from curation.files import csv_lines
from curation.past import FIGURES, figures_as_of, records_as_of
from curation.tables import BY_MODEL, BY_NAME, TABLES, Table
from sources.bilingual import in_both
from sources.models import Release

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
NAME = "hunan-open-trade-data"
TITLE = "Hunan Open Trade Data 湖南开放型经济数据"
README = """# {title}, {version}

Published {at}. {licence}

- `data/observations.csv`: every figure that stood in this release; its SHA-256 is the release's digest.
- `data/*.csv`: regions, indicators, units, classifications, policies, sources and citations that the figures refer to by code.
- `datapackage.json`: every table's columns, keys and references. `SHA256SUMS`: `sha256sum --check SHA256SUMS`.

发布于 {at}。`data/observations.csv` 为该版本的全部现行数值；其余各表为代码、政策与出处；列的含义见 `datapackage.json`。
"""
TYPES: tuple[tuple[type[Column], str], ...] = (
    (Integer, "integer"), (Number, "number"), (Boolean, "boolean"), (Day, "date"), (Refs, "list"), (Choices, "list"),
)  # fmt: skip


def write_package(release: Release, file: IO[bytes]) -> None:
    """Write the package of a release: all of its tables, their description and their checksums."""
    sums: dict[str, str] = {}
    resources = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        records = records_as_of(release)
        for table in TABLES:
            rows = figures_as_of(release) if table is FIGURES else iter(records[table.name])
            path = f"data/{table.name}.csv"
            size, sums[path] = _write_table(package, _entry(path, release), table, rows)
            resources.append(_resource(table, path, size, sums[path]))
        others = {
            "datapackage.json": orjson.dumps(_description(release, resources, records), option=orjson.OPT_INDENT_2),
            "README.md": _readme(release).encode(),
        }
        for path, content in others.items():
            sums[path] = hashlib.sha256(content).hexdigest()
            package.writestr(_entry(path, release), content)
        listed = "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))
        package.writestr(_entry("SHA256SUMS", release), listed)


def _entry(path: str, release: Release) -> zipfile.ZipInfo:
    """A member whose date, rights and system are of the release, not of the machine that writes it."""
    entry = zipfile.ZipInfo(path, _published(release).timetuple()[:6])
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    return entry


def _published(release: Release) -> datetime.datetime:
    assert release.published_at is not None
    return release.published_at.astimezone(datetime.UTC)


def _write_table(
    package: zipfile.ZipFile, entry: zipfile.ZipInfo, table: Table, rows: Iterator[Sequence[str]]
) -> tuple[int, str]:
    """Write a table's canonical CSV; its size and SHA-256."""
    sha, size = hashlib.sha256(), 0
    with package.open(entry, "w") as member:
        chunk: list[Sequence[str]] = [table.column_names]
        while chunk:
            content = csv_lines(chunk)
            member.write(content)
            sha.update(content)
            size += len(content)
            chunk = list(islice(rows, CHUNK))
    return size, sha.hexdigest()


# Its description ----------------------------------------------------------------------------------------------------


def _readme(release: Release) -> str:
    licence = f"{settings.DATA_LICENCE['name']}: {settings.DATA_LICENCE['url']}"
    at = _published(release).isoformat(timespec="seconds")
    return README.format(title=TITLE, version=release.version, at=at, licence=licence)


def _description(release: Release, resources: list[Any], records: dict[str, list[Sequence[str]]]) -> dict[str, Any]:
    names = BY_NAME["sources"].column_names
    sources = [dict(zip(names, row, strict=True)) for row in records["sources"]]
    return {
        "$schema": PROFILE,
        "name": NAME,
        "id": f"urn:hnot:release:{release.version}",
        "title": TITLE,
        "description": "\n\n".join(filter(None, (release.notes_en, release.notes_zh))),
        "version": release.version,
        "created": _published(release).isoformat(timespec="seconds"),
        "licenses": [{
            "name": settings.DATA_LICENCE["name"].replace(" ", "-"), "path": settings.DATA_LICENCE["url"],
            "title": settings.DATA_LICENCE["name"],
        }],
        "sources": [
            {"title": source["title_zh"], **({"path": source["url"]} if source["url"] else {})} for source in sources
        ],
        "resources": resources,
    }  # fmt: skip


def _resource(table: Table, path: str, size: int, sha: str) -> dict[str, Any]:
    zh, en = in_both(table.model._meta.verbose_name_plural)
    return {
        "name": table.name.replace("_", "-"), "title": f"{en} {zh}", "path": path, "type": "table", "format": "csv",
        "mediatype": "text/csv", "encoding": "utf-8", "bytes": size, "hash": f"sha256:{sha}", "schema": _schema(table),
    }  # fmt: skip


def _schema(table: Table) -> dict[str, Any]:
    """Table Schema v2: fields, the key, and what refers to which table. A key that may have gaps is none to the standard."""
    by_name = {column.name: column for column in table.columns}
    whole = all(by_name[name].required for name in table.key)
    references = [
        {"fields": [column.name], "reference": _reference(column, table)}
        for column in table.columns
        if isinstance(column, Ref) and not isinstance(column, Refs)
    ]
    return {
        "fields": [_field(column, table) for column in table.columns],
        "missingValues": [""],
        **({"primaryKey": list(table.key)} if whole else {"uniqueKeys": [list(table.key)]}),
        **({"foreignKeys": references} if references else {}),
    }


def _reference(column: Ref, table: Table) -> dict[str, Any]:
    target = BY_MODEL[column.to]
    own = {} if target is table else {"resource": target.name.replace("_", "-")}
    return {**own, "fields": [column.by]}


def _field(column: Column, table: Table) -> dict[str, Any]:
    kind = next((name for type_, name in TYPES if isinstance(column, type_)), "string")
    field: dict[str, Any] = {"name": column.name, "type": kind}
    if not isinstance(column, Either):
        zh, en = in_both(_label(column, table))
        field["title"] = f"{en} {zh}"
    if kind == "list":
        field |= {"delimiter": LIST_SEPARATOR, "itemType": "string"}
    if isinstance(column, RoledRefs):
        field["description"] = f"code:role, role of {', '.join(column.roles.values)}"
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if isinstance(column, Choice):
        constraints["enum"] = [value for value, _ in column.field_of(table.model).flatchoices]
    return {**field, **({"constraints": constraints} if constraints else {})}


def _label(column: Column, table: Table) -> Any:
    return column.field_of(table.model).verbose_name
