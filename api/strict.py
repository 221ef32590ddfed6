"""Parameters are taken strictly: an unknown, repeated, malformed or unknown-valued one is a 400 that says how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from api.parameters import ChoiceField, ParameterField
from api.problems import InvalidParameters, ParameterError
from sources.bilingual import LANGUAGES, both
from sources.suggest import nearest

# What every endpoint takes; `format` is judged by the negotiation.
COMMON: Mapping[str, ParameterField] = {
    "lang": ChoiceField(LANGUAGES, example="en"),
    "format": ParameterField(example="json"),
}
COMMON_SAYS: Mapping[str, Any] = {
    "lang": both(
        "答复的语言：`zh`（默认）或 `en`；否则按 Accept-Language。",
        "Language of the answer: `zh` (default) or `en`; else by Accept-Language.",
    ),
    "format": both(
        "答复的格式，也可用后缀（`.csv`）或 Accept；`json`（默认）分页，文件给出全部行。",
        "Format of the answer, as by suffix (`.csv`) or Accept; `json` (default) is paged, files have all rows.",
    ),
}


def as_parameter_errors(name: str, error: ValidationError) -> list[ParameterError]:
    """A form's validation error as errors of one parameter."""
    return [
        ParameterError(
            name, single.code or "invalid", single.messages[0],
            getattr(single, "allowed", None), getattr(single, "did_you_mean", None),
        )
        for single in error.error_list
    ]  # fmt: skip


def read_parameters(request: Request, fields: Mapping[str, ParameterField], also: Iterable[str] = ()) -> dict[str, Any]:
    """The values of the request's parameters, None for those not given.

    `also` are names that something else reads. Raises InvalidParameters, with all that is wrong at once.
    """
    texts = dict(request.query_params.lists())
    errors = []
    for name, given in texts.items():
        if name not in fields and name not in COMMON and name not in also:
            known = [*fields, *COMMON, *also]
            message = both(f"未知的参数 {name}", f"unknown parameter {name}")
            errors.append(ParameterError(name, "unknown_parameter", message, sorted(known), nearest(name, known)))
        elif len(given) > 1:
            message = both("参数重复；多个值请用逗号分隔", "given more than once; separate several values by commas")
            errors.append(ParameterError(name, "repeated_parameter", message))
    values: dict[str, Any] = {**dict.fromkeys(fields), **dict.fromkeys(COMMON)}
    for name, given in texts.items():
        if name in values:
            try:
                values[name] = (fields.get(name) or COMMON[name]).clean(given[-1])
            except ValidationError as error:
                errors += as_parameter_errors(name, error)
    if errors:
        raise InvalidParameters(errors)
    return values


class ParameterSet(django_filters.FilterSet):
    """A filterset whose parameters were read strictly: each value goes to its filter, in the order of declaration.

    It holds one request's work and its filters hold none, so they are not copied for each (django-filter's own set
    copies them all, which took a third of a request).
    """

    def __init__(self, queryset: Any, request: Request) -> None:
        self.queryset, self.request = queryset, request

    def apply(self, values: Mapping[str, Any]) -> Any:
        """The queryset with every given value applied."""
        queryset = self.queryset
        for name, value in values.items():
            if value is not None:
                parameter: Any = self.base_filters[name]
                if parameter.applied_by:
                    queryset = getattr(self, parameter.applied_by)(queryset, name, value)
                else:
                    queryset = parameter.filter(queryset, value)
        return queryset


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter ignores what it does not know; this refuses it, and takes the view's own options in the same pass.

    A view's parameters are: those of its filterset (for lists), its `options` (name → ParameterField), and COMMON.
    """

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        view.chosen = read_parameters(request, view.parameters_taken())
        if view.detail or view.filterset_class is None:
            return queryset
        filterset = view.filterset_class(queryset, request)
        return filterset.apply({name: view.chosen[name] for name in filterset.base_filters})
