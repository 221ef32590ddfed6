"""Figures as SDMX-JSON: 1.0 for SDMX 2.1, 2.0 for SDMX 3.0.

The rows come first and the lists of values that they point into come last, so that a message is written as its rows are
read. Periods are the exception: charts take their list as it is, so it is asked for beforehand, in order.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any

from api.formats.json import to_json
from api.sdmx.components import ATTRIBUTES, DIMENSIONS, MEASURE, TIME, SdmxComponent
from api.sdmx.data_query import Question, SdmxDataset
from api.sdmx.structure_json import SCHEMAS, Json, Spelling, meta, named
from api.sdmx.structures import Named, structures
from indicators.periods import parse_period
from indicators.reading import periods_of

SCHEMA = f"{SCHEMAS}/data-message/tools/schemas/{{}}/sdmx-json-data-schema.json"


class JsonWriter:
    """One message. `index` holds, for each component, the values that occurred and the places they have in its list."""

    def __init__(self, question: Question, spelling: Spelling) -> None:
        self.question, self.spelling, self.structures = question, spelling, structures()
        self.links = [{"rel": "dataflow", "urn": spelling.urn("dataflow", question.flow.id)}]
        self.index: dict[str, dict[str, int]] = {component.id: {} for component in question.components}
        if not question.series_only:
            self.index[TIME.id] = {period: place for place, period in enumerate(periods_of(question.in_all()))}

    def write(self, parts: Iterable[SdmxDataset]) -> Generator[bytes, None, None]:
        """The message, a piece at a time. Raises TooLarge."""
        schema = SCHEMA.format("2.0.0" if self.spelling.is_v3 else "1.0")
        yield b'{"meta":' + to_json(meta(schema, self.question.language)) + b',"data":{"dataSets":['
        count = 0
        for part in parts:
            yield b"," if count else b""
            yield to_json(self._head(part))[:-1]
            yield from self._series(part) if self.question.by_series else self._flat(part)
            yield b"}}"
            count += 1
        described = self._structure(count)
        if self.spelling.is_v3:
            yield b'],"structures":[' + to_json(described) + b"]}}"
        else:
            yield b'],"structure":' + to_json(described) + b"}}"

    def _head(self, part: SdmxDataset) -> Json:
        head: Json = {"structure": 0} if self.spelling.is_v3 else {}
        head |= {"action": part.action, "links": self.links}
        return head | ({"validFrom": part.valid_from} if part.valid_from else {})

    # Rows --------------------------------------------------------------------------------------------------------------

    def _series(self, part: SdmxDataset) -> Iterator[bytes]:
        """Each series with its observations; a series may go on in the next chunk."""
        yield b',"series":{'
        current, before = None, ""
        for chunk in part.chunks:
            columns = dict(zip((component.id for component in part.components), chunk.columns, strict=True))
            keys = self._keys(DIMENSIONS, columns)
            observations = [] if self.question.series_only else self._observations(part, columns, (TIME,))
            pieces = []
            for place, series in enumerate(chunk.series):
                if series != current:
                    pieces.append(f'{before}"{keys[place]}":{{"observations":{{')
                    current, before = series, "}},"
                elif observations:
                    pieces.append(",")
                if observations:
                    pieces.append(observations[place])
            yield "".join(pieces).encode()
        yield b"}}"

    def _flat(self, part: SdmxDataset) -> Iterator[bytes]:
        yield b',"observations":{'
        started = False
        dimensions = DIMENSIONS if self.question.series_only else (*DIMENSIONS, TIME)
        for chunk in part.chunks:
            columns = dict(zip((component.id for component in part.components), chunk.columns, strict=True))
            rows = ",".join(self._observations(part, columns, dimensions))
            yield f"{',' if started else ''}{rows}".encode()
            started = True

    def _keys(self, components: Sequence[SdmxComponent], columns: dict[str, Sequence[Any]]) -> list[str]:
        """The places of these components' values, joined by colons."""
        return list(map(":".join, zip(*(self._places(each, columns[each.id]) for each in components), strict=True)))

    def _places(self, component: SdmxComponent, column: Sequence[str | None]) -> list[str]:
        index = self.index[component.id]
        return ["null" if text is None else str(index.setdefault(text, len(index))) for text in column]

    def _observations(
        self, part: SdmxDataset, columns: dict[str, Sequence[Any]], dimensions: Sequence[SdmxComponent]
    ) -> list[str]:
        keys = self._keys(dimensions, columns)
        told: list[Iterable[str]] = []
        for component in part.components:
            if component == MEASURE:
                told.append(["null" if text is None else text for text in columns[MEASURE.id]])
            elif component.is_attribute:
                told.append(self._places(component, columns[component.id]))
        rows: Iterable[str] = map(",".join, zip(*told, strict=True)) if told else [""] * len(keys)
        return [f'"{key}":[{row}]' for key, row in zip(keys, rows, strict=True)]

    # What they point into ------------------------------------------------------------------------------------------------

    def _structure(self, datasets: int) -> Json:
        by_series = self.question.by_series
        times = () if self.question.series_only else (TIME,)
        of_series = DIMENSIONS if by_series else ()
        of_observations = times if by_series else (*DIMENSIONS, *times)
        shown = self.question.components
        described = self._named(self.question.flow)
        del described["id"]
        described |= {
            "links": self.links,
            "dimensions": {
                "dataSet": [],
                "series": [self._dimension(component) for component in of_series],
                "observation": [self._dimension(component) for component in of_observations],
            },
            "attributes": {
                "dataSet": [],
                "series": [],
                "observation": [self._attribute(component) for component in ATTRIBUTES if component in shown],
            },
        }
        if self.spelling.is_v3:
            measures = [self._named(self.structures.concepts[MEASURE.id])] if MEASURE in shown else []
            described |= {"dataSets": list(range(datasets)), "measures": {"observation": measures}}
        return described

    def _named(self, thing: Named) -> Json:
        return named(thing, self.question.language)

    def _dimension(self, component: SdmxComponent) -> Json:
        position = (*DIMENSIONS, TIME).index(component)
        roles = {TIME.id: ["TIME"], "FREQ": ["FREQ"], "REF_AREA": ["GEO"]}.get(component.id)
        return {
            **self._named(self.structures.concepts[component.id]), "keyPosition": position, **({"roles": roles} if roles else {}),
            "values": self._values(component),
        }  # fmt: skip

    def _attribute(self, component: SdmxComponent) -> Json:
        at_observation: Json = {"observation": {}} if self.spelling.is_v3 else {"primaryMeasure": MEASURE.id}
        values = self._values(component)
        described = self._named(self.structures.concepts[component.id]) | {"relationship": at_observation}
        return described if self.spelling.is_v3 and not values else described | {"values": values}

    def _values(self, component: SdmxComponent) -> list[Json]:
        texts = list(self.index[component.id])
        if component == TIME:
            return [_period(text) for text in texts]
        if not component.codelist:
            return [{"value" if self.spelling.is_v3 else "name": text} for text in texts]
        items = self.structures.codelists[component.codelist].by_id
        return [self._named(items[text]) if text in items else {"id": text, "name": text} for text in texts]


def _period(label: str) -> Json:
    period = parse_period(label)
    return {"id": label, "name": label, "start": f"{period.start}T00:00:00Z", "end": f"{period.end}T23:59:59Z"}
