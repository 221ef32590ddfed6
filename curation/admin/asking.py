"""What may be asked of a list or sent to a page; whoever asks for something else is told so, and what is no key is nobody's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import BaseModelAdmin, IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import FieldError, SuspiciousOperation, ValidationError
from django.db import DataError
from django.db.models import QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from sources.bilingual import both

MOST_DIGITS = 18  # of a key in the store
# How a field may be compared: as filters, links between pages, and the path of dates do. Patterns would be anyone's programs.
COMPARISONS = {"exact", "isnull", "gte", "lt", "year", "month", "day"}
# What Django and the stores raise where a value is none of the field's, or no date, or larger than a key can be.
UNFIT = (
    IncorrectLookupParameters, SuspiciousOperation, ValidationError, ValueError, OverflowError, FieldError, DataError,
)  # fmt: skip


def number_in(text: Any) -> int | None:
    """The whole number that a text from a form or an address is, in the digits 0 to 9; None where it is none, or no key can be it."""
    text = str(text)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def only_keys(values: Iterable[Any]) -> list[Any]:
    """What of some values can be the key of a record."""
    return [value for value in values if number_in(value) is not None]


class _OfKeys:
    """Mixed into a widget that looks up what was chosen, to show it again: what is no key is not looked up."""

    def optgroups(self, name: str, value: list[Any], attrs: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, only_keys(value) or [""], attrs)


class OneOf(_OfKeys, AutocompleteSelect):
    """Django's."""


class SomeOf(_OfKeys, AutocompleteSelectMultiple):
    """Django's."""


class SomeRecords(ModelMultipleChoiceField):
    """Django's, which refuses what is no key before it asks the store for it."""

    def _check_values(self, value: Any) -> QuerySet[Any]:
        for one in value:
            if self.to_field_name is None and number_in(one) is None:
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": str(one)[:40]}
                )
        return super()._check_values(value)


class ChosenSoundly(BaseModelAdmin):
    """The fields of a page, or of what stands below it, by which other records are chosen."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", OneOf(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SomeOf(db_field, self.admin_site))
        kwargs.setdefault("form_class", SomeRecords)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class Unanswerable(Exception):
    """The list cannot be filtered, ordered or turned to as the address asks."""


class AskedSoundly(ChosenSoundly, admin.ModelAdmin):
    """A model's list and pages, which take an address for what it may be."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Whether a list may be filtered so: by a field that Django allows, in one of COMPARISONS."""
        names = lookup.split("__")
        is_field = len(names) == 1 or names[-1] in COMPARISONS
        return is_field and super().lookup_allowed(lookup, value, request)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Django's list. Raises Unanswerable."""
        try:
            return super().get_changelist_instance(request)
        except UNFIT as error:
            raise Unanswerable from error

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except Unanswerable:
            message = both(
                "地址中的筛选、排序或页码无法识别；下面是全部记录。",
                "This list cannot be filtered, ordered or turned to as the address asks; all records are below.",
            )
            messages.error(request, message)
            return HttpResponseRedirect(request.path)

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """What is done with the records that were ticked."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if ticked != only_keys(ticked):
            request.POST = request.POST.copy()
            request.POST.setlist(ACTION_CHECKBOX_NAME, only_keys(ticked))
        return super().response_action(request, *args, **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The record of an address; an empty name of a field is that of none."""
        return super().get_object(request, object_id, from_field or None)
