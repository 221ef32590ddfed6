"""All that the store holds in one file, and the file back into a store: the same file for PostgreSQL and for SQLite.

A ZIP of one JSON line a row for each table, and a manifest with the migrations that the tables are of and the digest of
each. It needs no client of the database, is read by any version of the server, and moves from one kind of store to the
other. Sessions are left out: whoever is signed in signs in again; so is what was asked in vain, which is kept for 30 days only.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson
from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from curation.bulk import insert
from curation.progress import Progress, silent
from sources.models import Release
from sources.stores import store
from sources.versions import forget_data_version

CHUNK = 2000
MANIFEST = "manifest.json"
LEFT_OUT = {"sessions.Session", "curation.SignInCount", "words.UnmetQuestion"}


class CannotBackUp(Exception):
    """Why there is nothing that could be backed up."""


class CannotRestore(Exception):
    """The file is no backup of this version, or the store is not empty; the message says which."""


def _models() -> list[type[models.Model]]:
    """Every table with rows of its own, those of links included, in a fixed order."""
    every = apps.get_models(include_auto_created=True)
    return sorted(
        (m for m in every if m._meta.managed and m._meta.label not in LEFT_OUT), key=lambda m: m._meta.db_table
    )


def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _lines(model: type[models.Model]) -> Iterator[bytes]:
    """The rows of a table as JSON lines, by their primary key; decimals as text, so that none loses a digit."""
    rows = model._base_manager.order_by("pk").values_list(*_columns(model)).iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield b"".join(orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE) for row in chunk)


def digests() -> dict[str, str]:
    """Table → SHA-256 of its rows: the same for two stores that hold the same."""
    by_table = {}
    for model in _models():
        sha = hashlib.sha256()
        for lines in _lines(model):
            sha.update(lines)
        by_table[model._meta.db_table] = sha.hexdigest()
    return by_table


def _migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def back_up(path: Path, progress: Progress = silent) -> None:
    """Write all that the store holds, as of one moment, to a file that only its owner may read.

    Raises CannotBackUp, with nothing left behind, where the store is not there as it should be, or there is no room.
    """
    unfinished = path.with_suffix(".unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.touch(mode=0o600)
        _back_up(unfinished, progress)
        unfinished.replace(path)
    except (OperationalError, ProgrammingError) as error:
        raise CannotBackUp("The store does not answer, or lacks tables: `manage.py migrate` makes them.") from error
    except OSError as error:
        raise CannotBackUp(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _back_up(file: Path, progress: Progress) -> None:
    own = not connection.in_atomic_block  # else the moment is that of the transaction that this is a part of
    with transaction.atomic():
        if own:
            with connection.cursor() as cursor:
                store().see_one_moment(cursor)
                store().unbound(cursor)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            tables = {model._meta.db_table: _write(archive, model) for model in progress(_models(), "tables")}
            manifest = {
                "version": settings.VERSION, "at": timezone.now().isoformat(), "migrations": _migrations(), "tables": tables,
            }  # fmt: skip
            archive.writestr(MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))


def _write(archive: zipfile.ZipFile, model: type[models.Model]) -> str:
    sha = hashlib.sha256()
    with archive.open(f"{model._meta.db_table}.jsonl", "w", force_zip64=True) as member:
        for lines in _lines(model):
            member.write(lines)
            sha.update(lines)
    return sha.hexdigest()


def restore(path: Path, *, replace: bool = False, progress: Progress = silent) -> None:
    """Fill a migrated store with what a backup holds; all of it or nothing.

    Raises CannotRestore where the file is no backup, is damaged or is of other migrations, and where the store holds a
    release already, unless that is to be replaced.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = orjson.loads(archive.read(MANIFEST))
            _refuse_other_version(manifest)
            if Release.objects.exists() and not replace:
                raise CannotRestore(
                    "The store is not empty: restore into an empty one, or say that it is to be replaced."
                )
            with transaction.atomic():
                _empty()
                for model in progress(_models(), "tables"):
                    with archive.open(f"{model._meta.db_table}.jsonl") as member:
                        _read(model, member)
                _reset_sequences()
                if digests() != manifest["tables"]:
                    raise CannotRestore("What was restored is not what was backed up; nothing was changed.")
    except (zipfile.BadZipFile, zlib.error, KeyError, orjson.JSONDecodeError, OSError) as error:
        raise CannotRestore(f"{path} is no whole backup: {error}") from error
    except (IntegrityError, DataError) as error:
        raise CannotRestore(f"{path} holds what this store refuses; nothing was changed: {error}") from error
    forget_data_version()


def _refuse_other_version(manifest: dict[str, Any]) -> None:
    here = set(_migrations())
    if here != set(manifest["migrations"]):
        other = ", ".join(sorted(here ^ set(manifest["migrations"])))
        raise CannotRestore(
            f"The backup is of version {manifest['version']}, whose tables differ ({other}). "
            "Restore it with that version, then migrate."
        )


def _empty() -> None:
    """No rows in any table: what a fresh store fills in by itself comes from the backup as well."""
    with connection.cursor() as cursor:
        store().unbound(cursor)
        for model in _models():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
        store().check_references_last(cursor)


def _read(model: type[models.Model], member: IO[bytes]) -> None:
    fields: Sequence[Any] = model._meta.concrete_fields
    kept = [field if not field.is_relation else field.target_field for field in fields]
    lines = io.BufferedReader(member)  # type: ignore[type-var]
    while chunk := list(islice(lines, CHUNK)):
        rows = (
            [
                value if value is None else field.to_python(value)
                for field, value in zip(kept, orjson.loads(line), strict=True)
            ]
            for line in chunk
        )
        insert(model, [field.attname for field in fields], rows)


def _reset_sequences() -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(statement)
