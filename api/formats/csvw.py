"""What a CSV of this address holds: columns, types, meanings, licence (W3C Metadata Vocabulary for Tabular Data).

It stands where a reader of CSVW looks by itself, at the CSV's address followed by `-metadata.json`.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.addresses import base_of
from api.formats.json import to_json
from api.formats.tables import Column, Kind, Table
from api.imprint import SITE
from sources.bilingual import language

SUFFIX = re.compile(r"[.](csv|csv-metadata[.]json)$")

DATATYPES: dict[Kind, str] = {
    "text": "string", "texts": "string", "integer": "integer", "integers": "integer", "number": "decimal",
    "flag": "boolean", "day": "date", "moment": "dateTimeStamp",
}  # fmt: skip


def metadata_address(request: HttpRequest | Request) -> str:
    """The address of the metadata of a CSV that was asked for, by suffix, `format` or Accept."""
    return _beside(request, "csv-metadata.json")


def _beside(request: HttpRequest | Request, ending: str) -> str:
    """The address of the same question by another suffix, in the language of this answer."""
    spoken = "both" if request.GET.get("lang") == "both" else language()
    asked = {name: text for name, text in request.GET.items() if name != "format"} | {"lang": spoken}
    return f"{base_of(request)}{escape_uri_path(SUFFIX.sub('', request.path_info))}.{ending}?{urlencode(asked)}"


class CSVWRenderer(BaseRenderer):
    media_type = "application/csvm+json"
    format = "csv-metadata.json"
    charset = None
    schema = {"type": "object"}

    def answer(self, request: Request, table: Table) -> HttpResponse:
        """The metadata of the table's CSV."""
        return HttpResponse(to_json(metadata(request, table)), content_type=self.media_type)


def metadata(request: Request, table: Table) -> dict[str, Any]:
    """The metadata document. Its CSV is the one with the same query."""
    names = [column.name for column in table.columns]
    key = next((name for name in ("id", "key", "code", "version") if name in names), None)
    schema: dict[str, Any] = {"columns": [_column(column) for column in table.columns]}
    if key:
        schema["primaryKey"] = key
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": language()}],
        "url": _beside(request, "csv"), "dc:title": f"{SITE.name(language())}: {table.name}",
        "dc:license": {"@id": settings.DATA_LICENCE["url"]}, "dc:publisher": settings.PUBLISHER[language()],
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "quoteChar": '"', "doubleQuote": True},
        "tableSchema": schema,
    }  # fmt: skip


def _column(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {"name": column.name, "titles": column.name, "datatype": DATATYPES[column.kind]}
    if column.kind in ("texts", "integers"):
        described["separator"] = ";"
    return described | ({"dc:description": column.says} if column.says else {})
