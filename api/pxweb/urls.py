"""The addresses below `/pxweb/v2`."""

from django.urls import path

from api.pxweb import views

app_name = "pxweb"

urlpatterns = [
    path("config", views.PxConfigView.as_view(), name="config"),
    path("tables", views.TablesView.as_view(), name="tables"),
    path("tables/<str:code>", views.TableView.as_view(), name="table"),
    path("tables/<str:code>/metadata", views.MetadataView.as_view(), name="metadata"),
    path("tables/<str:code>/defaultselection", views.DefaultSelectionView.as_view(), name="default-selection"),
    path("tables/<str:code>/data", views.PxDataView.as_view(), name="data"),
    path("codelists/<str:code>", views.CodeListView.as_view(), name="codelist"),
]
