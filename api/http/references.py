"""How one record refers to another: its code and its name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models
from rest_framework import serializers

from policies.models import Measure
from sources.bilingual import Said, said


def titles_of(codes: Collection[str]) -> dict[str, str]:
    """What measures are called in the language of the answer, by their codes; one query."""
    measures = Measure.objects.filter(code__in=codes)
    return {measure.code: said(measure, "title") for measure in measures.only("code", "title_zh", "title_en")}


class PublicOnly:
    """Mixed into a field that shows another record: null where that is a draft or withdrawn."""

    def get_attribute(self, instance: models.Model) -> models.Model | None:
        record = super().get_attribute(instance)  # type: ignore[misc]
        hidden = record is not None and (record.released_id is None or record.withdrawn_id is not None)
        return None if hidden else record


class PublicSlug(PublicOnly, serializers.SlugRelatedField[Any]):
    """The code of another record, if there is one and it is public."""

    def __init__(self, slug_field: str = "code", *, source: str | None = None, help_text: Said | None = None) -> None:
        super().__init__(slug_field, source=source, help_text=help_text, read_only=True, allow_null=True)


class NamedReference(serializers.Serializer[Any]):
    """A code and its name, in the language of the answer."""

    code = serializers.CharField()
    name = serializers.SerializerMethodField()

    def get_name(self, record: models.Model) -> str:
        return said(record, "name")


class PublicReference(PublicOnly, NamedReference):
    """A code and its name; null where the record is a draft or withdrawn."""


class TitledReference(serializers.Serializer[Any]):
    """A code and its title, in the language of the answer."""

    code = serializers.CharField()
    title = serializers.SerializerMethodField()

    def get_title(self, record: models.Model) -> str:
        return said(record, "title")
