"""The tables of a release as a Data Package v2 (https://datapackage.org): one description, for the service and for files.

Fields are those of the CSVs that the API gives, so a package of files is described by it as well: only where each table is
to be found differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from api.catalogue.datasets import ABOUT, SITE, publisher
from api.documents import DocumentRow, DomainRow
from api.formats.records import columns_of
from api.formats.tables import Column, Kind, column_of
from api.indicators import IndicatorRow, TopicRow, UnitRow
from api.measure_rows import MeasureRow
from api.regions import RegionRow
from api.releases import ReleaseRow
from api.sources import CitationRow, SourceRow
from indicators.labels import Label
from indicators.rows import FULL
from sources.bilingual import language
from sources.models import Release, Source

TYPES: dict[Kind, str] = {
    "text": "string", "texts": "string", "integers": "string", "integer": "integer", "number": "number", "flag": "boolean",
    "day": "date", "moment": "datetime",
}  # fmt: skip


@dataclass(frozen=True)
class Resource:
    """A table of the package: the path of its CSV below /api/v1, its columns, its key, and what its columns refer to."""

    name: str
    path: str
    title: Label
    columns: Sequence[Column]
    key: str
    references: dict[str, str]


def _records(name: str, zh: str, en: str, row: Any, key: str = "code", path: str = "", **references: str) -> Resource:
    """A list of the API. Parts that are given only when asked for are no columns of its CSV."""
    columns = [column for _, column in columns_of(row(context={"fields": None, "include": []}), None)]
    return Resource(name, f"{path or name}.csv", Label(name, zh, en), columns, key, references)


def resources() -> list[Resource]:
    """All tables. A reference is `table.column`; an empty one refers to the table itself."""
    observations = Resource(
        "observations", "observations.csv?detail=full&variants=all", Label("observations", "观测数据", "Observations"),
        [column_of(column) for column in FULL], "id",
        {"indicator": "indicators.code", "region": "regions.code", "partner": "regions.code", "unit": "units.code",
         "source": "sources.slug", "release": "releases.version"},
    )  # fmt: skip
    return [
        observations,
        _records("indicators", "指标", "Indicators", IndicatorRow, topic="topics.code", unit="units.code"),
        _records("topics", "主题", "Topics", TopicRow),
        _records("units", "单位", "Units", UnitRow),
        _records("regions", "地区", "Regions", RegionRow, parent=".code"),
        _records("sources", "来源", "Sources", SourceRow, key="slug"),
        _records("citations", "引证", "Citations", CitationRow, source="sources.slug"),
        _records("releases", "发布版本", "Releases", ReleaseRow, key="version"),
        _records("documents", "政策文件", "Policy documents", DocumentRow, path="policies/documents", source="sources.slug"),
        _records("domains", "政策领域", "Policy domains", DomainRow, path="policies/domains", document="documents.code"),
        _records("measures", "政策措施", "Policy measures", MeasureRow, path="policies/measures", parent=".code"),
    ]  # fmt: skip


def descriptor(release: Release, place: Callable[[Resource], str], homepage: str) -> dict[str, Any]:
    """The descriptor, in the language of the answer. `place` says where the CSV of a table is: a path or an address."""
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
        "resources": [_resource(resource, place(resource), spoken) for resource in resources()],
    }  # fmt: skip


def _resource(resource: Resource, path: str, spoken: str) -> dict[str, Any]:
    links = {column: target.partition(".") for column, target in resource.references.items()}
    return {
        "name": resource.name, "type": "table", "title": resource.title.name(spoken), "path": path, "format": "csv",
        "mediatype": "text/csv", "encoding": "utf-8",
        "schema": {
            "fields": [_field(column, resource.key) for column in resource.columns],
            "missingValues": [""], "primaryKey": [resource.key],
            "foreignKeys": [
                {"fields": [column], "reference": {"resource": table, "fields": [target]}}
                for column, (table, _, target) in links.items()
            ],
        },
    }  # fmt: skip


def _field(column: Column, key: str) -> dict[str, Any]:
    described: dict[str, Any] = {"name": column.name, "type": TYPES[column.kind]}
    if column.says:
        described["description"] = column.says
    if column.name == key:
        described["constraints"] = {"required": True, "unique": True}
    return described
