"""A small store of another country: three regions, two indicators, and none of the codes that the program itself names.

Its tables are example data, invented for the tests, and come in by the ordinary import. What holds of any store is tested on
it as well as on the curated tables, so that nothing but what is declared (`codes.py` of an app) rests on their codes.
"""

from __future__ import annotations

import datetime
from typing import Any

from curation.models import Verdict
from curation.plans.imports import plan_import
from curation.releases.publication import ReleaseNotes, publish
from sources.models import Release

Row = dict[str, str]

VERSION = "2026-R1"


def _rows(heads: str, *lines: str) -> list[Row]:
    """Rows of cells: one line a row, its cells between bars, in the order of the heads."""
    names = heads.split()
    return [dict(zip(names, (cell.strip() for cell in line.split("|")), strict=True)) for line in lines]


# The phrases of the invented yearbook, in the order in which it has them.
PHRASES = (
    "三百二十艘", "1200吨", "800吨", "400吨", "1.1千吨", "90吨", "60吨", "1500吨", "沿海渔业振兴", "三项任务", "东部捕捞区", "深水码头",
)  # fmt: skip


def _citations() -> list[Row]:
    rows, start = [], 0
    for phrase in PHRASES:
        end = start + len(phrase)
        rows.append({
            "code": f"example-yearbook:{start}-{end}", "source": "example-yearbook", "section": "1", "exact": phrase,
            "start": str(start), "end": str(end), "role": "supports", "assertion": "stated",
        })  # fmt: skip
        start = end + 1
    return rows


CITATIONS = _citations()


def cited(phrase: str) -> str:
    """The code of the citation of a phrase."""
    return next(row["code"] for row in CITATIONS if row["exact"] == phrase)


def _figure(region: str, indicator: str, period: str, value: str, phrase: str, **cells: str) -> Row:
    own = {"CATCH": "TONNE", "FLEET": "VESSEL"}[indicator]
    return {
        "region": region, "indicator": indicator, "frequency": "A", "accumulation": "none", "period": period,
        "value": value, "unit": own, "status": "A", "qualifier": "exact", "period_basis": "stated",
        "source": "example-yearbook", "citations": cited(phrase), **cells,
    }  # fmt: skip


TABLES: dict[str, list[Row]] = {
    "sources": _rows(
        "slug kind title_zh title_en language is_official notes_zh notes_en",
        "example-yearbook | dataset | 示例年鉴 | Example yearbook | zh | false | 虚构，仅供测试 | invented, for tests only",
    ),
    "citations": CITATIONS,
    "synonyms": _rows("code words", "fish | 捕捞;渔获;catch"),
    "topics": _rows("code name_zh name_en order", "FISHERY | 渔业（示例） | Fishery (example) | 1"),
    "units": _rows(
        "code symbol_zh symbol_en name_zh name_en dimension factor",
        "TONNE | 吨 | t | 吨 | tonnes | weight | 1", "KILOTONNE | 千吨 | kt | 千吨 | kilotonnes | weight | 1000",
        "VESSEL | 艘 | | 艘 | vessels | vessels | 1",
    ),
    "schemes": _rows("code name_zh name_en", "SPECIES | 鱼种（示例） | Species (example)"),
    "categories": _rows(
        "scheme code parent name_zh name_en",
        "SPECIES | WHITEFISH | | 白鱼 | Whitefish", "SPECIES | COD | WHITEFISH | 鳕鱼 | Cod",
    ),
    "regions": _rows(
        "code kind parent name_zh name_en",
        "EXAMPLIA | country | | 示例国 | Examplia", "EX-EAST | province | EXAMPLIA | 示例东部 | Eastern Examplia",
        "EX-WEST | province | EXAMPLIA | 示例西部 | Western Examplia",
    ),
    "indicators": _rows(
        "code topic name_zh name_en definition_zh definition_en unit decimals kind aggregation higher_is headline",
        "CATCH | FISHERY | 渔获量 | Catch | 上岸的渔获（示例）。 | Fish landed (example). | TONNE | 0 | flow | sum | better | true",
        "FLEET | FISHERY | 渔船数 | Fleet | 登记的渔船（示例）。 | Vessels registered (example). | VESSEL | 0 | stock | sum | neutral |",
    ),
    "observations": [
        _figure("EXAMPLIA", "CATCH", "2024", "1200", "1200吨"), _figure("EX-EAST", "CATCH", "2024", "800", "800吨"),
        _figure("EX-WEST", "CATCH", "2024", "400", "400吨"),
        _figure("EXAMPLIA", "CATCH", "2023", "1.1", "1.1千吨", unit="KILOTONNE", qualifier="approx"),
        _figure("EX-EAST", "CATCH", "2024", "90", "90吨", partner="EX-WEST"),
        _figure("EX-WEST", "CATCH", "2024", "60", "60吨", partner="EX-WEST"),
        _figure("EXAMPLIA", "CATCH", "2030", "1500", "1500吨", status="F", qualifier="target"),
        _figure("EXAMPLIA", "FLEET", "2024", "320", "三百二十艘", note_zh="虚构", note_en="invented"),
    ],
    "checks": _rows("code kind name_zh name_en", "parts-of-catch | sum | 东西部之和为全国 | East and west sum to the whole"),
    "check_terms": _rows(
        "check role ordinal series period",
        "parts-of-catch | part | 1 | A.EX-EAST.CATCH | 2024", "parts-of-catch | part | 2 | A.EX-WEST.CATCH | 2024",
        "parts-of-catch | total | 1 | A.EXAMPLIA.CATCH | 2024",
    ),
    "actors": _rows("code kind name_zh name_en", "example-ministry | government | 示例渔业部 | Example ministry of fisheries"),
    "instruments": _rows("code name_zh name_en", "example-quay | 码头建设（示例） | Quays (example)"),
    "documents": _rows(
        "code kind title_zh title_en issuer level issued source citations",
        "example-plan | plan | 示例渔业方案 | Example plan | example-ministry | national | 2023 | example-yearbook | "
        f"{cited('沿海渔业振兴')}",
        f"example-list | list | 示例清单 | Example list | | national | | example-yearbook | {cited('三项任务')}",
    ),
    "domains": _rows(
        "code document ordinal name_zh name_en task_count citations",
        f"example-harbours | example-plan | 1 | 港口 | Harbours | 3 | {cited('三项任务')}",
    ),
    "measures": _rows(
        "code kind document domain title_zh title_en summary_zh summary_en level actors instruments regions indicators needs citations",
        "example-deep-quay | task | example-plan | example-harbours | 建设深水码头 | Build a deep quay | 建设深水码头（示例）。 | "
        "Build a deep quay (example). | provincial | example-ministry | example-quay | EX-EAST | CATCH:up | logistics | "
        f"{cited('深水码头')}",
        "example-second-quay | action | example-plan | example-harbours | 西部码头 | A quay in the west | 复制（示例）。 | "
        f"Taken up in the west (example). | provincial | | example-quay | EX-WEST | | | {cited('深水码头')}",
    ),
    "events": _rows(
        "measure type date region citations",
        f"example-deep-quay | in_force | 2023-06 | | {cited('深水码头')}",
        f"example-deep-quay | replicated | 2024 | EX-WEST | {cited('深水码头')}",
    ),
    "relations": _rows(
        "from type to citations",
        f"measure:example-second-quay | replicates | measure:example-deep-quay | {cited('深水码头')}",
        f"document:example-plan | legal_basis | document:example-list | {cited('沿海渔业振兴')}",
    ),
}  # fmt: skip

# What an endpoint must be asked with here, which list is empty, and of which record one is asked (as tests/api/contract.py says
# of the curated tables).
NEEDS: dict[str, dict[str, str]] = {
    "resolve-list": {"q": "a"},
    "search-list": {"q": "EXAMPLIA"},
    "ask-list": {"q": "a"},
    "ranking-list": {"indicator": "CATCH", "period": "2024", "kind": "province"},
    "concentration-list": {"region": "EXAMPLIA", "indicator": "CATCH"},
    "specialisation-list": {"region": "EX-EAST", "reference": "EX-WEST", "indicator": "CATCH", "by": "partner"},
    "match-list": {"region": "EX-EAST"},
    "graph-list": {"document": "example-plan"},
    "compare-list": {"indicator": "CATCH", "region": "EX-EAST,EX-WEST"},
}
PARTS: dict[str, dict[str, str]] = {}
EMPTY = {"openness-list", "tier-list"}
OF: dict[str, str] = {"dataset": "OBS", "region-policies": "EX-EAST"}


def fill(**more: list[Row]) -> Release:
    """Publish the tables of the foreign store, with `more` rows of some of them, as its first release."""
    plan = plan_import({name: [*rows, *more.get(name, ())] for name, rows in TABLES.items()})
    wrong: list[Any] = [(table.name, row.key, row.errors) for table, row in plan.rows(Verdict.ERROR)]
    assert not wrong, wrong
    at = datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC)
    release = publish(
        plan, ReleaseNotes(version=VERSION, published_at=at, notes_zh="示例数据", notes_en="Example data")
    )
    assert release is not None
    return release
