"""What a text may hold: the rule over all characters, and both stores, which hold nothing that the rule refuses."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from typing import Any
from xml.sax.saxutils import escape

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import override
from hypothesis import assume, example, given
from hypothesis import strategies as st

from curation.models import BatchStep, Counted, ImportBatch, SignInCount
from curation.roles import CURATOR
from curation.upload_models import BatchSheet, KeptReading, StoredUpload
from sources.fields import CodeField, PhraseField, StrictCharField
from sources.folding import searchable
from sources.models import Citation, Release, Synonym
from sources.text import CODE, LINE, PHRASE, PROSE, TextKind, storable, trimmed
from tests.curation.people import person
from tests.whole_store import OURS
from words.models import UnmetQuestion

KINDS = [LINE, PROSE, PHRASE, CODE]
NAMES = ["line", "prose", "phrase", "code"]
FOLDING = [LINE, PROSE]
NO_TEXT = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\ud800", "\udbff", "\udfff", "\ufffe", "\uffff"]
BREAKS = ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"]
REFUSED = (DataError, IntegrityError, ValueError)  # ValueError: psycopg sends no NUL, sqlite3 no half of a pair

# Every character, those that text strategies leave out included, and often those that matter.
ANY = st.text(
    st.characters(codec=None, exclude_categories=()) | st.sampled_from([*NO_TEXT, "\u200b", "\ufeff", "\xad", "\u2028"])
)


def as_xml(text: str) -> str:
    """A text written into XML 1.0 and read back by a parser."""
    return ET.parse(io.BytesIO(f"<a>{escape(text)}</a>".encode())).getroot().text or ""


# The rule -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
@given(text=ANY)
@example(text="".join(NO_TEXT))
@example(text="a\r\n\u200b\r\nb")
def test_what_is_not_refused_is_a_text_and_stays_one(kind: TextKind, text: str) -> None:
    if kind.unfit(text) is None:
        folded = kind.folded(text)
        assert kind.folded(folded) == folded == kind.mended(text)
        assert not set(folded) & set(NO_TEXT) - set(kind.holds)
        if "\r" not in folded:  # which a parser of XML reads as a line break, of what is to the letter only
            assert as_xml(folded) == folded
    mended = kind.mended(text)
    assert kind.unfit(mended) is None
    assert kind.mended(mended) == mended


@given(text=ANY)
def test_what_is_quoted_or_names_something_is_never_changed(text: str) -> None:
    for kind in (PHRASE, CODE):
        assert kind.folded(text) == text
        assert len(kind.mended(text)) == len(text)  # a phrase is as long as its span, whatever had to be mended in it


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp"))))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    for kind in KINDS:
        assume("\ufffe" not in text and "\uffff" not in text)
        assert kind.unfit(text) is None
        assert kind.folded(text) == text == kind.mended(text)


@pytest.mark.parametrize("break_", BREAKS)
def test_a_line_break_of_any_kind_is_a_space_in_a_line_and_one_line_feed_in_prose(break_: str) -> None:
    assert LINE.folded(f"醴陵{break_}陶瓷") == "醴陵 陶瓷"
    assert LINE.folded(f" {break_}a {break_}{break_} b{break_}") == "a b"
    assert PROSE.folded(f"a{break_}{break_}b") == "a\n\nb"
    for kind in (PHRASE, CODE):
        assert (kind.unfit(f"a{break_}b") is None) == all(c in kind.holds or c in "\u2028\u2029" for c in break_)


def test_what_nobody_sees_is_left_out_and_tabs_are_spaces() -> None:
    assert LINE.folded("\ufeff41\u200b.\xad25\u2060亿\u202e元\u2066") == "41.25亿元"
    assert PROSE.folded("a\tb") == LINE.folded("a\tb") == "a b"
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert LINE.folded(f"家庭{family}") == f"家庭{family}"


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_the_character_that_is_no_text_is_named_with_its_place(kind: TextKind) -> None:
    folds = "\t\n\v\f\r\x85" if kind in FOLDING else ""
    for character in NO_TEXT:
        with override("en"):
            said = str(kind.unfit(f"ab{character}c"))
        if character in kind.holds + folds:
            assert said == "None"
        else:
            assert said == f"character 3, U+{ord(character):04X}, is no text: remove it"
            assert kind.mended(f"ab{character}c") == "ab\ufffdc"


def test_only_layout_is_trimmed_from_a_cell() -> None:
    assert trimmed(" \t\u3000430281\xa0\r\n\v") == "430281"
    for character in "\x1c\x1d\x1e\x1f":  # white space to Python, not to Unicode
        assert trimmed(f"{character}430281") == f"{character}430281"
    assert storable("a\v\ufffe")
    assert not storable("a\x00")
    assert not storable("\ud800")


# The store ----------------------------------------------------------------------------------------------------------


def fields() -> list[tuple[type[models.Model], StrictCharField]]:
    every = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    return [
        (model, field) for model in every for field in model._meta.local_fields if isinstance(field, StrictCharField)
    ]


def put(model: type[models.Model], field: StrictCharField, text: str) -> str:
    """Set a text past every field and form, and read what the store has then."""
    quote = connection.ops.quote_name
    table, column = quote(model._meta.db_table), quote(field.column)
    row = f"WHERE id = (SELECT min(id) FROM {table})"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s {row}", [text])
        assert cursor.rowcount == 1
        cursor.execute(f"SELECT {column} FROM {table} {row}")
        return cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "name"),
    [(Release, "published_by"), (Synonym, "note_zh"), (Citation, "exact"), (Release, "version")],
    ids=NAMES,
)
def test_the_store_holds_no_character_that_is_no_text(model: type[models.Model], name: str) -> None:
    field: Any = model._meta.get_field(name)
    rest = getattr(model._default_manager.earliest("pk"), name)[1:]  # as long as it was: a phrase fills its span
    for character in NO_TEXT:
        if character in field.kind.holds:
            assert put(model, field, character + rest) == character + rest
        else:
            with pytest.raises(REFUSED), transaction.atomic():
                put(model, field, character + rest)
    for character in ("\ufffd", "\U00010348", "^", "]", "-", "[", "*", "\xa0", "\u3000", "\u2028", "~", "'", "\\", "%"):
        assert put(model, field, character + rest) == character + rest


@pytest.mark.django_db
def test_every_text_column_has_the_rule() -> None:
    batch = ImportBatch.objects.create(name="a batch", created_at=timezone.now())
    BatchStep.objects.create(batch=batch, step="sent", at=timezone.now())
    SignInCount.objects.create(key="k", counted=Counted.KNOWN, whole_again=timezone.now())
    maker = person("clerk", CURATOR)
    StoredUpload.objects.create(name="a.csv", content=b"", made_at=timezone.now(), made_by=maker)
    KeptReading.objects.create(shape="s", choices={}, chosen_at=timezone.now(), chosen_by=maker)
    BatchSheet.objects.create(batch=batch, name="S", look={})
    UnmetQuestion.objects.create(day=timezone.localdate(), finder="ask", why="nothing", question="q", times=1)
    kept = fields()
    assert len(kept) > 100
    for model, field in kept:
        for character in ("\v", "\x1f", "\x85", "\ufffe"):
            with pytest.raises(REFUSED), transaction.atomic():
                put(model, field, character)


def test_each_text_is_of_the_kind_that_its_use_asks_for() -> None:
    for model, field in fields():
        by_length = PROSE if field.max_length >= 1000 else LINE
        expected = CODE if isinstance(field, CodeField) else PHRASE if isinstance(field, PhraseField) else by_length
        assert field.kind is expected, (model, field.name)
    assert [(model, field.name) for model, field in fields() if field.kind is PHRASE] == [(Citation, "exact")]
    assert searchable("a", "b") == "a\nb"  # so what is searched for has to be prose
    assert {field.kind for _, field in fields() if field.name == "search"} == {PROSE}


def test_a_model_that_is_checked_refuses_what_its_store_would() -> None:
    with pytest.raises(ValidationError) as caught:
        Synonym(code="a-b", words="a;b", note_zh="x\x07").clean_fields()
    assert set(caught.value.message_dict) == {"note_zh"}
    Synonym(code="a-b", words="a;b", note_zh="x\n").clean_fields()
