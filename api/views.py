"""What the endpoints have in common: options beside filters, fields kept or dropped, warnings, read only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import Pages
from api.parameters import ChoiceField, ChoicesField, ParameterField
from sources.bilingual import both


def warn(request: Request, code: str, message: Any, href: str | None = None) -> None:
    """Tell the caller something about a good answer."""
    if not hasattr(request, "warnings"):
        request.warnings = []  # type: ignore[attr-defined]
    request.warnings.append({"code": code, "message": str(message), "href": href})  # type: ignore[attr-defined]


FIELDS_SAYS = both("只要这些字段，逗号分隔。", "Only these fields, comma-separated.")
ORDERING_SAYS = both("排序；`-` 为降序。", "Order; `-` is descending.")
INCLUDE_SAYS = both("一并给出的部分，逗号分隔。", "Parts to give as well, comma-separated.")


class ReadOnlyViewSet(viewsets.ReadOnlyModelViewSet[Any]):
    """DRF's viewset with this contract's options: `fields`, `ordering`, `include`, `page` and `page_size`.

    `orderings` maps each public name to the model fields it sorts by; the first is the default; all end in a unique key.
    """

    orderings: dict[str, tuple[str, ...]] = {}
    includes: Sequence[str] = ()
    extra_options: dict[str, tuple[ParameterField, Any]] = {}
    chosen: dict[str, Any]

    def documented_options(self) -> dict[str, tuple[ParameterField, Any]]:
        """Name → (how it is read, what it means) of every option that this action takes."""
        options: dict[str, tuple[ParameterField, Any]] = {}
        listed = not self.detail and self.action == "list"
        if listed and self.orderings:
            both_ways = [sign + name for name in self.orderings for sign in ("", "-")]
            options["ordering"] = (ChoiceField(both_ways), ORDERING_SAYS)
        if self.action in ("list", "retrieve"):
            options["fields"] = (ChoicesField(self.field_names()), FIELDS_SAYS)
        if self.includes and self.action in ("list", "retrieve"):
            options["include"] = (ChoicesField(self.includes), INCLUDE_SAYS)
        if listed:
            options |= {name: (field, Pages.says[name]) for name, field in Pages.options.items()}
        return options | self.extra_options

    def options_taken(self) -> dict[str, ParameterField]:
        return {name: field for name, (field, _) in self.documented_options().items()}

    def field_names(self) -> list[str]:
        """The names of the fields that a row may have."""
        return list(self.get_serializer_class()().fields)

    def filter_queryset(self, queryset: Any) -> Any:
        queryset = super().filter_queryset(queryset)
        if ordering := self.chosen.get("ordering"):
            sign = "-" if ordering.startswith("-") else ""
            return queryset.order_by(*(sign + name for name in self.orderings[ordering.removeprefix("-")]))
        return queryset.order_by(*next(iter(self.orderings.values()))) if self.orderings else queryset

    def get_serializer_context(self) -> dict[str, Any]:
        chosen = getattr(self, "chosen", {})
        return {**super().get_serializer_context(), "fields": chosen.get("fields"), "include": chosen.get("include") or []}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        queryset = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(queryset)
        if not page:
            warn(request, "no_rows", both("没有符合条件的记录。", "Nothing matches this query."), self.empty_href(request))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def empty_href(self, request: Request) -> str | None:
        """Where the caller of an empty list can see what there is."""
        return None

    def permission_denied(self, request: Request, message: Any = None, code: Any = None) -> None:
        raise Http404


class Row(serializers.ModelSerializer[Any]):
    """A model serializer that keeps only the fields asked for, and optional parts only where they were asked for."""

    optional: Sequence[str] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "fields" not in self.context:
            return
        wanted, included = self.context["fields"], self.context.get("include", [])
        for name in list(self.fields):
            dropped = wanted is not None and name not in wanted
            if dropped or (name in self.optional and name not in included and not (wanted and name in wanted)):
                del self.fields[name]
