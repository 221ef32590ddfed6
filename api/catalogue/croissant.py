"""A dataset for search engines and for machine learning: schema.org Dataset with Croissant 1.0, in JSON-LD.

https://schema.org/Dataset and https://docs.mlcommons.org/croissant/docs/croissant-spec.html: one document is both.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from api.addresses import CATALOG
from api.catalogue.datasets import WAYS, Dataset
from api.data.citation import cited_as
from api.imprint import publisher
from indicators.rows import STANDARD, RowColumn
from sources.bilingual import LANGUAGES

CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "citeAs": "cr:citeAs",
    "column": "cr:column", "conformsTo": "dct:conformsTo", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract", "field": "cr:field", "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
    "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated",
    "replace": "cr:replace", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform", "equivalentProperty": "cr:equivalentProperty", "samplingRate": "cr:samplingRate",
}  # fmt: skip
TYPES = {"integer": "sc:Integer", "number": "sc:Float", "string": "sc:Text"}
ROWS = "observations"


def described(dataset: Dataset, base: str, language: str) -> dict[str, Any]:
    """The document of a dataset in one language. `base` is the address of the host."""
    first, last = dataset.span
    who = {"@type": "sc:Organization", "name": publisher().name(language), "url": f"{base}/"}
    moment = dataset.release.published_at
    return {
        "@context": {**CONTEXT, "@language": language}, "@type": "sc:Dataset", "@id": base + dataset.path,
        "conformsTo": "http://mlcommons.org/croissant/1.0", "name": dataset.code,
        "alternateName": dataset.title.name(language), "description": dataset.description.name(language),
        "identifier": dataset.code, "url": f"{base}{dataset.path}", "license": settings.DATA_LICENCE["url"],
        "version": f"{dataset.release.version}.0", "datePublished": moment.date().isoformat() if moment else None,
        "dateModified": moment.date().isoformat() if moment else None, "inLanguage": list(LANGUAGES),
        "keywords": [label.name(language) for label in dataset.keywords], "creator": who, "publisher": who,
        "isAccessibleForFree": True, "isLiveDataset": True, "temporalCoverage": f"{first}/{last}",
        "spatialCoverage": [
            {"@type": "sc:Place", "name": label.name(language), "identifier": label.code} for label in dataset.members("region")
        ],
        "variableMeasured": [
            {"@type": "sc:PropertyValue", "name": label.name(language), "propertyID": label.code}
            for label in dataset.members("indicator")
        ],
        "includedInDataCatalog": {"@type": "sc:DataCatalog", "@id": base + CATALOG, "url": base + CATALOG},
        "citeAs": cited_as(dataset.title, dataset.query, dataset.release, base)["bibtex"],
        "distribution": [
            {
                "@type": "cr:FileObject", "@id": way.name, "name": way.name, "description": way.says.name(language),
                "contentUrl": base + dataset.href(way), "encodingFormat": way.media_type,
            }
            for way in WAYS
        ],
        "recordSet": [{
            "@type": "cr:RecordSet", "@id": ROWS, "name": ROWS, "key": {"@id": f"{ROWS}/id"},
            "field": [_field(column) for column in STANDARD],
        }],
    }  # fmt: skip


def _field(column: RowColumn) -> dict[str, Any]:
    names = column.schema["type"]
    return {
        "@type": "cr:Field", "@id": f"{ROWS}/{column.name}", "name": column.name, "description": column.says,
        "dataType": TYPES[names if isinstance(names, str) else names[0]],
        "source": {"fileObject": {"@id": "csv"}, "extract": {"column": column.name}},
    }  # fmt: skip
