"""JSON-stat 2.0 (https://json-stat.org/full/): the figures as a cube, each at the place that its categories give it.

The cube has the same dimensions whatever the rows, those of one category included; the unit is one of them, for figures of
one indicator may be stated in several. Values are a list with null for what is missing where at least half of a small cube
is filled, and else an object by place. What is not normal or not exact is said in `status` and in `extension.qualifier`.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import prod
from typing import Any

import orjson
from django.http.response import HttpResponseBase
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.formats.responses import file_name, stream
from api.formats.tables import About, Cells, Table
from api.problems import InvalidParameters, ParameterError
from indicators.choices import ObservationStatus
from indicators.components import BREAKDOWNS, BY_NAME, KEY, Component
from sources.bilingual import Said, both

ROWS = 2000
MOST_CELLS = 1_000_000  # that are there: a sparse cube has as many as figures
MOST_PLACES = 2**53  # of a sparse cube; beyond, its readers cannot tell one place from the next
MOST_IN_LIST = 100_000

# Each dimension: its name, the columns of its codes and of their labels, and what stands where there is none.
DIMENSIONS: tuple[Component, ...] = tuple(BY_NAME[name] for name in (*KEY, "unit", "period"))
NAMES = [part.name for part in DIMENSIONS]
PLACES = [part.name for part in DIMENSIONS if part.members == "regions"]
ROLES = {"time": ["period"], "geo": PLACES, "metric": ["indicator"]}

# The columns that a table must have to be a cube.
NEEDED = (*NAMES, *(f"{part.name}_name" for part in DIMENSIONS if part.members), "value", "status", "qualifier")


@dataclass
class JSONStatCube:
    """What the dimensions of a table are: the labels of each one's categories, and the units and decimals by indicator."""

    labels: dict[str, dict[str, str]] = field(default_factory=lambda: {name: {} for name in NAMES})
    names_of_units: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    units: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    decimals: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    rows: int = 0

    @property
    def size(self) -> list[int]:
        return [len(labels) for labels in self.labels.values()]

    def take(self, columns: dict[str, Sequence[Any]]) -> None:
        """Notes the categories of a chunk. Raises InvalidParameters where the cube becomes too large."""
        self.rows += len(columns["value"])
        for part in DIMENSIONS:
            codes = columns[part.name]
            named = dict(zip(codes, columns.get(f"{part.name}_name", codes), strict=True))
            if part.words:
                named = {code: str(part.words[code]) for code in named}
            if part.nothing and None in named:
                named[part.nothing.code] = named.pop(None) or str(part.nothing.title)
            self.labels[part.name] |= named
        for code, unit in set(zip(columns["unit"], columns["unit_name"], strict=True)):
            if len(self.names_of_units[code] | {unit}) > 1:  # what is counted has the name of its counter
                self.labels["unit"][code] = code
            self.names_of_units[code].add(unit)
        for indicator, unit, text in set(
            zip(columns["indicator"], columns["unit_name"], columns["value"], strict=True)
        ):
            self.units[indicator].add(unit)
            if text is not None:
                self.decimals[indicator] = max(self.decimals[indicator], len(text.partition(".")[2]))
        if self.rows > MOST_CELLS or prod(self.size) > MOST_PLACES:
            raise InvalidParameters([ParameterError("format", "too_large", self.too_large())])

    def too_large(self) -> Said:
        sizes = ", ".join(f"{name} {size}" for name, size in zip(NAMES, self.size, strict=True) if size > 1)
        undivided = [f"{name}=total" for name in BREAKDOWNS]
        return both(
            f"立方体有值的单元格超过 {MOST_CELLS:,}，或维度过大（至少 {sizes}）：请用 indicator、region、year、frequency 缩小，"
            f"或用 {'、'.join(undivided)} 去掉分类",
            f"the cube has figures in more than {MOST_CELLS:,} cells, or its dimensions are too large (at least {sizes}): narrow it "
            f"by indicator, region, year or frequency, or leave out breakdowns by {', '.join(undivided)}",
        )

    def places(self) -> dict[str, dict[str | None, int]]:
        """For each dimension what a category adds to the place of its values, in row-major order."""
        steps: dict[str, dict[str | None, int]] = {}
        stride = 1
        for part in reversed(DIMENSIONS):
            codes = sorted(self.labels[part.name])
            place = steps[part.name] = {code: number * stride for number, code in enumerate(codes)}
            if part.nothing and part.nothing.code in place:
                place[None] = place[part.nothing.code]
            stride *= len(codes)
        return steps

    def dimension(self) -> dict[str, Any]:
        described: dict[str, Any] = {}
        for part in DIMENSIONS:
            labels, title = self.labels[part.name], str(part.title)
            described[part.name] = {
                "label": title[0].upper() + title[1:], "category": {"index": sorted(labels), "label": labels},
            }  # fmt: skip
        metric = described["indicator"]["category"]
        metric["unit"] = {
            code: {"decimals": self.decimals[code], **({"label": min(units)} if len(units) == 1 else {})}
            for code, units in sorted(self.units.items())
        }
        return described


class JSONStatRenderer(BaseRenderer):
    media_type = "application/json-stat+json"
    format = "jsonstat"
    charset = None
    schema = {"type": "object"}

    def answer(self, request: Request, table: Table) -> HttpResponseBase:
        """The whole cube. Raises InvalidParameters where it is too large."""
        return stream(request, write(table), self.media_type, file_name(table.name, "json"))


def write(table: Table) -> Generator[bytes, None, None]:
    """The parts of the document. The rows are read twice: for the categories, and for the values."""
    names = [column.name for column in table.columns]
    cube = JSONStatCube()
    for cells in table.chunks(ROWS):
        cube.take(dict(zip(names, cells, strict=True)))
    marks = Marks()
    rows = _placed(table.chunks(ROWS), names, cube, marks)
    total = prod(cube.size)
    yield orjson.dumps({**head(table.about()), "id": NAMES, "size": cube.size, "role": ROLES})[:-1]
    yield b',"dimension":' + orjson.dumps(cube.dimension()) + b',"value":'
    yield from _as_list(rows, total) if total <= MOST_IN_LIST and 2 * cube.rows >= total else _as_object(rows)
    yield b"," + orjson.dumps({"status": marks.shown("status"), "extension": marks.extension(table.about())})[1:]


def head(about: About) -> dict[str, Any]:
    """What the document says of itself."""
    notes = [f"{name}: {text}" for name, text in about.shown.items()]
    return {
        "version": "2.0", "class": "dataset", "label": about.title, "source": "; ".join(about.sources.values()),
        "updated": about.facts.get("published", ""), "href": about.facts.get("query", ""), "note": notes,
    }  # fmt: skip


class Marks:
    """The places of the values that are not normal, or not exact, by what they are instead."""

    ORDINARY = ("A", "exact")

    def __init__(self) -> None:
        self.places: dict[str, dict[str, array[int]]] = {"status": {}, "qualifier": {}}

    def take(self, kind: str, places: Sequence[int], cells: Sequence[str]) -> None:
        if set(cells) <= set(self.ORDINARY):
            return
        for place, cell in zip(places, cells, strict=True):
            if cell not in self.ORDINARY:
                self.places[kind].setdefault(cell, array("L")).append(place)

    def shown(self, kind: str) -> dict[str, str]:
        """By place, as JSON-stat has them."""
        return {str(place): mark for mark, places in sorted(self.places[kind].items()) for place in places}

    def extension(self, about: About) -> dict[str, Any]:
        meanings = {status.value: str(status.label) for status in ObservationStatus}
        return {"status": {"label": meanings}, "qualifier": self.shown("qualifier"), **about.facts}


def _placed(
    chunks: Iterator[Cells], names: Sequence[str], cube: JSONStatCube, marks: Marks
) -> Iterator[zip[tuple[int, str]]]:
    """Pairs of a place and the text of the value there, None where it is missing, a chunk at a time; notes the marks."""
    steps = cube.places()
    for cells in chunks:
        columns = dict(zip(names, cells, strict=True))
        places = list(map(sum, zip(*(map(steps[name].__getitem__, columns[name]) for name in NAMES), strict=True)))
        for kind in ("status", "qualifier"):
            marks.take(kind, places, columns[kind])
        yield zip(places, columns["value"], strict=True)


def _as_list(rows: Iterator[zip[tuple[int, str]]], total: int) -> Iterator[bytes]:
    values = ["null"] * total
    for place, text in chain.from_iterable(rows):
        values[place] = text or "null"
    yield f"[{','.join(values)}]".encode()


def _as_object(rows: Iterator[zip[tuple[int, str]]]) -> Iterator[bytes]:
    opening = "{"
    for pairs in rows:
        if shown := ",".join(f'"{place}":{text}' for place, text in pairs if text is not None):
            yield (opening + shown).encode()
            opening = ","
    yield b"}" if opening == "," else b"{}"
