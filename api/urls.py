"""The one list of public endpoints."""

from typing import Any

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter
from rest_framework.urlpatterns import format_suffix_patterns

from api.finding import ResolveViewSet, SearchViewSet
from api.indicators import IndicatorViewSet, SchemeViewSet, TopicViewSet, UnitViewSet
from api.observations import AvailabilityViewSet, CheckViewSet, ObservationViewSet, SeriesViewSet
from api.policies import DocumentViewSet, DomainViewSet, MeasureViewSet
from api.regions import RegionViewSet
from api.service import ConfigView, DescriptionView, DocumentationView
from api.sources import CitationViewSet, ReleaseViewSet, SourceViewSet

app_name = "v1"

router = SimpleRouter(trailing_slash=False)
router.register("regions", RegionViewSet, "region")
router.register("topics", TopicViewSet, "topic")
router.register("units", UnitViewSet, "unit")
router.register("classifications", SchemeViewSet, "classification")
router.register("indicators", IndicatorViewSet, "indicator")
router.register("observations", ObservationViewSet, "observation")
router.register("series", SeriesViewSet, "series")
router.register("checks", CheckViewSet, "check")
router.register("sources", SourceViewSet, "source")
router.register("citations", CitationViewSet, "citation")
router.register("releases", ReleaseViewSet, "release")
router.register("policies/documents", DocumentViewSet, "document")
router.register("policies/domains", DomainViewSet, "domain")
router.register("policies/measures", MeasureViewSet, "measure")

listed: Any = {"get": "list"}

# Regular expressions, because the description leaves out the suffixed twins of these only.
suffixed = [
    re_path(
        r"^availability$",
        AvailabilityViewSet.as_view(listed, basename="availability", detail=False),
        name="availability-list",
    ),
    re_path(r"^resolve$", ResolveViewSet.as_view(listed, basename="resolve", detail=False), name="resolve-list"),
    re_path(r"^search$", SearchViewSet.as_view(listed, basename="search", detail=False), name="search-list"),
    re_path(r"^config$", ConfigView.as_view(), name="config"),
    *router.urls,
]

urlpatterns = [
    path("openapi.json", DescriptionView.as_view(), name="openapi"),
    path("docs", DocumentationView.as_view(url_name="v1:openapi"), name="docs"),
    path("", include(format_suffix_patterns(suffixed, allowed=["json"]))),
]
