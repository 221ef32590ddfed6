"""What PxWebApi and SDMX promise of a request, a line each: what is asked, and what must come back.

Nothing here needs the service's own packages: the lines are put to its application (tests/api/http/test_standards_of_dialects.py)
and, over HTTP, to a running one (tests/clients/test_standards_of_dialects_live.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

DATA = "/pxweb/v2/tables/TRADE/data"
CHOSEN = (
    '{"variableCode": "indicator", "valueCodes": ["TRADE_TOTAL"]}, {"variableCode": "region", "valueCodes": ["430281"]}'
)
GOOD = f'{{"selection": [{CHOSEN}, {{"variableCode": "period", "valueCodes": ["2024"]}}]}}'


@dataclass(frozen=True)
class Row:
    """A request and its promise: a status, and of a 400 the parameter (or the part of a body) that it names with a code."""

    asked: str
    status: int = 400
    named: str = ""
    code: str = ""
    body: str | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes | None:
        """The body as bytes; None for a GET."""
        return self.body.encode() if isinstance(self.body, str) else self.body

    def __str__(self) -> str:
        shown = self.asked if self.body is None else f"{self.asked} {self.body!r}"
        return shown if len(shown) <= 120 else f"{shown[:100]}… ({len(shown)})"


def of_period(word: str) -> str:
    """A body that selects periods by a word of JSON."""
    return f'{{"selection": [{CHOSEN}, {{"variableCode": "period", "valueCodes": {word}}}]}}'


def posted(body: str | bytes, named: str = "body", code: str = "malformed", status: int = 400, **headers: str) -> Row:
    return Row(DATA, status, named, code, body, {"Content-Type": "application/json", **headers})


def px(query: str, named: str, code: str) -> Row:
    return Row(f"{DATA}?valueCodes[indicator]=TRADE_TOTAL&{query}", 400, named, code)


PLACE, TIME = "valueCodes[region]=430281", "valueCodes[period]=2024"
BODIES = [
    posted(GOOD, status=200), posted("", status=200), posted('{"selection": null, "placement": null}', status=200),
    posted(GOOD.replace("selection", "SELECTION").replace("valueCodes", "valuecodes"), status=200),
    # No JSON, or JSON that readers take differently
    posted("{"), posted("selection=1"), posted(GOOD + "x"), posted("\ufeff" + GOOD), posted(GOOD.encode("utf-16")),
    posted(of_period('["二〇二四"]').encode("gb18030")), posted(GOOD.encode()[:40] + b"\xff"),
    posted(of_period('["\\ud800"]')), posted('{"\\udfff": 1}'), posted(of_period('["\\u0000"]')), posted(of_period('["\\uffff"]')),
    posted(of_period("NaN")), posted(of_period("[Infinity]")), posted(of_period("[1e999]")), posted(of_period("9" * 5000)),
    posted(of_period("9007199254740993")), posted("[" * 1000 + "]" * 1000), posted('{"selection": ' * 1000 + "1" + "}" * 1000),
    posted("[" * 30_000), posted('{"selection": [], "selection": []}', code="duplicate"),
    posted('{"selection": [], "Selection": []}', code="duplicate"),
    # JSON that is no selection
    posted("[]"), posted("null"), posted("1"), posted('"selection"'), posted('{"selektion": []}', code="unknown_name"),
    posted('{"selection": 1}', "selection"), posted('{"selection": {}}', "selection"), posted('{"selection": ""}', "selection"),
    posted('{"selection": [1]}', "selection[0]"), posted('{"selection": [null]}', "selection[0]"),
    posted('{"selection": [{"valueCodes": ["1"]}]}', "selection[0].variableCode"),
    posted('{"selection": [{"variableCode": ["region"]}]}', "selection[0].variableCode"),
    posted('{"selection": [{"variableCode": "region", "values": ["*"]}]}', "selection[0]", "unknown_name"),
    posted(of_period('"2024"'), "selection[2].valueCodes"), posted(of_period("[2024]"), "selection[2].valueCodes"),
    posted(of_period("0"), "selection[2].valueCodes"), posted(of_period('[""]'), "selection[2].valueCodes"),
    posted(of_period("[null]"), "selection[2].valueCodes"), posted(of_period('[["2024"]]'), "selection[2].valueCodes"),
    posted(of_period('["*"], "codelist": 1'), "selection[2].codelist"),
    posted(of_period('["*"], "codelist": ""'), "selection[2].codelist"),
    posted(of_period('["2024"]').replace('"period"', '"Region"'), "selection[2].variableCode", "duplicate"),
    posted('{"selection": [{"variableCode": "time"}, {"variableCode": "period"}]}', "selection[1].variableCode", "duplicate"),
    posted('{"selection": [], "placement": []}', "placement"), posted('{"selection": [], "placement": 0}', "placement"),
    posted('{"placement": {"head": []}}', "placement", "unknown_name"),
    posted('{"placement": {"stub": "region"}}', "placement.stub"), posted('{"placement": {"heading": ""}}', "placement.heading"),
    posted(of_period('["top(1,5)"]'), "valueCodes[period]", "no_match"),
    posted(of_period("[" + ",".join(f'"{"*" * n}"' for n in range(1, 102)) + "]"), "valueCodes[period]", "too_many_values"),
    # No application/json
    posted(GOOD, status=415, **{"Content-Type": "text/plain"}), posted(GOOD, status=415, **{"Content-Encoding": "gzip"}),
    posted("selection=1", status=415, **{"Content-Type": "application/x-www-form-urlencoded"}),
    posted(GOOD, status=200, **{"Content-Type": "application/json; charset=utf-8"}),
    # The same by GET
    px(f"{PLACE}&valueCodes[period]=top(1,5)", "valueCodes[period]", "no_match"),
    px(f"{PLACE}&valueCodes[period]=bottom(9,999999)", "valueCodes[period]", "no_match"),
    px(f"{PLACE}&valueCodes[period]=[top(1)", "valueCodes[period]", "unknown_code"),
    px(f"{PLACE}&valueCodes[period]=2024,,2022", "valueCodes[period]", "unknown_code"),
    px(f"{PLACE}&{TIME}&valueCodes[Region]=430223", "valueCodes[Region]", "repeated_parameter"),
    px(f"{PLACE}&{TIME}&valueCodes[TIME]=2022", "valueCodes[TIME]", "repeated_parameter"),
    px(f"{PLACE}&{TIME}&codelist[whole]=no_such", "valueCodes[whole]", "unknown_codelist"),
    px(f"{PLACE}&{TIME}&heading=region,REGION", "heading", "conflict"),
    px(f"{PLACE}&{TIME}&heading=region,,period", "heading", "unknown_variable"),
]  # fmt: skip

A_KEY = "A.430281.TRADE_TOTAL......."
OF_3 = "/sdmx/3.0/data/dataflow/HNOT/OBS/1.0.0"


def sdmx(asked: str, named: str = "key", code: str = "malformed") -> Row:
    return Row(f"/sdmx{asked}", 400, named, code)


KEYS = [
    *(sdmx(f"/3.0/data/dataflow/HNOT/OBS/1.0.0/{key}")
      for key in (f"{A_KEY},", f",{A_KEY}", f"{A_KEY},,{A_KEY}", ",", ",,", "*,")),
    sdmx(f"/3.0/availability/dataflow/HNOT/OBS/1.0.0/{A_KEY},"),
    sdmx("/3.0/availability/dataflow/HNOT/OBS/1.0.0/*/REF_AREA,", "component"),
    *(sdmx(f"/2.1/data/OBS/A.{place}.TRADE_TOTAL.......") for place in ("430281+", "+430281", "430281++430223", "+")),
    sdmx("/2.1/availableconstraint/OBS/A.430281+......."), sdmx("/2.1/availableconstraint/OBS/all/all/FREQ+", "component"),
    *(sdmx(f"/2.1/data/{flow}", "flow") for flow in (",OBS", "HNOT,", "HNOT,OBS,", "HNOT,OBS,1.0,x", ",")),
    sdmx("/2.1/data/OBS/all/HNOT,", "provider"), sdmx("/2.1/codelist/HNOT/CL_AREA+", "path"),
    sdmx("/2.1/codelist/HNOT+/CL_AREA", "path"), sdmx("/2.1/codelist/HNOT/CL_FREQ/1.0/A+", "path"),
    sdmx("/3.0/structure/codelist/HNOT/CL_AREA,", "path"),
    *(sdmx(f"/3.0/data?c[{part}]={text}", f"c[{part}]")
      for part in ("REF_AREA", "OBS_STATUS") for text in (",", "A,", ",A", "A,,F", "ne:A%2B", "%2Bne:A", "ne:A%2B%2Bne:F", "A+")),
    *(sdmx(f"/3.0/data?c[TIME_PERIOD]={text}", "c[TIME_PERIOD]")
      for text in (",", "2024,", ",2024", "2022,,2024", "ge:2020%2B", "ge:2020%2B%2Ble:2024", "ge:")),
    sdmx("/3.0/data?attributes=UNIT_MEASURE,", "attributes"), sdmx("/3.0/data?measures=,", "measures"),
]  # fmt: skip


ROWS = [*BODIES, *KEYS]
