"""Figures as SDMX-ML 2.1, generic and structure-specific: written by hand as text, for a library takes fifteen times as long."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from xml.sax.saxutils import quoteattr

from api.sdmx.components import ATTRIBUTES, DIMENSIONS, MEASURE, TIME, SdmxComponent
from api.sdmx.data_query import Chunk, Question, SdmxDataset
from api.sdmx.xml import DECLARATION, element, header, namespaces, reference, urn

# What a message calls its structure. R's rsdmx takes it for the id of the data structure, so that is what it is.
STRUCTURE = "DSD_OBS"

Spell = Callable[[str, str], str]  # of a component's id and its value


class _Spelt(dict[str, str]):
    """A component's codes as they stand in a message, each spelt once."""

    def __init__(self, id_: str, spell: Spell) -> None:
        super().__init__()
        self.id, self.spell = id_, spell

    def __missing__(self, code: str) -> str:
        self[code] = spelt = self.spell(self.id, code)
        return spelt


def _as_attribute(id_: str, value: str) -> str:
    return f" {id_}={quoteattr(value)}"


def _as_value(id_: str, value: str) -> str:
    return f'<generic:Value id="{id_}" value={quoteattr(value)}/>'


class Writer(ABC):
    """What both kinds of message have in common: a head, datasets, series or single observations."""

    root: str
    closing: str
    spell: Spell

    def __init__(self, question: Question) -> None:
        self.question = question
        self.spelt = {part.id: _Spelt(part.id, type(self).spell) for part in question.components if part.codelist}
        self.at = TIME.id if question.by_series else "AllDimensions"

    def write(self, parts: Iterable[SdmxDataset]) -> Generator[bytes, None, None]:
        """The message, a piece at a time."""
        yield self.head().encode()
        for part in parts:
            yield self.opening(part).encode()
            yield from self._series(part) if self.question.by_series else self._flat(part)
            yield b"</message:DataSet>"
        yield f"</message:{self.root}>".encode()

    def _series(self, part: SdmxDataset) -> Iterator[bytes]:
        current = None
        for chunk in part.chunks:
            dimensions = chunk.columns[: len(DIMENSIONS)]
            observations = [""] * len(chunk.series) if self.question.series_only else self.observations(part, chunk)
            pieces = []
            for place, series in enumerate(chunk.series):
                if series != current:
                    if current is not None:
                        pieces.append(self.closing)
                    codes = zip(DIMENSIONS, dimensions, strict=True)
                    pieces.append(
                        self.series("".join(self.spelt[part.id][str(column[place])] for part, column in codes))
                    )
                    current = series
                pieces.append(observations[place])
            yield "".join(pieces).encode()
        yield self.closing.encode()

    def _flat(self, part: SdmxDataset) -> Iterator[bytes]:
        for chunk in part.chunks:
            yield "".join(self.observations(part, chunk)).encode()

    def texts(self, components: Sequence[SdmxComponent], chunk: Chunk, part: SdmxDataset) -> Sequence[str]:
        """These components of each row, spelt; what is missing is left out."""
        places = {component.id: place for place, component in enumerate(part.components)}
        columns: list[Iterable[str]] = []
        spell = type(self).spell
        for component in components:
            column = chunk.columns[places[component.id]]
            if component.codelist:
                columns.append(map(self.spelt[component.id].__getitem__, column))  # type: ignore[arg-type]
            else:
                columns.append(["" if text is None else spell(component.id, text) for text in column])
        return list(map("".join, zip(*columns, strict=True))) if columns else [""] * len(chunk.series)

    def shown(self, part: SdmxDataset, of: Sequence[SdmxComponent]) -> list[SdmxComponent]:
        """Of these components, the ones that the rows of the dataset have."""
        return [component for component in of if component in part.components]

    @abstractmethod
    def head(self) -> str:
        """The message up to its first dataset."""

    @abstractmethod
    def opening(self, part: SdmxDataset) -> str:
        """The start of a dataset."""

    @abstractmethod
    def series(self, dimensions: str) -> str:
        """The start of a series with these dimensions."""

    @abstractmethod
    def observations(self, part: SdmxDataset, chunk: Chunk) -> Sequence[str]:
        """Each row as an observation."""


class Generic(Writer):
    """Generic data: every message is of one schema."""

    root = "GenericData"
    spell = staticmethod(_as_value)
    closing = "</generic:Series>"

    def head(self) -> str:
        usage = element("common:StructureUsage", reference("dataflow", self.question.flow.id))
        structure = element("message:Structure", usage, structureID=STRUCTURE, dimensionAtObservation=self.at)
        return f"{DECLARATION}<message:GenericData{namespaces('message', 'common', 'generic')}>{header(structure)}"

    def opening(self, part: SdmxDataset) -> str:
        valid = f' validFromDate="{part.valid_from}"' if part.valid_from else ""
        return f'<message:DataSet structureRef="{STRUCTURE}" action="{part.action}"{valid}>'

    def series(self, dimensions: str) -> str:
        return f"<generic:Series><generic:SeriesKey>{dimensions}</generic:SeriesKey>"

    def observations(self, part: SdmxDataset, chunk: Chunk) -> Sequence[str]:
        attributes = self.texts(self.shown(part, ATTRIBUTES), chunk, part)
        has_measure = MEASURE in part.components
        values = chunk.columns[part.components.index(MEASURE)] if has_measure else [None] * len(chunk.series)
        if self.question.by_series:
            times = chunk.columns[part.components.index(TIME)]
            keys: Iterable[str] = (f'<generic:ObsDimension value="{time}"/>' for time in times)
        else:
            dimensions = DIMENSIONS if self.question.series_only else (*DIMENSIONS, TIME)
            keys = (f"<generic:ObsKey>{key}</generic:ObsKey>" for key in self.texts(dimensions, chunk, part))
        stated = ["" if value is None else f'<generic:ObsValue value="{value}"/>' for value in values]
        given = [f"<generic:Attributes>{of_one}</generic:Attributes>" if of_one else "" for of_one in attributes]
        return [f"<generic:Obs>{''.join(inside)}</generic:Obs>" for inside in zip(keys, stated, given, strict=True)]


class StructureSpecific(Writer):
    """Structure-specific data: the components are XML attributes, a fifth of the bytes."""

    root = "StructureSpecificData"
    spell = staticmethod(_as_attribute)
    closing = "</Series>"

    @property
    def namespace(self) -> str:
        """Of the schema of this dataflow in this shape."""
        return f"{urn(self.question.flow)}:ObsLevelDim:{self.at}"

    def head(self) -> str:
        usage = element("common:StructureUsage", reference("dataflow", self.question.flow.id))
        structure = element(
            "message:Structure", usage, structureID=STRUCTURE, namespace=self.namespace, dimensionAtObservation=self.at
        )
        spaces = f'{namespaces("message", "common", "ss", "xsi")} xmlns:obs="{self.namespace}"'
        return f"{DECLARATION}<message:StructureSpecificData{spaces}>{header(structure)}"

    def opening(self, part: SdmxDataset) -> str:
        valid = f' ss:validFromDate="{part.valid_from}"' if part.valid_from else ""
        return (
            f'<message:DataSet ss:structureRef="{STRUCTURE}" xsi:type="obs:DataSetType" '
            f'ss:dataScope="DataStructure" ss:action="{part.action}"{valid}>'
        )

    def series(self, dimensions: str) -> str:
        return f"<Series{dimensions}>"

    def observations(self, part: SdmxDataset, chunk: Chunk) -> Sequence[str]:
        of = part.components[len(DIMENSIONS) :] if self.question.by_series else part.components
        return [f"<Obs{given}/>" for given in self.texts(of, chunk, part)]
