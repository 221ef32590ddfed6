"""SDMX structures: the names of the contract, codes with their tree and both names, references, stubs, availability."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from indicators.models import Category, Indicator, Topic
from regions.models import Region
from sources.kept import forget_kept
from tests.api.contract import problem_of
from tests.api.sdmx.sdmx_reading import (
    ATTRIBUTES,
    BASE,
    DIMENSIONS,
    LANGUAGE,
    SPACES,
    body,
)
from tests.indicators.indicator_store import a_later_release

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]


KINDS_2_1 = {
    "OrganisationSchemes", "Dataflows", "CategorySchemes", "Categorisations", "Codelists", "Concepts", "DataStructures",
}  # fmt: skip
FLOWS = [
    "OBS", "ECONOMY", "TRADE", "INDUSTRY", "INVESTMENT", "INNOVATION", "FTZ", "LOGISTICS", "ECOMMERCE", "PARKS", "TOURISM",
    "BUSINESS_ENVIRONMENT",
]  # fmt: skip


def read(client: Client, path: str, **parameters: Any) -> Any:
    """The structures of an SDMX-ML message."""
    message = ElementTree.fromstring(body(client.get(f"{BASE}/2.1/{path}", parameters)))
    return message.find("message:Structures", SPACES)


def read3(client: Client, path: str, **parameters: Any) -> Any:
    """The data of an SDMX-JSON message of SDMX 3.0."""
    return json.loads(body(client.get(f"{BASE}/3.0/{path}", parameters)))["data"]


def ids(structures: Any, path: str) -> list[str]:
    return [each.attrib["id"] for each in structures.iterfind(path, SPACES)]


def kinds(structures: Any) -> set[str]:
    return {each.tag.rpartition("}")[2] for each in structures}


def names(element: Any) -> dict[str, str]:
    return {name.attrib[LANGUAGE]: name.text for name in element.iterfind("common:Name", SPACES)}


# The contract's names ------------------------------------------------------------------------------------------------


def test_the_data_structure_has_the_components_of_the_contract_in_their_order(client: Client) -> None:
    found = read(client, "datastructure/HNOT/DSD_OBS/1.0")
    assert ids(found, ".//structure:DimensionList/*") == [*DIMENSIONS, "TIME_PERIOD"]
    assert ids(found, ".//structure:AttributeList/*") == ATTRIBUTES
    assert ids(found, ".//structure:PrimaryMeasure[@id]") == ["OBS_VALUE"]
    components = read3(client, "structure/datastructure/HNOT/DSD_OBS/1.0.0")["dataStructures"][0][
        "dataStructureComponents"
    ]
    assert [each["id"] for each in components["dimensionList"]["dimensions"]] == DIMENSIONS
    assert components["dimensionList"]["timeDimension"]["id"] == "TIME_PERIOD"
    assert [each["id"] for each in components["attributeList"]["attributes"]] == ATTRIBUTES
    assert [each["id"] for each in components["measureList"]["measures"]] == ["OBS_VALUE"]


def test_there_is_a_dataflow_of_everything_and_one_of_each_topic(client: Client) -> None:
    topics = list(Topic.objects.public().values_list("code", flat=True))
    assert ids(read(client, "dataflow"), ".//structure:Dataflow") == ["OBS", *topics] == FLOWS
    flows = read3(client, "structure/dataflow/HNOT/*/*")["dataflows"]
    assert [(flow["id"], flow["agencyID"], flow["version"]) for flow in flows] == [
        (id_, "HNOT", "1.0") for id_ in FLOWS
    ]
    assert all(flow["structure"].endswith("DataStructure=HNOT:DSD_OBS(1.0)") for flow in flows)


def test_every_component_has_a_concept_and_every_coded_one_its_codelist(client: Client) -> None:
    found = read(client, "datastructure", references="children")
    concepts = ids(found, ".//structure:Concept")
    assert concepts == [*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *ATTRIBUTES]
    lists = set(ids(found, ".//structure:Codelist"))
    referred = {each.attrib["id"] for each in found.iterfind(".//structure:Enumeration/Ref", SPACES)}
    assert referred == lists
    identities = [each.attrib["id"] for each in found.iterfind(".//structure:ConceptIdentity/Ref", SPACES)]
    assert sorted(identities) == sorted(concepts)


# Codes -----------------------------------------------------------------------------------------------------------------


def codes(client: Client, id_: str) -> dict[str, Any]:
    return {
        each.attrib["id"]: each for each in read(client, f"codelist/HNOT/{id_}").iterfind(".//structure:Code", SPACES)
    }


def parent(code: Any) -> str | None:
    above = code.find("structure:Parent/Ref", SPACES)
    return None if above is None else above.attrib["id"]


def test_areas_are_the_regions_with_their_tree_and_both_names(client: Client) -> None:
    found = codes(client, "CL_AREA")
    regions = {region.code: region for region in Region.objects.public().select_related("parent")}
    assert set(found) == {"_T", "_Z", *regions}
    for code, region in regions.items():
        assert names(found[code]) == {"zh": region.name_zh, "en": region.name_en}
        assert parent(found[code]) == (region.parent.code if region.parent else None)
    order = list(found)
    assert all(order.index(parent(code)) < order.index(id_) for id_, code in found.items() if parent(code))


@pytest.mark.parametrize("scheme", ["INDUSTRY", "PRODUCT", "TRADE_MODE"])
def test_categories_are_codes_with_their_tree(scheme: str, client: Client) -> None:
    found = codes(client, f"CL_{scheme}")
    categories = {
        each.code: each for each in Category.objects.public().filter(scheme__code=scheme).select_related("parent")
    }
    assert set(found) == {"_T", *categories}
    assert {id_: parent(code) for id_, code in found.items() if id_ != "_T"} == {
        code: category.parent.code if category.parent else None for code, category in categories.items()
    }


def test_indicators_have_their_definitions(client: Client) -> None:
    code = codes(client, "CL_INDICATOR")["TRADE_TOTAL"]
    said = {each.attrib[LANGUAGE]: each.text for each in code.iterfind("common:Description", SPACES)}
    row = Indicator.objects.get(code="TRADE_TOTAL")
    assert said == {"zh": row.definition_zh, "en": row.definition_en}


def test_multiples_are_powers_of_ten_of_units_that_have_names(client: Client) -> None:
    units = codes(client, "CL_UNIT_MEASURE")
    assert {"CNY", "USD", "PERCENT", "TIMES", "M2", "T"} <= set(units)
    assert set(units).isdisjoint({"CNY_100M", "CNY_10K", "T_10K", "KM2"})
    multiples = codes(client, "CL_UNIT_MULT")
    assert list(multiples) == ["0", "4", "6", "8", "12"]
    assert names(multiples["8"]) == {"zh": "亿", "en": "hundred millions"}


def test_a_draft_is_in_no_codelist_and_no_dataflow(client: Client) -> None:
    Topic.objects.create(code="T_DRAFT", name_zh="草稿", name_en="Draft")
    Region.objects.create(code="T9", kind="county", name_zh="草稿", name_en="Draft")
    forget_kept()
    assert b"T_DRAFT" not in body(client.get(f"{BASE}/2.1/structure"))
    assert "T9" not in codes(client, "CL_AREA")


def test_all_codes_of_the_data_are_in_their_codelists(client: Client) -> None:
    found = read(client, "datastructure", references="children")
    lists = {
        each.attrib["id"]: set(ids(each, "structure:Code")) for each in found.iterfind(".//structure:Codelist", SPACES)
    }
    of = {
        each.attrib["id"]: lists[ref.attrib["id"]]
        for each in found.iterfind(".//*[structure:LocalRepresentation]", SPACES)
        if (ref := each.find("structure:LocalRepresentation/structure:Enumeration/Ref", SPACES)) is not None
    }
    content = body(client.get(f"{BASE}/2.1/data/OBS", {"format": "structurespecificdata"}))
    used: dict[str, set[str]] = {}
    for element in ElementTree.fromstring(content).iter():
        for name, text in element.attrib.items():
            used.setdefault(name, set()).add(text)
    assert len(of) == len(DIMENSIONS) + len(ATTRIBUTES) - 1  # a remark is no code
    for component, listed in of.items():
        assert used[component] <= listed, component


# Versions ----------------------------------------------------------------------------------------------------------------


def test_nothing_that_grows_with_the_records_is_said_to_be_final(client: Client) -> None:
    for each in read(client, "structure").iterfind("*/*"):
        assert (each.attrib["version"], each.attrib["isFinal"]) == ("1.0", "false")
    for listed in read3(client, "structure/*").values():
        assert {each.get("version", "1.0") for each in listed} == {"1.0"}  # three numbers would promise that it stays
    told = json.loads(body(client.get(f"{BASE}/2.1/structure", {"format": "json"})))["data"]
    assert {each["isFinal"] for listed in told.values() for each in listed} == {False}


def test_a_constraint_is_of_its_release(client: Client) -> None:
    def constraint(version: str) -> Any:
        return read(client, f"contentconstraint/HNOT/CR_TRADE/{version}").find(".//structure:ContentConstraint", SPACES)

    first = constraint("latest")
    assert (first.attrib["version"], first.attrib["isFinal"]) == ("1.1", "true")
    assert first.attrib["urn"].endswith("CR_TRADE(1.1)")
    (semantic,) = read3(client, "structure/dataconstraint/HNOT/CR_TRADE/1.1.0")["dataConstraints"]
    assert semantic["version"] == "1.1.0"
    a_later_release()
    assert constraint("1.2").attrib["version"] == "1.2"
    (error,) = problem_of(client.get(f"{BASE}/2.1/contentconstraint/HNOT/CR_TRADE/1.1"), 404)["errors"]
    assert (error["code"], error["did_you_mean"]) == ("unknown_code", "1.2")


def test_what_is_available_of_a_part_is_no_final_version_of_the_whole(client: Client) -> None:
    whole, part = ("availability/dataflow/HNOT/TRADE", "availability/dataflow/HNOT/TRADE/1.0/A")
    versions = [read3(client, path)["dataConstraints"][0]["version"] for path in (whole, part)]
    assert versions == ["1.1.0", "1.1"]


# What is valid -----------------------------------------------------------------------------------------------------------


def test_a_schema_has_the_structure_with_the_codes_that_occur(client: Client) -> None:
    data = read3(client, "schema/dataflow/HNOT/TRADE/1.0", dimensionAtObservation="TIME_PERIOD")
    assert set(data) == {"agencySchemes", "codelists", "conceptSchemes", "dataStructures", "dataConstraints"}
    (constraint,) = data["dataConstraints"]
    (indicators,) = [each for each in data["codelists"] if each["id"] == "CL_INDICATOR"]
    assert [code["id"] for code in indicators["codes"]] == cube(constraint)["INDICATOR"]
    whole = read3(client, "schema/datastructure/HNOT/DSD_OBS")
    assert set(whole) == set(data) - {"dataConstraints"}
    assert not any(each["isPartial"] for each in whole["codelists"])
    assert kinds(read(client, "schema/dataflow/HNOT/TRADE/latest", explicit="false")) == {
        "OrganisationSchemes", "Codelists", "Concepts", "DataStructures", "Constraints",
    }  # fmt: skip


def test_a_schema_of_something_else_is_404(client: Client) -> None:
    for path in ("schema/metadataflow/HNOT/TRADE", "schema/dataflow/HNOT/TRAED", "schema/dataflow/HNOT/TRADE/2.0"):
        problem_of(client.get(f"{BASE}/3.0/{path}"), 404)


# References, stubs and parts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "references", "expected"),
    [
        ("dataflow/HNOT/TRADE", "none", {"Dataflows"}),
        ("dataflow/HNOT/TRADE", "children", {"Dataflows", "DataStructures"}),
        ("dataflow/HNOT/TRADE", "descendants", {"Dataflows", "DataStructures", "Codelists", "Concepts"}),
        ("dataflow/HNOT/TRADE", "codelist", {"Dataflows", "Codelists"}),
        ("dataflow/HNOT/TRADE", "parents", {"Dataflows", "Categorisations", "Constraints"}),
        (
            "dataflow/HNOT/TRADE",
            "parentsandsiblings",
            {"Dataflows", "Categorisations", "Constraints", "CategorySchemes"},
        ),
        ("dataflow/HNOT/TRADE", "all", KINDS_2_1 - {"OrganisationSchemes"} | {"Constraints"}),
        ("datastructure/HNOT/DSD_OBS", "children", {"DataStructures", "Codelists", "Concepts"}),
        ("datastructure/HNOT/DSD_OBS", "parents", {"DataStructures", "Dataflows"}),
        ("codelist/HNOT/CL_FREQ", "parents", {"Codelists", "DataStructures"}),
        ("conceptscheme/HNOT/CS_OBS", "parents", {"Concepts", "DataStructures"}),
        ("categoryscheme/HNOT/CS_TOPIC", "parentsandsiblings", {"CategorySchemes", "Categorisations", "Dataflows"}),
        ("contentconstraint/HNOT/CR_TRADE", "children", {"Constraints", "Dataflows"}),
    ],
)
def test_references_bring_what_they_say(path: str, references: str, expected: set[str], client: Client) -> None:
    assert kinds(read(client, path, references=references)) == expected


def test_everything_at_once(client: Client) -> None:
    assert kinds(read(client, "structure")) == KINDS_2_1
    assert set(read3(client, "structure/*")) == {
        "agencySchemes", "dataflows", "categorySchemes", "categorisations", "codelists", "conceptSchemes", "dataStructures",
    }  # fmt: skip


def test_a_topic_is_categorised_by_itself(client: Client) -> None:
    found = read(client, "categorisation")
    pairs = [
        (each.find("structure:Source/Ref", SPACES).attrib["id"], each.find("structure:Target/Ref", SPACES).attrib["id"])
        for each in found.iterfind(".//structure:Categorisation", SPACES)
    ]
    assert pairs == [(code, code) for code in FLOWS[1:]]


def test_several_artefacts_and_single_items_are_found(client: Client) -> None:
    assert ids(read(client, "codelist/HNOT/CL_FREQ+CL_AREA"), ".//structure:Codelist") == ["CL_FREQ", "CL_AREA"]
    assert ids(read(client, "dataflow/all/TRADE+OBS/latest"), ".//structure:Dataflow") == ["OBS", "TRADE"]
    lists = read3(client, "structure/codelist/HNOT/CL_FREQ,CL_AREA/~")["codelists"]
    assert [each["id"] for each in lists] == ["CL_FREQ", "CL_AREA"]
    (part,) = read3(client, "structure/codelist/HNOT/CL_AREA/1.0.0/430281")["codelists"]
    assert [code["id"] for code in part["codes"]] == ["W1", "CN", "430000", "430200", "430281"]
    assert part["isPartial"] is True


def test_a_stub_has_names_and_says_where_the_whole_is(client: Client) -> None:
    found = read(client, "codelist/HNOT/CL_AREA", detail="allstubs").find(".//structure:Codelist", SPACES)
    assert found.attrib["isExternalReference"] == "true"
    assert names(found) == {"zh": "地区", "en": "Areas"}
    assert found.find("structure:Code", SPACES) is None
    whole = client.get(found.attrib["structureURL"].removeprefix("http://testserver"))
    assert len(body(whole)) > 10_000
    half = read(client, "dataflow/HNOT/TRADE", references="children", detail="referencestubs")
    assert half.find(".//structure:Dataflow", SPACES).get("isExternalReference") is None
    assert half.find(".//structure:DataStructure", SPACES).attrib["isExternalReference"] == "true"


def test_partial_references_have_the_codes_that_occur(client: Client) -> None:
    found = read(client, "dataflow/HNOT/FTZ", references="descendants", detail="referencepartial")
    lists = {
        each.attrib["id"]: set(ids(each, "structure:Code")) for each in found.iterfind(".//structure:Codelist", SPACES)
    }
    rows = json.loads(client.get("/api/v1/availability", {"topic": "FTZ", "variants": "all"}).content)["dimensions"]
    assert lists["CL_INDICATOR"] == {row["code"] for row in rows["indicator"]}
    assert {row["code"] for row in rows["region"]} <= lists["CL_AREA"] < set(codes(client, "CL_AREA"))


# Availability ------------------------------------------------------------------------------------------------------------


def cube(constraint: dict[str, Any]) -> dict[str, Any]:
    (region,) = constraint["cubeRegions"]
    return {
        each["id"]: [value["value"] for value in each["values"]] if "values" in each else each["timeRange"]
        for each in region["keyValues"]
    }


def counts(constraint: dict[str, Any]) -> dict[str, int]:
    return {each["id"]: int(each["title"]) for each in constraint["annotations"]}


def test_availability_says_what_availability_says(client: Client) -> None:
    asked = {"within": "430200", "kind": "county", "topic": "TRADE", "variants": "all"}
    told = json.loads(client.get("/api/v1/availability", asked).content)
    regions = ",".join(row["code"] for row in told["dimensions"]["region"])
    (constraint,) = read3(client, "availability/dataflow/HNOT/TRADE/1.0.0", **{"c[REF_AREA]": regions})[
        "dataConstraints"
    ]
    assert counts(constraint) == {"series_count": told["series_count"], "obs_count": told["observation_count"]}
    found = cube(constraint)
    assert found["REF_AREA"] == sorted(row["code"] for row in told["dimensions"]["region"])
    assert found["INDICATOR"] == sorted(row["code"] for row in told["dimensions"]["indicator"])
    assert found["INDUSTRY"] == sorted(row["code"] or "_T" for row in told["dimensions"]["industry"])
    assert found["TIME_PERIOD"]["startPeriod"] == {"period": told["first_period"], "isInclusive": True}
    assert found["TIME_PERIOD"]["endPeriod"] == {"period": told["last_period"], "isInclusive": True}


def test_a_dataflows_constraint_is_its_availability(client: Client) -> None:
    constraints = {each["id"]: each for each in read3(client, "structure/dataconstraint")["dataConstraints"]}
    assert list(constraints) == [f"CR_{flow}" for flow in FLOWS]
    (asked,) = read3(client, "availability/dataflow/HNOT/TRADE")["dataConstraints"]
    assert constraints["CR_TRADE"] == asked
    assert asked["role"] == "Actual"


def test_availability_of_one_dimension_and_of_what_could_still_be_chosen(client: Client) -> None:
    path = "availability/dataflow/HNOT/TRADE/1.0.0/A.430281"
    (one,) = read3(client, f"{path}/INDICATOR")["dataConstraints"]
    assert list(cube(one)) == ["INDICATOR"]
    (exact,) = read3(client, f"{path}/REF_AREA")["dataConstraints"]
    assert cube(exact) == {"REF_AREA": ["430281"]}
    (wider,) = read3(client, f"{path}/REF_AREA", mode="available")["dataConstraints"]
    assert {"430281", "430223"} <= set(cube(wider)["REF_AREA"])
    found = read(client, "availableconstraint/TRADE/A.430281......../all/REF_AREA", mode="available")
    values = [each.text for each in found.iterfind(".//common:Value", SPACES)]
    assert values == cube(wider)["REF_AREA"]


def test_availability_brings_its_references_cut_to_what_it_has(client: Client) -> None:
    data = read3(client, "availability/dataflow/HNOT/TRADE/1.0.0/*/*", references="all")
    assert set(data) == {"dataConstraints", "dataflows", "dataStructures", "conceptSchemes", "codelists"}
    (constraint,) = data["dataConstraints"]
    (indicators,) = [each for each in data["codelists"] if each["id"] == "CL_INDICATOR"]
    assert [code["id"] for code in indicators["codes"]] == cube(constraint)["INDICATOR"]
    assert indicators["isPartial"] is True
    assert set(read3(client, "availability/dataflow/HNOT/TRADE", references="codelist,dataflow")) == {
        "dataConstraints", "codelists", "dataflows",
    }  # fmt: skip


def test_where_there_is_nothing_availability_is_404(client: Client) -> None:
    problem = problem_of(client.get(f"{BASE}/3.0/availability/dataflow/HNOT/OBS", {"c[TIME_PERIOD]": "2090"}), 404)
    assert problem["errors"][0]["code"] == "no_results"


def test_the_structures_of_json_1_are_those_of_xml(client: Client) -> None:
    data = json.loads(body(client.get(f"{BASE}/2.1/structure", {"format": "json"})))["data"]
    found = read(client, "structure")
    assert [each["id"] for each in data["codelists"]] == ids(found, ".//structure:Codelist")
    assert [each["id"] for each in data["dataflows"]] == ids(found, ".//structure:Dataflow")
    components = data["dataStructures"][0]["dataStructureComponents"]
    assert components["measureList"]["primaryMeasure"]["id"] == "OBS_VALUE"
    assert {each["version"] for each in data["codelists"]} == {"1.0"}
