"""Where everything answers; the public endpoints are listed in api/urls.py."""

from django.urls import include, path
from django.urls.resolvers import RoutePattern, URLResolver

from api.catalogue.views import ApiCatalogView
from api.http.service import RootView, health, home, readiness
from api.mcp.views import McpView
from api.urls import root_names

urlpatterns = [
    path("api/v1/", include("api.urls", namespace="v1")),
    path("", home, name="home"),
    path("api/v1", RootView.as_view(names=root_names), name="api"),
    path("sdmx/", include("api.sdmx.urls", namespace="sdmx")),
    path(".well-known/api-catalog", ApiCatalogView.as_view(), name="api-catalog"),
    path("pxweb/v2/", include("api.pxweb.urls")),
    path("mcp", McpView.as_view(), name="mcp"),
    # Named, for `include` would load it.
    URLResolver(RoutePattern("admin/"), "curation.admin.urls", app_name="admin", namespace="admin"),
    path("healthz", health, name="healthz"),
    path("readyz", readiness, name="readyz"),
]

handler400 = "api.problems.bad_request"
handler403 = "api.problems.forbidden"
handler404 = "api.problems.not_found"
handler500 = "api.problems.server_error"
