"""Which format an answer of SDMX has: by `format=`, else by Accept with its qualities, versions and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http.request import MediaType
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from api.http.negotiation import NotOffered, chosen, closeness, name_of
from api.problems import InvalidParameters, ParameterError
from sources.bilingual import both
from sources.suggest import nearest

VND = "application/vnd.sdmx."
XML = ("application/xml", "text/xml")
JSON = ("application/json",)
CSV = ("text/csv",)


# The parameters of SDMX-CSV's media types, in lower case as they are read, with what is meant where nothing is said.
ORDINARY = {"labels": "id", "timeformat": "original", "keys": "none"}


@dataclass(frozen=True)
class Format:
    """A format: its name in `format=`, its SDMX media type and version, and the general types that mean it as well.

    `options` has what its media type may ask for beside the ordinary, by parameter.
    """

    name: str
    media_type: str
    version: str
    also: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """The type of the answer, with its version."""
        return f"{self.media_type};version={self.version}"

    def closeness(self, wish: MediaType) -> int:
        """How closely a media range means this format (api/http/negotiation.py): 3 by a general type, 5 with its version."""
        if name_of(wish) in self.also:
            return 3
        close = closeness(self.media_type, wish)
        if close < 4:
            return close
        same = _numbers(str(wish.params.get("version", self.version))) == _numbers(self.version)
        known = all(
            wish.params.get(name, ordinary) in (ordinary, *self.options.get(name, ()))
            for name, ordinary in ORDINARY.items()
        )
        return (5 if "version" in wish.params else close) if same and known else 0


def _numbers(version: str) -> list[str]:
    numbers = version.split(".")
    return numbers[:-1] if len(numbers) == 3 and numbers[-1] == "0" else numbers


GENERIC = Format("genericdata", f"{VND}genericdata+xml", "2.1", XML, ("xml",))
SPECIFIC = Format("structurespecificdata", f"{VND}structurespecificdata+xml", "2.1", (), ("structurespecific",))
JSON_DATA_1 = Format("jsondata", f"{VND}data+json", "1.0.0", JSON, ("json",))
CSV_DATA_1 = Format("csvdata", f"{VND}data+csv", "1.0.0", CSV, ("csv",), {"labels": ("both",)})
JSON_DATA_2 = Format("jsondata", f"{VND}data+json", "2.0.0", JSON, ("json",))
KEYS = ("obs", "series", "both")
CSV_DATA_2 = Format("csvdata", f"{VND}data+csv", "2.0.0", CSV, ("csv",), {"labels": ("both",), "keys": KEYS})
STRUCTURE_ML = Format("structure", f"{VND}structure+xml", "2.1", XML, ("xml",))
STRUCTURE_JSON_1 = Format("jsonstructure", f"{VND}structure+json", "1.0", JSON, ("json",))
STRUCTURE_JSON_2 = Format("jsonstructure", f"{VND}structure+json", "2.0.0", JSON, ("json",))


class SdmxNegotiation(BaseContentNegotiation):
    """Chooses among a view's `formats`; the first is for whoever has no wish."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:  # noqa: ANN401  # Formats
        formats: Sequence[Format] = renderers
        if asked := request.query_params.get("format"):
            named = {name: format_ for format_ in formats for name in (format_.name, *format_.aliases)}
            if asked not in named:
                message = both(f"不提供格式 {asked}", f"the format {asked} is not offered here")
                raise InvalidParameters(
                    [ParameterError("format", "unknown_format", message, list(named), nearest(asked, named))]
                )
            return named[asked], named[asked].media_type
        negotiated = chosen(request.META.get("HTTP_ACCEPT", ""), formats, Format.closeness)
        if negotiated is None:
            raise NotOffered([format_.content_type for format_ in formats])
        format_, wish = negotiated
        return format_, str(wish)

    @staticmethod
    def options(request: Request) -> dict[str, str]:
        """What the media range that was chosen asks of the format, by parameter."""
        asked = MediaType(request.accepted_media_type).params
        return {name: str(asked.get(name, ordinary)) for name, ordinary in ORDINARY.items()}

    def select_parser(self, request: Request, parsers: object) -> None:
        return None
