"""How one record refers to another: its code and its name."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.views import PublicOnly
from sources.bilingual import said


class NamedReference(serializers.Serializer[Any]):
    """A code and its name, in the language of the answer."""

    code = serializers.CharField()
    name = serializers.SerializerMethodField()

    def get_name(self, record: Any) -> str:
        return said(record, "name")


class PublicReference(PublicOnly, NamedReference):
    """The same, if it is public."""


class TitledReference(serializers.Serializer[Any]):
    """A code and its title, in the language of the answer."""

    code = serializers.CharField()
    title = serializers.SerializerMethodField()

    def get_title(self, record: Any) -> str:
        return said(record, "title")
