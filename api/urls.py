"""The one list of public endpoints."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter
from rest_framework.urlpatterns import format_suffix_patterns

from api.analysis import CompareViewSet, RankingViewSet
from api.catalogue.views import CatalogView, CiteViewSet, DataPackageView, DatasetView
from api.checks import CheckViewSet
from api.documents import DocumentViewSet, DomainViewSet
from api.finding import ResolveViewSet, SearchViewSet
from api.graph import GraphViewSet
from api.indicators import IndicatorViewSet, SchemeViewSet, TopicViewSet, UnitViewSet
from api.matching import MatchViewSet
from api.measures import MeasureViewSet
from api.observations import ObservationViewSet
from api.regions import RegionViewSet
from api.releases import ReleaseFeedView, ReleaseViewSet
from api.replications import ReplicationViewSet
from api.series import AvailabilityViewSet, SeriesViewSet
from api.service import ConfigView, DescriptionView, DocumentationView
from api.sources import CitationViewSet, SourceViewSet
from api.structure import ConcentrationViewSet, OpennessViewSet, SpecialisationViewSet
from api.targets import TargetViewSet
from api.tiers import TierViewSet

app_name = "v1"

router = SimpleRouter(trailing_slash=False)
router.register("observations", ObservationViewSet, "observation")  # asked for most, so found first
router.register("regions", RegionViewSet, "region")
router.register("topics", TopicViewSet, "topic")
router.register("units", UnitViewSet, "unit")
router.register("classifications", SchemeViewSet, "classification")
router.register("indicators", IndicatorViewSet, "indicator")
router.register("series", SeriesViewSet, "series")
router.register("availability", AvailabilityViewSet, "availability")
router.register("rankings", RankingViewSet, "ranking")
router.register("compare", CompareViewSet, "compare")
router.register("checks", CheckViewSet, "check")
router.register("targets", TargetViewSet, "target")
router.register("structure/concentration", ConcentrationViewSet, "concentration")
router.register("structure/specialisation", SpecialisationViewSet, "specialisation")
router.register("structure/openness", OpennessViewSet, "openness")
router.register("structure/tiers", TierViewSet, "tier")
router.register("sources", SourceViewSet, "source")
router.register("citations", CitationViewSet, "citation")
router.register("releases", ReleaseViewSet, "release")
router.register("policies/documents", DocumentViewSet, "document")
router.register("policies/domains", DomainViewSet, "domain")
router.register("policies/measures", MeasureViewSet, "measure")
router.register("policies/graph", GraphViewSet, "graph")
router.register("policies/match", MatchViewSet, "match")
router.register("policies/replications", ReplicationViewSet, "replication")
router.register("resolve", ResolveViewSet, "resolve")
router.register("search", SearchViewSet, "search")

FORMATS = ["json", "csv", "csv-metadata.json", "xlsx", "parquet", "jsonstat"]

# A regular expression as the router's own, so that the description leaves out its suffixed twin as well.
suffixed = [
    re_path(r"^config$", ConfigView.as_view(), name="config"),
    re_path(r"^cite$", CiteViewSet.as_view({"get": "list"}, basename="cite", detail=False), name="cite-list"),
    *router.urls,
]

urlpatterns = [
    path("", include(format_suffix_patterns(suffixed, allowed=FORMATS))),
    path("catalog.jsonld", CatalogView.as_view(), name="catalog"),
    path("datapackage.json", DataPackageView.as_view(), name="datapackage"),
    path("datasets/<str:code>.jsonld", DatasetView.as_view(), name="dataset"),
    path("openapi.json", DescriptionView.as_view(), name="openapi"),
    path("releases.atom", ReleaseFeedView.as_view(), name="release-feed"),
    path("docs", DocumentationView.as_view(url_name="v1:openapi"), name="docs"),
]
