"""The system check of what the program names in the data: it runs before `migrate`, and by `check --database default`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any, cast

from django.core.checks import CheckMessage, Info, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError, transaction

from curation.tables.codes import NAMED
from curation.tables.curated import table_of
from sources.bilingual import both, in_both
from sources.codes import NamedCode
from sources.models import Release

HINT = both(
    "没有它们，所列功能答空或说明缘由，其余照常；需要时从 fixtures/ 的同名表导入。",
    "What rests on them answers empty or says why; all else works. Bring them in from the tables of fixtures/ if you want it.",
)


@register(Tags.database)
def named_codes_are_held(databases: Collection[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A warning for each table that lacks a code of `named_codes.NAMED`; none of a store that is not there or not migrated."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        with transaction.atomic():
            if not Release.objects.published().exists():
                message = both(
                    "库中尚无数据：manage.py seed 导入 fixtures/。",
                    "The store has no data: manage.py seed brings in fixtures/.",
                )
                return [Info(cast("str", message), id="curation.I001")]
            return [_lacking(name, lacking) for name, lacking in _missing().items()]
    except (OperationalError, ProgrammingError):
        return []


def _missing() -> dict[str, list[NamedCode]]:
    """Table → the named codes of which it has no public record; one query a table."""
    lacking: dict[str, list[NamedCode]] = defaultdict(list)
    held: dict[Any, set[str]] = {}
    for named in NAMED:
        if named.model not in held:
            records: Any = named.model.objects
            held[named.model] = set(records.public().values_list("code", flat=True))
        if named.code not in held[named.model]:
            lacking[table_of(named.model).name].append(named)
    return lacking


def _lacking(table: str, lacking: list[NamedCode]) -> Warning:
    uses: dict[tuple[str, str], list[str]] = defaultdict(list)
    for named in lacking:
        uses[in_both(named.use)].append(named.code)
    zh, en = ("; ".join(f"{', '.join(codes)} ({use[part]})" for use, codes in uses.items()) for part in (0, 1))
    message = both(f"{table} 缺程序所用的代码：{zh}", f"{table} lacks codes that the program names: {en}")
    return Warning(cast("str", message), hint=cast("str", HINT), id="curation.W001")
