"""A release as a package to keep: Data Package v2 (https://datapackage.org/standard/data-package/) in a ZIP file.

The same release gives the same bytes, whenever it is asked for and whatever came after it: its figures and records are
those that stood, and its tables, columns and description those that the program had when it was published.
"""

from __future__ import annotations

import datetime
import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePath
from typing import IO, Any

import orjson
from django.conf import settings

from curation.releases.history import figures_as_of, records_as_of
from curation.tables.code_index import LIST_SEPARATOR
from curation.tables.columns import Boolean, Choice, Choices, CuratedColumn, Day, Integer, Number
from curation.tables.curated import BY_MODEL, TABLES
from curation.tables.files import csv_lines
from curation.tables.observations import CHUNK, OBSERVATIONS
from curation.tables.references import Either, Ref, Refs, RoledRefs
from curation.tables.table import CuratedTable
from sources.bilingual import in_both
from sources.models import PackageDescription, Release

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
NAME = "hunan-open-trade-data"
TITLE = "Hunan Open Trade Data 湖南开放型经济数据"
README = """# {title}, {version}

Published {created}. {licence}

- `data/observations.csv`: every figure that stood in this release.
- `data/*.csv`: regions, indicators, units, classifications, policies, sources and citations that the figures refer to by code.
- `datapackage.json`: every table's columns, keys and references. `SHA256SUMS`: `sha256sum --check SHA256SUMS`.
- Digest of the figures, {digest_method}: {digest}.
  Each figure is a line of JSON: its cells that are not empty, keys in order, no spaces, UTF-8, a line feed at its end. Figures
  that differ in nothing of their key but the period are a series; its digest is SHA-256 over their lines as the file has them.
  The digest of the release is SHA-256 over the digests of all series in hexadecimal, sorted and put together.

发布于 {created}。`data/observations.csv` 为该版本的全部现行数值；其余各表为代码、政策与出处；列的含义见 `datapackage.json`。
数值的摘要（{digest_method}）如上：每个数值为一行 JSON，只含非空单元格，键依次序，无空格，UTF-8，以换行结尾；
键中仅时期不同的数值为一个序列，其摘要为各行按文件次序的 SHA-256；版本的摘要为全部序列摘要（十六进制）排序相连后的 SHA-256。
"""
TYPES: tuple[tuple[type[CuratedColumn], str], ...] = (
    (Integer, "integer"), (Number, "number"), (Boolean, "boolean"), (Day, "date"), (Refs, "list"), (Choices, "list"),
)  # fmt: skip


def keep_description() -> PackageDescription:
    """What the packages of releases that are published now say of themselves, as the store keeps it."""
    content = {"descriptor": orjson.dumps(_descriptor()).decode(), "readme": README}
    sha = hashlib.sha256("\n".join(content.values()).encode()).hexdigest()
    return PackageDescription.objects.get_or_create(sha256=sha, defaults=content)[0]


def write_package(release: Release, file: IO[bytes]) -> None:
    """Write the package of a release: the tables and columns that it was published with, their description and checksums."""
    assert release.package is not None
    descriptor = orjson.loads(release.package.descriptor)
    resources = {PurePath(resource["path"]).stem: resource for resource in descriptor["resources"]}
    columns = {table: [field["name"] for field in held["schema"]["fields"]] for table, held in resources.items()}
    sums: dict[str, str] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        records = records_as_of(release, columns)
        for table, resource in resources.items():
            rows = figures_as_of(release, columns[table]) if table == OBSERVATIONS.name else iter(records[table])
            path = resource["path"]
            size, sums[path] = _write_table(package, _entry(path, release), columns[table], rows)
            resource.update(bytes=size, hash=f"sha256:{sums[path]}")
        facts = _facts(release, [dict(zip(columns["sources"], row, strict=True)) for row in records["sources"]])
        descriptor.update({name: fact for name, fact in facts.items() if name in descriptor})
        others = {
            "datapackage.json": orjson.dumps(descriptor, option=orjson.OPT_INDENT_2),
            "README.md": _readme(release.package.readme, descriptor).encode(),
        }
        for path, content in others.items():
            sums[path] = hashlib.sha256(content).hexdigest()
            package.writestr(_entry(path, release), content)
        listed = "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))
        package.writestr(_entry("SHA256SUMS", release), listed)


def _facts(release: Release, sources: list[dict[str, str]]) -> dict[str, Any]:
    """What a package says of its own release, by the names under which descriptors leave a place for it (null)."""
    return {
        "id": f"urn:hnot:release:{release.version}",
        "description": "\n\n".join(filter(None, (release.notes_en, release.notes_zh))),
        "version": release.version,
        "created": _published(release).isoformat(timespec="seconds"),
        "digest": release.digest,
        "digest_method": release.digest_method,
        "sources": [
            {"title": source["title_zh"], **({"path": source["url"]} if source["url"] else {})} for source in sources
        ],
    }


def _readme(template: str, descriptor: dict[str, Any]) -> str:
    (licence,) = descriptor["licenses"]
    return template.format(licence=f"{licence['title']}: {licence['path']}", **descriptor)


def _entry(path: str, release: Release) -> zipfile.ZipInfo:
    """A member whose date, rights and system are of the release, not of the machine that writes it."""
    entry = zipfile.ZipInfo(path, _published(release).timetuple()[:6])
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    return entry


def _published(release: Release) -> datetime.datetime:
    assert release.published_at is not None
    return release.published_at.astimezone(datetime.UTC)


def _write_table(
    package: zipfile.ZipFile, entry: zipfile.ZipInfo, columns: Sequence[str], rows: Iterator[Sequence[str]]
) -> tuple[int, str]:
    """Write a table's canonical CSV; its size and SHA-256."""
    sha, size = hashlib.sha256(), 0
    with package.open(entry, "w") as member:
        chunk: list[Sequence[str]] = [columns]
        while chunk:
            content = csv_lines(chunk)
            member.write(content)
            sha.update(content)
            size += len(content)
            chunk = list(islice(rows, CHUNK))
    return size, sha.hexdigest()


# What it says of itself ----------------------------------------------------------------------------------------------


def _descriptor() -> dict[str, Any]:
    """The descriptor of today's tables; what each release fills in is null."""
    return {
        "$schema": PROFILE,
        "name": NAME,
        "id": None,
        "title": TITLE,
        "description": None,
        "version": None,
        "created": None,
        "digest": None,
        "digest_method": None,
        "licenses": [{
            "name": settings.DATA_LICENCE["name"].replace(" ", "-"), "path": settings.DATA_LICENCE["url"],
            "title": settings.DATA_LICENCE["name"],
        }],
        "sources": None,
        "resources": [_resource(table) for table in TABLES],
    }  # fmt: skip


def _resource(table: CuratedTable) -> dict[str, Any]:
    zh, en = in_both(table.model._meta.verbose_name_plural)
    return {
        "name": table.name.replace("_", "-"), "title": f"{en} {zh}", "path": f"data/{table.name}.csv", "type": "table",
        "format": "csv", "mediatype": "text/csv", "encoding": "utf-8", "bytes": None, "hash": None,
        "schema": _schema(table),
    }  # fmt: skip


def _schema(table: CuratedTable) -> dict[str, Any]:
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


def _reference(column: Ref, table: CuratedTable) -> dict[str, Any]:
    target = BY_MODEL[column.to]
    own = {} if target is table else {"resource": target.name.replace("_", "-")}
    return {**own, "fields": [column.by]}


def _field(column: CuratedColumn, table: CuratedTable) -> dict[str, Any]:
    kind = next((name for type_, name in TYPES if isinstance(column, type_)), "string")
    field: dict[str, Any] = {"name": column.name, "type": kind}
    if not isinstance(column, Either):
        zh, en = in_both(column.field_of(table.model).verbose_name)
        field["title"] = f"{en} {zh}"
    if kind == "list":
        field |= {"delimiter": LIST_SEPARATOR, "itemType": "string"}
    if isinstance(column, RoledRefs):
        field["description"] = f"code:role, role of {', '.join(column.roles.values)}"
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if isinstance(column, Choice):
        constraints["enum"] = [value for value, _ in column.field_of(table.model).flatchoices]
    return {**field, **({"constraints": constraints} if constraints else {})}
