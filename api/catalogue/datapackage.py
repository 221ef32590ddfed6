"""The tables of a release as a Data Package v2 (https://datapackage.org): one description, for the service and for files.

Fields are those of the CSVs that the API gives, so a package of files is described by it as well: only where each table is
to be found differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from api.formats.tables import Column, Kind
from api.http.package_tables import PackageTable
from api.imprint import ABOUT, SITE, publisher
from sources.bilingual import language
from sources.models import Release, Source

TYPES: dict[Kind, str] = {
    "text": "string", "texts": "string", "integers": "string", "integer": "integer", "number": "number", "flag": "boolean",
    "day": "date", "moment": "datetime",
}  # fmt: skip


class Resource(NamedTuple):
    """A table of the package: what its list says of it, the path of its CSV below /api/v1, and its columns."""

    name: str
    table: PackageTable
    path: str
    columns: Sequence[Column]


def resources(families: Iterable[tuple[str, Any, str]]) -> list[Resource]:
    """The tables of all families that have one, in their order. `families` is the registry of a router."""
    tables = []
    for path, viewset, _ in families:
        if viewset.package:
            query = f"?{viewset.package.query}" if viewset.package.query else ""
            view = viewset(action="list", detail=False, request=None, format_kwarg=None)
            tables.append(
                Resource(path.rpartition("/")[2], viewset.package, f"{path}.csv{query}", view.package_columns())
            )
    return tables


def descriptor(
    release: Release, tables: Iterable[Resource], place: Callable[[Resource], str], homepage: str
) -> dict[str, Any]:
    """The descriptor of these tables, in the language of the answer. `place` says where the CSV of a table is: a path or
    an address.
    """
    spoken = language()
    name = settings.DATA_LICENCE["name"]
    licence = {"name": re.sub(r"[^-a-zA-Z0-9._]+", "-", name), "title": name, "path": settings.DATA_LICENCE["url"]}
    sources = Source.objects.public().order_by("slug")
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": "hunan-open-trade-data",
        "title": SITE.name(spoken), "description": ABOUT.name(spoken), "version": release.version,
        "created": release.published_at.isoformat() if release.published_at else None, "homepage": homepage,
        "licenses": [licence], "contributors": [{"title": publisher().name(spoken), "roles": ["publisher"]}],
        "sources": [
            {"title": source.citation, **({"path": source.url} if source.url else {})} for source in sources
        ],
        "resources": [_resource(resource, place(resource)) for resource in tables],
    }  # fmt: skip


def _resource(resource: Resource, path: str) -> dict[str, Any]:
    table = resource.table
    key = {"primaryKey": [table.key]} if table.key else {}
    links = {column: target.partition(".") for column, target in table.references.items()}
    return {
        "name": resource.name, "type": "table", "title": str(table.title), "path": path, "format": "csv",
        "mediatype": "text/csv", "encoding": "utf-8",
        "schema": {
            "fields": [_field(column, table.key) for column in resource.columns], "missingValues": [""], **key,
            "foreignKeys": [
                {"fields": [column], "reference": {"resource": name, "fields": [target]}}
                for column, (name, _, target) in links.items()
            ],
        },
    }  # fmt: skip


def _field(column: Column, key: str | None) -> dict[str, Any]:
    described: dict[str, Any] = {"name": column.name, "type": TYPES[column.kind]}
    if column.says:
        described["description"] = column.says
    if column.name == key:
        described["constraints"] = {"required": True, "unique": True}
    return described
