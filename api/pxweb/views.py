"""PxWebApi 2 at `/pxweb/v2`: config, tables, metadata, code lists, default selection and data (GET and POST)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.addresses import base_of
from api.http.bodies import BODY, record, refuse_body, texts
from api.http.filters import read_parameters
from api.http.limits import AddressThrottle
from api.http.pagination import IF_RELEASE, Walk
from api.http.parameters import ChoiceField, ChoicesField, FlagField, NumberField, ParameterField
from api.http.renderers import Negotiation
from api.http.viewsets import UnknownCode
from api.http.words import say_if_behind
from api.problems import InvalidParameters, ParameterError
from api.pxweb.datasets import Layout, as_csv, dataset, described, link
from api.pxweb.selection import MAX_CELLS, Asked, Chosen, choose, default, with_list
from api.pxweb.tables import TIME, PxTable, code_lists, matching, tables, variable_named
from sources.bilingual import Said, both, language
from sources.suggest import nearest
from words.models import Finder, Shortfall
from words.unmet import count

FORMATS = ("json-stat2", "csv")
NAMINGS = ("UseCodes", "UseTexts", "UseCodesAndTexts")
SEPARATORS = {"SeparatorTab": "\t", "SeparatorSpace": " ", "SeparatorSemicolon": ";"}
OUTPUT: Mapping[str, ParameterField] = {
    "outputFormat": ChoiceField(FORMATS),
    "outputFormatParams": ChoicesField([*NAMINGS, "IncludeTitle", *SEPARATORS]),
}
PLACED: Mapping[str, ParameterField] = {"heading": ParameterField(), "stub": ParameterField()}
OF_VARIABLE = re.compile(r"(?P<what>valuecodes|codelist)\[(?P<variable>[^\[\]]+)\]", re.IGNORECASE)
SELECTION = both(
    '应形如 [{"variableCode": "region", "valueCodes": ["430281"]}]',
    'must be like [{"variableCode": "region", "valueCodes": ["430281"]}]',
)
OUTSIDE_BRACKETS = re.compile(r",(?![^()]*\))")


class _ByParameter(Negotiation):
    """The format is asked for by `outputFormat`, so every Accept will do."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        if "format" in request.query_params:
            return super().select_renderer(request, renderers, format_suffix)
        only = next(iter(renderers))
        return only, only.media_type


class PxView(APIView):
    """An address of PxWebApi 2. It has a description of its own, so it is not in that of this API."""

    schema = None
    content_negotiation_class = _ByParameter


def table_of(code: str) -> PxTable:
    """The table of an address. Raises UnknownCode, which suggests the nearest."""
    known = tables()
    if code not in known:
        raise UnknownCode(code, nearest(code, known))
    return known[code]


class PxConfigView(PxView):
    """What this interface offers, and its limits."""

    def get(self, request: Request) -> Response:
        read_parameters(request, {})
        calls, seconds = AddressThrottle().parse_rate(settings.RATE_LIMIT)
        return Response({
            "apiVersion": "2.0.0", "appVersion": settings.VERSION,
            "languages": [{"id": "zh", "label": "中文"}, {"id": "en", "label": "English"}], "defaultLanguage": "zh",
            "maxDataCells": MAX_CELLS, "maxCallsPerTimeWindow": calls or 0, "timeWindow": int(seconds or 1),
            "license": settings.DATA_LICENCE["url"],
            "sourceReferences": [{"language": name, "text": settings.PUBLISHER[name]} for name in ("zh", "en")],
            "defaultDataFormat": FORMATS[0], "dataFormats": FORMATS, "features": [],
        })  # fmt: skip


class TablesView(PxView):
    """The tables, in pages; narrowed by words and by how lately they changed."""

    taken: Mapping[str, ParameterField] = {
        "query": ParameterField(), "pastDays": NumberField(1, 100_000), "includeDiscontinued": FlagField(),
        "pageNumber": NumberField(1, 100_000), "pageSize": NumberField(1, 1000), "if_release": IF_RELEASE,
    }  # fmt: skip

    def get(self, request: Request) -> Response:
        asked = read_parameters(request, self.taken)
        walk = Walk(request, asked["if_release"], page="pageNumber")
        listed = list(tables().values())
        if asked["query"]:
            say_if_behind(request)
            listed = matching(asked["query"], listed)
            count(asked["query"], Finder.TABLES, None if listed else Shortfall.NOTHING)
        if asked["pastDays"]:
            since = timezone.now() - datetime.timedelta(days=asked["pastDays"])
            listed = [table for table in listed if table.names.published[table.cube.changed] >= since]
        size, number = asked["pageSize"] or 100, asked["pageNumber"] or 1
        pages = max(1, -(-len(listed) // size))
        if number > pages:
            message = both(f"只有 {pages} 页", f"there are only {pages} pages")
            raise InvalidParameters([ParameterError("pageNumber", "out_of_range", message)])
        shown = listed[(number - 1) * size : number * size]
        page = {"pageNumber": number, "pageSize": size, "totalElements": len(listed), "totalPages": pages}
        links = {"self": number, "first": 1, "last": pages, "next": number + 1, "previous": number - 1}
        kept = {name: text for name, text in request.query_params.dict().items() if name not in ("lang", "if_release")}
        walked = {"if_release": walk.release} if walk.release else {}
        page["links"] = [
            link(
                request,
                rel,
                f"/tables?{urlencode({**kept, 'pageSize': size, 'pageNumber': to, **(walked if to > 1 else {})})}",
            )
            for rel, to in links.items()
            if 1 <= to <= pages
        ]
        content = {
            "language": language(), "tables": [summary(table, request) for table in shown], "page": page,
            "links": [link(request, "self", "/tables")],
        }  # fmt: skip
        walk.end_page()
        return Response(content)


def summary(table: PxTable, request: Request) -> dict[str, Any]:
    """What a list says of a table."""
    name = table.cube.label.name(language())
    path = f"/tables/{table.code}"
    return {
        "type": "Table", "id": table.code, "label": table.title(), "description": name, "sortCode": table.code,
        "updated": table.updated, "firstPeriod": table.cube.periods[0], "lastPeriod": table.cube.periods[-1],
        "category": "public", "variableNames": [variable.label for variable in table.variables.values()],
        "discontinued": False, "source": settings.PUBLISHER[language()], "subjectCode": table.subject.code,
        "timeUnit": table.time_unit, "paths": [[{"id": table.subject.code, "label": name}]],
        "links": [
            link(request, "self", path), link(request, "metadata", f"{path}/metadata"), link(request, "data", f"{path}/data"),
        ],
    }  # fmt: skip


class TableView(PxView):
    """One table, as the list says it."""

    def get(self, request: Request, code: str) -> Response:
        read_parameters(request, {})
        return Response({"language": language(), **summary(table_of(code), request)})


class MetadataView(PxView):
    """The variables of a table with all their values, units and code lists: a JSON-stat dataset without values."""

    def get(self, request: Request, code: str) -> Response:
        lists, names = by_variable(request, "codelist")
        wanted = read_parameters(request, {"defaultSelection": FlagField()}, names)["defaultSelection"]
        table = table_of(code)
        chosen = default(table) if wanted else Chosen(table, table.variables)
        variables = dict(chosen.variables)
        for variable, listed in lists.items():
            if variable not in variables:
                message = both(f"表 {code} 没有变量 {variable}", f"table {code} has no variable {variable}")
                raise InvalidParameters([ParameterError(f"codelist[{variable}]", "unknown_variable", message)])
            variables[variable] = with_list(table, variables[variable], listed)
        return Response(described(Chosen(table, variables), request))


class DefaultSelectionView(PxView):
    """What `/data` gives where nothing is selected."""

    def get(self, request: Request, code: str) -> Response:
        read_parameters(request, {})
        chosen = default(table_of(code))
        selection = [
            {"variableCode": name, "codelist": None, "valueCodes": list(chosen.variables[name].values)}
            if name in chosen.variables
            else {"variableCode": name, "codelist": None, "valueCodes": []}
            for name in chosen.table.variables
        ]
        placement = {"heading": [TIME], "stub": [name for name in chosen.variables if name != TIME]}
        links = [link(request, "self", f"/tables/{code}/defaultselection")]
        return Response({"selection": selection, "placement": placement, "language": language(), "links": links})


class CodeListView(PxView):
    """The values of a code list, each standing for itself."""

    def get(self, request: Request, code: str) -> Response:
        read_parameters(request, {})
        known = code_lists()
        if code not in known:
            raise UnknownCode(code, nearest(code, known))
        listed = known[code]
        values = [
            {"code": value, "label": label.name(language()), "valueMap": [value]}
            for value, (_, label) in listed.variable.values.items()
        ]
        return Response({
            "id": listed.id, "label": str(listed.label), "language": language(), "languages": ["zh", "en"],
            "elimination": False, "type": "Valueset", "values": values,
            "links": [link(request, "self", f"/codelists/{code}")],
        })  # fmt: skip


class PxDataView(PxView):
    """The cells that are selected, or the table's default selection, as JSON-stat 2.0 or CSV."""

    def get(self, request: Request, code: str) -> HttpResponseBase:
        values, of_values = by_variable(request, "valuecodes")
        lists, of_lists = by_variable(request, "codelist")
        asked = read_parameters(request, {**OUTPUT, **PLACED}, [*of_values, *of_lists])
        wanted = {
            name: Asked(OUTSIDE_BRACKETS.split(values[name]) if name in values else [], lists.get(name))
            for name in (*values, *(name for name in lists if name not in values))
        }
        placed = {name: list(map(variable_named, asked[name].split(","))) if asked[name] else None for name in PLACED}
        return self.answer(request, code, wanted, asked, placed)

    def post(self, request: Request, code: str) -> HttpResponseBase:
        asked = read_parameters(request, OUTPUT)
        wanted, placed = from_body(request.data)
        return self.answer(request, code, wanted, asked, placed)

    def answer(
        self, request: Request, code: str, wanted: Mapping[str, Asked], asked: Mapping[str, Any], placed: Mapping[str, Any]
    ) -> HttpResponseBase:  # fmt: skip
        chosen = choose(table_of(code), wanted, base_of(request))
        layout = laid_out(chosen, asked["outputFormatParams"] or [], placed)
        if asked["outputFormat"] == "csv":
            answer = HttpResponse(as_csv(chosen, layout), content_type="text/csv; charset=utf-8; header=present")
            answer["Content-Disposition"] = f'attachment; filename="{code}.csv"'
            metadata = link(request, "describedby", f"/tables/{code}/metadata")
            answer["Link"] = f'<{metadata["href"]}>; rel="describedby"; type="application/json"'
            return answer
        return Response(dataset(chosen, request))


def by_variable(request: Request, what: str) -> tuple[dict[str, str], list[str]]:
    """The values of `valueCodes[…]` or `codelist[…]` by variable, and these parameters' names as they were spelled.

    Raises InvalidParameters for one that is empty, and for one that another spelling gives as well.
    """
    texts_of, names, errors = {}, [], []
    for name in request.query_params:
        match = OF_VARIABLE.fullmatch(name)
        if not match or match["what"].lower() != what:
            continue
        names.append(name)
        variable, text = variable_named(match["variable"]), request.query_params[name]
        if not text.strip():
            errors.append(ParameterError(name, "malformed", both("不能为空", "must not be empty")))
        if variable in texts_of:
            errors.append(ParameterError(name, "repeated_parameter", _twice(variable)))
        texts_of[variable] = text
    if errors:
        raise InvalidParameters(errors)
    return texts_of, names


def _twice(variable: str) -> Said:
    return both(f"变量 {variable} 给出了两次", f"the variable {variable} is given twice")


def from_body(body: object) -> tuple[dict[str, Asked], dict[str, Any]]:
    """The selection and the placement of a POST. Raises InvalidParameters where the body is not as PxWebApi says."""
    read = record(body, BODY, ("selection", "placement", "language", "links"))  # the last two of a default selection
    selection = [] if read["selection"] is None else read["selection"]
    if not isinstance(selection, list):
        refuse_body("malformed", SELECTION, "selection")
    wanted: dict[str, Asked] = {}
    for place, item in enumerate(selection):
        where = f"selection[{place}]"
        one = record(item, where, ("variableCode", "valueCodes", "codelist"))
        name, code_list = one["variableCode"], one["codelist"]
        if not isinstance(name, str) or not name.strip():
            refuse_body("malformed", SELECTION, f"{where}.variableCode")
        if code_list is not None and not (isinstance(code_list, str) and code_list.strip()):
            refuse_body("malformed", both("应为代码表的 id", "must be the id of a code list"), f"{where}.codelist")
        if (variable := variable_named(name)) in wanted:
            refuse_body("duplicate", _twice(variable), f"{where}.variableCode")
        wanted[variable] = Asked(texts(one["valueCodes"], f"{where}.valueCodes"), code_list)
    placement = record({} if read["placement"] is None else read["placement"], "placement", PLACED)
    placed = {name: list(map(variable_named, texts(placement[name], f"placement.{name}"))) or None for name in PLACED}
    return {name: asked for name, asked in wanted.items() if asked.codes or asked.code_list}, placed


def laid_out(chosen: Chosen, options: list[str], placed: Mapping[str, Any]) -> Layout:
    """How text is laid out: by default the periods across and everything else down. Raises InvalidParameters."""
    conflict = both("只能给一种", "only one of these goes")
    for group in (NAMINGS, tuple(SEPARATORS)):
        if len([option for option in options if option in group]) > 1:
            raise InvalidParameters([ParameterError("outputFormatParams", "conflict", conflict, list(group))])
    named = [name for places in placed.values() for name in places or ()]
    if unknown := [name for name in named if name not in chosen.variables]:
        message = both(f"所选不含变量 {unknown[0]}", f"the selection has no variable {unknown[0]}")
        raise InvalidParameters([ParameterError("heading", "unknown_variable", message, list(chosen.variables))])
    if len(set(named)) < len(named):
        raise InvalidParameters([ParameterError("heading", "conflict", both("变量重复", "a variable is placed twice"))])
    rest = [name for name in chosen.variables if name not in named]
    heading, stub = placed["heading"], placed["stub"]
    if heading is None and stub is None:
        heading, stub = [name for name in rest if name == TIME], [name for name in rest if name != TIME]
    elif heading is None:
        heading = rest
    else:
        stub = [*(stub or []), *rest]
    separators = [SEPARATORS[option] for option in options if option in SEPARATORS]
    named_by = [option for option in options if option in NAMINGS]
    return Layout(stub, heading, (named_by or ["UseTexts"])[0], (separators or [","])[0], "IncludeTitle" in options)
