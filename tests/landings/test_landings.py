"""What landed stays: its migrations byte for byte, and the stores that were made with them, corrections and all.

The ZIP beside this is a store of the newest landing, which the next one upgrades: the suite tries that one. Those in `earlier/`
are of the landings before it, whose upgrades have been through this; `make drill` tries them as well.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest
from django.conf import settings
from django.core.management import call_command

from sources.operations import SEARCH
from tests import seeded
from tests.conftest import ReadingClient
from tests.landings import make
from tests.landings.landing import Landing, connected, rows_of, schema_of
from tests.landings.stores import beside, postgres_store

on_both_stores = pytest.mark.django_db  # what is not marked so runs once
(NEWEST,) = make.HERE.glob("*.zip")
EARLIER = sorted(make.EARLIER.glob("*.zip"))
WITHOUT_TEXT_RULES = make.EARLIER / "9acc4be.zip"  # the last that could hold characters that are no text
DRILL = os.environ.get("DRILL") == "1"
APPLIED = {"django_migrations": ["app", "name"]}
# What a store holds before it is seeded.
OF_MIGRATIONS = {
    **APPLIED, "auth_group": ["name"], "auth_permission": ["codename"], "django_content_type": ["app_label", "model"],
}  # fmt: skip
# The figure that was corrected by hand in each, and what it was corrected to (begin.py).
CORRECTED = "41.30"
STANDS = """
SELECT value, version FROM indicators_observation JOIN indicators_series ON series_id = indicators_series.id
       JOIN sources_release ON released_id = sources_release.id
 WHERE key = 'A.430281.TRADE_TOTAL' AND period = '2024' AND retired_id IS NULL
"""

Empty = Callable[[str], str]
Rows = dict[str, list[str]]


def asked(url: str, address: str) -> bytes:
    """What the service answers beside this store."""
    with beside(url):
        return bytes(ReadingClient().get(address).getvalue())


def standing(url: str) -> tuple[str, str]:
    """The value of the figure that was corrected by hand, and the release that it is of."""
    with connected(url) as store:
        [(value, version)] = store.execute(STANDS).fetchall()
    return f"{value:.2f}", version


def made_by_migrations(url: str) -> dict[str, set[str]]:
    """The rows that a store has of its migrations alone."""
    return {table: set(rows) for table, rows in rows_of(url, OF_MIGRATIONS).items()}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Empty]:
    """Makes empty stores of the kind that is being tested: gives each a name, and its address."""
    with ExitStack() as held:
        if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
            yield lambda name: held.enter_context(postgres_store(os.environ["TEST_POSTGRES_URL"], name))
        else:
            folder = tmp_path_factory.mktemp("stores")
            yield lambda name: f"sqlite:///{folder}/{name}.sqlite3"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A store that was begun today."""
    with seeded.copy_of(os.environ["DATABASE_URL"], tmp_path_factory.mktemp("fresh")) as url:
        yield url


@dataclass(frozen=True)
class Upgraded:
    """A store of an earlier landing, migrated: where it is, and what it was before."""

    url: str
    landing: Landing
    columns: dict[str, list[str]]
    before: Rows
    stood: tuple[str, str]


@pytest.fixture(scope="module", params=[NEWEST, *EARLIER] if DRILL else [NEWEST], ids=lambda path: path.stem)
def upgraded(request: pytest.FixtureRequest, empty: Empty, django_db_blocker: Any) -> Upgraded:
    url, landing = empty(f"from_{request.param.stem}"), Landing.read(request.param)
    landing.bring_back(url)
    columns = {
        table: [name for name in names if name != SEARCH]  # which is made of the names, as words are folded now
        for table, (names, _) in landing.tables.items()
        if table not in APPLIED
    }
    before, stood = rows_of(url, columns), standing(url)
    with django_db_blocker.unblock(), beside(url):
        call_command("migrate", verbosity=0)
    return Upgraded(url, landing, columns, before, stood)


@on_both_stores
def test_nothing_that_a_landing_holds_is_lost_when_it_is_migrated(upgraded: Upgraded) -> None:
    held = {table: len(upgraded.landing.tables[table][1]) for table in upgraded.columns}
    assert {table: len(rows) for table, rows in upgraded.before.items()} == held
    after = rows_of(upgraded.url, upgraded.columns)
    for table, rows in upgraded.before.items():
        assert set(rows) <= set(after[table]), table


@on_both_stores
def test_what_was_corrected_by_hand_stands_and_is_served(upgraded: Upgraded) -> None:
    assert upgraded.stood[0] == CORRECTED
    assert standing(upgraded.url) == upgraded.stood
    address = "/api/v1/observations?region=430281&indicator=TRADE_TOTAL&year=2024"
    figures = orjson.loads(asked(upgraded.url, address))
    value, release = upgraded.stood
    assert [(row["value"], row["release"]) for row in figures["results"]] == [(float(value), release)]


@on_both_stores
def test_a_migrated_store_is_made_as_a_fresh_one_is(upgraded: Upgraded, fresh: str) -> None:
    assert schema_of(upgraded.url) == schema_of(fresh)
    assert made_by_migrations(upgraded.url) == made_by_migrations(fresh)


@on_both_stores
def test_seeding_undoes_no_correction(upgraded: Upgraded, settings: Any) -> None:
    for settings.COMMANDS_PUBLISH in (False, True):
        with beside(upgraded.url):
            call_command("seed", stdout=io.StringIO())
        assert standing(upgraded.url)[0] == CORRECTED


# What stores held before they refused it, in the first row of a table; {} is what stood there, but for its last character.
MENDED = [
    ("sources_source", "title_zh", "题\v名\u200b", "题 名"), ("sources_source", "notes_en", "a\r\nb\x07", "a\nb\ufffd"),
    ("sources_citation", "exact", "{}\f", "{}\ufffd"), ("sources_release", "reason", "why\nnot", "why not"),
    ("regions_region", "note_zh", "一\v二", "一\n二"), ("policies_measure", "summary_en", "one\x85two", "one\ntwo"),
    ("policies_actor", "name_en", "\uffffname", "\ufffdname"), ("curation_change", "reason", "a\tb", "a b"),
    ("indicators_topic", "name_zh", "外\v贸", "外 贸"), ("indicators_observation", "note_en", "one\vtwo", "one\ntwo"),
]  # fmt: skip
SPOIL_LILING = """
UPDATE regions_region SET name_zh = '醴\v陵', search = replace(search, '醴陵市', '醴\v陵') WHERE code = '430281'
"""
SPOIL_HISTORY = """
UPDATE curation_change SET after = '{"name_zh": "醴\\u000b陵", "note_zh": "醴\\u000b陵", "exact": "醴\\u000b陵"}'
 WHERE id = (SELECT min(id) FROM curation_change)
"""


def spoil(store: Any) -> dict[tuple[str, str], str]:
    """Put characters into a store that are no text; what its first rows should hold when they are mended."""
    expected = {}
    for table, column, spoilt, mended in MENDED:
        [(key, stood)] = store.execute(f"SELECT id, {column} FROM {table} ORDER BY id LIMIT 1").fetchall()
        store.execute(f"UPDATE {table} SET {column} = '{spoilt.format(stood[:-1])}' WHERE id = {key}")
        expected[table, column] = mended.format(stood[:-1])
    store.execute(SPOIL_LILING)
    store.execute(SPOIL_HISTORY)
    return expected


@pytest.mark.skipif(not DRILL, reason="a store of an earlier landing held them: `make drill`")
@on_both_stores
def test_characters_that_are_no_text_are_mended_when_a_store_is_migrated(empty: Empty, fresh: str) -> None:
    url = empty("mended")
    Landing.read(WITHOUT_TEXT_RULES).bring_back(url)
    with connected(url) as store:
        expected = spoil(store)
    with beside(url):
        call_command("migrate", verbosity=0)
    with connected(url) as store:
        for (table, column), text in expected.items():
            assert store.execute(f"SELECT {column} FROM {table} ORDER BY id LIMIT 1").fetchall() == [(text,)]
        [(name, search)] = store.execute("SELECT name_zh, search FROM regions_region WHERE code = '430281'").fetchall()
        assert (name, search.split("\n")[:2]) == ("醴 陵", ["430281", "醴 陵"])
        [(cells,)] = store.execute("SELECT CAST(after AS text) FROM curation_change ORDER BY id LIMIT 1").fetchall()
        assert orjson.loads(cells) == {"name_zh": "醴 陵", "note_zh": "醴\n陵", "exact": "醴\ufffd陵"}
    # A figure of the first release had to be mended, and stands in the second: no digest is of what they hold any more.
    releases = orjson.loads(asked(url, "/api/v1/releases"))["results"]
    assert [bool(release["digest"]) for release in releases] == [False, False]
    assert ElementTree.fromstring(asked(url, "/sdmx/2.1/structure")) is not None
    assert schema_of(url) == schema_of(fresh)


@pytest.mark.skipif(
    not DRILL, reason="`make landing` walks it, and what has come since is walked on the store of the newest landing"
)
@on_both_stores
def test_an_empty_store_is_made_as_its_migrations_would_make_it(empty: Empty, fresh: str) -> None:
    """Before each landing and in `make drill`: what landed stays as it was walked then, and a store of it, migrated by what has come
    since, is made as a fresh one is.
    """
    step_by_step = empty("step_by_step")
    with beside(step_by_step):
        call_command(
            "migrate", "contenttypes", verbosity=0
        )  # after which it is not empty: the others come one after the other
        call_command("migrate", verbosity=0)
    assert schema_of(step_by_step) == schema_of(fresh)
    assert made_by_migrations(step_by_step) == made_by_migrations(fresh)
    seeded_alone = {"curation_importbatch": ["id"], "sources_release": ["id"]}
    assert rows_of(step_by_step, seeded_alone) == {table: [] for table in seeded_alone}


def test_landed_migrations_are_what_they_were() -> None:
    """A migration that landed is never edited: what it lacks is in a new one. `make landing` adds those that are new."""
    there = dict(reversed(line.split("  ")) for line in make.digests().splitlines())
    landed = dict(reversed(line.split("  ")) for line in make.DIGESTS.read_text(encoding="utf-8").splitlines())
    assert len(landed) > 11
    assert {path: there.get(path) for path in landed} == landed


@pytest.mark.skipif(not os.environ.get("TEST_POSTGRES_URL"), reason="no PostgreSQL")
def test_a_store_of_this_landing_can_be_kept(tmp_path: Path) -> None:
    made, url = tmp_path / "made.zip", f"sqlite:///{tmp_path}/back.sqlite3"
    make.keep(made, os.environ["TEST_POSTGRES_URL"])
    landing = Landing.read(made)
    landing.bring_back(url)
    assert standing(url)[0] == CORRECTED
    assert {kind: len(statements) > 100 for kind, statements in landing.statements.items()} == {
        "sqlite": True, "postgresql": True,
    }  # fmt: skip
    assert made.stat().st_size < 1_000_000
