"""The catalogue's endpoints: DCAT-AP, Data Package, JSON-LD of each dataset, CSVW, how to cite, and where all of it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.addresses import CATALOG, base_of
from api.catalogue.croissant import described
from api.catalogue.datapackage import descriptor, resources
from api.catalogue.datasets import datasets
from api.catalogue.dcat import SERVICES, catalog
from api.data.citation import STYLES, cited_as, pinned, title_of
from api.data.observations import ObservationViewSet
from api.http.filters import read_parameters
from api.http.parameters import ChoicesField, Option
from api.http.periods import DayField
from api.http.renderers import JSONRenderer
from api.http.tags import SOURCES
from api.http.viewsets import UnknownCode
from api.imprint import publisher
from api.problems import InvalidParameters, ParameterError
from indicators.labels import labels
from indicators.selection import Selection
from sources.bilingual import both, language
from sources.models import DigestMethod, Release
from sources.suggest import nearest


class JSONLDRenderer(JSONRenderer):
    media_type = "application/ld+json"
    format = "jsonld"


class LinksetRenderer(JSONRenderer):
    media_type = "application/linkset+json"
    format = "linkset"


class CatalogView(APIView):
    """The catalogue of all datasets, their distributions and the services, as DCAT-AP 3 in JSON-LD."""

    chinese = {
        "get": "全部数据集及其下载方式和服务的目录：JSON-LD 形式的 DCAT-AP 3。",
    }
    tag = SOURCES
    summaries = {"get": both("目录（DCAT-AP）", "The catalogue (DCAT-AP)")}
    renderer_classes = [JSONLDRenderer, JSONRenderer]

    @extend_schema(operation_id="catalog", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, **kwargs: object) -> Response:
        read_parameters(request, {})
        listed = datasets()
        return Response(catalog(listed, listed[0].release if listed else None, base_of(request)))


class DatasetView(APIView):
    """One dataset as schema.org and Croissant describe it: for search engines, and for machine learning."""

    chinese = {
        "get": "一个数据集的 schema.org 与 Croissant 描述，供搜索引擎和机器学习使用。",
    }
    tag = SOURCES
    summaries = {"get": both("数据集（schema.org、Croissant）", "A dataset (schema.org, Croissant)")}
    renderer_classes = [JSONLDRenderer, JSONRenderer]

    @extend_schema(operation_id="dataset", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str, **kwargs: object) -> Response:
        read_parameters(request, {})
        known = {dataset.code: dataset for dataset in datasets()}
        if code not in known:
            raise UnknownCode(code, nearest(code, known))
        return Response(described(known[code], base_of(request), language()))


class DataPackageView(APIView):
    """All tables as a Data Package v2: fields with their types and meanings, keys, foreign keys and units."""

    chinese = {
        "get": "全部表的 Data Package v2：字段及其类型与含义、键、外键和单位。",
    }
    tag = SOURCES
    summaries = {"get": both("数据包（Data Package）", "The Data Package")}
    renderer_classes = [JSONRenderer]
    families: Sequence[tuple[str, Any, str]] = ()  # the registry of the router

    @extend_schema(operation_id="datapackage", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, **kwargs: object) -> Response:
        read_parameters(request, {})
        base, release = base_of(request), Release.objects.published().first()
        if release is None:
            raise Http404
        tables = resources(self.families)
        return Response(descriptor(release, tables, lambda table: f"{base}/api/v1/{table.path}", f"{base}/"))


class ApiCatalogView(APIView):
    """Where the interfaces of this host are and where they are described (RFC 9727, a linkset of RFC 9264)."""

    schema = None
    renderer_classes = [LinksetRenderer, JSONRenderer]

    def get(self, request: Request, **kwargs: object) -> HttpResponseBase:
        read_parameters(request, {})
        base = base_of(request)
        links = [
            {
                "anchor": base + path,
                "service-desc": [{"href": base + described, "type": "application/json", "title": name.en}],
                "service-doc": [{"href": f"{base}/api/v1/docs", "type": "text/html"}],
                "service-meta": [{"href": base + CATALOG, "type": "application/ld+json"}],
                "license": [{"href": settings.DATA_LICENCE["url"]}],
            }
            for path, name, described in SERVICES
        ]
        items = [{"href": base + path} for path, _, _ in SERVICES]
        return Response({"linkset": [{"anchor": f"{base}/.well-known/api-catalog", "item": items}, *links]})


class CitedRow(serializers.Serializer[Any]):
    """What an answer is, and how to cite it; `style` leaves out the other styles."""

    title = serializers.CharField(help_text=both("这些数据的题名。", "What these data are called."))
    url = serializers.CharField(
        help_text=both(
            "固定于此版本的地址：任何时候都得到同样的数据。",
            "Address pinned to the release: the same data at any time.",
        )
    )
    query = serializers.DictField(child=serializers.CharField())
    release = serializers.CharField()
    published = serializers.DateTimeField()
    digest = serializers.CharField(
        help_text=both("该版本全部现行数值的摘要。", "Digest of all figures that stood in the release.")
    )
    digest_method = serializers.ChoiceField(
        DigestMethod.choices, help_text=both("摘要的算法，见 docs/data.md。", "What it is taken of: see docs/data.md.")
    )
    publisher = serializers.CharField()
    licence = serializers.DictField(child=serializers.CharField())
    gbt7714 = serializers.CharField(required=False, help_text="GB/T 7714-2015")
    bibtex = serializers.CharField(required=False)
    datacite = serializers.DictField(required=False, help_text="DataCite Metadata Schema 4.6")


class CiteViewSet(ObservationViewSet):
    """How to cite an answer: takes any query of /observations, and says what it is, from which release, and under which licence."""

    chinese = {
        "list": "怎样引用一个答复：可带 /observations 的任何查询，说明它是什么、出自哪个发布版本、适用什么许可。",
    }
    tag = SOURCES
    summaries = {"list": both("如何引用", "How to cite")}
    package = None
    described_rows: Mapping[str, str] = {}
    paged_actions = ()
    serializer_class = CitedRow
    file_renderers = ()

    def options_taken(self) -> dict[str, Option]:
        return super().options_taken() | {
            "style": Option(
                ChoicesField(STYLES, example="bibtex"),
                both("只要这些引用格式；默认全部。", "Only these styles of citation; all by default."),
            ),
            "accessed": Option(
                DayField(), both("引用日期，写入引文。", "Day of access, to be written into the citation.")
            ),
        }

    @extend_schema(responses=CitedRow)
    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        release = self._release(self.selected())
        query, title = request.query_params.dict(), title_of(request.query_params.dict(), self.chosen)
        address = pinned(query, release.version)
        accessed = self.chosen["accessed"]
        base = base_of(request)
        styles = cited_as(title, query, release, base, accessed.isoformat() if accessed else None)
        wanted = self.chosen["style"] or STYLES
        return Response({
            "title": title.name(language()), "url": base + address,
            "query": dict(parse_qsl(address.partition("?")[2])), "release": release.version,
            "published": labels().published_text[release.pk], "digest": release.digest,
            "digest_method": release.digest_method, "publisher": publisher().name(language()),
            "licence": settings.DATA_LICENCE, **{style: styles[style] for style in wanted},
        })  # fmt: skip

    def complete(self, rows: Sequence[Any]) -> Sequence[Any]:
        """The citation as it is: `fields` are of the query that is cited."""
        return rows

    def _release(self, selection: Selection) -> Release:
        """The release that the query is answered from. Raises InvalidParameters where there was none yet."""
        release = Release.objects.published().filter(pk=selection.at).first()
        if release is None:
            message = both("当时尚无发布版本", "there was no release at that time")
            raise InvalidParameters([ParameterError("as_of", "no_release", message, list(labels().releases.key))])
        return release
