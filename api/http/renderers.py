"""The renderer of JSON, and which of the offered formats a request gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http.request import MediaType
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.formats.json import to_json
from api.http.negotiation import NotOffered, chosen, closeness
from api.problems import InvalidParameters, ParameterError
from sources.bilingual import both
from sources.suggest import nearest


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: object, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else to_json(data)


def _closeness(renderer: BaseRenderer, wish: MediaType) -> int:
    return closeness(str(renderer.media_type), wish)


class Negotiation(DefaultContentNegotiation):
    """By suffix or `format=`, else by Accept; a format that is not offered is an error that lists those that are."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        named, offers = request.query_params.get("format"), list(renderers)
        if format_suffix and named not in (None, format_suffix):
            message = both(f"地址后缀要求 {format_suffix}", f"the suffix of the address asks for {format_suffix}")
            raise InvalidParameters([ParameterError("format", "conflict", message, [format_suffix])])
        asked = format_suffix or named
        if asked is None:
            accept = request.META.get("HTTP_ACCEPT", "*/*")
            negotiated = (offers[0],) if accept == "*/*" else chosen(accept, offers, _closeness)
            if negotiated is None:
                raise NotOffered([renderer.media_type for renderer in offers])
            return negotiated[0], negotiated[0].media_type
        offered = {renderer.format: renderer for renderer in offers}
        if asked not in offered:
            message = both(f"不提供格式 {asked}", f"the format {asked} is not offered here")
            error = ParameterError("format", "unknown_format", message, list(offered), nearest(asked, offered))
            raise InvalidParameters([error])
        return offered[asked], offered[asked].media_type
