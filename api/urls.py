"""The one list of public endpoints."""

from typing import Any

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter
from rest_framework.urlpatterns import format_suffix_patterns

from api.asking.views import AskViewSet
from api.catalogue.views import CatalogView, CiteViewSet, DataPackageView, DatasetView
from api.data.analysis import CompareViewSet, RankingViewSet
from api.data.observations import ObservationViewSet
from api.data.releases import ReleaseFeedView, ReleaseViewSet
from api.data.series import AvailabilityViewSet, SeriesViewSet
from api.data.structure import ConcentrationViewSet, OpennessViewSet, SpecialisationViewSet
from api.data.targets import TargetViewSet
from api.data.tiers import TierViewSet
from api.http.service import ConfigView, DescriptionView, DocumentationView
from api.policies.documents import DocumentViewSet, DomainViewSet
from api.policies.graph import GraphViewSet
from api.policies.matches import MatchViewSet
from api.policies.measures import MeasureViewSet
from api.policies.regions import RegionPoliciesViewSet
from api.policies.replications import ReplicationViewSet
from api.reference.checks import CheckViewSet
from api.reference.indicators import CategoryViewSet, IndicatorViewSet, SchemeViewSet, TopicViewSet, UnitViewSet
from api.reference.regions import RegionViewSet
from api.reference.sources import CitationViewSet, SourceViewSet
from api.search import ResolveViewSet, SearchViewSet

app_name = "v1"

router = SimpleRouter(trailing_slash=False)
router.register("observations", ObservationViewSet, "observation")  # asked for most, so found first
router.register("regions", RegionViewSet, "region")
router.register("topics", TopicViewSet, "topic")
router.register("units", UnitViewSet, "unit")
router.register("classifications", SchemeViewSet, "classification")
router.register("categories", CategoryViewSet, "category")
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
router.register("ask", AskViewSet, "ask")

# The suffixes of addresses: of what any family offers.
families: list[tuple[str, Any, str]] = router.registry
offered = (each for _, family, _ in families for each in (*family.renderer_classes, *family.file_renderers))
suffixes = sorted({renderer.format for renderer in offered})

# A regular expression as the router's own, so that the description leaves out its suffixed twin as well.
beside: list[Any] = [
    re_path(r"^config$", ConfigView.as_view(), name="config"),
    re_path(r"^cite$", CiteViewSet.as_view({"get": "list"}, basename="cite", detail=False), name="cite-list"),
    *(
        re_path(
            rf"^regions/(?P<code>[^/.]+)/{name}$",
            RegionPoliciesViewSet.as_view({"get": name}, basename="region", detail=True),
            name=f"region-{name}",
        )
        for name in ("profile", "policies")
    ),
]

whole = [
    path("catalog.jsonld", CatalogView.as_view(), name="catalog"),
    path("datapackage.json", DataPackageView.as_view(families=families), name="datapackage"),
    path("datasets/<str:code>.jsonld", DatasetView.as_view(), name="dataset"),
    path("openapi.json", DescriptionView.as_view(), name="openapi"),
    path("releases.atom", ReleaseFeedView.as_view(), name="release-feed"),
    path("docs", DocumentationView.as_view(url_name="v1:openapi"), name="docs"),
]

urlpatterns = [path("", include(format_suffix_patterns([*router.urls, *beside], allowed=suffixes))), *whole]
# The names of those whose address takes no code, which the root lists.
root_names = [pattern.name for pattern in (*beside, *router.urls, *whole) if not pattern.pattern.regex.groups]
