"""Sets of parameters are django-filter's: a form reads, its values narrow; what a form cannot read is refused at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from rest_framework.request import Request

from api.data.analysis import OneLineParameters
from api.data.filters import ObservationParameters
from api.http.filters import ParameterSet
from api.problems import InvalidParameters
from api.reference.regions import RegionParameters
from indicators.labels import labels
from indicators.models import Observation
from indicators.reading import records
from indicators.selection import everything
from regions.models import Region

pytestmark = pytest.mark.django_db


def of(kind: type[ParameterSet], query: str, queryset: Any) -> Any:
    request = Request(RequestFactory().get(f"/?{query}"))
    return kind(request.query_params, queryset, request=request)


def test_a_set_reads_by_its_form_and_narrows_by_what_is_left_of_it() -> None:
    filterset = of(RegionParameters, "kind=county&within=430200", Region.objects.public())
    values = filterset.form.values()
    assert values["kind"] == ["county"]
    assert values["q"] is None
    within = set(filterset.filter_queryset(filterset.queryset))
    assert {region.kind for region in within} == {"county"}
    anywhere = of(RegionParameters, "kind=county", Region.objects.public())
    anywhere.form.values()
    assert within < set(anywhere.filter_queryset(anywhere.queryset))


def test_all_that_is_wrong_is_said_at_once_the_names_first() -> None:
    filterset = of(
        RegionParameters, "parent=4300000&knd=county&valid_on=2016&kind=county&kind=zone", Region.objects.public()
    )
    with pytest.raises(InvalidParameters) as refused:
        filterset.form.values()
    said = [(error.parameter, error.code, error.did_you_mean) for error in refused.value.errors]
    assert said == [
        ("knd", "unknown_parameter", "kind"), ("kind", "repeated_parameter", None),
        ("parent", "unknown_code", "430000"), ("valid_on", "malformed", None),
    ]  # fmt: skip


def test_two_requests_share_the_filters_and_nothing_else() -> None:
    one, other = (
        of(ObservationParameters, f"region={code}", Observation.objects.live()) for code in ("430281", "430223")
    )
    assert one.filters is other.filters
    for filterset, code in ((one, "430281"), (other, "430223")):
        filterset.form.values()
        narrowed = filterset.filter_queryset(everything(labels()))
        assert {labels().regions.code[row["region"]] for row in records(narrowed, ["region"])} == {code}


def test_what_is_not_said_has_its_default() -> None:
    query = "indicator=INDUSTRY_OUTPUT"
    undivided = of(OneLineParameters, query, Observation.objects.live())
    chosen = of(OneLineParameters, f"{query}&industry=CERAMICS", Observation.objects.live())
    ceramics = labels().industries.key["CERAMICS"]
    for filterset, industries in ((undivided, {None}), (chosen, {ceramics})):
        filterset.form.values()
        rows = records(filterset.filter_queryset(everything(labels())), ["industry", "accumulation"])
        assert {row["industry"] for row in rows} <= industries
        assert {row["accumulation"] for row in rows} <= {"none"}
    assert list(records(chosen.filter_queryset(everything(labels())), ["id"]))


def test_no_set_takes_a_name_that_its_form_does_not_read() -> None:
    assert set(ParameterSet.fields()) == {"lang", "format"}
    with pytest.raises(InvalidParameters):
        ParameterSet(QueryDict("region=430281"), Region.objects.none(), request=None).form.values()
