"""A full disk: kept files make room, what cannot be kept is answered all the same or refused in words, and nothing is left open."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.api.contract import BASE
from tests.faults.disks import free_bytes, open_below, small_disk

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.stores_alike,
    # What a library had open when it broke off is closed by the collector, which cannot write its rest either.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

KEPT = ("/observations.xlsx", "/observations.parquet", "/releases/2026-R1/download.zip")


@pytest.fixture
def disk(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A disk that has room to make any of the files, and not to keep many."""
    with small_disk(tmp_path / "disk", 400) as folder:
        settings.FILES_DIR = str(folder / "files")
        yield folder


@pytest.fixture
def nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The folder for what is not kept is as full."""
    with small_disk(tmp_path / "temporary", 4) as folder:
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        yield


def fill(folder: Path) -> None:
    """Leave no byte free."""
    with (folder / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(b"x" * 4096):
                pass
        except OSError:
            pass


def whole(client: Client, path: str, **query: Any) -> tuple[int, bytes]:
    """Status and content of an answer, read to its end."""
    answer = client.get(f"{BASE}{path}", query)
    return answer.status_code, answer.getvalue()


def test_kept_files_make_room_for_new_ones(disk: Path, client: Client) -> None:
    for year in range(1990, 1993):
        for path in KEPT:
            status, content = whole(client, path, **({} if "download" in path else {"year": f"{year}.."}))
            assert (status, content[:2] in (b"PK", b"PA")) == (200, True)
            assert open_below(disk) == []
    kept = [file for file in (disk / "files").iterdir() if not file.name.startswith("lock-")]
    assert 0 < len(kept) < 7, "others of the seven made room"


@pytest.mark.parametrize("path", KEPT)
def test_what_cannot_be_kept_is_answered_without_being_kept(disk: Path, client: Client, path: str) -> None:
    expected = whole(client, path)
    shutil.rmtree(disk / "files")
    fill(disk)
    assert whole(client, path) == expected
    assert open_below(disk) == []
    assert list(disk.rglob("making-*")) == []
    (disk / "filler").unlink()
    assert free_bytes(disk) > 150_000
    assert whole(client, path) == expected
    assert any(file.stat().st_size for file in (disk / "files").iterdir())


@pytest.mark.parametrize("path", KEPT)
@pytest.mark.usefixtures("nowhere_else")
def test_what_has_no_room_anywhere_is_a_problem_that_says_so(disk: Path, client: Client, path: str) -> None:
    fill(disk)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"{BASE}{path}", {"lang": "en"})
    assert (answer.status_code, answer["Content-Type"], answer["Retry-After"]) == (
        503,
        "application/problem+json",
        "60",
    )
    assert "no room on the server" in answer.json()["detail"]
    assert open_below(disk) == []
    assert len(queries) < 120, "it is not tried again and again"
    assert client.get(f"{BASE}/observations.csv").status_code == 200


def test_a_folder_that_may_not_be_written_is_no_reason_not_to_answer(
    tmp_path: Path, client: Client, settings: Any
) -> None:
    (tmp_path / "a-file").touch()
    settings.FILES_DIR = str(tmp_path / "a-file" / "files")
    assert whole(client, KEPT[0])[0] == 200


def test_what_an_ended_process_left_goes(disk: Path, client: Client, settings: Any) -> None:
    from api.formats import kept_files  # noqa: PLC0415

    left = disk / "files" / "making-left"
    left.mkdir(parents=True)
    (left / "file").write_bytes(b"x" * 50_000)
    whole(client, KEPT[0])
    assert left.exists(), "it may still be made"
    kept_files.os.utime(left, (0, 0))
    whole(client, KEPT[1])
    assert not left.exists()


@pytest.mark.parametrize("command", [("backup", "store.zip"), ("export_lake", "lake")])
def test_a_command_that_has_no_room_says_so_and_leaves_nothing(disk: Path, command: tuple[str, str]) -> None:
    with small_disk(disk / "small", 8) as small:
        with pytest.raises(CommandError, match=r"cannot be written: .*No space left on device"):
            call_command(command[0], small / command[1], stdout=io.StringIO())
        assert [file for file in small.rglob("*") if file.is_file()] == []
        assert open_below(small) == []


def test_a_backup_with_a_damaged_part_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "store.zip"
    call_command("backup", file, stdout=io.StringIO())
    with zipfile.ZipFile(file) as archive:
        part = max(archive.infolist(), key=lambda member: member.compress_size)
    content = bytearray(file.read_bytes())
    for place in range(part.header_offset + 200, part.header_offset + 260):
        content[place] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(CommandError, match="no whole backup"):
        call_command("restore", file, replace=True, stdout=io.StringIO())
