"""The catalogue's endpoints: DCAT-AP, Data Package, JSON-LD of each dataset, CSVW, how to cite, and where all of it is."""

from __future__ import annotations

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

from api.catalogue.croissant import described
from api.catalogue.datasets import CATALOG, datasets, publisher
from api.catalogue.dcat import SERVICES, catalog
from api.citing import STYLES, cited_as, pinned, title_of
from api.datapackage import descriptor
from api.observations import ObservationViewSet
from api.parameters import ChoicesField, DayField
from api.problems import InvalidParameters, ParameterError
from api.renderers import JSONRenderer
from api.strict import read_parameters
from api.views import UnknownCode
from indicators.labels import labels
from indicators.selection import everything
from sources.bilingual import both, language
from sources.models import Release
from sources.suggest import nearest


class JSONLDRenderer(JSONRenderer):
    media_type = "application/ld+json"
    format = "jsonld"


class LinksetRenderer(JSONRenderer):
    media_type = "application/linkset+json"
    format = "linkset"


def base_of(request: Request) -> str:
    """The address of the host, without a slash at its end."""
    return request.build_absolute_uri("/")[:-1]


class CatalogView(APIView):
    """The catalogue of all datasets, their distributions and the services, as DCAT-AP 3 in JSON-LD."""

    renderer_classes = [JSONLDRenderer, JSONRenderer]

    @extend_schema(operation_id="catalog", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, **kwargs: Any) -> Response:
        read_parameters(request, {})
        listed = datasets()
        return Response(catalog(listed, listed[0].release if listed else None, base_of(request)))


class DatasetView(APIView):
    """One dataset as schema.org and Croissant describe it: for search engines, and for machine learning."""

    renderer_classes = [JSONLDRenderer, JSONRenderer]

    @extend_schema(operation_id="dataset", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str, **kwargs: Any) -> Response:
        read_parameters(request, {})
        known = {dataset.code: dataset for dataset in datasets()}
        if code not in known:
            raise UnknownCode(code, nearest(code, known))
        return Response(described(known[code], base_of(request), language()))


class DataPackageView(APIView):
    """All tables as a Data Package v2: fields with their types and meanings, keys, foreign keys and units."""

    renderer_classes = [JSONRenderer]

    @extend_schema(operation_id="datapackage", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, **kwargs: Any) -> Response:
        read_parameters(request, {})
        base, release = base_of(request), Release.objects.published().first()
        if release is None:
            raise Http404
        return Response(descriptor(release, lambda resource: f"{base}/api/v1/{resource.path}", f"{base}/"))


class ApiCatalogView(APIView):
    """Where the interfaces of this host are and where they are described (RFC 9727, a linkset of RFC 9264)."""

    schema = None
    renderer_classes = [LinksetRenderer, JSONRenderer]

    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
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
    digest = serializers.CharField(help_text=both("该版本全部数据的 SHA-256。", "SHA-256 of all data of the release."))
    publisher = serializers.CharField()
    licence = serializers.DictField(child=serializers.CharField())
    gbt7714 = serializers.CharField(required=False, help_text="GB/T 7714-2015")
    bibtex = serializers.CharField(required=False)
    datacite = serializers.DictField(required=False, help_text="DataCite Metadata Schema 4.6")


class CiteViewSet(ObservationViewSet):
    """How to cite an answer: takes any query of /observations, and says what it is, from which release, and under which licence."""

    serializer_class = CitedRow
    file_renderers = ()

    def documented_options(self) -> dict[str, tuple[Any, Any]]:
        return super().documented_options() | {
            "style": (
                ChoicesField(STYLES, example="bibtex"),
                both("只要这些引用格式；默认全部。", "Only these styles of citation; all by default."),
            ),
            "accessed": (DayField(), both("引用日期，写入引文。", "Day of access, to be written into the citation.")),
        }

    @extend_schema(responses=CitedRow)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.filter_queryset(everything(labels()))
        release = self._release()
        query, title = request.query_params.dict(), title_of(request.query_params.dict(), self.chosen)
        address = pinned(query, release.version)
        accessed = self.chosen["accessed"]
        base = request.build_absolute_uri("/")[:-1]
        styles = cited_as(title, query, release, base, accessed.isoformat() if accessed else None)
        wanted = self.chosen["style"] or STYLES
        return Response({
            "title": title.name(language()), "url": base + address,
            "query": dict(parse_qsl(address.partition("?")[2])), "release": release.version,
            "published": labels().published_text[release.pk], "digest": release.digest, "publisher": publisher().name(language()),
            "licence": settings.DATA_LICENCE, **{style: styles[style] for style in wanted},
        })  # fmt: skip

    def _release(self) -> Release:
        """The release that the query is answered from. Raises InvalidParameters where there was none yet."""
        at = self.chosen["as_of"]
        releases = Release.objects.published()
        found = releases.first() if at is None else releases.filter(pk=at).first()
        if found is None:
            message = both("当时尚无发布版本", "there was no release at that time")
            raise InvalidParameters([ParameterError("as_of", "no_release", message, list(labels().releases.key))])
        return found
