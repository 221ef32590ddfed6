"""A part of a table as JSON-stat 2.0, in the way that PxWebApi 2 writes it, and as the CSV of PxWeb."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, product
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest

from api.addresses import CATALOG, base_of
from api.data.figures import MARK, mark_of
from api.formats.csv import harmless
from api.pxweb.selection import Chosen
from api.pxweb.tables import CONTENTS, GEO, TIME, PxTable, Variable
from indicators.choices import ObservationStatus, PriceBasis, Qualifier
from indicators.labels import Label
from indicators.reading import read
from indicators.transforms import Stated, convert_stated
from sources.bilingual import both, language
from sources.versions import data_version

MEASURING = {"stock": "Stock", "flow": "Flow"}
PRICES = {PriceBasis.CURRENT.value: "Current", PriceBasis.CONSTANT.value: "Fixed"}

NOTES = (
    both(
        "单元格为 null：没有这一数据，绝非零。各指标均以其单位给出；status 标出并非确切观测值的单元格：SDMX CL_OBS_STATUS 的代码，"
        "状态正常而数字并非确数的，为其措辞；未列出者为正常的确数。",
        "A cell that is null has no figure; it is never zero. Every indicator is given in its own unit; status marks each cell that is "
        "no exact observed value: by its code of SDMX's CL_OBS_STATUS or, where that is normal, by how the figure was put.",
    ),
    both(
        "extension.qualifier 说明数字的措辞：approx 约、over 超过、under 不足、target 目标；未列出者为确数。",
        "extension.qualifier says how a figure was put: approx, over, under or target; exact where it is not listed.",
    ),
)


@dataclass(frozen=True)
class Cell:
    """A figure in its place: its value as text with its decimals (None: missing), its status and how it was put."""

    value: str | None
    status: str
    qualifier: str

    @property
    def mark(self) -> str | None:
        """What it is in words, where it is no exact observed value."""
        return mark_of(self.status, self.qualifier)

    @property
    def code(self) -> str:
        """What the cell is, as a code: its status or, where that is normal, its qualifier."""
        return self.qualifier if self.status == ObservationStatus.NORMAL else self.status


def cells(chosen: Chosen) -> dict[int, Cell]:
    """The figures of a part of a table by their place, counted in the order of its variables, the last moving fastest."""
    order = list(chosen.variables)
    strides = chosen.strides
    places = [
        {key: place * strides[code] for place, (key, _) in enumerate(chosen.variables[code].values.values())}
        for code in order
    ]
    columns = [*order, *(name for name in ("indicator", "unit") if name not in order)]
    columns += ["id", "value", "decimals", "status", "qualifier"]
    by_place = {}
    for row in read(chosen.selection(), columns):
        named = dict(zip(columns, row, strict=False))
        place = sum(at[key] for at, key in zip(places, row, strict=False))
        by_place[place] = Cell(_in_own_unit(chosen.table, named), named["status"], named["qualifier"])
    return by_place


def _in_own_unit(table: PxTable, row: dict[str, Any]) -> str | None:
    """The value in the unit of its indicator, exactly; a figure may have been stated in another unit of the dimension."""
    content, value = table.known.contents[row["indicator"]], row["value"]
    if value is None or row["unit"] == content.unit:
        return value
    dimension, factor = table.names.factors[row["unit"]]
    stated = Stated(row["id"], Decimal(value), row["qualifier"], dimension, row["decimals"], factor)
    converted = convert_stated(stated, content.factor)
    return None if converted.value is None else f"{converted.value:.{converted.decimals}f}"


def described(chosen: Chosen, request: HttpRequest) -> dict[str, Any]:
    """The JSON-stat dataset without its values: what `/metadata` says of a table."""
    table, spoken, variables = chosen.table, language(), chosen.variables
    geo = [code for code in (GEO, "partner") if code in variables]
    return {
        "version": "2.0", "class": "dataset", "href": request.build_absolute_uri(), "label": table.title(variables),
        "source": settings.PUBLISHER[spoken], "updated": table.updated,
        "link": {"describedby": [{"href": base_of(request) + CATALOG, "type": "application/ld+json"}]},
        "note": [str(note) for note in NOTES],
        "role": {"time": [TIME], "geo": geo, "metric": [CONTENTS] if CONTENTS in variables else []},
        "id": list(variables), "size": [len(variable.values) for variable in variables.values()],
        "dimension": {code: _dimension(table, variable, request) for code, variable in variables.items()},
        "extension": {
            "px": {
                "tableid": table.code, "matrix": table.code, "language": spoken, "official-statistics": False,
                "aggregallowed": False, "copyright": False, "contents": table.cube.label.name(spoken),
                "heading": [TIME], "stub": [code for code in variables if code != TIME],
                "subject-code": table.subject.code, "subject-area": table.subject.name(spoken),
            },
            "firstPeriod": table.cube.periods[0], "lastPeriod": table.cube.periods[-1], "discontinued": False,
            "license": settings.DATA_LICENCE["url"], "dataVersion": data_version(),
        },
        "value": None,
    }  # fmt: skip


def _dimension(table: PxTable, variable: Variable, request: HttpRequest) -> dict[str, Any]:
    spoken = language()
    category: dict[str, Any] = {
        "index": {code: place for place, code in enumerate(variable.values)},
        "label": {code: label.name(spoken) for code, (_, label) in variable.values.items()},
    }
    extension: dict[str, Any] = {"elimination": variable.without is not None, "show": "value"}
    if variable.without is not None:
        extension["eliminationValueCode"] = variable.without
    if variable.code == CONTENTS:
        contents = {code: (key, table.known.contents[key]) for code, (key, _) in variable.values.items()}
        category["unit"] = {
            code: {"base": table.names.unit(content.unit, key).name(spoken), "decimals": content.decimals}
            for code, (key, content) in contents.items()
        }
        extension["measuringType"] = {
            code: MEASURING.get(content.kind, "Other") for code, (_, content) in contents.items()
        }
        extension["priceType"] = {
            code: PRICES.get(content.price_basis, "NotApplicable") for code, (_, content) in contents.items()
        }
    extension["codeLists"] = [
        {
            "id": id,
            "label": str(listed.label),
            "type": "Valueset",
            "links": [link(request, "codelist", f"/codelists/{id}")],
        }
        for id, listed in table.code_lists.items()
        if listed.variable.code == variable.code
    ]
    return {"label": variable.label, "category": category, "extension": extension}


def dataset(chosen: Chosen, request: HttpRequest) -> dict[str, Any]:
    """The JSON-stat dataset with its values: null where there is no figure, and marks on what is no exact observed value."""
    by_place = cells(chosen)
    content = described(chosen, request)
    values: list[Any] = [None] * chosen.cells
    for place, cell in by_place.items():
        values[place] = cell.value if cell.value is None else orjson.Fragment(cell.value)
    listed = sorted(by_place.items())
    content["value"] = values
    content["status"] = {str(place): cell.code for place, cell in listed if cell.mark}
    labels = {**dict(Qualifier.choices), **dict(ObservationStatus.choices)}
    content["extension"]["status"] = {
        "label": {code: str(labels[code]) for code in sorted(set(content["status"].values()))}
    }
    content["extension"]["qualifier"] = {
        str(place): cell.qualifier for place, cell in listed if cell.qualifier != "exact"
    }
    return content


def link(request: HttpRequest, rel: str, path: str) -> dict[str, str]:
    """A link of PxWebApi, to a path below `/pxweb/v2`, in the language of the answer."""
    spoken = language()
    return {
        "rel": rel,
        "hreflang": spoken,
        "href": f"{base_of(request)}/pxweb/v2{path}{'&' if '?' in path else '?'}lang={spoken}",
    }


@dataclass(frozen=True)
class Layout:
    """How a table is laid out as text: which variables run down (`stub`) and across (`heading`), and how values are named."""

    stub: Sequence[str]
    heading: Sequence[str]
    named_by: str = "UseTexts"
    separator: str = ","
    titled: bool = False

    def name(self, code: str, value: tuple[object, Label]) -> str:
        text = value[1].name(language())
        return {"UseTexts": text, "UseCodes": code, "UseCodesAndTexts": text if text == code else f"{code} {text}"}[
            self.named_by
        ]


def as_csv(chosen: Chosen, layout: Layout) -> str:
    """The part of a table as the CSV of PxWeb: a column for each combination of the heading, empty where there is no figure.

    Beside a column that has figures which are no exact observed values stands one that says what they are.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=layout.separator, lineterminator="\r\n")
    if layout.titled:
        writer.writerow([harmless(chosen.table.title(chosen.variables))])
        writer.writerow([])
    for row in _laid_out(chosen, layout):
        writer.writerow(row)
    return buffer.getvalue()


def _laid_out(chosen: Chosen, layout: Layout) -> Iterator[list[Any]]:
    by_place, variables = cells(chosen), chosen.variables
    named = {code: [layout.name(word, value) for word, value in own.values.items()] for code, own in variables.items()}
    strides = chosen.strides
    across = [
        (" ".join(names) or str(both("数值", "value")), at) for names, at in _combined(layout.heading, named, strides)
    ]
    lines = list(_combined(layout.stub, named, strides))
    marks = {place: cell.mark for place, cell in by_place.items() if cell.mark}
    marked = {at for _, at in across if any(down + at in marks for _, down in lines)}
    label = {code: code if layout.named_by == "UseCodes" else variables[code].label for code in variables}
    heads = [(name, f"{name}{MARK}") if at in marked else (name,) for name, at in across]
    yield list(map(harmless, [*(label[code] for code in layout.stub), *chain(*heads)]))
    for names, down in lines:
        row: list[str | None] = list(map(harmless, names))
        for _, at in across:
            cell = by_place.get(down + at)
            row.append(cell.value if cell else None)
            row += [marks.get(down + at)] if at in marked else []
        yield row


def _combined(
    codes: Sequence[str], named: dict[str, list[str]], strides: dict[str, int]
) -> Iterator[tuple[list[str], int]]:
    """Every combination of the values of some variables: their names, and what they add to a cell's place."""
    for combination in product(*(enumerate(named[code]) for code in codes)):
        place = sum(at * strides[code] for code, (at, _) in zip(codes, combination, strict=True))
        yield [name for _, name in combination], place
