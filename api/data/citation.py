"""How an answer is cited: what it is, pinned to the release that it was read from, in the styles that people cite in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from api.addresses import query_of
from api.imprint import SITE, gbt7714, publisher
from indicators.labels import Dimension, Label, labels
from sources.bilingual import language
from sources.models import Release

OBSERVATIONS = "/api/v1/observations"
STYLES = ("gbt7714", "bibtex", "datacite")
# What shapes an answer or a page of it, and is no part of which data they are.
UNCITED = {"cursor", "page_size", "count", "lang", "format", "style", "accessed", "bom"}
CITE = "/api/v1/cite"
LONGEST_LINKED = 1000
NAMED = 3
LATEX = re.compile(r"([&%$#_{}])")


def pinned(query: Mapping[str, str], release: str) -> str:
    """The path that gives the same data at any time: the query in order, as of the release."""
    kept = {name: text for name, text in query.items() if name not in UNCITED}
    return f"{OBSERVATIONS}?{query_of(sorted({**kept, 'as_of': release}.items()))}"


def references(query: Mapping[str, str], release: str | None, base: str) -> str:
    """The `Link` of an answer to its pinned address (RFC 8574) and to its citation. `base` is the address of the service.

    Empty where there is no release yet, or where the query is so long that proxies would refuse the header.
    """
    if release is None or sum(map(len, (*query, *query.values()))) > LONGEST_LINKED:
        return ""
    address = pinned(query, release)
    return f'<{base}{address}>; rel="cite-as", <{base}{CITE}?{address.partition("?")[2]}>; rel="describedby"; type="application/json"'


def title_of(query: Mapping[str, str], chosen: Mapping[str, Any]) -> Label:
    """What the data of a query are called: their indicators (else topics), regions and periods."""
    names = labels()
    indicators = _listed(names.indicators, chosen.get("indicator"), "个指标", "indicators")
    topics = _listed(names.topics, chosen.get("topic"), "个主题", "topics")
    regions = _listed(names.regions, chosen.get("region"), "个地区", "regions")
    if regions is None and chosen.get("within") is not None:
        place = names.regions[chosen["within"]]
        regions = Label("", f"{place.zh}及所属地区", f"{place.en} and what is within it")
    span = query.get("period") or query.get("year")
    parts = [indicators or topics, regions, Label("", span, span) if span else None]
    told = [part for part in parts if part]
    if not told:
        return SITE
    zh, en = "，".join(part.zh for part in told), ", ".join(part.en for part in told)
    return Label("", f"{SITE.zh}：{zh}", f"{SITE.en}: {en}")


def _listed(table: Dimension, keys: Sequence[int] | None, counted_zh: str, counted_en: str) -> Label | None:
    if not keys:
        return None
    if len(keys) > NAMED:
        return Label("", f"{len(keys)}{counted_zh}", f"{len(keys)} {counted_en}")
    labelled = [table[key] for key in keys]
    return Label("", "、".join(label.zh for label in labelled), ", ".join(label.en for label in labelled))


def cited_as(
    title: Label, query: Mapping[str, str], release: Release, base: str, accessed: str | None = None
) -> dict[str, Any]:
    """The citation of a query in every one of STYLES, in the language of the answer. `base` is the address of the host.

    GB/T 7714-2015 for electronic resources ([DS/OL], the date of publication in parentheses, that of access in brackets
    where it is told), BibTeX's `misc`, and the fields of the DataCite Metadata Schema 4.6.
    """
    spoken = language()
    address = base + pinned(query, release.version)
    who, name = publisher().name(spoken), title.name(spoken)
    day = release.published_at.date().isoformat() if release.published_at else ""
    key = f"hnot-{release.version}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
    fields = {
        "author": f"{{{_latex(who)}}}", "title": f"{{{_latex(name)}}}", "year": day[:4], "version": release.version,
        "url": address, "note": _latex(f"{settings.DATA_LICENCE['name']}; {release.digest_method} {release.digest}"),
    } | ({"urldate": accessed} if accessed else {})  # fmt: skip
    return {
        "gbt7714": gbt7714(name, address, release, accessed),
        "bibtex": f"@misc{{{key},\n" + "".join(f"  {part} = {{{text}}},\n" for part, text in fields.items()) + "}",
        "datacite": _datacite(title, address, release, day),
    }  # fmt: skip


def _latex(text: str) -> str:
    return LATEX.sub(r"\\\1", text)


def _datacite(title: Label, address: str, release: Release, day: str) -> dict[str, Any]:
    spoken = language()
    return {
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Statistical data"},
        "identifiers": [{"identifier": address, "identifierType": "URL"}],
        "creators": [{"name": publisher().name(spoken), "nameType": "Organizational"}],
        "titles": [{"title": title.zh, "lang": "zh"}, {"title": title.en, "lang": "en"}],
        "publisher": {"name": publisher().name(spoken), "lang": spoken},
        "publicationYear": day[:4], "dates": [{"date": day, "dateType": "Issued"}], "version": release.version,
        "rightsList": [{"rights": settings.DATA_LICENCE["name"], "rightsUri": settings.DATA_LICENCE["url"]}],
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }  # fmt: skip
