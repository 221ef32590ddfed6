"""What the stores refuse and how they sort: the same on PostgreSQL and on SQLite."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, connection, models, transaction

from sources.fields import StrictCharField
from sources.models import Citation, Release, ReleaseStatus, Source
from sources.versions import data_version, forget_data_version
from tests.whole_store import OURS

pytestmark = pytest.mark.django_db

REFUSED = (DataError, IntegrityError)
NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)


def release(version: str, **values: Any) -> Release:
    return Release.objects.create(version=version, **{"status": "published", "published_at": NOW, **values})


def source(slug: str = "test-paper", **values: Any) -> Source:
    titles = {"title_zh": "论文", "title_en": "Paper", "kind": "paper"}
    return Source.objects.create(slug=slug, **{**titles, **values})


def citation(of: Source, **values: Any) -> Citation:
    return Citation.objects.create(
        **{"source": of, "code": "c", "exact": "41.25亿元", "start": 10, "end": 17, **values}
    )


def insert(instance: models.Model, **raw: Any) -> None:
    """Past every field and form: what the store itself makes of it."""
    fields = [field for field in instance._meta.concrete_fields if not field.primary_key]
    values: dict[Any, Any] = {
        f.column: f.get_db_prep_save(getattr(instance, f.attname), connection) for f in fields
    } | raw
    names = ", ".join(connection.ops.quote_name(name) for name in values)
    table = connection.ops.quote_name(instance._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(values))
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(values.values()))


# Text --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["a", "é", "中", "𠮷"])
def test_the_store_holds_text_up_to_the_stated_number_of_characters(letter: str) -> None:
    insert(Release(version="longest"), reason=letter * 500)
    assert Release.objects.get(version="longest").reason == letter * 500
    with pytest.raises(REFUSED):
        insert(Release(version="longer"), reason=letter * 501)


@pytest.mark.parametrize("text", ["\x00", "a\x00", "\x00a", "中\x00文"])
def test_the_store_refuses_nul(text: str) -> None:
    with pytest.raises((*REFUSED, ValueError)):
        insert(Release(version="nul"), reason=text)
    with pytest.raises((*REFUSED, ValueError)), transaction.atomic():
        release("nul-too", reason=text)


def test_the_store_refuses_null() -> None:
    with pytest.raises(IntegrityError):
        insert(Release(version="null"), reason=None)


@pytest.mark.parametrize("value", [b"abc", 5, 1.5])
def test_the_store_holds_nothing_but_text(value: Any) -> None:
    """SQLite would keep bytes as bytes."""
    try:
        insert(Release(version="typed"), reason=value)
    except REFUSED:
        assert not Release.objects.filter(version="typed").exists()
    else:
        assert isinstance(Release.objects.get(version="typed").reason, str)


def test_sqlite_itself_refuses_bytes_for_text() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has typed columns")
    with pytest.raises(IntegrityError):
        insert(Release(version="bytes"), reason=b"abc")


def test_text_sorts_by_code_point_whatever_the_locale() -> None:
    words = ["a", "B", "É", "é", "e", "中", "Z", "z", "_", "-", "10", "9", "ａ", "𠮷", "株", "醴"]
    for word in words:
        source(f"sorted {word}", title_zh=word)
    ours = Source.objects.filter(slug__startswith="sorted ")
    assert list(ours.order_by("title_zh").values_list("title_zh", flat=True)) == sorted(words)
    assert list(ours.order_by("-slug").values_list("title_zh", flat=True)) == sorted(words, reverse=True)
    assert set(ours.filter(title_zh__gt="Z").values_list("title_zh", flat=True)) == {w for w in words if w > "Z"}


def test_every_text_column_of_ours_is_strict() -> None:
    """A plain CharField or TextField would hold on one store what the other refuses."""
    fields = [field for app in OURS for model in apps.get_app_config(app).get_models() for field in model._meta.fields]
    loose = [
        f for f in fields if isinstance(f, models.CharField | models.TextField) and not isinstance(f, StrictCharField)
    ]
    assert not loose


def test_every_strict_column_has_the_collation_of_bytes_in_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite compares bytes by itself")
    for app in OURS:
        for model in apps.get_app_config(app).get_models():
            strict = {field.column for field in model._meta.fields if isinstance(field, StrictCharField)}
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT column_name, collation_name FROM information_schema.columns WHERE table_name = %s",
                    [model._meta.db_table],
                )
                collations = dict(cursor.fetchall())
            assert {collations[column] for column in strict} <= {"C"}, model


# Citations ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "assertion", "expected"),
    [
        ("supports", "stated", "paper:10-17"),
        ("defines", "stated", "paper:10-17:defines"),
        ("supports", "inferred", "paper:10-17:inferred"),
        ("contradicts", "computed", "paper:10-17:contradicts:computed"),
    ],
)
def test_a_citation_is_named_by_its_content(role: str, assertion: str, expected: str) -> None:
    assert Citation.code_of("paper", 10, 17, role, assertion) == expected


def test_every_seeded_citation_bears_the_code_of_its_content() -> None:
    citations = Citation.objects.select_related("source")
    assert citations
    for c in citations:
        assert c.code == Citation.code_of(c.source.slug, c.start, c.end, c.role, c.assertion)


@pytest.mark.parametrize(
    "wrong",
    [
        {"end": 18},
        {"end": 16},
        {"start": 17, "end": 10},
        {"exact": "", "start": 10, "end": 10},
        {"role": "proves"},
        {"assertion": "guessed"},
        {"start": -1, "end": 6},
        {"exact": "亿" * 61, "start": 0, "end": 61},
    ],
)
def test_the_store_refuses_a_citation_that_does_not_span_its_phrase(wrong: dict[str, Any]) -> None:
    paper = source()
    with pytest.raises(REFUSED), transaction.atomic():
        citation(paper, **wrong)
    citation(paper)


def test_the_span_of_a_phrase_counts_characters_not_bytes() -> None:
    assert citation(source(), exact="41亿\n元𠮷", start=0, end=6).pk


def test_a_phrase_is_cited_once_in_each_role_and_assertion() -> None:
    paper = source()
    citation(paper, code="c1")
    citation(paper, code="c2", role="defines")
    citation(paper, code="c3", assertion="computed")
    citation(source("other-paper"), code="c4")
    with pytest.raises(IntegrityError), transaction.atomic():
        citation(paper, code="c5")


# Sources -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"kind": "paper", "authors": "李一;王二", "publisher_zh": "学报", "issued": "2025-08", "doi": "10.1/x"},
            "李一, 王二. 论文[J]. 学报, 2025-08. DOI:10.1/x.",
        ),
        (
            {"kind": "newspaper_page", "publisher_zh": "日报", "issued": "2025-08-01", "url": "https://example.org/1"},
            "论文[N]. 日报, 2025-08-01. https://example.org/1.",
        ),
        ({"kind": "paper", "doi": "10.1/x", "url": "https://example.org/1"}, "论文[J]. DOI:10.1/x."),
        ({"kind": "government_release", "issued": "2024"}, "论文[EB/OL]. 2024."),
        ({"kind": "statute"}, "论文[S]."),
        ({"kind": "dataset", "authors": "国家统计局"}, "国家统计局. 论文[DS]."),
    ],
)
def test_a_source_is_referenced_as_gbt_7714_says(values: dict[str, Any], expected: str) -> None:
    assert Source(title_zh="论文", title_en="Paper", **values).citation == expected


def test_every_seeded_source_has_a_reference() -> None:
    for held in Source.objects.all():
        assert held.title_zh in held.citation
        assert held.citation.endswith(".")
        assert ".." not in held.citation


def test_the_store_refuses_an_unknown_kind_of_source() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        source(kind="rumour")


def test_authors_are_listed_in_their_order() -> None:
    assert Source(authors="王二;;李一").author_list == ["王二", "李一"]
    assert Source(authors="").author_list == []


# Releases ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", [{"status": "published", "published_at": None}, {"status": "secret"}, {"observations_added": -1}]
)
def test_the_store_refuses_a_release_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        release("2030.1", **wrong)


def test_a_version_is_used_once() -> None:
    release("2030.1")
    with pytest.raises(IntegrityError), transaction.atomic():
        release("2030.1")


def test_releases_are_listed_newest_first_and_only_when_published() -> None:
    release("2030.1")
    release("2030.2", status=ReleaseStatus.PREPARED, published_at=None)
    release("2030.3")
    release("2030.10", published_at=NOW + datetime.timedelta(days=1))
    versions = list(Release.objects.published().values_list("version", flat=True))
    assert versions[:3] == ["2030.10", "2030.3", "2030.1"]
    assert "2030.2" not in versions
    until = Release.objects.until(Release.objects.get(version="2030.3")).values_list("version", flat=True)
    assert list(until)[:2] == ["2030.3", "2030.1"]


# Drafts ------------------------------------------------------------------------------------------------------------


def test_the_public_sees_what_is_released_and_not_withdrawn() -> None:
    first, second = release("2030.1"), release("2030.2")
    source("a-draft")
    source("a-published", released=first)
    source("a-withdrawn", released=first, withdrawn=second)
    mine = Source.objects.filter(slug__startswith="a-")
    assert [s.slug for s in mine.public()] == ["a-published"]
    assert [s.slug for s in mine.drafts()] == ["a-draft"]


def test_what_a_release_withdraws_was_public_until_then() -> None:
    first, second, third = (release(f"2030.{number}") for number in (1, 2, 3))
    source("a-source", released=first, withdrawn=second)
    mine = Source.objects.filter(slug="a-source")
    assert [mine.as_of(at.pk).exists() for at in (first, second, third)] == [True, False, False]


def test_a_release_that_published_something_cannot_be_deleted() -> None:
    first = release("2030.1")
    source("held", released=first)
    with pytest.raises(models.ProtectedError):
        first.delete()


# The data version --------------------------------------------------------------------------------------------------


def test_the_data_version_names_the_newest_release_and_its_digest() -> None:
    release("2030.1", digest="0123456789abcdef" * 4)
    assert data_version() == "2030.1-0123456789ab"


def test_the_data_version_is_remembered_until_something_is_published_here() -> None:
    before = data_version()
    release("2030.1")
    assert data_version() == before
    forget_data_version()
    assert data_version() == "2030.1-" != before


def test_a_release_of_another_process_is_seen_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    before = data_version()
    release("2030.1")
    monkeypatch.setattr("sources.versions.SECONDS", -1.0)
    assert data_version() != before


def test_a_release_in_preparation_is_not_the_data_version() -> None:
    before = data_version()
    release("2030.1", status="prepared", published_at=None)
    forget_data_version()
    assert data_version() == before
