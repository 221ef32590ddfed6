"""What migrations do beside Django's own operations."""

from __future__ import annotations

import logging
from typing import Any

from django.db.migrations.operations.base import Operation

from sources.fields import StrictCharField
from sources.folding import normalised, searchable
from sources.stores import store

logger = logging.getLogger(__name__)

CHUNK = 2000
SEARCH = "search"


class KeepTextRules(Operation):
    """Bring the tables of an app under the rules that its text fields have now (`sources.fields.StrictCharField`).

    The rules are CHECKs of the columns and stand in no migration's state: a store that was made before they changed keeps the
    old ones until this. First what a store holds against them is mended (`TextKind.mended`), in the rows that are in the way
    only. A table that keeps the rules already stays as it is but for being written anew on SQLite.
    """

    reversible = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing of the models changes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for model in to_state.apps.get_app_config(app_label).get_models():
            fields = [field for field in model._meta.local_concrete_fields if isinstance(field, StrictCharField)]
            if fields:
                if keys := _mend(schema_editor.connection, model, fields):
                    self.mended(to_state.apps, model, keys)
                connection = schema_editor.connection
                checks = {str(field.column): field.db_parameters(connection)["check"] for field in fields}
                store(connection).renew_rules(schema_editor, model, checks)

    def mended(self, apps: Any, model: Any, keys: list[int]) -> None:
        """What to do about rows (primary keys) that had to be mended: to say so, and whatever follows."""
        logger.warning("%s: %s rows had characters that are no text, and were mended.", model._meta.db_table, len(keys))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """What keeps the rules now kept those of before."""

    def describe(self) -> str:
        return "Texts are brought under the rules of their fields"


def _mend(connection: Any, model: Any, fields: list[StrictCharField]) -> list[int]:
    """Mend the rows that are in the way of the rules; their primary keys."""
    quote = connection.ops.quote_name
    key, table = quote(model._meta.pk.column), quote(model._meta.db_table)
    names = [quote(field.column) for field in fields]
    broken = " OR ".join(f"NOT {field.db_parameters(connection)['check']}" for field in fields)
    ask = f"SELECT {key}, {', '.join(names)} FROM {table} WHERE {key} > %s AND ({broken}) ORDER BY {key} LIMIT {CHUNK}"
    write = f"UPDATE {table} SET {', '.join(f'{name} = %s' for name in names)} WHERE {key} = %s"
    keys = [0]
    with connection.cursor() as cursor:
        while rows := cursor.execute(ask, [keys[-1]]).fetchall():
            cursor.executemany(write, [(*_mended(fields, texts), pk) for pk, *texts in rows])
            keys += [row[0] for row in rows]
    return keys[1:]


def _mended(fields: list[StrictCharField], texts: list[str | None]) -> list[str | None]:
    """The texts of a row as they may stand; what is searched for is made of the others, and follows them."""
    mended = [text if text is None else field.kind.mended(text) for field, text in zip(fields, texts, strict=True)]
    named = [(was, now) for field, was, now in zip(fields, texts, mended, strict=True) if field.name != SEARCH]
    for place, field in enumerate(fields):
        if field.name == SEARCH:
            search = str(texts[place])
            for was, now in named:
                if was and now and was != now:
                    search = _follow(search, was, now)
            mended[place] = field.kind.mended(search)
    return mended


def _follow(search: str, was: str, now: str) -> str:
    """What is searched for, with a text (or each name of a list of them) as it was mended."""
    for name, mended in zip(was.split(";"), now.split(";"), strict=True):
        if name != mended and normalised(name):
            search = search.replace(normalised(name), normalised(mended))
    return search


class FoldSearchAnew(Operation):
    """Fold the `search` columns of an app as words are folded now: what is stored is folded words, which fold to the same."""

    reversible = True
    reduces_to_sql = False

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing of the models changes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for model in to_state.apps.get_app_config(app_label).get_models():
            if any(field.name == SEARCH for field in model._meta.local_concrete_fields):
                rows = model._base_manager.only("pk", SEARCH).order_by("pk")
                changed = []
                for row in rows.iterator(CHUNK):
                    row.search, was = searchable(*row.search.split("\n")), row.search
                    if row.search != was:
                        changed.append(row)
                model._base_manager.bulk_update(changed, [SEARCH], batch_size=CHUNK // 10)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """What is folded further is found as well."""

    def describe(self) -> str:
        return "Search columns are folded as words are now"
