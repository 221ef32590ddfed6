"""Places, who belongs to what, and what became of what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey

from curation.admin.base import part, section
from curation.admin.curated import CuratedAdmin
from curation.admin.filters import StateFilter
from indicators.models import Series
from policies.models import MeasureRegion
from regions.models import Membership, Region, Succession
from sources.bilingual import both


@admin.register(Region)
class RegionAdmin(CuratedAdmin):
    list_display = ("code", "name", "kind", "parent", "valid_from", "valid_to", "is_aggregate", "state")
    list_select_related = ("parent",)
    list_filter = (StateFilter, "kind", "is_aggregate")
    search_fields = ("code", "search")
    search_help_text = both("代码、各种名称", "code and all names")
    autocomplete_fields = ("parent", "citations")
    related = (
        (both("下级地区", "Regions below it"), Region, "parent__id__exact"),
        (both("成员", "Members"), Membership, "group__id__exact"),
        (both("序列", "Series"), Series, "region__id__exact"),
        (both("政策措施", "Measures"), MeasureRegion, "region__id__exact"),
    )
    sections = (
        section(None, ("code", "kind"), "parent"),
        section(both("名称", "Names"), ("name_zh", "name_en"), ("short_zh", "short_en"), "other_names"),
        section(both("有效期", "Validity"), ("valid_from", "valid_to")),
        section(both("汇总", "Aggregation"), "is_aggregate", "members_complete"),
        section(both("备注与引证", "Note and citations"), "note_zh", "note_en", "citations"),
    )

    def api_path(self, record: Any) -> str:
        return f"/regions/{part(record.code)}"

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: Any, **kwargs: Any) -> Any:
        # The tree's own field writes dashes before the name of the region that is chosen.
        return super().formfield_for_foreignkey(db_field, request, form_class=forms.ModelChoiceField, **kwargs)


@admin.register(Membership)
class MembershipAdmin(CuratedAdmin):
    list_display = ("group", "member", "valid_from", "valid_to", "state")
    list_select_related = ("group", "member")
    search_fields = ("group__code", "group__search", "member__code", "member__search")
    search_help_text = both("组合或成员的代码、名称", "code or names of the group or the member")
    autocomplete_fields = ("group", "member", "citations")
    sections = (section(None, "group", "member", ("valid_from", "valid_to"), "citations"),)


@admin.register(Succession)
class SuccessionAdmin(CuratedAdmin):
    list_display = ("predecessor", "successor", "date", "kind", "state")
    list_select_related = ("predecessor", "successor")
    list_filter = (StateFilter, "kind")
    search_fields = ("predecessor__code", "predecessor__search", "successor__code", "successor__search")
    search_help_text = both("前身或后继的代码、名称", "code or names of the predecessor or the successor")
    autocomplete_fields = ("predecessor", "successor")
    sections = (section(None, "predecessor", "successor", ("date", "kind"), "note_zh", "note_en"),)
