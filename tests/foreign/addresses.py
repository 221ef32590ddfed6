"""Every address that the service answers at, whatever the store holds: read from its routes, its admin and its commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from api.http.parameters import ChoicesField, TransformField
from api.pxweb.tables import tables
from api.sdmx.views import RESOURCES
from curation.tables.curated import BY_MODEL
from sources.models import Release
from tests.api import contract
from tests.api.contract import BASE, DATA, ENDPOINTS, Endpoint
from tests.whole_store import OURS

Address = tuple[str, dict[str, Any]]

# What every endpoint does alike, whatever it answers with.
ALIKE = ("fields", "lang", "format", "bom")
# A code that no store has.
NOBODY = "NOTHING-0"


def of_the_api() -> Iterator[Address]:
    """Every endpoint of the API: plain, without what it needs, with the words that its parameters take, and as a file, of each kind
    in turn; that every list is read in each of its formats, other tests see to (test_same_tests.py).
    """
    for number, endpoint in enumerate(ENDPOINTS):
        path = _path(endpoint)
        yield path, endpoint.query
        for left_out in endpoint.query:
            yield path, {name: value for name, value in endpoint.query.items() if name != left_out}
        if endpoint.action is None:
            continue
        if files := endpoint.formats[1:]:
            yield path, {**endpoint.query, "format": files[number % len(files)]}
        for name, field in endpoint.parameters.items():
            for word in _words(field) if name not in ALIKE else ():
                yield path, {**endpoint.query, name: word}


def once() -> Iterator[Address]:
    """What rests on codes that the program names: the transforms, every endpoint that answers with data, and the other faces."""
    yield from ((f"{BASE}/observations", {"transform": word}) for word in _words(TransformField()))
    yield from ((_path(endpoint), endpoint.query) for endpoint in DATA)
    yield from ((path, {}) for path in ("/sdmx/2.1/data/OBS", "/sdmx/3.0/data", "/pxweb/v2/tables"))
    yield from ((f"/pxweb/v2/tables/{code}/metadata", {}) for code in tables())
    yield "/sdmx/2.1/datastructure", {"references": "all"}


def transforming() -> Iterator[Address]:
    """What is computed in units and of indicators that the program names, as pages, files and shapes."""
    for word in _words(TransformField()):
        for more in (
            {},
            {"shape": "series"},
            {"shape": "wide"},
            {"format": "csv"},
            {"format": "parquet"},
            {"fields": "value"},
        ):
            yield f"{BASE}/observations", {"transform": word, **more}


def _path(endpoint: Endpoint) -> str:
    if not endpoint.detail:
        return endpoint.path()
    known = endpoint.name in contract.OF or endpoint.view.queryset.exists()
    return endpoint.path() if known else endpoint.path_of(NOBODY)


def _words(field: Any) -> list[str]:
    """The words of a closed list, several together where it takes several, and the transforms."""
    if isinstance(field, TransformField):
        return ["yoy", "pop", "diff", "index:2023", "share", "rank"]
    if not isinstance(field, ChoicesField):
        return []
    return [",".join(field.choices)] if field.many else list(field.choices)


def of_sdmx() -> Iterator[Address]:
    """The structures, the data and what there is, of both versions, in every format."""
    for resource in RESOURCES:
        for version in ("2.1", "3.0/structure"):
            yield f"/sdmx/{version}/{resource}", {"references": "all"}
    for path in ("/sdmx/2.1/data/OBS", "/sdmx/2.1/data/TRADE", "/sdmx/2.1/availableconstraint/OBS"):
        for format_ in (
            ("genericdata", "structurespecificdata", "jsondata", "csvdata") if "data/" in path else ("xml", "json")
        ):
            yield path, {"format": format_}
    for path in (
        "/sdmx/3.0/data",
        "/sdmx/3.0/data/dataflow/HNOT/OBS/1.0.0/*",
        "/sdmx/3.0/availability/dataflow/HNOT/OBS",
    ):
        yield path, {}
        yield path, {"format": "csv" if "data/" in path else "json"}


def of_pxweb() -> Iterator[Address]:
    """Its configuration, its tables and their code lists."""
    yield from (("/pxweb/v2/config", {}), ("/pxweb/v2/tables", {}), ("/pxweb/v2/tables", {"query": "a"}))
    for code in (*tables(), NOBODY):
        table = f"/pxweb/v2/tables/{code}"
        yield from ((table, {}), (f"{table}/metadata", {}), (f"{table}/defaultselection", {}), (f"{table}/data", {}))
        yield f"{table}/data", {"outputFormat": "csv"}
        listed = tables()[code].code_lists if code in tables() else (NOBODY,)
        yield from ((f"/pxweb/v2/codelists/{id_}", {}) for id_ in listed)


def of_the_service() -> Iterator[Address]:
    """What stands at the root of the host."""
    yield from ((path, {}) for path in ("/healthz", "/readyz", "/.well-known/api-catalog", BASE, "/"))


def of_the_admin() -> Iterator[Address]:
    """The first page, and of every model of this house its list and the pages of its first record, with the form for another."""
    yield from ((reverse(f"admin:{name}"), {}) for name in PAGES)
    ours = (model for app in OURS for model in apps.get_app_config(app).get_models())
    admin.autodiscover()
    for model in filter(admin.site.is_registered, ours):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist"), {"q": "a"} if admin.site.get_model_admin(model).search_fields else {}
        for record in model._default_manager.order_by("pk")[:1]:
            yield reverse(f"{name}_add"), {}
            yield reverse(f"{name}_change", args=(record.pk,)), {}
            if model in BY_MODEL and hasattr(record, "withdrawn_id"):
                yield reverse(f"{name}_withdraw", args=(record.pk,)), {}
    for release in Release.objects.published()[:1]:
        yield reverse("admin:sources_release_roll_back", args=(release.pk,)), {}


PAGES = ("index", "policies_measure_board", "curation_importbatch_upload", "curation_importbatch_template")
