"""Every way in for a text: what Word and browsers paste is folded, what is no text is refused where it stands."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from curation.batches import review
from curation.batches.drafts import mend
from curation.batches.edits import Edit, stage_edits
from curation.models import Change, ImportBatch, StagedRow, Verdict
from curation.plans.imports import plan_import
from curation.plans.plan import Plan, PlannedRow
from curation.refusals import StepRefused, UnreadableFile
from curation.releases.backups import MANIFEST, _empty, digests
from curation.releases.publication import ReleaseNotes, publish
from curation.roles import CURATOR, PUBLISHER, REVIEWER
from curation.sheets.files import read_upload
from curation.sheets.uploads import plan_upload
from curation.tables.curated import BY_NAME
from curation.tables.files import read_rows
from indicators.models import Topic
from sources.models import Citation, Release, Source, Synonym
from sources.text import NO_TEXT
from tests.builder import liling
from tests.curation.admin.test_admin_writing import add, edit, errors
from tests.curation.people import draft, person
from tests.curation.sheets.test_uploads import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike, pytest.mark.usefixtures("files_read_here")]
on_both_stores = pytest.mark.stores_alike(False)

TOPIC = {"code": "T_TOPIC", "name_zh": "主题", "name_en": "Topic", "order": "1"}
SYNONYM = {"code": "t-words", "words": "甲;乙", "note_zh": "", "note_en": ""}
CONTROLS = [chr(code) for first, last in NO_TEXT for code in range(first, last + 1) if last < 0xD800]
FOLDED = set("\t\n\v\f\r\x85")
HEADS = list(TOPIC)


@pytest.fixture(autouse=True)
def _uncollected_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


def only(plan: Plan) -> PlannedRow:
    [(_, [row])] = plan.tables
    return row


def messages(row: PlannedRow) -> list[tuple[str, str]]:
    return [(error["column"], error["en"]) for error in row.errors]


# Files --------------------------------------------------------------------------------------------------------------


def test_a_line_break_of_word_in_a_workbook_is_folded_and_published() -> None:
    content = workbook(
        topics=[HEADS, ["T_TOPIC", "对外\v贸易\u200b", "Foreign\r\ntrade", 1]],
        synonyms=[list(SYNONYM), ["t-words", "甲;乙", "第一段\v第二段\x85第三段", "one\ttwo"]],
    )
    plan = plan_upload(read_upload("bring.xlsx", content))
    assert publish(plan, ReleaseNotes()) is not None
    topic, words = Topic.objects.get(code="T_TOPIC"), Synonym.objects.get(code="t-words")
    assert (topic.name_zh, topic.name_en) == ("对外 贸易", "Foreign trade")
    assert (words.note_zh, words.note_en) == ("第一段\n第二段\n第三段", "one two")
    assert Change.objects.get(key="t-words").after["note_zh"] == words.note_zh  # what is public of it as well
    again = plan_upload(read_upload("bring.xlsx", content))
    assert again.changes_nothing  # the same file says the same


def test_any_other_control_is_refused_with_its_cell_whatever_the_file(tmp_path: Path) -> None:
    characters = [character for character in CONTROLS if character not in FOLDED | {"\0"}]
    rows = [[f"T_TOPIC_{ord(each):X}", f"主{each}题", "Topic", 1] for each in characters]
    lines: list[list[Any]] = [HEADS, *rows]
    text = "".join(f'{code},"{cell}",{name},{order}\n' for code, cell, name, order in lines)
    entries = "".join(
        f'- {{code: {code}, name_zh: "主\\u{ord(cell[1]):04x}题", name_en: {name}, order: {order}}}\n'
        for code, cell, name, order in rows
    )
    expected = [[("name_zh", f"character 2, U+{ord(each):04X}, is no text: remove it")] for each in characters]
    files = {"topics.xlsx": workbook(topics=[HEADS, *rows]), "topics.csv": text.encode()}
    for name, content in files.items():
        [(_, refused)] = plan_upload(read_upload(name, content)).tables
        assert [messages(row) for row in refused] == expected
        assert [row.errors[0]["cell"] for row in refused] == [f"B{number}" for number in range(2, len(rows) + 2)]
    for name, written in {"topics.csv": text, "topics.yaml": entries}.items():
        path = tmp_path / name
        path.write_bytes(written.encode())
        [(_, refused)] = plan_import({"topics": read_rows(path)}).tables
        assert [messages(row) for row in refused] == expected


@pytest.mark.parametrize("character", sorted(FOLDED), ids=lambda c: f"{ord(c):02X}")
def test_what_is_folded_is_folded_whatever_the_file(character: str, tmp_path: Path) -> None:
    upload = f'{",".join(HEADS)}\nT_TOPIC,"主{character}题",Topic,1\n'.encode()
    entry = tmp_path / "topics.yaml"
    entry.write_text(f'- {{code: T_TOPIC, name_zh: "主\\x{ord(character):02x}题", name_en: Topic, order: 1}}\n')
    for plan in (plan_upload(read_upload("topics.csv", upload)), plan_import({"topics": read_rows(entry)})):
        row = only(plan)
        assert row.cells is not None
        assert (row.verdict, row.cells["name_zh"]) == (Verdict.NEW, "主 题")


@on_both_stores
def test_what_could_not_even_be_kept_is_refused_with_its_cell(tmp_path: Path) -> None:
    with override("en"), pytest.raises(UnreadableFile, match=r"topics B2: character 2, U\+0000"):
        read_upload("t.xlsx", workbook(topics=[HEADS, ["T_TOPIC", "主\0题", "Topic", 1]]))
    for name, text, place in (
        ("t.csv", "code,name_zh\nT_TOPIC,主\0题\n", r"t\.csv, row 2, name_zh: .*U\+0000"),
        ("t.yaml", '- {code: T_TOPIC, name_zh: "主\\ud800题"}\n', r"t\.yaml, row 2, name_zh: .*U\+D800"),
        ("t.yaml", "- {code: T_TOPIC, name_zh: 主\v题}\n", r"t\.yaml: .*unacceptable character"),
        ("t.yaml", "- [\n", r"t\.yaml: "),
    ):
        path = tmp_path / name
        path.write_bytes(text.encode())
        with override("en"), pytest.raises(ValueError, match=place):
            read_rows(path)


def test_a_code_is_never_folded_but_refused() -> None:
    for code in ("T\vTOPIC", "T_TOPIC\x1f", "T\u200bTOPIC"):
        row = only(plan_upload(read_upload("t.xlsx", workbook(topics=[HEADS, [code, "主题", "Topic", 1]]))))
        assert row.verdict == Verdict.ERROR


def test_a_phrase_is_quoted_to_the_letter() -> None:
    source = Source.objects.public().earliest("pk")
    for start, exact in enumerate(("41.25\n亿元", "41.25\t亿元", "41.2\r\n亿元"), start=9000):
        end = start + len(exact)
        code = f"{source.slug}:{start}-{end}"
        cells = {"code": code, "source": source.slug, "exact": exact, "start": str(start), "end": str(end),
                 "role": "supports", "assertion": "stated"}  # fmt: skip
        content = workbook(citations=[list(cells), list(cells.values())])
        assert publish(plan_upload(read_upload("c.xlsx", content)), ReleaseNotes()) is not None
        assert Citation.objects.get(code=code).exact == exact
        changed = only(plan_import({"citations": [cells | {"exact": exact.replace("亿", "\f")}]}))
        assert messages(changed)[0][0] == "exact"


# Forms --------------------------------------------------------------------------------------------------------------


@on_both_stores
def test_what_is_pasted_into_a_form_is_folded_and_what_is_no_text_is_refused_at_its_field(admin_client: Client) -> None:
    pasted = {"slug": "new-paper", "kind": "paper", "title_zh": "题\v名\u200b", "title_en": "A\ftitle"}
    add(admin_client, Source, **pasted, notes_zh="一\v二\r\n三", reason="why\vnot")
    made = Source.objects.get(slug="new-paper")
    assert (made.title_zh, made.title_en, made.notes_zh) == ("题 名", "A title", "一\n二\n三")
    change = Change.objects.get(table="sources", key="new-paper")
    assert (change.after["title_zh"], change.after["notes_zh"], change.reason) == ("题 名", "一\n二\n三", "why not")
    for name in ("title_zh", "notes_zh", "slug", "reason"):
        with override("en"):
            refused = edit(admin_client, made, **{"reason": "why", name: "a\x07b"})
        assert "U+0007" in errors(refused)
        assert name in refused.context["adminform"].form.errors


def test_a_phrase_with_a_line_break_survives_its_page(admin_client: Client) -> None:
    source = Source.objects.create(slug="paper", kind="paper", title_zh="论文", title_en="Paper")
    code = Citation.code_of("paper", 0, 8, "supports", "stated")
    made = Citation.objects.create(code=code, source=source, exact="41.25\n亿元", start=0, end=8)
    shown = admin_client.get(reverse("admin:sources_citation_change", args=(made.pk,))).content.decode()
    assert '<textarea name="exact"' in shown  # an input of one line would leave the break out
    answer = edit(admin_client, made, exact="41.25\r\n亿元", note_zh="一\v二", reason="a note")
    assert answer.status_code == 302, errors(answer)
    made.refresh_from_db()
    assert (made.exact, made.note_zh) == ("41.25\n亿元", "一\n二")


# What people say about their work -----------------------------------------------------------------------------------


@on_both_stores
def test_reasons_notes_and_names_are_never_turned_away_for_a_character() -> None:
    curator, reviewer, publisher = (
        person("curator", CURATOR),
        person("reviewer", REVIEWER),
        person("publisher", PUBLISHER),
    )
    publisher.first_name, publisher.last_name = "发\v布", "者\x07"
    publisher.save()
    batch = draft(curator, topics=[TOPIC])
    ImportBatch.objects.get(pk=batch.pk)
    review.send_to_review(batch, curator)
    review.reject(batch, reviewer, "请\v改\x07")
    assert batch.steps.last().reason == "请\n改\ufffd"
    review.reopen(batch, curator)
    review.send_to_review(batch, curator)
    review.approve(batch, reviewer, "好\v的")
    release = review.publish(batch, publisher, "更\v正\0", "说\v明", "no\x07te")
    release.refresh_from_db()
    assert (release.reason, release.notes_zh, release.notes_en) == ("更 正\ufffd", "说\n明", "no\ufffdte")
    assert "发 布" in release.published_by
    assert "\x07" not in release.published_by
    assert Change.objects.filter(release=release).values_list("reason", flat=True).get() == "更 正\ufffd"


def test_a_change_staged_on_a_page_keeps_its_reason(admin_user: User) -> None:
    cells = BY_NAME["topics"].cells(Topic.objects.get(code="TRADE"))
    batch = stage_edits(
        BY_NAME["topics"], [Edit(BY_NAME["topics"], cells | {"name_en": "A\vname"})], admin_user, "why\v\x07"
    )
    assert batch.steps.get().reason == "why\n\ufffd: TRADE"
    assert batch.rows.get().resolved["name_en"] == "A name"


@on_both_stores
def test_a_file_keeps_its_name_whatever_is_in_it(client: Client) -> None:
    user = person("curator", CURATOR)
    client.force_login(user)
    sheet = workbook(**{"topics": [HEADS, list(TOPIC.values())], "其\x85他": [["words\x07 of no table"]]})
    file = SimpleUploadedFile("t.xlsx", sheet)
    file._name = "各\v县\x07.xlsx"
    client.post(reverse("admin:curation_importbatch_upload"), {"file": file}, follow=True)
    batch = ImportBatch.objects.latest("pk")
    assert (batch.created_by, batch.rows.count()) == (user, 1)
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in batch.name + batch.note)


def test_a_mended_cell_is_judged_by_the_same_rule() -> None:
    user = person("curator", CURATOR)
    batch = draft(user, topics=[TOPIC | {"name_zh": "主\x07题"}])
    row = batch.rows.get()
    assert row.verdict == Verdict.ERROR
    mend(batch, user, {row.pk: {"name_zh": "主\x08题"}})
    row.refresh_from_db()
    assert (row.verdict, row.raw["name_zh"]) == (Verdict.ERROR, "主\x08题")
    with pytest.raises(StepRefused), transaction.atomic():
        mend(batch, user, {row.pk: {"name_zh": "主\0题"}})
    mend(batch, user, {row.pk: {"name_zh": "主\v题"}})
    row.refresh_from_db()
    assert (row.verdict, row.resolved["name_zh"]) == (Verdict.NEW, "主 题")
    assert "\x08" not in "".join(batch.steps.values_list("reason", flat=True))


@on_both_stores
def test_a_figures_note_is_folded_in_bulk_as_well() -> None:
    assert publish(plan_import({"observations": [liling(note_zh="一\v二", value="41.26")]}), ReleaseNotes(reason="r"))
    assert StagedRow.objects.get(batch__release__version="2026-R2").resolved["note_zh"] == "一\n二"
    table = BY_NAME["observations"]
    assert table.records().get(series__key="A.430281.TRADE_TOTAL", period="2024").note_zh == "一\n二"


# Backups ------------------------------------------------------------------------------------------------------------


@on_both_stores
def test_a_backup_with_what_is_no_text_is_not_restored(tmp_path: Path) -> None:
    made, spoilt = tmp_path / "made.zip", tmp_path / "spoilt.zip"
    call_command("backup", str(made), stdout=io.StringIO())
    with zipfile.ZipFile(made) as archive, zipfile.ZipFile(spoilt, "w") as changed:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "indicators_topic.jsonl":
                lines = [orjson.loads(line) for line in content.splitlines()]
                lines[0][4] = "a\vb"
                content = b"".join(orjson.dumps(line) + b"\n" for line in lines)
            changed.writestr(name, content)
        assert MANIFEST in archive.namelist()
    before = digests()
    with pytest.raises(CommandError, match="this store refuses"), transaction.atomic():
        call_command("restore", str(spoilt), replace=True, stdout=io.StringIO())
    assert digests() == before
    _empty()
    assert not Release.objects.exists()
