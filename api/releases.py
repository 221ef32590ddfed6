"""/releases: what was published when, what each release changed, a feed of them, and each as a package to keep."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.http import http_date
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.figures import Figures
from api.files import table_of
from api.formats.kept import send
from api.formats.parquet import ParquetRenderer
from api.parameters import ChoicesField, ParameterField
from api.strict import read_parameters
from api.views import FIELDS_SAYS, ReadOnlyViewSet, Row
from curation.models import Action, Change
from curation.packages import NAME, write_package
from curation.tables import BY_NAME, ObservationTable
from indicators.labels import labels
from indicators.reading import ORDERS
from indicators.rows import FULL, Figure
from indicators.selection import everything
from indicators.transforms import decimals_of
from sources.bilingual import both, language, said
from sources.models import Release

# What the outside calls what was done to a row.
ACTIONS = {Action.ADDED: "new", Action.CHANGED: "changed", Action.WITHDRAWN: "withdrawn"}


class ReleaseRow(Row):
    published_at = serializers.DateTimeField(default_timezone=datetime.UTC)
    notes = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField(help_text=both("其变更的地址。", "Where its changes are."))
    download = serializers.SerializerMethodField(help_text=both("其数据包的地址。", "Where its package is."))

    class Meta:
        model = Release
        fields = (
            "version", "published_at", "status", "reason", "notes", "observations_added", "observations_retired",
            "observations_live", "records_added", "records_changed", "records_withdrawn", "digest", "changes", "download",
        )  # fmt: skip

    def get_notes(self, release: Release) -> str | None:
        return said(release, "notes") or None

    def get_changes(self, release: Release) -> str:
        return reverse("v1:release-changes", args=[release.version])

    def get_download(self, release: Release) -> str:
        return reverse("v1:release-download", args=[release.version])


class ChangeRow(serializers.Serializer[Any]):
    """What a release did to one figure or record."""

    table = serializers.ChoiceField(list(BY_NAME), help_text=both("表，同数据包中的文件。", "As the package's files."))
    key = serializers.CharField(help_text=both("行的键，各部分以 | 分隔。", "Key of the row, its parts joined by |."))
    series = serializers.CharField(allow_null=True, help_text=both("数值的序列。", "Series of a figure."))
    period = serializers.CharField(allow_null=True)
    action = serializers.ChoiceField(list(ACTIONS.values()))
    columns = serializers.ListField(
        child=serializers.CharField(), help_text=both("有变化的列。", "The columns that differ.")
    )
    old = serializers.DictField(allow_null=True, help_text=both("之前的行。", "The row before."))
    new = serializers.DictField(allow_null=True, help_text=both("之后的行。", "The row after."))


class NamedOnly(BaseRenderer):
    """The media type that is negotiated, where the content is written elsewhere; OPTIONS has none."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return b""


class ZipRenderer(NamedOnly):
    media_type = "application/zip"
    format = "zip"


class FiguresRenderer(NamedOnly):
    media_type = ParquetRenderer.media_type
    format = ParquetRenderer.format


class AtomRenderer(NamedOnly):
    media_type = "application/atom+xml"
    format = "atom"


class ReleaseViewSet(ReadOnlyViewSet):
    """What was published when: counts, and the digest of all rows that were live then (SHA-256 of their canonical CSV)."""

    queryset = Release.objects.published()
    serializer_class = ReleaseRow
    lookup_field = "version"
    lookup_value_regex = "[0-9]{4}[.][0-9]+"
    orderings = {"published_at": ("published_at", "version")}
    default_ordering = "-published_at"
    paged_actions = ("list", "changes")

    def documented_options(self) -> dict[str, tuple[ParameterField, Any]]:
        options = super().documented_options()
        if self.action != "changes":
            return options
        return options | {
            "table": (ChoicesField(list(BY_NAME)), both("哪些表。", "Which tables.")),
            "action": (ChoicesField(list(ACTIONS.values())), both("新增、修改或撤回。", "New, changed or withdrawn.")),
            "fields": (ChoicesField(list(ChangeRow().fields)), FIELDS_SAYS),
        }

    @extend_schema(responses={302: None})
    @action(detail=False)
    def latest(self, request: Request, **kwargs: Any) -> HttpResponseRedirect:
        """Redirects to the newest release."""
        newest = self.filter_queryset(self.get_queryset()).first()
        if newest is None:
            raise Http404
        query = request.META["QUERY_STRING"]
        return HttpResponseRedirect(
            reverse("v1:release-detail", args=[newest.version]) + (f"?{query}" if query else "")
        )

    @extend_schema(responses=ChangeRow(many=True))
    @action(detail=True)
    def changes(self, request: Request, **kwargs: Any) -> Response:
        """What a release added, changed and withdrew: figures and curated records, each with the row before and after."""
        release: Release = self.get_object()
        changes = Change.objects.of_release(release)
        if tables := self.chosen["table"]:
            changes = changes.filter(table__in=tables)
        if actions := self.chosen["action"]:
            changes = changes.filter(action__in=[done for done, name in ACTIONS.items() if name in actions])
        wanted = self.chosen["fields"]
        rows = [change_row(change) for change in self.paginate_queryset(changes) or []]
        if wanted is not None:
            rows = [{name: row[name] for name in row if name in wanted} for row in rows]
        return self.get_paginated_response(rows)

    @extend_schema(responses={(200, "application/zip"): bytes, (206, "application/zip"): bytes})
    @action(detail=True, url_path="download.zip", renderer_classes=[ZipRenderer])
    def download(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """A release as a package to keep (Data Package v2): every table as CSV, their description and their checksums.

        The same bytes whenever it is asked for; ranges of bytes are served.
        """
        release: Release = self.get_object()
        assert release.published_at is not None
        parts = (settings.VERSION, release.version, release.published_at.isoformat(), release.digest)
        etag = f'"{hashlib.sha256(" ".join(parts).encode()).hexdigest()[:32]}"'

        def make(path: Path) -> None:
            with path.open("w+b") as file:
                write_package(release, file)

        response = send(request, make, ZipRenderer.media_type, f"{NAME}-{release.version}.zip", etag)
        response["Last-Modified"] = http_date(release.published_at.timestamp())
        return response

    @extend_schema(responses={(200, ParquetRenderer.media_type): bytes, (206, ParquetRenderer.media_type): bytes})
    @action(detail=True, url_path="download.parquet", renderer_classes=[FiguresRenderer])
    def download_figures(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """The figures that stood at a release as one Parquet file, every column; ranges of bytes are served."""
        release: Release = self.get_object()
        figures = Figures(everything(labels()).as_of(release.pk), None, None)
        response = ParquetRenderer().answer(request, table_of(request, figures, FULL, ORDERS["series"]))
        response["Content-Disposition"] = f'attachment; filename="observations-{release.version}.parquet"'
        return response


def change_row(change: Change) -> dict[str, Any]:
    """A change as ChangeRow describes it."""
    before, after = change.before, change.after
    shown = after or before or {}
    of_figures = isinstance(BY_NAME[change.table], ObservationTable)
    differing = [name for name, cell in after.items() if cell != before.get(name, "")] if before and after else []
    return {
        "table": change.table,
        "key": change.key,
        "series": ObservationTable.series_key(shown) if of_figures else None,
        "period": shown["period"] if of_figures else None,
        "action": ACTIONS[Action(change.action)],
        "columns": differing,
        "old": _typed(before, of_figures=of_figures),
        "new": _typed(after, of_figures=of_figures),
    }


def _typed(cells: Mapping[str, str] | None, *, of_figures: bool) -> dict[str, Any] | None:
    """Cells with null for what is empty and, of a figure, its value as a number with the decimals that were stated."""
    if cells is None:
        return None
    typed: dict[str, Any] = {name: cell or None for name, cell in cells.items()}
    if of_figures and typed["value"]:
        value = Decimal(typed["value"])
        typed["value"] = Figure(value, decimals_of(value))
    return typed


class _ReleaseFeed(Feed):
    """The releases, newest first, with what each changed and why."""

    feed_type = Atom1Feed
    MOST = 100

    def title(self) -> str:
        return str(both("湖南开放型经济数据：发布版本", "Hunan Open Trade Data: releases"))

    def subtitle(self) -> str:
        return str(both("每个版本的说明与变更。", "What each release says and changes."))

    def link(self) -> str:
        return reverse("v1:release-list")

    def feed_url(self) -> str:
        return reverse("v1:release-feed")

    def items(self) -> list[Release]:
        return list(Release.objects.published()[: self.MOST])

    def item_title(self, item: Release) -> str:
        return str(both(f"版本 {item.version}", f"Release {item.version}"))

    def item_description(self, item: Release) -> str:
        added, retired = item.observations_added, item.observations_retired
        records = item.records_added, item.records_changed, item.records_withdrawn
        counts = both(
            f"数值：新增 {added}，停用 {retired}。记录：新增 {records[0]}，修改 {records[1]}，撤回 {records[2]}。",
            f"Figures: {added} added, {retired} retired. "
            f"Records: {records[0]} added, {records[1]} changed, {records[2]} withdrawn.",
        )
        return "<br>".join(
            escape(line) for line in (said(item, "notes"), item.reason, str(counts)) if line
        )  # is HTML in Atom

    def item_link(self, item: Release) -> str:
        return reverse("v1:release-detail", args=[item.version])

    def item_guid(self, item: Release) -> str:
        return f"urn:hnot:release:{item.version}"

    def item_pubdate(self, item: Release) -> datetime.datetime | None:
        return item.published_at

    item_updateddate = item_pubdate


class ReleaseFeedView(APIView):
    """The releases as an Atom feed, newest first: what each changed, and why."""

    renderer_classes = [AtomRenderer]

    @extend_schema(operation_id="release_feed", responses={(200, "application/atom+xml"): str})
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        read_parameters(request, {})
        feed = _ReleaseFeed()
        feed.language = language()
        return feed(request._request)
