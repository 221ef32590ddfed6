"""/releases: what was published when, what each release changed, a feed of them, and each as a package to keep."""

from __future__ import annotations

import datetime
import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from api.addresses import address_of
from api.data.figures import Figures
from api.data.tables import table_of
from api.formats.kept_files import send
from api.formats.parquet import ParquetRenderer
from api.http.fields import AddressField, MadeField, SpokenField
from api.http.filters import read_parameters
from api.http.package_tables import PackageTable
from api.http.parameters import ChoicesField, Option
from api.http.rows import PartialRow, Row
from api.http.tags import SOURCES
from api.http.viewsets import ReadOnlyViewSet
from curation.models import Action, Change
from curation.releases.packages import NAME, write_package
from curation.tables.curated import BY_NAME
from indicators.labels import labels
from indicators.reading import ORDERS
from indicators.rows import FULL
from indicators.selection import everything
from sources.bilingual import both, language, said
from sources.models import Release

# What the outside calls what was done to a row.
ACTIONS = {Action.ADDED: "new", Action.CHANGED: "changed", Action.WITHDRAWN: "withdrawn"}


class ReleaseRow(Row):
    published_at = serializers.DateTimeField(default_timezone=datetime.UTC)
    note = SpokenField("notes", allow_null=True)
    reviewed = MadeField(
        "reviewed_by",
        help_text=both(
            "是否经两人审核发布；否则由命令发布。", "Whether two people saw it; else a command published it."
        ),
    )
    changes = AddressField("release-changes", "version", help_text=both("其变更的地址。", "Where its changes are."))
    download = AddressField("release-download", "version", help_text=both("其数据包的地址。", "Where its package is."))

    class Meta:
        model = Release
        fields = (
            "version", "published_at", "status", "reason", "note", "observations_added", "observations_retired",
            "observations_live", "records_added", "records_changed", "records_withdrawn", "reviewed", "digest",
            "digest_method", "changes", "download",
        )  # fmt: skip

    def get_reviewed(self, reviewed_by: str) -> bool:
        return bool(reviewed_by)


class ChangeRow(PartialRow):
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
    """Names a media type for the negotiation; the view writes the content itself, and an answer to OPTIONS has none."""

    def render(
        self, data: object, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b""


class ZipRenderer(NamedOnly):
    media_type = "application/zip"
    format = "zip"


class FiguresRenderer(NamedOnly):
    media_type = ParquetRenderer.media_type
    format = ParquetRenderer.format
    schema = ParquetRenderer.schema


class AtomRenderer(NamedOnly):
    media_type = "application/atom+xml"
    format = "atom"


class ReleaseViewSet(ReadOnlyViewSet):
    """What was published when: counts, and a digest of all figures that stood then. `digest_method` says of what it is taken;
    docs/data.md has the lines that take it again from the release's package.
    """

    chinese = {
        "list": (
            "何时发布了什么：各项个数，以及当时全部现行数值的摘要。"
            "`digest_method` 说明摘要的算法；docs/data.md 给出用数据包重算它的几行程序。"
        ),
        "latest": "转到最新的发布版本。",
        "changes": "一个发布版本新增、更正和撤回的内容：数值和整理的记录，各附前后两行。",
        "download_figures": "某发布版本当时的全部数值，一个 Parquet 文件，含所有列；可按字节范围取。",
        "download": (
            "可长期保存的发布数据包（Data Package v2）：全部表的 CSV、其说明和校验和。\n\n何时取，字节都相同；"
            "可按字节范围取。"
        ),
    }
    tag = SOURCES
    summaries = {
        "latest": both("最新版本", "The newest release"),
        "changes": both("版本的变更", "What a release changed"),
        "download": both("版本的数据包", "A release as a package"),
        "download_figures": both("版本的全部数值（Parquet）", "All figures of a release (Parquet)"),
    }
    package = PackageTable(both("发布版本", "Releases"), key="version")
    queryset = Release.objects.published()
    serializer_class = ReleaseRow
    lookup_field = "version"
    lookup_value_regex = "(?:[0-9]{4}[.][0-9]+|[^/.]+)"
    orderings = {"published_at": ("published_at", "version")}
    default_ordering = "-published_at"
    paged_actions = ("list", "changes")
    row_serializers = {"changes": ChangeRow}

    def options_taken(self) -> dict[str, Option]:
        options = super().options_taken()
        if self.action != "changes":
            return options
        del options["if_release"]  # what a release changed stays what it is
        return options | {
            "table": Option(ChoicesField(list(BY_NAME)), both("哪些表。", "Which tables.")),
            "action": Option(
                ChoicesField(list(ACTIONS.values())), both("新增、修改或撤回。", "New, changed or withdrawn.")
            ),
        }

    @extend_schema(responses={302: None})
    @action(detail=False)
    def latest(self, request: Request, **kwargs: object) -> HttpResponseRedirect:
        """Redirects to the newest release."""
        newest = self.filter_queryset(self.get_queryset()).first()
        if newest is None:
            raise Http404
        query = request.META["QUERY_STRING"]
        address = address_of(request, "release-detail", newest.version)
        return HttpResponseRedirect(f"{address}?{query}" if query else address)

    @extend_schema(responses=ChangeRow(many=True))
    @action(detail=True)
    def changes(self, request: Request, **kwargs: object) -> HttpResponseBase:
        """What a release added, changed and withdrew: figures and curated records, each with the row before and after."""
        release: Release = self.get_object()
        changes = Change.objects.of_release(release)
        if tables := self.chosen["table"]:
            changes = changes.filter(table__in=tables)
        if actions := self.chosen["action"]:
            changes = changes.filter(action__in=[done for done, name in ACTIONS.items() if name in actions])
        return self.get_paginated_response([change_row(change) for change in self.paginate_queryset(changes)])

    @extend_schema(responses={(200, "application/zip"): bytes, (206, "application/zip"): bytes})
    @action(detail=True, url_path="download.zip", renderer_classes=[ZipRenderer])
    def download(self, request: Request, **kwargs: object) -> HttpResponseBase:
        """A release as a package to keep (Data Package v2): every table as CSV, their description and their checksums.

        The same bytes whenever it is asked for; ranges of bytes are served.
        """
        release: Release = self.get_object()
        assert release.published_at is not None
        assert release.package_id is not None
        # Of all that the bytes are made of: the program and what it packs with as well as the release.
        parts = (
            settings.VERSION, zlib.ZLIB_RUNTIME_VERSION, release.version, release.published_at.isoformat(),
            release.digest, release.package_id,
        )  # fmt: skip
        etag = f'"{hashlib.sha256(" ".join(parts).encode()).hexdigest()[:32]}"'

        def make(path: Path) -> None:
            with path.open("w+b") as file:
                write_package(release, file)

        return send(request, make, ZipRenderer.media_type, f"{NAME}-{release.version}.zip", etag, release.published_at)

    @extend_schema(responses={(200, ParquetRenderer.media_type): bytes, (206, ParquetRenderer.media_type): bytes})
    @action(detail=True, url_path="download.parquet", renderer_classes=[FiguresRenderer])
    def download_figures(self, request: Request, **kwargs: object) -> HttpResponseBase:
        """The figures that stood at a release as one Parquet file, every column; ranges of bytes are served."""
        release: Release = self.get_object()
        figures = Figures(everything(labels()).as_of(release.pk), None, None)
        response = ParquetRenderer().answer(request, table_of(request, figures, FULL, ORDERS["series"]))
        response["Content-Disposition"] = f'attachment; filename="observations-{release.version}.parquet"'
        return response


def change_row(change: Change) -> dict[str, Any]:
    """A change as ChangeRow describes it."""
    before, after = change.before, change.after
    table = BY_NAME[change.table]
    series, period = table.place_of(after or before or {})
    differing = [name for name, cell in after.items() if cell != before.get(name, "")] if before and after else []
    return {
        "table": change.table,
        "key": change.key,
        "series": series,
        "period": period,
        "action": ACTIONS[Action(change.action)],
        "columns": differing,
        "old": None if before is None else table.typed(before),
        "new": None if after is None else table.typed(after),
    }


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
        texts = (said(item, "notes"), item.reason, str(counts))
        return "<br>".join(escape(line) for text in texts for line in text.split("\n") if line)  # is HTML in Atom

    def item_link(self, item: Release) -> str:
        return reverse("v1:release-detail", args=[item.version])

    def item_guid(self, item: Release) -> str:
        return f"urn:hnot:release:{item.version}"

    def item_pubdate(self, item: Release) -> datetime.datetime | None:
        return item.published_at

    item_updateddate = item_pubdate


class ReleaseFeedView(APIView):
    """The releases as an Atom feed, newest first: what each changed, and why."""

    chinese = {
        "get": "各发布版本的 Atom 订阅源，最新的在前：各改了什么，为什么。",
    }
    tag = SOURCES
    summaries = {"get": both("版本的订阅源", "A feed of releases")}
    renderer_classes = [AtomRenderer]

    @extend_schema(operation_id="release_feed", responses={(200, "application/atom+xml"): str})
    def get(self, request: Request, **kwargs: object) -> HttpResponseBase:
        read_parameters(request, {})
        feed = _ReleaseFeed()
        feed.language = language()
        return feed(request._request)
