"""Which format an answer of SDMX has: by `format=`, else by Accept with its qualities, versions and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http.request import MediaType
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from api.problems import InvalidParameters, ParameterError
from sources.bilingual import both
from sources.suggest import nearest

VND = "application/vnd.sdmx."
XML = ("application/xml", "text/xml")
JSON = ("application/json",)
CSV = ("text/csv",)


@dataclass(frozen=True)
class Format:
    """A format: its name in `format=`, its SDMX media type and version, and the general types that mean it as well."""

    name: str
    media_type: str
    version: str
    also: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    labels: tuple[str, ...] = field(default=())

    @property
    def content_type(self) -> str:
        """The type of the answer, with its version."""
        return f"{self.media_type};version={self.version}"

    def fits(self, accepted: MediaType) -> bool:
        """Whether a client that accepts this gets what it wants."""
        asked = f"{accepted.main_type}/{accepted.sub_type}"
        if asked in ("*/*", f"{self.media_type.partition('/')[0]}/*", *self.also):
            return True
        version = str(accepted.params.get("version", self.version))
        same = _numbers(version) == _numbers(self.version)
        return asked == self.media_type and same and accepted.params.get("labels", "id") in ("id", *self.labels)


def _numbers(version: str) -> list[str]:
    numbers = version.split(".")
    return numbers[:-1] if len(numbers) == 3 and numbers[-1] == "0" else numbers


GENERIC = Format("genericdata", f"{VND}genericdata+xml", "2.1", XML, ("xml",))
SPECIFIC = Format("structurespecificdata", f"{VND}structurespecificdata+xml", "2.1", (), ("structurespecific",))
JSON_DATA_1 = Format("jsondata", f"{VND}data+json", "1.0.0", JSON, ("json",))
CSV_DATA_1 = Format("csvdata", f"{VND}data+csv", "1.0.0", CSV, ("csv",), ("both",))
JSON_DATA_2 = Format("jsondata", f"{VND}data+json", "2.0.0", JSON, ("json",))
CSV_DATA_2 = Format("csvdata", f"{VND}data+csv", "2.0.0", CSV, ("csv",), ("both",))
STRUCTURE_ML = Format("structure", f"{VND}structure+xml", "2.1", XML, ("xml",))
STRUCTURE_JSON_1 = Format("jsonstructure", f"{VND}structure+json", "1.0", JSON, ("json",))
STRUCTURE_JSON_2 = Format("jsonstructure", f"{VND}structure+json", "2.0.0", JSON, ("json",))


class NotOffered(NotAcceptable):
    """None of the media types that were asked for is offered; the answer lists those that are."""

    explanation = both(
        "请在 Accept 中列出 errors 所列的媒体类型之一。", "Accept one of the media types listed in errors."
    )

    def __init__(self, formats: Sequence[Format]) -> None:
        super().__init__()
        offered = [format_.content_type for format_ in formats]
        message = both("不提供所要求的媒体类型", "none of the media types asked for is offered")
        self.errors = [ParameterError("Accept", "unknown_format", message, offered)]


class Negotiation(BaseContentNegotiation):
    """Chooses among a view's `formats`; the first is for whoever has no wish."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        formats: Sequence[Format] = renderers
        if asked := request.query_params.get("format"):
            named = {name: format_ for format_ in formats for name in (format_.name, *format_.aliases)}
            if asked not in named:
                message = both(f"不提供格式 {asked}", f"the format {asked} is not offered here")
                raise InvalidParameters(
                    [ParameterError("format", "unknown_format", message, list(named), nearest(asked, named))]
                )
            return named[asked], ""
        accepted = [MediaType(each) for each in request.headers.get("Accept", "*/*").split(",") if each.strip()]
        for wish in sorted(accepted or [MediaType("*/*")], key=lambda each: -each.quality):
            for format_ in formats:
                if wish.quality and format_.fits(wish):
                    return format_, wish.params.get("labels", "id")
        raise NotOffered(formats)

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return None
