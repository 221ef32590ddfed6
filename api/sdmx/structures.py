"""The structures that describe the figures in SDMX, made of the records once per data version; the writers spell them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from api.sdmx.availability import Available, available
from api.sdmx.components import (
    AGENCY,
    ATTRIBUTES,
    COMPONENTS,
    DIMENSIONS,
    NOT_APPLICABLE,
    TOTAL,
    Codes,
    SdmxComponent,
    held_codes,
)
from indicators.codes import INDUSTRY, PRODUCT, TRADE_MODE
from indicators.cubes import EVERYTHING
from indicators.labels import Labels, labels
from indicators.models import Category, Indicator, Topic
from indicators.selection import Selection, everything
from regions.models import Region
from sources.bilingual import in_both
from sources.hierarchy import Hierarchy
from sources.kept import kept_for_version
from sources.models import Source

# Of all that grows with the records: two numbers, which promise nobody that it stays as it is, as three would in SDMX 3.0.
VERSION = "1.0"
POWERS = {
    0: ("个", "units"), 3: ("千", "thousands"), 4: ("万", "ten thousands"), 6: ("百万", "millions"),
    8: ("亿", "hundred millions"), 9: ("十亿", "billions"), 12: ("万亿", "trillions"),
}  # fmt: skip


@dataclass(frozen=True)
class Named:
    """An id with names, and perhaps a description, in Chinese and English."""

    id: str
    zh: str
    en: str
    about_zh: str = ""
    about_en: str = ""


@dataclass(frozen=True)
class Item(Named):
    """A code, a concept, a category or an agency; `parent` is the id of the code above it."""

    parent: str | None = None


@dataclass(frozen=True)
class Artefact(Named):
    """What a service maintains. `kind` is its resource in SDMX 2.1 (`codelist`), `agency` whose it is.

    What is final stays as it is in its version; its version in SDMX 3.0 is one of three numbers, which says the same.
    """

    kind: str = ""
    agency: str = AGENCY
    is_stub: bool = False
    version: str = VERSION
    is_final: bool = False

    @property
    def semantic_version(self) -> str:
        """Its version in SDMX 3.0."""
        return f"{self.version}.0" if self.is_final else self.version

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.id


@dataclass(frozen=True)
class ItemScheme(Artefact):
    """A list of items: codelist, concept scheme, category scheme, agency scheme."""

    items: tuple[Item, ...] = ()
    is_partial: bool = False

    @cached_property
    def by_id(self) -> Mapping[str, Item]:
        """The items by their ids."""
        return {item.id: item for item in self.items}

    def only(self, ids: Iterable[str]) -> ItemScheme:
        """The part with these items and what is above them."""
        tree = Hierarchy((item.id, item.parent) for item in self.items)
        kept = {one for id_ in ids for one in (id_, *tree.ancestors(id_))}
        items = tuple(item for item in self.items if item.id in kept)
        return replace(self, items=items, is_partial=len(items) < len(self.items))


@dataclass(frozen=True)
class DataStructure(Artefact):
    """DSD_OBS; its components are in api.sdmx.components."""


@dataclass(frozen=True)
class Dataflow(Artefact):
    """Figures of a topic, or all of them; `topic` is the key of the topic."""

    topic: int | None = None

    def selection(self) -> Selection:
        """The figures of the dataflow, as the newest release has them."""
        known = labels()
        if self.topic is None:
            return everything(known)
        measured = [key for key, about in known.measured.items() if about.topic == self.topic]
        return everything(known).where("indicator", measured)


@dataclass(frozen=True)
class Categorisation(Artefact):
    """That a dataflow is of a category."""

    flow: str = ""
    category: str = ""


@dataclass(frozen=True)
class Constraint(Artefact):
    """What there is in a dataflow, or in a part of it."""

    flow: str = ""
    found: Available | None = None


KINDS = (
    "agencyscheme", "dataflow", "categoryscheme", "categorisation", "codelist", "conceptscheme", "datastructure",
    "contentconstraint",
)  # fmt: skip


class Structures:
    """Every artefact of one data version."""

    def __init__(self, known: Labels) -> None:
        self.flows: dict[str, Dataflow] = {flow.id: flow for flow in _flows()}
        self.concepts = {part.id: Item(part.id, part.zh, part.en) for part in COMPONENTS}
        topics = tuple(Item(flow.id, flow.zh, flow.en) for flow in self.flows.values() if flow.topic is not None)
        agency = Item(AGENCY, "湖南开放型经济数据", "Hunan Open Trade Data")
        self.structure = DataStructure("DSD_OBS", "观测", "Observations", kind="datastructure")
        self.codelists = {scheme.id: scheme for scheme in _codelists(known)}
        self.fixed: tuple[Artefact, ...] = (
            ItemScheme("AGENCIES", "机构", "Agencies", kind="agencyscheme", agency="SDMX", items=(agency,)),
            *self.flows.values(),
            ItemScheme("CS_TOPIC", "主题", "Topics", kind="categoryscheme", items=topics),
            *(
                Categorisation(f"CAT_{topic.id}", topic.zh, topic.en, kind="categorisation", flow=topic.id, category=topic.id)
                for topic in topics
            ),
            *self.codelists.values(),
            ItemScheme("CS_OBS", "观测的概念", "Concepts of observations", kind="conceptscheme", items=tuple(self.concepts.values())),
            self.structure,
        )  # fmt: skip

    @cached_property
    def constraints(self) -> tuple[Constraint, ...]:
        """What there is in each dataflow."""
        whole = ((flow, available(flow.selection())) for flow in self.flows.values())
        return tuple(constraint_of(flow, found, whole=True) for flow, found in whole)

    def of_kind(self, kind: str) -> Sequence[Artefact]:
        """All artefacts of a kind; asks the store for constraints only."""
        if kind == "contentconstraint":
            return self.constraints
        return [artefact for artefact in self.fixed if artefact.kind == kind]

    # What refers to what -----------------------------------------------------------------------------------------------

    def children(self, artefact: Artefact) -> Iterator[Artefact]:
        """The artefacts that an artefact refers to."""
        if isinstance(artefact, Dataflow):
            yield self.structure
        elif isinstance(artefact, DataStructure):
            yield from self.of_kind("conceptscheme")
            yield from self.codelists.values()
        elif isinstance(artefact, Categorisation):
            yield self.flows[artefact.flow]
            yield from self.of_kind("categoryscheme")
        elif isinstance(artefact, Constraint):
            yield self.flows[artefact.flow]

    def parents(self, artefact: Artefact) -> Iterator[Artefact]:
        """The artefacts that refer to an artefact."""
        if isinstance(artefact, Dataflow):
            yield from (each for each in self.of_kind("categorisation") if _flow_of(each) == artefact.id)
            yield from (each for each in self.constraints if each.flow == artefact.id)
        elif isinstance(artefact, DataStructure):
            yield from self.flows.values()
        elif artefact.kind in ("codelist", "conceptscheme"):
            yield self.structure
        elif artefact.kind == "categoryscheme":
            yield from self.of_kind("categorisation")

    def descendants(self, artefact: Artefact) -> Iterator[Artefact]:
        """What it refers to, and what that refers to."""
        for child in self.children(artefact):
            yield child
            yield from self.descendants(child)

    def ancestors(self, artefact: Artefact) -> Iterator[Artefact]:
        """What refers to it, and what refers to that."""
        for parent in self.parents(artefact):
            yield parent
            yield from self.ancestors(parent)

    def siblings(self, artefact: Artefact) -> Iterator[Artefact]:
        """The artefacts that the parents of an artefact refer to, itself included."""
        for parent in self.parents(artefact):
            yield parent
            yield from self.children(parent)

    def everything_about(self, artefact: Artefact) -> Iterator[Artefact]:
        """Whatever refers to it, its siblings, and whatever it refers to."""
        yield from self.siblings(artefact)
        yield from self.descendants(artefact)

    def referenced(self, artefacts: Sequence[Artefact], references: Sequence[str]) -> list[Artefact]:
        """These artefacts with those that `references` names, each once."""
        walks = {
            "children": self.children, "parents": self.parents, "descendants": self.descendants,
            "ancestors": self.ancestors, "parentsandsiblings": self.siblings, "all": self.everything_about,
        }  # fmt: skip
        named = {artefact.key: artefact for artefact in artefacts}
        for word in references:
            for artefact in artefacts:
                if word == "none":
                    continue
                walk = walks.get(word, self.everything_about)
                for other in walk(artefact):
                    if word in walks or other.kind == word:
                        named.setdefault(other.key, other)
        return list(named.values())


def _flow_of(artefact: Artefact) -> str:
    return artefact.flow if isinstance(artefact, Categorisation) else ""


def constraint_of(flow: Dataflow, found: Available, *, whole: bool) -> Constraint:
    """The constraint that says what was found in a dataflow, or in a part of it. Its version goes up with each release."""
    return Constraint(
        f"CR_{flow.id}", f"{flow.zh}：现有数据", f"{flow.en}: available data", kind="contentconstraint",
        flow=flow.id, found=found, version=f"1.{len(labels().published)}", is_final=whole,
    )  # fmt: skip


def _flows() -> Iterator[Dataflow]:
    yield Dataflow(EVERYTHING.code, "全部观测", "All observations", kind="dataflow")
    for topic in Topic.objects.public():
        yield Dataflow(topic.code, topic.name_zh, topic.name_en, kind="dataflow", topic=topic.pk)


def _words(component: SdmxComponent, codes: Codes) -> list[Item]:
    """The items of the closed list that a component's values are of."""
    code = codes.code[component.id]
    return [Item(code[word], *in_both(label)) for word, label in component.part.words.items()]


def _codelists(known: Labels) -> Iterator[ItemScheme]:
    held = held_codes()
    total, none = Item(TOTAL, "合计", "Total"), Item(NOT_APPLICABLE, "不适用", "Not applicable")
    places = Region.objects.public()
    indicators = [
        Item(row.code, row.name_zh, row.name_en, row.definition_zh, row.definition_en)
        for row in Indicator.objects.public()
    ]
    sources = [Item(row.slug, row.title_zh, row.title_en) for row in Source.objects.public()]
    variants = [Item(variant, variant, variant) for variant in known.variants]
    lists: tuple[tuple[str, str, str, Iterable[Item]], ...] = (
        *(
            (component.codelist, component.zh, component.en, _words(component, held))
            for component in COMPONENTS
            if component.codelist and component.part.words
        ),
        ("CL_AREA", "地区", "Areas", [total, none, *_tree(places)]),
        ("CL_INDICATOR", "指标", "Indicators", indicators),
        ("CL_INDUSTRY", "行业", "Industries", [total, *_categories(INDUSTRY.code)]),
        ("CL_PRODUCT", "商品", "Products", [total, *_categories(PRODUCT.code)]),
        ("CL_TRADE_MODE", "贸易方式", "Modes of trade", [total, *_categories(TRADE_MODE.code)]),
        ("CL_VARIANT", "变体", "Variants", [Item(NOT_APPLICABLE, "首选表述", "The preferred statement"), *variants]),
        ("CL_UNIT_MEASURE", "计量单位", "Units of measure", _units(known, held)),
        ("CL_UNIT_MULT", "单位乘数", "Unit multipliers", _multiples(held)),
        ("CL_DECIMALS", "小数位", "Decimals", [Item(c, c, c) for c in held.code["DECIMALS"].values()]),
        ("CL_SOURCE", "来源", "Sources", sources),
    )
    for id_, zh, en, items in lists:
        yield ItemScheme(id_, zh, en, kind="codelist", items=tuple(items))


def _tree(records: Iterable[Any]) -> list[Item]:
    """Records that have a parent, as codes, each after the one above it; a parent that is no public record is left out."""
    public = {record.pk: record for record in records}
    above = {pk: record.parent_id if record.parent_id in public else None for pk, record in public.items()}
    return [
        Item(record.code, record.name_zh, record.name_en, parent=public[parent].code if parent else None)
        for record, parent in ((public[pk], above[pk]) for pk in Hierarchy(above.items()).top_down())
    ]


def _categories(scheme: str) -> list[Item]:
    return _tree(Category.objects.public().filter(scheme__code=scheme))


def _units(known: Labels, codes: Codes) -> list[Item]:
    """The units that figures are given in after their multiplier was taken out."""
    used = dict.fromkeys(codes.units[key][0] for key in known.units.key.values())
    named = [known.unit_called(code) for code in used if code in known.units.key]
    return [Item(label.code, label.zh, label.en) for label in named]


def _multiples(codes: Codes) -> list[Item]:
    powers = sorted({power for _, power in codes.units.values()})
    return [Item(str(power), *POWERS.get(power, (f"10^{power}", f"10^{power}"))) for power in powers]


@kept_for_version
def structures() -> Structures:
    """The structures of the newest release."""
    return Structures(labels())


def codes_used(found: Available) -> dict[str, set[str]]:
    """Codelist → the codes that occur in what was found; of attributes nothing is known, so all of theirs are kept."""
    used: dict[str, set[str]] = {}
    for dimension in DIMENSIONS:
        used.setdefault(str(dimension.codelist), set()).update(found.codes.get(dimension.id, ()))
    return used


def data_validity(flow: Dataflow | None) -> list[Artefact]:
    """What describes valid data of a dataflow as they stand, or of the data structure (None): codelists of the codes that occur
    in the dataflow, with the constraint that says in which dimension; of the data structure whole ones.
    """
    known = structures()
    about = [
        artefact
        for kind in ("agencyscheme", "codelist", "conceptscheme", "datastructure")
        for artefact in known.of_kind(kind)
    ]
    if flow is None:
        return about
    (constraint,) = (each for each in known.constraints if each.flow == flow.id)
    assert constraint.found is not None
    return [*partial(about, codes_used(constraint.found)), constraint]


def partial(artefacts: Iterable[Artefact], used: Mapping[str, Iterable[str]]) -> list[Artefact]:
    """The artefacts, with only the used codes in the codelists of dimensions."""
    attached = {attribute.codelist for attribute in ATTRIBUTES}
    return [
        each.only(used[each.id])
        if isinstance(each, ItemScheme) and each.id in used and each.id not in attached
        else each
        for each in artefacts
    ]


def without_content(artefact: Artefact) -> Artefact:
    """The stub of an artefact: its id and names, without its items or components."""
    return replace(artefact, is_stub=True)
