"""A backup, restored into an empty store, is the same store; nothing else is taken for one, and nothing is half restored."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from curation.models import Change
from curation.plans.imports import plan_import
from curation.releases.backups import _empty, digests
from curation.releases.publication import ReleaseNotes, publish
from curation.tables.curated import BY_NAME
from indicators.models import Observation, Topic
from sources.models import Release
from tests.conftest import keep_again, kept_now

pytestmark = pytest.mark.django_db


def corrected(value: str, by: User | None = None) -> Release | None:
    """What is published where a figure of the store is corrected."""
    table = BY_NAME["observations"]
    held = table.cells(table.records().get(series__key="A.430281.TRADE_TOTAL", period="2024"))
    return publish(plan_import({"observations": [held | {"value": value}]}), ReleaseNotes(reason="更正"), by)


@pytest.fixture(scope="module")
def backup(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    """A backup of the seeded store with an account and a correction in it, and the digests of what was backed up."""
    path = tmp_path_factory.mktemp("made") / "backups" / "store.zip"
    before = kept_now()
    with django_db_blocker.unblock(), transaction.atomic():
        corrected("41.260", User.objects.create_user("管理员", password="correct horse battery"))
        call_command("backup", str(path), stdout=io.StringIO())
        backed_up = digests()
        transaction.set_rollback(True)
    keep_again(before)
    return path, backed_up


@pytest.fixture
def file(backup: tuple[Path, dict[str, str]]) -> Path:
    return backup[0]


def restored(path: Path, **options: bool) -> str:
    output = io.StringIO()
    call_command("restore", str(path), stdout=output, **options)
    return output.getvalue()


def test_a_backup_restored_into_an_empty_store_is_the_same_store_and_what_comes_after_gets_new_numbers(
    backup: tuple[Path, dict[str, str]],
) -> None:
    file, before = backup
    _empty()
    assert not Release.objects.exists()
    assert "newest release is 2026-R2" in restored(file)
    assert digests() == before
    assert User.objects.get().check_password("correct horse battery")
    assert Change.objects.get(release__version="2026-R2").reason == "更正"
    connection.check_constraints()
    newest = max(Topic.objects.values_list("pk", flat=True))
    assert Topic.objects.create(code="T_TOPIC", name_zh="新", name_en="New").pk > newest
    assert corrected("1") is not None


def test_a_store_that_is_not_empty_is_kept_unless_it_is_to_be_replaced(backup: tuple[Path, dict[str, str]]) -> None:
    file, before = backup
    Observation.objects.live().update(note_en="spoilt")
    spoilt = digests()
    with pytest.raises(CommandError, match="not empty"):
        restored(file)
    assert digests() == spoilt != before
    restored(file, replace=True)
    assert digests() == before


def test_only_its_owner_may_read_a_backup_and_it_holds_no_sessions(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    with zipfile.ZipFile(file) as archive:
        assert "django_session.jsonl" not in archive.namelist()
        assert "indicators_observation.jsonl" in archive.namelist()


def _changed(file: Path, name: str, old: bytes, new: bytes, folder: Path) -> Path:
    other = folder / f"changed-{name}.zip"
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(other, "w") as changed:
        for member in archive.namelist():
            content = archive.read(member)
            assert member != name or old in content
            changed.writestr(member, content.replace(old, new) if member == name else content)
    return other


def test_what_is_no_whole_backup_of_this_version_is_refused_and_nothing_is_changed(file: Path, tmp_path: Path) -> None:
    before = digests()
    words = tmp_path / "words.zip"
    words.write_bytes(b"no archive")
    for path, reason in (
        (tmp_path / "none.zip", "no whole backup"), (words, "no whole backup"),
        (_changed(file, "indicators_observation.jsonl", b'"41.26', b'"41.27', tmp_path), "not what was backed up"),
        (_changed(file, "manifest.json", b"curation.0001_initial", b"curation.0099_later", tmp_path), "tables differ"),
    ):  # fmt: skip
        with pytest.raises(CommandError, match=reason), transaction.atomic():
            restored(path, replace=True)
    assert digests() == before


def test_a_store_without_its_tables_is_not_backed_up_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Topic._meta, "db_table", "not_there_yet")
    with pytest.raises(CommandError, match="migrate"):
        call_command("backup", tmp_path / "made.zip")
    assert list(tmp_path.iterdir()) == []
