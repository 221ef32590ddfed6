"""What no release has published, or what one has withdrawn, is seen nowhere: not as a record, in a list, count or suggestion,
nor beside what is public.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.test import Client

from indicators.models import Category, Check, CheckTerm, Indicator, IndustryTier, Scheme, Topic, Unit
from policies.models import (
    Actor,
    Document,
    Domain,
    Event,
    Instrument,
    Measure,
    MeasureIndicator,
    MeasureRegion,
    Relation,
)
from regions.models import Membership, Region, Succession
from sources.kept import forget_kept
from sources.models import Citation, Publishable, Release, Source, Synonym
from tests.api.contract import BASE, DATA, LISTS
from tests.api.formats.file_readers import body, parquet_rows, xlsx_rows
from tests.conftest import changed_store

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

Read = Callable[..., Any]

# In every name and code of a hidden record; no public one has it.
MARK = "hiddenxyz"
NAMED = {"name_zh": MARK, "name_en": MARK}
TITLED = {"title_zh": MARK, "title_en": MARK}


def hidden_records(state: dict[str, Any]) -> Iterator[Any]:  # noqa: PLR0915 one line a model
    """One record of every model that can be a draft, tied to public ones wherever the model has a tie."""
    release = Release.objects.published()[0]
    public = {model: model._default_manager.filter(released=release).order_by("pk")[0] for model in
              (Topic, Unit, Category, Indicator, Region, Source, Document, Domain, Actor, Check)}  # fmt: skip
    measure = Measure.objects.get(code="ftz-first-01")
    group = Region.objects.get(code="ZZ-COUNTIES")
    liling = Region.objects.get(code="430281")
    source = public[Source]

    yield Topic.objects.create(code=MARK.upper(), **NAMED, **state)
    unit = Unit.objects.create(code=MARK.upper(), dimension="x", **NAMED, **state)
    yield unit
    yield Scheme.objects.create(code=MARK.upper(), **NAMED, **state)
    category = Category.objects.create(code=MARK.upper(), scheme=Scheme.objects.get(code="INDUSTRY"), **NAMED, **state)
    yield category
    texts = {"definition_zh": MARK, "definition_en": MARK}
    indicator = Indicator.objects.create(
        code=MARK.upper(), topic=public[Topic], unit=public[Unit], kind="flow", **NAMED, **texts, **state
    )
    yield indicator
    region = Region.objects.create(code=MARK.upper(), kind="county", parent=liling, **NAMED, **state)
    yield region
    yield Membership.objects.create(group=group, member=Region.objects.get(code="430000"), **state)
    Membership.objects.create(group=group, member=region, released=release)
    yield Succession.objects.create(predecessor=liling, successor=group, date="2020-01-01", kind="merged", **state)
    Succession.objects.create(predecessor=region, successor=liling, date="2020-01-01", kind="merged", released=release)
    draft_source = Source.objects.create(slug=MARK, kind="paper", **TITLED, **state)
    yield draft_source
    citation = Citation.objects.create(code=MARK, source=source, exact=MARK, start=0, end=len(MARK), **state)
    yield citation
    yield Synonym.objects.create(code=MARK, words=f"{MARK};醴陵", **state)
    yield IndustryTier.objects.create(region=liling, industry=Category.objects.get(code="TEA"), tier="leading", **state)
    IndustryTier.objects.create(region=liling, industry=category, tier="leading", released=release)
    IndustryTier.objects.create(region=region, industry=category, tier="leading", released=release)
    actor = Actor.objects.create(code=MARK, kind="platform", **NAMED, **state)
    yield actor
    instrument = Instrument.objects.create(code=MARK, **NAMED, **state)
    yield instrument
    document = Document.objects.create(code=MARK, kind="plan", source=source, issuer=public[Actor], **TITLED, **state)
    yield document
    yield Domain.objects.create(code=MARK, document=measure.document, ordinal=99, **NAMED, **state)
    texts = {"summary_zh": MARK, "summary_en": MARK}
    draft = Measure.objects.create(
        code=MARK,
        kind="task",
        level="national",
        document=measure.document,
        domain=measure.domain,
        **TITLED,
        **texts,
        **state,
    )
    yield draft
    yield Event.objects.create(measure=measure, type="withdrawn", edtf="2099", note_zh=MARK, note_en=MARK, **state)
    yield Relation.objects.create(from_measure=measure, type="replicates", to_document=measure.document, **state)
    yield Check.objects.create(code=MARK, kind="sum", **NAMED, **state)
    yield CheckTerm.objects.create(
        check_of=public[Check], role="part", ordinal=99, series=f"A.{MARK}", period="2024", **state
    )

    # Ties of what is public to what is hidden.
    measure.actors.add(actor)
    measure.instruments.add(instrument)
    measure.industries.add(category)
    measure.citations.add(citation)
    MeasureRegion.objects.create(measure=measure, region=region)
    MeasureIndicator.objects.create(measure=measure, indicator=indicator)
    event = Event.objects.filter(measure=measure, released=release).order_by("pk")[0]
    event.citations.add(citation)
    Event.objects.filter(pk=event.pk).update(region=region)
    Relation.objects.create(from_measure=measure, type="replicates", to_measure=draft, released=release)
    Relation.objects.create(from_document=document, type="legal_basis", to_measure=measure, released=release)
    assert measure.domain is not None
    measure.domain.citations.add(citation)
    Document.objects.filter(pk=measure.document_id).update(issuer=actor)
    Measure.objects.filter(pk=measure.pk).update(parent=draft)
    Region.objects.filter(code="YRD").update(parent=region)
    Category.objects.filter(code="CERAMICS").update(parent=category)
    public_citation = Citation.objects.filter(released=release).order_by("pk")[0]
    for record in (draft, document, indicator, region):
        record.citations.add(public_citation)


# What is said of the things that hidden records are tied to, in full, without the links of a page.
TOLD = [
    "/topics?page_size=1000", "/classifications", "/units?page_size=1000",
    "/indicators?page_size=1000", "/regions/ZZ-COUNTIES", "/regions/430281", "/regions/430000", "/sources",
    "/checks?page_size=1000", "/policies/domains", "/policies/measures/counts?by=status&page_size=1000",
    "/policies/measures/counts?by=domain", "/policies/measures/counts?by=region&page_size=1000",
    "/policies/measures/counts?by=industry&page_size=1000", "/citations?page_size=1000",
    "/policies/measures/ftz-first-01?include=events,relations,evidence,indicators&fields=code,status,status_since,"
    "actors,instruments,industries,regions,relations,evidence,indicators",
    "/policies/documents?fields=code,domain_count,measure_count&page_size=1000",
]  # fmt: skip


def answers(client: Client) -> dict[str, Any]:
    return {path: orjson.loads(client.get(BASE + path).content) for path in TOLD}


@dataclass
class Hidden:
    """Records that are hidden in the store, and what was said before they were in it."""

    records: list[Any]
    before: dict[str, Any]


@pytest.fixture(scope="module", params=["draft", "withdrawn"])
def hidden(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[Hidden]:
    with changed_store(django_db_blocker):
        Measure.objects.get(code="ftz-first-01").industries.add(Category.objects.get(code="TEA"))
        before = answers(Client())
        release = Release.objects.published()[0]
        state = {} if request.param == "draft" else {"released": release, "withdrawn": release}
        records = list(hidden_records(state))
        forget_kept()
        yield Hidden(records, before)


def test_every_model_that_can_be_a_draft_is_tried(hidden: Hidden) -> None:
    publishable = {model for model in apps.get_models() if issubclass(model, Publishable)}
    assert publishable == {type(record) for record in hidden.records}


def test_hidden_records_change_no_answer(hidden: Hidden, client: Client) -> None:
    for path, after in answers(client).items():
        assert after == hidden.before[path], path


def test_no_answer_shows_what_is_hidden(hidden: Hidden, client: Client) -> None:
    paths = {endpoint.path(): endpoint for endpoint in DATA}
    for path, endpoint in paths.items():
        asked = {**endpoint.query, **endpoint.every_part, **({"page_size": 1000} if endpoint.enveloped else {})}
        answer = client.get(path, asked)
        assert answer.status_code == 200
        assert MARK not in answer.content.decode().lower(), path


TIED = [
    "/policies/measures/ftz-first-01?include=events,relations,evidence,indicators", "/policies/documents/hunan-ftz-plan",
    "/policies/measures/counts?by=region", "/policies/measures/counts?by=industry", "/policies/measures/counts?by=domain",
    "/classifications/INDUSTRY", "/regions/430281", "/regions/YRD", "/regions/ZZ-COUNTIES",
    "/structure/tiers?region=430281", "/policies/measures/ftz-first-01/impact", "/regions/HNFTZ/policies?page_size=1000",
    "/targets?page_size=1000", "/search?q=" + MARK, "/resolve?q=" + MARK,
    "/regions?q=" + MARK, "/indicators?q=" + MARK, "/policies/measures?q=" + MARK,
]  # fmt: skip


def test_no_tie_leads_to_what_is_hidden(hidden: Hidden, client: Client) -> None:
    for path in TIED:
        answer = client.get(BASE + path)
        assert answer.status_code == 200, path
        content = orjson.loads(answer.content)
        shown = orjson.dumps({k: v for k, v in content.items() if k not in ("next", "previous")}).decode().lower()
        assert MARK not in shown, path


def test_hidden_records_have_no_address(hidden: Hidden, read: Read) -> None:
    addresses = [
        f"/topics/{MARK.upper()}", f"/units/{MARK.upper()}", f"/classifications/{MARK}", f"/indicators/{MARK.upper()}",
        f"/regions/{MARK.upper()}", f"/sources/{MARK}", f"/citations/{MARK}", f"/checks/{MARK}",
        f"/policies/documents/{MARK}", f"/policies/domains/{MARK}", f"/policies/measures/{MARK}",
    ]  # fmt: skip
    for address in addresses:
        problem = read(address, expect=404)
        assert all(error.get("did_you_mean", "").lower() != MARK for error in problem["errors"])


def test_hidden_codes_are_no_values_of_parameters(hidden: Hidden, read: Read) -> None:
    upper = MARK.upper()
    for path, name, value in [
        ("/observations", "indicator", upper), ("/observations", "region", upper), ("/observations", "industry", upper),
        ("/observations", "topic", upper), ("/observations", "source", MARK), ("/observations", "within", upper),
        ("/indicators", "unit", upper), ("/citations", "measure", MARK), ("/policies/measures", "actor", MARK),
        ("/policies/measures", "instrument", MARK), ("/policies/measures", "document", MARK),
        ("/policies/measures", "domain", MARK), ("/policies/documents", "issuer", MARK),
    ]:  # fmt: skip
        (error,) = read(path, expect=400, **{name: value})["errors"]
        assert error["code"] == "unknown_code"
        assert MARK not in str(error.get("allowed", "")).lower()
        assert error.get("did_you_mean", "").lower() != MARK


def test_no_file_has_what_is_hidden(hidden: Hidden, client: Client) -> None:
    for endpoint in LISTS:
        if not endpoint.query.get("q"):
            rows = body(client, f"{endpoint.path().removeprefix(BASE)}.csv", **endpoint.query)
            assert MARK not in rows.decode().lower(), endpoint.name
    for path, read in (
        ("/regions.xlsx", xlsx_rows),
        ("/observations.parquet", parquet_rows),
        ("/policies/documents.xlsx", xlsx_rows),
    ):
        assert MARK not in str(read(body(client, path))).lower(), path
