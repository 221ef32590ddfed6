"""The catalogue as DCAT-AP 3.0 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/), in JSON-LD, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from api.addresses import CATALOG
from api.catalogue.datasets import WAYS, Dataset, Way, said
from api.imprint import ABOUT, SITE, publisher
from indicators.labels import Label
from sources.models import Release

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#", "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#", "adms": "http://www.w3.org/ns/adms#",
}  # fmt: skip
EU = "http://publications.europa.eu/resource/authority"
IANA = "https://www.iana.org/assignments/media-types"

LANGUAGES = [{"@id": f"{EU}/language/{code}", "@type": "dct:LinguisticSystem"} for code in ("ZHO", "ENG")]
THEME = {
    "@id": f"{EU}/data-theme/ECON", "@type": "skos:Concept",
    "skos:prefLabel": said(Label("ECON", "经济和金融", "Economy and finance")),
}  # fmt: skip
THEMES = {
    "@id": f"{EU}/data-theme", "@type": "skos:ConceptScheme", "dct:title": said(Label("data-theme", "数据主题", "Data themes")),
}  # fmt: skip
PUBLIC = {"@id": f"{EU}/access-right/PUBLIC", "@type": "dct:RightsStatement"}
IRREGULAR = {"@id": f"{EU}/frequency/IRREG", "@type": "dct:Frequency"}


# The interfaces that serve the datasets: path, name and where they are described.
SERVICES: tuple[tuple[str, Label, str], ...] = (
    ("/api/v1", Label("api", "REST 接口", "REST API"), "/api/v1/openapi.json"),
    ("/pxweb/v2", Label("pxweb", "PxWebApi 2 接口", "PxWebApi 2"), "/pxweb/v2/config"),
)


def catalog(listed: Sequence[Dataset], release: Release | None, base: str) -> dict[str, Any]:
    """The catalogue with its datasets, their distributions and the services. `base` is the address of the host."""
    content: dict[str, Any] = {
        "@context": CONTEXT, "@id": base + CATALOG, "@type": "dcat:Catalog", "dct:title": said(SITE),
        "dct:description": said(ABOUT), "dct:publisher": _agent(base), "dct:language": LANGUAGES, "dct:license": licence(),
        "dcat:themeTaxonomy": THEMES, "foaf:homepage": {"@id": f"{base}/", "@type": "foaf:Document"},
        "dcat:service": [_service(path, name, described, listed, base) for path, name, described in SERVICES],
        "dcat:dataset": [_dataset(dataset, base) for dataset in listed],
    }  # fmt: skip
    return content | (_dates(release) if release else {})


def licence() -> dict[str, Any]:
    """The licence of the data as a node."""
    return {
        "@id": settings.DATA_LICENCE["url"],
        "@type": "dct:LicenseDocument",
        "dct:title": settings.DATA_LICENCE["name"],
    }


def _agent(base: str) -> dict[str, Any]:
    return {"@id": f"{base}/#publisher", "@type": "foaf:Agent", "foaf:name": said(publisher())}


def _dates(release: Release) -> dict[str, Any]:
    moment = release.published_at.isoformat() if release.published_at else ""
    return {"dct:modified": {"@type": "xsd:dateTime", "@value": moment}}


def _service(path: str, name: Label, described: str, listed: Sequence[Dataset], base: str) -> dict[str, Any]:
    title = Label(name.code, f"{SITE.zh} {name.zh}", f"{SITE.en} {name.en}")
    return {
        "@id": base + path, "@type": "dcat:DataService", "dct:title": said(title),
        "dcat:endpointURL": _resource(base + path), "dcat:endpointDescription": _resource(base + described),
        "dct:license": {"@id": settings.DATA_LICENCE["url"]}, "dct:accessRights": PUBLIC,
        "dcat:servesDataset": [{"@id": _id(dataset, base)} for dataset in listed],
    }  # fmt: skip


def _resource(address: str) -> dict[str, Any]:
    return {"@id": address, "@type": "rdfs:Resource"}


def _id(dataset: Dataset, base: str) -> str:
    return f"{base}{CATALOG}#{dataset.code}"


def _dataset(dataset: Dataset, base: str) -> dict[str, Any]:
    first, last = dataset.span
    return {
        "@id": _id(dataset, base), "@type": "dcat:Dataset", "dct:identifier": dataset.code,
        "dct:title": said(dataset.title), "dct:description": said(dataset.description),
        "dct:publisher": {"@id": f"{base}/#publisher"}, "dct:language": LANGUAGES, "dct:accessRights": PUBLIC,
        "dcat:theme": THEME, "dcat:keyword": [part for label in dataset.keywords for part in said(label)],
        "dct:accrualPeriodicity": IRREGULAR, "dcat:version": dataset.release.version,
        "dcat:temporalResolution": {"@type": "xsd:duration", "@value": dataset.resolution},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime", "dcat:startDate": {"@type": "xsd:date", "@value": first},
            "dcat:endDate": {"@type": "xsd:date", "@value": last},
        },
        "dct:spatial": [_place(label, base) for label in dataset.members("region")],
        "dcat:landingPage": {"@id": f"{base}/api/v1/docs", "@type": "foaf:Document"},
        "foaf:page": {"@id": base + dataset.path, "@type": "foaf:Document"},
        "dcat:distribution": [_distribution(dataset, way, base) for way in WAYS],
        **_dates(dataset.release),
    }  # fmt: skip


def _place(label: Label, base: str) -> dict[str, Any]:
    address = f"{base}/api/v1/regions/{label.code}"
    return {"@id": address, "@type": "dct:Location", "skos:prefLabel": said(label), "dct:identifier": label.code}


def _distribution(dataset: Dataset, way: Way, base: str) -> dict[str, Any]:
    title = Label(way.name, f"{dataset.title.zh}（{way.says.zh}）", f"{dataset.title.en} ({way.says.en})")
    return {
        "@id": f"{_id(dataset, base)}-{way.name}", "@type": "dcat:Distribution", "dct:title": said(title),
        "dcat:accessURL": _resource(base + dataset.href(way)), "dcat:downloadURL": _resource(base + dataset.href(way)),
        "dcat:mediaType": {"@id": f"{IANA}/{way.media_type}", "@type": "dct:MediaType"},
        "dct:format": {"@id": f"{EU}/file-type/{way.file_type}", "@type": "dct:MediaTypeOrExtent"},
        "dct:license": {"@id": settings.DATA_LICENCE["url"]}, "dct:language": LANGUAGES,
        "dcat:accessService": {"@id": f"{base}/api/v1"},
    }  # fmt: skip
