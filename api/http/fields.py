"""Fields of records that say themselves which columns they read, and what becomes of these (api/http/records.py)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.request import Request

from api.addresses import addresses_of
from api.http.records import Cells, Field, FieldCells, RecordReading, as_stored, each, null_if_empty
from sources.bilingual import Said, language
from sources.statements import Records, statement


class SpokenField(serializers.CharField):
    """A text in the language of the answer, of the first of some pairs of columns (`…_zh`, `…_en`) that has one.

    Where none has, it is null if `allow_null`. Without a pair it is that of the field's own name.
    """

    def __init__(self, *texts: str, **options: Any) -> None:  # noqa: ANN401  # DRF's own
        super().__init__(read_only=True, **options)
        self.texts = texts

    def cell(self, path: str) -> FieldCells:
        texts = self.texts or (self.field_name,)
        reads = tuple(f"{path}{text}_{language()}" for text in texts)
        if len(texts) == 1:
            return FieldCells(reads, null_if_empty if self.allow_null else as_stored)
        nothing = None if self.allow_null else ""
        return FieldCells(reads, each(lambda *spoken: next(filter(None, spoken), nothing)))


class OptionalText(serializers.CharField):
    """A text that is null where it is empty."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  # DRF's own
        super().__init__(read_only=True, allow_null=True, **options)

    def cell(self, path: str) -> FieldCells:
        return FieldCells((path + str(self.source),), null_if_empty)


class ListedField(serializers.ListField):
    """The items of a text that has `;` between them."""

    child = serializers.CharField()

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  # DRF's own
        super().__init__(read_only=True, **options)

    def cell(self, path: str) -> FieldCells:
        return FieldCells((path + str(self.source),), each(lambda text: [item for item in text.split(";") if item]))


class MadeField(serializers.SerializerMethodField):
    """What a method of its serializer, `get_<name>`, makes of some columns; `path` leads to them."""

    def __init__(self, *reads: str, **options: Any) -> None:  # noqa: ANN401  # DRF's own
        super().__init__(**options)
        self.reads = reads

    def cell(self, path: str) -> FieldCells:
        reads = tuple(path + column for column in self.reads)
        return FieldCells(reads, each(getattr(self.parent, str(self.method_name))))


class AddressField(serializers.CharField):
    """Where an endpoint of the API shows the record: the name of its route in api/urls.py, and the column that its path ends in."""

    def __init__(self, route: str, names: str, **options: Any) -> None:  # noqa: ANN401  # DRF's own
        super().__init__(read_only=True, **options)
        self.route, self.names = route, names

    def cell(self, path: str) -> FieldCells:
        return FieldCells((path + self.names,), lambda request, names: map(addresses_of(request, self.route), names))


def shown_if_public(cells: Cells, released: Sequence[int | None], withdrawn: Sequence[int | None]) -> Cells:
    """The cells of other records, by the releases in which these were; null of a draft, of what is withdrawn, and where there is none."""
    return [
        cell if since is not None and until is None else None
        for cell, since, until in zip(cells, released, withdrawn, strict=True)
    ]


class PublicSlug(serializers.SlugRelatedField[Any]):
    """The code of another record, if there is one and it is public."""

    def __init__(self, slug_field: str = "code", *, source: str | None = None, help_text: Said | None = None) -> None:
        super().__init__(slug_field, source=source, help_text=help_text, read_only=True, allow_null=True)

    def cell(self, path: str) -> FieldCells:
        record = f"{path}{self.source}__"
        reads = (f"{record}{self.slug_field}", f"{record}released", f"{record}withdrawn")
        return FieldCells(reads, lambda request, *columns: shown_if_public(*columns))


class NamedReference(serializers.Serializer[Any]):
    """A code and its name, in the language of the answer."""

    code = serializers.CharField()
    name = SpokenField()


class PublicReference(NamedReference):
    """A code and its name; null where the record is a draft or withdrawn."""

    def cell(self, path: str) -> FieldCells:
        record = f"{path}{self.source}__"
        inner = RecordReading(self, record)

        def make(request: Request | None, *columns: Sequence[Any]) -> Cells:
            return shown_if_public(inner.made_of_columns(request, *columns[2:]), *columns[:2])

        return FieldCells((f"{record}released", f"{record}withdrawn", *inner.columns), make)


class TitledReference(serializers.Serializer[Any]):
    """A code and its title, in the language of the answer."""

    code = serializers.CharField()
    title = SpokenField()


class Listing(NamedTuple):
    """Records that may be listed in the rows of others, in their order; `owner` leads from one of them to that whose row lists it."""

    owner: str
    records: Records


class Gathered:
    """Mixed into a field that lists something of other records, which one statement a Listing reads for all rows."""

    listings: Sequence[Listing]

    def items(self, listing: Listing, keys: Sequence[int], request: Request | None) -> Iterable[tuple[int, Any]]:
        """What is listed for these keys, each after that of its owner."""
        raise NotImplementedError

    def gathered(self, request: Request | None, keys: Sequence[int]) -> Mapping[int, list[Any]]:
        """What is listed in the row of each record with one of these keys."""
        items: dict[int, list[Any]] = defaultdict(list)
        for listing in self.listings:
            for key, item in self.items(listing, keys, request):
                items[key].append(item)
        return items

    def cell(self, path: str) -> FieldCells:
        def make(request: Request | None, keys: Sequence[Any]) -> Cells:
            listed = self.gathered(request, list(dict.fromkeys(keys))) if keys else {}
            return [listed.get(key, []) for key in keys]

        return FieldCells((f"{path}pk",), make)


class Parts(Gathered, serializers.ListSerializer[Any]):
    """Rows of other records in the row of a record. `to` leads from a record that is listed to that which its row is of."""

    def __init__(self, child: Field, *listings: Listing, to: str = "", **options: Any) -> None:  # noqa: ANN401  # DRF's own
        super().__init__(child=child, read_only=True, **options)
        self.listings, self.to = listings, to

    def items(self, listing: Listing, keys: Sequence[int], request: Request | None) -> Iterable[tuple[int, Any]]:
        return self.reading.of_owners(listing.records, listing.owner, keys, request)

    @cached_property
    def reading(self) -> RecordReading:
        """How the rows are read."""
        row: Any = self.child
        return RecordReading(row, self.to)


class ListedCodes(Gathered, serializers.ListField):
    """The codes of other records in the row of a record, or what another column of theirs has."""

    child = serializers.CharField()

    def __init__(self, *listings: Listing, code: str = "code", **options: Any) -> None:  # noqa: ANN401  # DRF's own
        super().__init__(read_only=True, **options)
        self.listings, self.code = listings, code

    def items(self, listing: Listing, keys: Sequence[int], request: Request | None) -> Iterable[tuple[int, Any]]:
        stored = statement(listing.records, listing.owner, (self.column,)).read(keys)
        return zip(*stored.values(), strict=True)

    @property
    def column(self) -> str:
        """The column of the other records whose cells are listed."""
        return self.code


class ListedTexts(ListedCodes):
    """A text (`…_zh`, `…_en`) of other records in the row of a record, in the language of the answer."""

    @property
    def column(self) -> str:
        return f"{self.code}_{language()}"
