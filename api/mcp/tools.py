"""The tools: each is an endpoint of the API, with its parameters as the description of the API has them.

Another tool is another line of TOOLS. What a call asks for can be told without the types of the protocol, for the server asks that
of every call before it gives it a turn (config/asgi.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, Any, NamedTuple
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.http import QueryDict
from django.urls import NoReverseMatch, get_script_prefix, resolve, reverse

from api.addresses import MCP
from api.http.examples import codes_of
from api.http.filters import ParameterForm, as_parameter_errors, missing
from api.http.parameters import MAX_LENGTH, MAX_VALUES, Option, ParameterField
from api.http.schema import summary_of
from api.http.viewsets import ListViewSet, UnknownCode
from api.problems import InvalidParameters, ParameterError
from sources.bilingual import Text, both, language

ROWS = 20  # of a list, where a call does not say how many
WITHHELD = ("format", "bom")  # of files
CODE_SAYS = both("代码，如 `search` 所给。", "The code, as `search` gives it.")
OF_EVERY = (("minItems", 1), ("maxItems", MAX_VALUES), ("pattern", r"\S"), ("maxLength", MAX_LENGTH))
MALFORMED = both("应为文字、数、真假值，或其列表", "must be a text, a number, true or false, or a list of these")


class Inquiry(NamedTuple):
    """What is asked of the API: the path and the parameters of the address at which it would be asked over HTTP."""

    path: str
    query: dict[str, str]

    @property
    def address(self) -> str:
        """The address below that of the service."""
        return f"{self.path}?{urlencode(self.query)}"


@dataclass(frozen=True)
class Offer:
    """An endpoint as agents are offered it: the name of its route, when to take it, what it cannot do without beside the parameters
    that say so themselves, what is asked for where a call does not say otherwise, and the field that leads to the phrases
    behind its figures.
    """

    name: str
    route: str
    says: Text
    gives: Mapping[str, str] = field(default_factory=dict)
    cites: str = ""

    @cached_property
    def view(self) -> ListViewSet:
        """The viewset as a request for this endpoint would find it, for what it says of itself."""
        function: Any = resolve(self._path(*["-"] * self.route.endswith("-detail"))).func
        options = {"action": function.actions["get"], "kwargs": {}, "request": None, "format_kwarg": None}
        view: ListViewSet = function.cls(**function.initkwargs, **options)
        return view

    @cached_property
    def parameters(self) -> Mapping[str, Option]:
        """Every parameter that it takes, by name."""
        taken = {name: one for name, one in self.view.parameters().base_filters.items() if name not in WITHHELD}
        if not self.view.detail:
            return taken
        name, of_example = self.view.lookup_field, codes_of(f"{self.view.basename}_get")
        return {name: Option(ParameterField(example=of_example.get(name)), CODE_SAYS, needed=True), **taken}

    @cached_property
    def defaults(self) -> Mapping[str, str]:
        """What is asked for where a call does not say otherwise."""
        is_list = self.view.action in self.view.paged_actions
        return {**({"page_size": str(ROWS)} if is_list else {}), **self.gives}

    @cached_property
    def needed(self) -> list[str]:
        """The parameters without which there is no answer."""
        return [name for name, one in self.parameters.items() if one.field.needed]

    @property
    def title(self) -> str:
        """What it is called, in the language of the answer."""
        return summary_of(self.view)

    def input_schema(self) -> dict[str, Any]:
        """The JSON schema of a call's arguments, in the language of the answer."""
        described = {name: self._described(name, one) for name, one in self.parameters.items()}
        return {
            "type": "object", "properties": described, "required": self.needed, "additionalProperties": False,
        }  # fmt: skip

    def _described(self, name: str, parameter: Option) -> dict[str, Any]:
        schema, default = _brief(parameter.field.described), self.defaults.get(name)
        if default is None:
            return {**schema, "description": str(parameter.says)}
        says = both(f"{parameter.says}此工具默认 {default}。", f"{parameter.says} Here {default} by default.")
        return {**schema, "default": _as_argument(default, parameter.field), "description": str(says)}

    def question(self, arguments: Mapping[str, Any]) -> Inquiry:
        """What a call asks of the API, with the language in which it is answered.

        Raises InvalidParameters for arguments that no parameter takes, and UnknownCode.
        """
        strange = [name for name in arguments if name not in self.parameters]
        if strange:
            ParameterForm(QueryDict(urlencode(dict.fromkeys(strange, "-"))), self._fields).values()
        given = {name: text for name, value in arguments.items() if (text := as_text(name, value)) is not None}
        shaped = given.get("shape", "long") != "long"  # whose rows are series, which no phrase states
        defaults = {name: text for name, text in self.defaults.items() if not (shaped and name == "include")}
        if self.cites and self.cites not in (fields := given.get("fields", self.cites)).split(","):
            given["fields"] = f"{fields},{self.cites}"
        query = {**defaults, "lang": language(), **given}
        if not self.view.detail:
            return Inquiry(self._path(), query)
        code = query.pop(self.view.lookup_field, None)
        if code is None:
            raise InvalidParameters(as_parameter_errors(self.view.lookup_field, missing(self.view.lookup_field)))
        try:
            return Inquiry(self._path(code), query)
        except NoReverseMatch:
            raise UnknownCode(code, None) from None

    def following(self, question: Inquiry, address: str) -> dict[str, Any]:
        """The arguments in which an address of the same endpoint differs from a question."""
        there = QueryDict(address.partition("?")[2]).dict()
        changed = {name: text for name, text in there.items() if question.query.get(name) != text}
        return {name: _as_argument(str(text), self.parameters[name].field) for name, text in changed.items()}

    @cached_property
    def _fields(self) -> dict[str, ParameterField]:
        return {name: one.field for name, one in self.parameters.items()}

    def _path(self, *names: str) -> str:
        return "/" + reverse(f"v1:{self.route}", args=names).removeprefix(get_script_prefix())


def _brief(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without what holds of every text and every list."""
    kept = {name: part for name, part in schema.items() if (name, part) not in OF_EVERY}
    return {**kept, "items": _brief(kept["items"])} if "items" in kept else kept


def as_text(name: str, value: object) -> str | None:
    """An argument as the text of a parameter, None of null. Raises InvalidParameters where it can be none."""
    if isinstance(value, list) and not any(isinstance(item, list | None) for item in value):
        return ",".join(str(as_text(name, item)) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if value is not None and not isinstance(value, str | int | float):
        raise InvalidParameters([ParameterError(name, "malformed", MALFORMED)])
    return None if value is None else str(value)


def _as_argument(text: str, parameter: ParameterField) -> list[str] | int | str:
    """The text of a parameter as an argument of its schema."""
    if parameter.many:
        return text.split(",")
    return int(text) if parameter.schema["type"] == "integer" else text


TOOLS = (
    Offer(
        "search", "search-list",
        both(
            "不知从何问起时先用它：按词语全库查找，给出地区、指标、类目、措施、文件与来源的代码。",
            "Where to begin: finds the codes of places, indicators, categories, measures, documents and sources by words.",
        ),
    ),
    Offer(
        "ask", "ask-list",
        both(
            "一个完整的问题直接问：说明如何理解、答案（数值附原话）或为何没有、最接近的是什么，并给出同一查询的地址。",
            "A whole question in plain words: tells how it was read, the answer (figures with their phrase) or why there is none and "
            "what is nearest, and the address of the same query.",
        ),
    ),
    Offer(
        "resolve", "resolve-list",
        both(
            "由一个名称（全称、简称、旧称）查代码：地区、指标、行业、商品、贸易方式等。其他工具都用代码。",
            "From one name, full, short or former, to its code: regions, indicators, industries, products, modes of trade. The other "
            "tools take codes.",
        ),
    ),
    Offer(
        "availability", "availability-list",
        both(
            "按同样的条件看有哪些数据：各维度的代码、条数、起止时期。断定“没有”之前先查它。",
            "What there is under the same filters: codes by dimension, counts, first and last period. Ask it before saying that "
            "something is not held.",
        ),
    ),
    Offer(
        "observations", "observation-list",
        both(
            "查数值：每行一个数，附单位、状态、限定、来源、发布版本，以及来源中的原话。",
            "The figures: one a row, with unit, status, qualifier, source and release, and the phrase of the source that states it.",
        ),
        gives={"include": "citations"},
    ),
    Offer(
        "compare", "compare-list",
        both(
            "几个地区并列比较同一指标：换算为同一单位，给出对第一个地区的比值。",
            "Regions side by side by one indicator: in one unit, with the ratio to the first.",
        ),
        cites="figures",
    ),
    Offer(
        "rankings", "ranking-list",
        both(
            "同类地区按一个指标在某一时期排位：数值、位次、占比、较上年变动。`period` 与 `year` 二者必有其一。",
            "Regions of one kind in order of one indicator in one period: value, rank, share, changes on the year before. Needs "
            "`period` or `year`.",
        ),
        cites="observation",
    ),
    Offer(
        "policies_match", "match-list",
        both(
            "某地、某行业、某需求适用哪些政策措施，逐项说明理由。`region`、`industry`、`need` 至少给一项。",
            "Which policy measures fit a place, a trade or a need, with the reasons. Needs at least one of `region`, `industry` and "
            "`need`.",
        ),
    ),
    Offer(
        "measure", "measure-detail",
        both(
            "一项政策措施的全貌：内容、主体、地区、事件，及各项依据的原话。",
            "One policy measure in full: what it is, by whom, where, its events, and the phrases that state them.",
        ),
        gives={"include": "events,evidence"},
    ),
    Offer(
        "targets", "target-list",
        both(
            "目标与结果：文件提出要达到什么、何时到期、后来观测到什么、是否实现。目标本身不是结果。",
            "Goals and outcomes: what was to be reached by when, what was observed since, and whether it was met. A goal by itself is "
            "no outcome.",
        ),
        cites="observation",
    ),
    Offer(
        "cite", "cite-list",
        both(
            "如何引用一次 `observations` 查询：参数照抄，给出题名、固定地址、版本与各体例的引文。",
            "How to cite a query of `observations`: takes the same arguments, and gives title, lasting address, release and references.",
        ),
    ),
)  # fmt: skip
BY_NAME = {offer.name: offer for offer in TOOLS}

# The code lists that agents may read whole, each with the columns that tell its members.
CODES = (
    Offer("regions", "region-list", both("地区代码、名称、类型与上级。", "Codes of regions, with name, kind and parent."),
          gives={"fields": "code,name,kind,parent", "page_size": "500"}),
    Offer("indicators", "indicator-list", both("指标代码、名称、主题与单位。", "Codes of indicators, with name, topic and unit."),
          gives={"fields": "code,name,topic,unit", "page_size": "500"}),
    Offer("categories", "category-list",
          both("行业、商品、贸易方式等类目的代码与名称。", "Codes of industries, products, modes of trade and the like, with name."),
          gives={"fields": "scheme,code,name", "page_size": "500"}),
    Offer("units", "unit-list", both("单位代码、名称与量纲。", "Codes of units, with name and dimension."),
          gives={"fields": "code,name,dimension", "page_size": "500"}),
    Offer("topics", "topic-list", both("主题代码与名称。", "Codes of topics, with name."),
          gives={"fields": "code,name", "page_size": "500"}),
    Offer("sources", "source-list", both("来源代码、题名与日期。", "Codes of sources, with title and date of issue."),
          gives={"fields": "code,title,issued", "page_size": "500"}),
    Offer("documents", "document-list", both("政策文件代码与题名。", "Codes of policy documents, with title."),
          gives={"fields": "code,title", "page_size": "500"}),
)  # fmt: skip

CALL = "tools/call"


def question_of(body: IO[bytes]) -> tuple[str, str, str]:
    """What a message asks, as the server's turns tell questions (method, path, query): a call asks what its endpoint would be asked.

    What is no message, or longer than anybody but a curator may send, asks nothing in particular.
    """
    content = body.read(settings.BODY_BYTES + 1)
    body.seek(0)
    nothing = ("POST", MCP, "")
    try:
        message = orjson.loads(content)
        method = str(message["method"])
        if method != CALL:
            return ("POST", f"{MCP}/{method[:50]}", "")
        asked = BY_NAME[message["params"]["name"]].question(message["params"].get("arguments") or {})
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError, InvalidParameters, UnknownCode):
        return nothing
    return ("GET", asked.path, urlencode(asked.query))
