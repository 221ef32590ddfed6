"""SDMX-ML 2.1, what all its messages share: elements as text, names in both languages, references, the header."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from api.sdmx.components import AGENCY
from api.sdmx.structures import VERSION, Artefact, Item, Named
from sources.versions import newest_release

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
SCHEMAS = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"
NAMESPACES = {
    "message": f"{SCHEMAS}/message",
    "common": f"{SCHEMAS}/common",
    "structure": f"{SCHEMAS}/structure",
    "generic": f"{SCHEMAS}/data/generic",
    "ss": f"{SCHEMAS}/data/structurespecific",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}

# Resource → its package and class in the information model, as references and URNs name them.
CLASSES = {
    "agencyscheme": ("base", "AgencyScheme"),
    "dataflow": ("datastructure", "Dataflow"),
    "categoryscheme": ("categoryscheme", "CategoryScheme"),
    "categorisation": ("categoryscheme", "Categorisation"),
    "codelist": ("codelist", "Codelist"),
    "conceptscheme": ("conceptscheme", "ConceptScheme"),
    "datastructure": ("datastructure", "DataStructure"),
    "contentconstraint": ("registry", "ContentConstraint"),
}


def element(tag: str, *inside: str, **attributes: str | None) -> str:
    """An element with what is inside, already escaped; an attribute that is None is left out."""
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items() if value is not None)
    content = "".join(inside)
    return f"<{tag}{given}>{content}</{tag}>" if content else f"<{tag}{given}/>"


def namespaces(*prefixes: str) -> str:
    """The declarations of these prefixes."""
    return "".join(f' xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in prefixes)


def names(named: Named) -> str:
    """Its name, and its description where it has one, in Chinese and English."""
    elements = [f'<common:Name xml:lang="zh">{escape(named.zh)}</common:Name>',
            f'<common:Name xml:lang="en">{escape(named.en)}</common:Name>']  # fmt: skip
    if named.about_zh:
        elements.append(f'<common:Description xml:lang="zh">{escape(named.about_zh)}</common:Description>')
    if named.about_en:
        elements.append(f'<common:Description xml:lang="en">{escape(named.about_en)}</common:Description>')
    return "".join(elements)


def urn(artefact: Artefact) -> str:
    """The URN of an artefact."""
    package, name = CLASSES[artefact.kind]
    return f"urn:sdmx:org.sdmx.infomodel.{package}.{name}={artefact.agency}:{artefact.id}({artefact.version})"


def item_urn(artefact: Artefact, name: str, item: Item) -> str:
    """The URN of an item of a scheme."""
    package, _ = CLASSES[artefact.kind]
    return f"urn:sdmx:org.sdmx.infomodel.{package}.{name}={artefact.agency}:{artefact.id}({artefact.version}).{item.id}"


def reference(kind: str, id_: str) -> str:
    """A reference to an artefact of ours."""
    package, name = CLASSES[kind]
    attributes = {"id": id_, "version": VERSION, "agencyID": AGENCY, "package": package, "class": name}
    return element("Ref", **attributes)


def reference_into(kind: str, scheme: str, id_: str, name: str) -> str:
    """A reference to an item of a scheme of ours."""
    attributes = {
        "maintainableParentID": scheme, "maintainableParentVersion": VERSION, "agencyID": AGENCY, "id": id_,
        "package": CLASSES[kind][0], "class": name,
    }  # fmt: skip
    return element("Ref", **attributes)


def message_id() -> str:
    """The id of a message: the data version, so that one question has one answer, byte by byte."""
    return f"{AGENCY}-{newest_release().mark.replace('.', '_')}"


def prepared() -> str:
    """When the data of a message were published."""
    at = newest_release().published_at
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else "1970-01-01T00:00:00Z"


def header(*more: str) -> str:
    """The head of a message."""
    return element(
        "message:Header",
        element("message:ID", message_id()),
        element("message:Test", "false"),
        element("message:Prepared", prepared()),
        element("message:Sender", id=AGENCY),
        *more,
    )
