"""Every SDMX data format read back as the same flat rows, component → text, with no library of ours."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

BASE = "/sdmx"
DIMENSIONS = [
    "FREQ", "REF_AREA", "INDICATOR", "INDUSTRY", "PRODUCT", "COUNTERPART_AREA", "TRADE_MODE", "WHOLE",
    "ACCUMULATION", "VARIANT",
]  # fmt: skip
ATTRIBUTES = [
    "UNIT_MEASURE", "UNIT_MULT", "DECIMALS", "OBS_STATUS", "QUALIFIER", "PERIOD_BASIS", "SOURCE", "COMMENT",
]  # fmt: skip
COLUMNS = [*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *ATTRIBUTES]
SPACES = {
    "message": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message",
    "common": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common",
    "structure": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure",
    "generic": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic",
    "ss": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/structurespecific",
}
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

Row = dict[str, str]
DataSet = tuple[str, str | None, list[Row]]  # action, valid from, rows


def body(response: Any) -> bytes:
    """The bytes of an answer, streamed or not; it must be a 200."""
    content = response.getvalue()
    assert response.status_code == 200, content.decode()[:1000]
    return bytes(content)


def table(content: bytes) -> list[Row]:
    """The lines of SDMX-CSV by their header."""
    text = content.decode()
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def csv_rows(content: bytes) -> list[Row]:
    """Rows of SDMX-CSV 1.0 or 2.0, without the columns that say of what; empty cells are left out."""
    return [{name: cell for name, cell in line.items() if name in COLUMNS and cell} for line in table(content)]


def generic_datasets(content: bytes) -> list[DataSet]:
    """Datasets of SDMX-ML 2.1 generic data, by series or flat."""
    read = []
    for dataset in ElementTree.fromstring(content).iterfind("message:DataSet", SPACES):
        rows = []
        for series in dataset.iterfind("generic:Series", SPACES):
            key = _values(series.find("generic:SeriesKey", SPACES))
            rows += [key | _observation(each) for each in series.iterfind("generic:Obs", SPACES)] or [key]
        rows += [_observation(each) for each in dataset.iterfind("generic:Obs", SPACES)]
        read.append((dataset.attrib["action"], dataset.get("validFromDate"), rows))
    return read


def _values(element: Any) -> Row:
    return {} if element is None else {each.attrib["id"]: each.attrib["value"] for each in element}


def _observation(element: Any) -> Row:
    row = _values(element.find("generic:ObsKey", SPACES)) | _values(element.find("generic:Attributes", SPACES))
    if (time := element.find("generic:ObsDimension", SPACES)) is not None:
        row["TIME_PERIOD"] = time.attrib["value"]
    if (value := element.find("generic:ObsValue", SPACES)) is not None:
        row["OBS_VALUE"] = value.attrib["value"]
    return row


def specific_datasets(content: bytes) -> list[DataSet]:
    """Datasets of SDMX-ML 2.1 structure-specific data, by series or flat."""
    read = []
    for dataset in ElementTree.fromstring(content).iterfind("message:DataSet", SPACES):
        rows: list[Row] = []
        for element in dataset:
            if element.tag == "Series":
                rows += [dict(element.attrib) | dict(each.attrib) for each in element] or [dict(element.attrib)]
            else:
                rows.append(dict(element.attrib))
        attributes = {name.rpartition("}")[2]: text for name, text in dataset.attrib.items()}
        read.append((attributes["action"], attributes.get("validFromDate"), rows))
    return read


def json_datasets(content: bytes) -> list[DataSet]:
    """Datasets of SDMX-JSON 1.0 or 2.0, by series or flat; numbers are read as they are written."""
    data = json.loads(content, parse_float=str, parse_int=str)["data"]
    structure = data["structure"] if "structure" in data else data["structures"][0]
    of_series, of_observations = (structure["dimensions"][level] for level in ("series", "observation"))
    attributes = structure["attributes"]["observation"]
    has_measure = structure.get("measures", {"observation": [1]})["observation"]
    read = []
    for dataset in data["dataSets"]:
        rows = []
        for key, series in dataset.get("series", {"": dataset}).items():
            of_all = _pointed(of_series, key)
            rows += [
                of_all
                | _pointed(of_observations, place)
                | _told(told, attributes, bool(has_measure) and len(told) > len(attributes))
                for place, told in series["observations"].items()
            ] or [of_all]
        read.append((dataset["action"], dataset.get("validFrom"), rows))
    return read


def _pointed(components: list[Any], key: str) -> Row:
    places = key.split(":") if key else []
    return {each["id"]: _text(each["values"][int(place)]) for each, place in zip(components, places, strict=True)}


def _told(told: list[Any], attributes: list[Any], has_measure: bool) -> Row:
    row = {"OBS_VALUE": told[0]} if has_measure and told[0] is not None else {}
    for attribute, place in zip(attributes, told[1:] if has_measure else told, strict=False):
        if place is not None:
            row[attribute["id"]] = _text(attribute["values"][int(place)])
    return row


def _text(value: dict[str, str]) -> str:
    return value.get("id") or value.get("value") or value["name"]


def only(datasets: list[DataSet]) -> list[Row]:
    """The rows of the one dataset."""
    ((action, _, rows),) = datasets
    assert action == "Information"
    return rows
