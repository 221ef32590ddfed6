"""Parameters are taken strictly: an unknown, repeated, malformed or unknown-valued one is a 400 that says how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any, ClassVar, Protocol

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from api.http.parameters import LanguageField, Option, Parameter, ParameterField, refuse
from api.problems import InvalidParameters, ParameterError
from sources.bilingual import both


def as_parameter_errors(name: str, error: ValidationError) -> list[ParameterError]:
    """A form's validation error as errors of one parameter."""
    return [
        ParameterError(
            getattr(single, "parameter", name), single.code or "invalid", single.messages[0],
            getattr(single, "allowed", None), getattr(single, "did_you_mean", None),
        )
        for single in error.error_list
    ]  # fmt: skip


def missing(name: str) -> ValidationError:
    """That a parameter is needed, and not there."""
    refusal = refuse("required", both("必填", "is required"))
    refusal.parameter = name
    return refusal


class ParameterForm:
    """The parameters of a request: only fields that it names are read, in its order, and it may name no others.

    `fields` are all that it may name, and hold nothing of a request; `also` are names that something else reads. No form of
    Django's, which is for pages: it took half of the time of reading them.
    """

    cleaned_data: dict[str, Any]  # once they have been read: the values of all, None for those not given

    def __init__(self, data: QueryDict, fields: Mapping[str, ParameterField], also: Iterable[str] = ()) -> None:
        self.data, self.taken, self.also = data, fields, also

    def values(self) -> dict[str, Any]:
        """The values of all parameters, None for those not given. Raises InvalidParameters, with all that is wrong at once."""
        values: dict[str, Any] = dict.fromkeys(self.taken)
        wrong = self._strange() or self._missing()  # what is strange may be what is needed, misspelt
        for name in self.data:
            if name in values:
                try:
                    values[name] = self.taken[name].clean(self.data.get(name, ""))  # the last that it says
                except ValidationError as error:
                    wrong += as_parameter_errors(name, error)
        if wrong:
            raise InvalidParameters(wrong)
        self.cleaned_data = values
        return values

    def _strange(self) -> list[ParameterError]:
        """What is unknown or repeated."""
        strange: list[ParameterError] = []
        for name, given in self.data.lists():
            if name not in self.taken and name not in self.also:
                message = both(f"未知的参数 {name}", f"unknown parameter {name}")
                refusal = refuse("unknown_parameter", message, {*self.taken, *self.also}, name)
            elif len(given) > 1:
                message = both(
                    "参数重复；多个值请用逗号分隔", "given more than once; separate several values by commas"
                )
                refusal = refuse("repeated_parameter", message)
            else:
                continue
            strange += as_parameter_errors(name, refusal)
        return strange

    def _missing(self) -> list[ParameterError]:
        """What is needed and not there."""
        needed = (name for name, field in self.taken.items() if field.needed and name not in self.data)
        return [error for name in needed for error in as_parameter_errors(name, missing(name))]


class ParameterSet(django_filters.FilterSet):
    """A filterset whose form is strict, and whose filters are those of its class: they hold nothing of a request.

    django-filter copies all of them for each, which a small answer feels (docs/performance.md). What every endpoint takes
    stands here; `format` is judged by the negotiation.
    """

    lang = Option(
        LanguageField(example="en"),
        says=both(
            "答复的语言：`zh`（默认）或 `en`，也可写作 `zh-CN`、`en-GB` 等；否则按 Accept-Language。",
            "Language of the answer: `zh` (default) or `en`, also as `zh-CN`, `en-GB` and the like; else by Accept-Language.",
        ),
    )
    format = Option(
        ParameterField(example="json"),
        says=both(
            "答复的格式，也可用后缀（`.csv`）或 Accept；`json`（默认）分页，文件给出全部行。",
            "Format of the answer, as by suffix (`.csv`) or Accept; `json` (default) is paged, files have all rows.",
        ),
    )

    base_filters: ClassVar[dict[str, Parameter]]
    request: Request

    def __init__(self, data: QueryDict, queryset: QuerySet[Any] | None, *, request: Request | None) -> None:
        self.is_bound, self.data, self.queryset, self.request = True, data, queryset, request
        self.filters = self.base_filters

    @classmethod
    @cache
    def fields(cls) -> dict[str, ParameterField]:
        """How every parameter is read."""
        return {name: one.field for name, one in cls.base_filters.items()}

    @classmethod
    @cache
    def defaults(cls) -> dict[str, Any]:
        """What is filtered by where a request does not say it."""
        return {name: one.default for name, one in cls.base_filters.items() if one.default is not None}

    @cached_property
    def form(self) -> ParameterForm:
        return ParameterForm(self.data, self.fields())

    @property
    def narrows(self) -> bool:
        """Whether the request asks for a part of what there is."""
        given = self.form.cleaned_data
        return any(given[name] is not None and not isinstance(one, Option) for name, one in self.filters.items())

    def filter_queryset(self, queryset: Any) -> Any:  # noqa: ANN401  # each filter knows which it takes
        """What is left of a queryset, or of a Selection of figures, in the order in which the filters are declared."""
        given = self.form.cleaned_data
        chosen = given | {name: value for name, value in self.defaults().items() if given[name] is None}
        for name, value in chosen.items():
            if value is not None:
                one = self.filters[name]
                queryset = (
                    getattr(self, one.method)(queryset, name, value) if one.method else one.filter(queryset, value)
                )
        return queryset


COMMON: Mapping[str, ParameterField] = ParameterSet.fields()


def read_parameters(request: Request, fields: Mapping[str, ParameterField], also: Iterable[str] = ()) -> dict[str, Any]:
    """The values of the request's parameters where there is no filterset, None for those not given.

    `also` are names that something else reads. Raises InvalidParameters, with all that is wrong at once.
    """
    taken = {**fields, **COMMON}
    return ParameterForm(with_lists_joined(request, taken), taken, also).values()


def with_lists_joined(request: Request, fields: Mapping[str, ParameterField]) -> QueryDict:
    """The request's query. A list that is given value by value (`region=a&region=b`) is from here on as if it were given at
    once (`region=a,b`), for whoever reads the query.
    """
    query = request.query_params
    doubled = [name for name, given in query.lists() if len(given) > 1 and name in fields and fields[name].many]
    if doubled:
        joined = query.copy()
        for name in doubled:
            joined[name] = ",".join(query.getlist(name))
        request._request.GET = joined
    return request.query_params


class Parametrised(Protocol):
    """A view that says which parameters it takes."""

    queryset: Any
    chosen: dict[str, Any]

    def parameters(self) -> type[ParameterSet]: ...


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter's, for parameters that are refused where django-filter would pass them by.

    A view says by `parameters` of what set they are; their values are its `chosen`, those of its own options as well.
    """

    def get_filterset_class(self, view: Parametrised, queryset: object = None) -> type[ParameterSet]:
        return view.parameters()

    def filter_queryset(self, request: Request, queryset: Any, view: Parametrised) -> Any:  # noqa: ANN401  # the same
        return self.read(request, view).filter_queryset(queryset)

    def read(self, request: Request, view: Parametrised) -> ParameterSet:
        """What a request asks of a view, read. Raises InvalidParameters, with all that is wrong at once."""
        taken = self.get_filterset_class(view)
        filterset = taken(with_lists_joined(request, taken.fields()), view.queryset, request=request)
        view.chosen = filterset.form.values()
        return filterset
