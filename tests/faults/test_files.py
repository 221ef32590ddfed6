"""Files that are brought in and files that are kept: neither a bomb nor a full disk is noticed by anyone else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults import bombs
from tests.faults.curator import SignedIn
from tests.faults.disks import fill, small_disk
from tests.faults.service import Attack, Service, running

XLSX = "/api/v1/observations.xlsx"
KEPT = (
    f"{XLSX}?year=2024",
    "/api/v1/releases/2026-R1/download.zip",
    "/api/v1/observations.parquet",
    XLSX,
    f"{XLSX}?year=2023",
)

# Each bomb or damaged file, and a word of what is said of it.
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a cell far from the others": (bombs.far_cell, "MiB"),
    "one that denies it": (lambda: bombs.far_cell("A1:B2"), "MiB"),
    "a cell of 900 MB": (lambda: bombs.long_cell(900), "MiB"),
    "six million cells": (lambda: bombs.many_cells(300_000, 20), "cells"),
    "one text, a hundred million characters": (lambda: bombs.many_texts(4_000, 30_000), "characters"),
    "entities within entities": (bombs.entities, "not a readable workbook"),
    "places that are none": (bombs.absurd_places, "not a readable workbook"),
    "cells repeated a million times": (lambda: bombs.open_document(10**6), "not a readable workbook"),
    "damaged": (lambda: next(bombs.damaged(bombs.many_cells(100, 5), 1)), "not a readable workbook"),
}


@pytest.fixture(scope="module")
def roomy(own_store: str, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """The service on a small store, with nothing limited that one address may ask."""
    with running(own_store, tmp_path_factory.mktemp("roomy"), RATE_LIMIT="1000000/min") as started:
        yield started


def test_bombs_are_refused_in_words_and_nobody_else_notices(roomy: Service) -> None:
    curators = [SignedIn(roomy, f"curator-{number}") for number in range(3)]
    roomy.load()
    workers, before, attack = roomy.workers, roomy.own_mib(), Attack(roomy)

    def bring_in(number: int) -> list[tuple[str, int, str]]:
        """Every third bomb, by a curator of its own: what it was, the status, and what was said."""
        found = []
        for called, (bomb, _) in list(BOMBS.items())[number :: len(curators)]:
            answer = curators[number].upload(bomb(), "bomb.xlsx")
            found.append((called, answer.status, answer.text if answer.status == 200 else curators[number].told()))
        return found

    with ThreadPoolExecutor(len(curators)) as hands:
        working = [hands.submit(bring_in, number) for number in range(len(curators))]
        waited = attack.beside(seconds=20)
        said = [one for hand in working for one in hand.result()]
    assert {called: (status in (200, 302), BOMBS[called][1] in text) for called, status, text in said} == dict.fromkeys(
        BOMBS, (True, True)
    ), said
    assert max(waited.values()) < 1, waited
    assert roomy.workers == workers, "no process ended"
    assert roomy.own_mib() < before + 200
    assert "Traceback" not in roomy.log.read_text()


def test_kept_files_make_room_where_the_disk_is_full(own_store: str, tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "files", 500) as folder,
        running(own_store, tmp_path, RATE_LIMIT="1000000/min", FILES_DIR=str(folder)) as service,
    ):
        service.get(KEPT[0])
        before = len(service.open_files())
        for _ in range(3):
            assert {path: service.get(path)[0] for path in KEPT} == dict.fromkeys(KEPT, 200)
        fill(folder)
        assert {path: service.get(path)[0] for path in KEPT} == dict.fromkeys(KEPT, 200)
        assert len(service.open_files()) <= before + 8, "what SQLite or a pool opens, and no file that was sent"
        assert not [name for name in service.open_files() if name.startswith(str(folder)) and "deleted" in name]


def test_where_nothing_can_be_written_files_are_refused_for_a_while_and_all_else_is_answered(
    own_store: str, tmp_path: Path
) -> None:
    with (
        small_disk(tmp_path / "files", 300) as folder,
        running(own_store, tmp_path, RATE_LIMIT="1000000/min", FILES_DIR=f"{folder}/f", TMPDIR=str(folder)) as service,
    ):
        assert service.get(f"{XLSX}?year=2022")[0] == 200  # from now on it knows where files are made
        filled = fill(folder)
        for path in (*KEPT, *KEPT):
            assert service.get(path)[0] == 503, path
        for path in ("/healthz", "/readyz", "/api/v1/observations", "/api/v1/observations.csv", "/admin/login/"):
            assert service.get(path)[0] == 200, path
        assert not [name for name in service.open_files() if name.startswith(str(folder)) and "deleted" in name]
        filled.unlink()
        assert service.get(KEPT[0])[0] == 200, "when there is room again"
