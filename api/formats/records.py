"""Records of a serializer as a table.

A record inside of another becomes columns named after both (`domain.code`), as pandas.json_normalize names them; of a list
of records each field becomes a list (`regions.code`, `regions.role`). Lists stay lists where the format has some (Parquet),
and are else joined by `;`, and lists inside of lists by `,`. A record whose fields differ from row to row is JSON.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
from rest_framework import serializers

from api.formats.json import to_json
from api.formats.tables import Cells, Column, Kind
from indicators.rows import Figure

Path = tuple[str, ...]
Field = serializers.Field[Any, Any, Any, Any]

OF_FIELDS: tuple[tuple[type[Field], Kind], ...] = (
    (serializers.IntegerField, "integer"), (serializers.FloatField, "number"), (serializers.DecimalField, "number"),
    (serializers.BooleanField, "flag"), (serializers.DateTimeField, "moment"), (serializers.DateField, "day"),
    (serializers.ListField, "texts"), (serializers.ManyRelatedField, "texts"),
)  # fmt: skip
OF_HINTS: dict[Any, Kind] = {int: "integer", float: "number", bool: "flag", list[str]: "texts", list[int]: "integers"}
MOST_DECIMALS = 15


def leaves(serializer: Field, prefix: Path = (), *, many: bool = False) -> Iterator[tuple[Path, Column]]:
    """The columns of a serializer's records, each with the names that lead to it."""
    for name, field in serializer.fields.items():  # type: ignore[attr-defined]  # a serializer has them
        path = (*prefix, name)
        inner, inner_many = _nested(field)
        if inner is not None:
            yield from leaves(inner, path, many=many or inner_many)
        else:
            yield path, Column(".".join(path), "texts" if many else _kind(field), str(field.help_text or ""))


def _hint(field: serializers.SerializerMethodField) -> object:
    method = getattr(field.parent, field.method_name)
    return typing.get_type_hints(method).get("return")


def _nested(field: object) -> tuple[Field | None, bool]:
    """The serializer of the records inside of a field, and whether there are several."""
    if isinstance(field, serializers.SerializerMethodField):
        field = _hint(field)
    if isinstance(field, serializers.ListSerializer):
        return field.child, True
    return (field, False) if isinstance(field, serializers.BaseSerializer) else (None, False)


def _kind(field: object) -> Kind:
    if isinstance(field, serializers.SerializerMethodField):
        hint = _hint(field)
        return next((OF_HINTS[part] for part in (hint, *typing.get_args(hint)) if part in OF_HINTS), "text")
    return next((kind for class_, kind in OF_FIELDS if isinstance(field, class_)), "text")


def columns_of(serializer: Field, fields: Sequence[str] | None) -> list[tuple[Path, Column]]:
    """The columns of a serializer's records, of the fields asked for."""
    return [(path, column) for path, column in leaves(serializer) if fields is None or path[0] in fields]


def cells_of(records: Iterable[Any], columns: Sequence[tuple[Path, Column]]) -> Cells:
    """The cells of each column."""
    listed = list(records)
    return [[_cell(_at(record, path), column.kind) for record in listed] for path, column in columns]


def _at(value: Any, path: Path) -> object:  # noqa: ANN401  # rows, lists and cells
    """What these names lead to; of a list what they lead to in each of its items."""
    if not path or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_at(item, path) for item in value]
    return _at(value.get(path[0]) if isinstance(value, Mapping) else getattr(value, path[0]), path[1:])


def _cell(value: Any, kind: Kind) -> object:  # noqa: ANN401  # whatever its kind is
    if value is None:
        return None
    if kind == "texts":
        return [_text(item) for item in value]
    if kind == "number":
        return number_text(value)
    if kind == "integer":
        return int(number_text(value))
    if isinstance(value, Mapping):
        return to_json(value).decode()
    return value if kind in ("flag", "integers") else str(value)


def _text(item: object) -> str | None:
    if isinstance(item, list | tuple):
        return ",".join(map(str, item))
    return None if item is None else str(item)


def number_text(value: orjson.Fragment | Figure | Decimal | float) -> str:
    """A number of any kind as the text of its decimals; one that was computed as a float to 15 of them."""
    if isinstance(value, orjson.Fragment):
        return orjson.dumps(value).decode()
    if isinstance(value, Figure | int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return f"{Decimal(repr(round(value, MOST_DECIMALS))):f}"
