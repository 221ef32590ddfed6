"""The codes that the program names: declared once, checked, not withdrawable, and absent where they are absent."""

from __future__ import annotations

import ast
import io
import os
import re
from collections.abc import Sequence
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from api.http.limits import AddressThrottle
from curation.batches.edits import stage_edits, withdrawal
from curation.batches.roll_back import plan_inverse
from curation.management.commands import rollback_release
from curation.models import ImportBatch, Verdict
from curation.plans.imports import plan_import
from curation.roles import CURATOR
from curation.tables.codes import NAMED, PROVINCE
from curation.tables.curated import BY_NAME, TABLES, table_of
from curation.tables.system_checks import named_codes_are_held
from indicators.codes import GDP, INDEX, OUTPUT, PERCENT, PERCENTAGE_POINT, RANK, TRADE
from indicators.models import Category, Indicator, Observation, Scheme, Unit
from policies.models import Instrument
from regions.models import Region
from sources.bilingual import in_both
from sources.codes import NamedCode
from sources.kept import forget_kept
from sources.models import Release
from tests.api.contract import BASE, error_of
from tests.curation.people import person
from tests.foreign import addresses
from tests.foreign.walking import broken_pages, failures
from tests.foreign_store import fill
from tests.whole_store import emptied

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
on_both_stores = pytest.mark.stores_alike(False)


def withdraw(*codes: NamedCode) -> None:
    """Take records out of the public's sight, past every rule."""
    for named in codes:
        named.model.objects.filter(code=named.code).update(withdrawn=Release.objects.published()[0])
    forget_kept()


# Declared once -----------------------------------------------------------------------------------------------------


def test_each_is_declared_once_with_its_use_in_both_languages() -> None:
    assert len({(named.model, named.code) for named in NAMED}) == len(NAMED)
    for named in NAMED:
        zh, en = in_both(named.use)
        assert zh != en
        assert en.isascii() or "家" in en


@on_both_stores
def test_the_curated_tables_hold_all_of_them() -> None:
    assert named_codes_are_held(databases=["default"]) == []
    assert all(named.model.objects.public().filter(code=named.code).exists() for named in NAMED)


# The same words as other things (dimensions of SDMX, needs, a column, designators of ISO 8601 and of a type), and those
# that the description has as examples.
OTHER_THINGS = {
    "api/data/structure.py": {"gdp"},
    "api/sdmx/periods.py": {"T"},
    "indicators/components.py": {"INDUSTRY", "PRODUCT", "TRADE_MODE"},
    "policies/choices.py": {"brand", "customs", "talent"},
    "api/data/analysis.py": {"CERAMICS", "LAPTOPS", "PROCESSING", "W1"},
    "api/data/filters.py": {"CERAMICS", "LAPTOPS", "PROCESSING", "W1"},
    "api/http/schema.py": {"EXPORTS", "TRADE_TOTAL"},
}
QUOTED = re.compile(r"""(?<=["'{}])[^"'{}\n]+(?=["'{}])""")
APPS = ("api", "config", "curation", "indicators", "policies", "regions", "sources")


def test_no_code_of_the_data_is_named_anywhere_else() -> None:
    """But in an example of the description, whatever store the program runs on."""
    named_by_code = [table.model for table in TABLES if table.key == ("code",)]
    codes = {code for model in named_by_code for code in model._default_manager.values_list("code", flat=True)}
    found = {}
    for app in APPS:
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            place = path.relative_to(settings.BASE_DIR).as_posix()
            if path.name != "codes.py" and "/migrations/" not in place:
                text = path.read_text(encoding="utf-8")
                held = codes.intersection(QUOTED.findall(text))  # few have any: to parse all of them takes a second
                named = _named_in(ast.parse(text)) & held if held else set()
                if named - OTHER_THINGS.get(place, set()):
                    found[place] = sorted(named)
    assert found == {}


def _named_in(tree: ast.AST) -> set[str]:
    examples = {id(word.value) for word in ast.walk(tree) if isinstance(word, ast.keyword) and word.arg == "example"}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in examples
    }


# Checked -----------------------------------------------------------------------------------------------------------


def test_what_the_store_lacks_is_a_warning_with_what_rests_on_it() -> None:
    withdraw(INDEX, RANK, PROVINCE)
    units, regions = named_codes_are_held(databases=["default"])
    assert (units.id, units.level, units.is_serious()) == ("curation.W001", 30, False)
    zh, en = in_both(units.msg)
    assert "units" in en
    assert all(f"{named.code} ({in_both(named.use)[1]})" in en for named in (INDEX, RANK))
    assert "变换 index 的结果以其为单位" in zh
    assert "430000" in str(regions.msg)
    assert all(in_both(warning.hint)[0] != in_both(warning.hint)[1] for warning in (units, regions))


@on_both_stores
def test_a_store_without_data_is_told_how_it_is_filled_and_a_foreign_one_what_it_lacks() -> None:
    emptied()
    (info,) = named_codes_are_held(databases=["default"])
    assert (info.id, info.level) == ("curation.I001", 20)
    assert "seed" in info.msg
    fill()
    assert {str(warning.msg).split()[0] for warning in named_codes_are_held(databases=["default"])} == {
        "units", "indicators", "schemes", "categories", "instruments", "regions",
    }  # fmt: skip


@on_both_stores
def test_a_store_that_is_not_migrated_is_not_asked_and_nothing_of_the_transaction_is_lost() -> None:
    with transaction.atomic():
        with connection.schema_editor() if connection.vendor == "postgresql" else connection.cursor() as cursor:
            cursor.execute("ALTER TABLE sources_release RENAME TO sources_release_of_another_time")
        assert named_codes_are_held(databases=["default"]) == []
        assert Unit.objects.exists()
        transaction.set_rollback(True)


def test_it_runs_where_checks_of_the_database_run_and_only_there() -> None:
    withdraw(INDEX)
    assert "curation.W001" not in {message.id for message in run_checks()}
    assert "curation.W001" in {message.id for message in run_checks(databases=["default"])}
    said = io.StringIO()
    call_command("check", databases=["default"], stdout=said, stderr=said)  # a warning ends no command
    assert "curation.W001" in said.getvalue()


# Not withdrawn -----------------------------------------------------------------------------------------------------


def test_the_import_withdraws_none_and_says_what_rests_on_it() -> None:
    for named in NAMED:
        plan = plan_import({table_of(named.model).name: [{"code": named.code, "withdraw": "true"}]})
        ((_, row),) = plan.rows(Verdict.ERROR)
        (error,) = row.errors
        assert error["column"] == "code"
        assert all(use in error[language] for language, use in zip(("zh", "en"), in_both(named.use), strict=True))


def test_the_first_release_is_not_rolled_back_for_they_would_go_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_inverse(Release.objects.get(version="2026-R1"))
    monkeypatch.setattr(rollback_release, "plan_inverse", lambda *_: plan)
    refused = {(table.name, row.key) for table, row in plan.rows(Verdict.ERROR)}
    assert refused >= {(table_of(named.model).name, named.code) for named in NAMED}
    said = io.StringIO()
    with pytest.raises(CommandError, match="cannot be taken back as a whole"):
        call_command("rollback_release", "2026-R1", "--reason", "a test", stderr=said)
    assert "INDEX" in said.getvalue()
    assert not Release.objects.exclude(version="2026-R1").exists()


def test_a_release_of_a_store_without_them_is_rolled_back() -> None:
    emptied()
    assert plan_inverse(fill()).count(Verdict.ERROR) == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_of_a_record_refuses_to_withdraw_it(lang: str, client: Client) -> None:
    maker = person("curator", CURATOR)
    client.force_login(maker)
    client.get("/admin/", {"lang": lang})
    address = reverse("admin:indicators_unit_withdraw", args=(Unit.objects.get(code="INDEX").pk,))
    said = client.post(address, {"reason": "a test"}, follow=True).content.decode()
    assert dict(zip(("zh", "en"), in_both(INDEX.use), strict=True))[lang] in said
    assert not ImportBatch.objects.filter(created_by=maker).exists()
    unused = Unit.objects.create(
        code="T_UNIT", name_zh="单位", name_en="Unit", dimension="t", released=Release.objects.published()[0]
    )
    other = reverse("admin:indicators_unit_withdraw", args=(unused.pk,))
    assert client.post(other, {"reason": "a test"}, follow=True).status_code == 200
    assert ImportBatch.objects.get(created_by=maker).rows.get().verdict == Verdict.WITHDRAWN


def test_an_edit_that_withdraws_one_stays_in_error() -> None:
    maker = person("curator", CURATOR)
    cells = BY_NAME["units"].cells(Unit.objects.get(code="INDEX"))
    batch = stage_edits(BY_NAME["units"], [withdrawal(BY_NAME["units"], cells)], maker, "a test")
    assert batch.rows.get().verdict == Verdict.ERROR


# What a public record keeps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "code", "column", "value"),
    [
        ("categories", "CERAMICS", "scheme", "PRODUCT"),
        ("units", "PERCENT", "dimension", "count"),
        ("indicators", "TRADE_TOTAL", "unit", "USD_100M"),
    ],
)
def test_what_figures_rest_on_is_not_changed(table: str, code: str, column: str, value: str) -> None:
    """A category of another classification would leave figures without their industry; a unit or an indicator of another
    dimension would have them converted into what they are not.
    """
    held = BY_NAME[table]
    record: Any = held.records().get(code=code)
    cells = held.cells(record)
    plan = plan_import({table: [{**cells, column: value}]})
    ((_, row),) = plan.rows(Verdict.ERROR)
    (error,) = row.errors
    assert (error["column"], error["did_you_mean"]) == (column, cells[column])
    assert plan_import({table: [{**cells, "name_en": "Other"}]}).count(Verdict.CHANGED) == 1
    held.model._default_manager.filter(pk=record.pk).update(withdrawn=Release.objects.published()[0])
    back = plan_import({table: [{**cells, column: value, "withdraw": "false"}]})
    assert back.count(Verdict.ERROR) == 1
    assert plan_import({table: [{**cells, "withdraw": "false"}]}).count(Verdict.NEW) == 1
    held.model._default_manager.filter(pk=record.pk).update(withdrawn=None, released=None)
    assert (
        plan_import({table: [{**cells, column: value}]}).count(Verdict.CHANGED) == 1
    )  # a draft may become what it will


def test_an_indicator_may_be_shown_in_another_unit_of_its_dimension() -> None:
    cells = BY_NAME["indicators"].cells(BY_NAME["indicators"].records().get(code="TRADE_TOTAL"))
    assert plan_import({"indicators": [{**cells, "unit": "CNY_10K"}]}).count(Verdict.CHANGED) == 1


def test_no_region_is_called_as_a_category_for_both_stand_in_keys_of_series() -> None:
    """A figure of the industry TEA and one of the partner TEA would be of one series."""
    place = {"kind": "zone", "name_zh": "茶区", "name_en": "Tea zone"}
    category = {"scheme": "INDUSTRY", "name_zh": "茶区", "name_en": "Tea zone"}
    for files in (
        {"regions": [{"code": "TEA", **place}]}, {"categories": [{"code": "HNFTZ", **category}]},
        {"categories": [{"code": "T1", **category}], "regions": [{"code": "T1", **place}]},
    ):  # fmt: skip
        plan = plan_import(files)
        assert plan.count(Verdict.ERROR) >= 1
        assert all(error["column"] == "code" for _, row in plan.rows(Verdict.ERROR) for error in row.errors)
    assert (
        plan_import({"categories": [{"code": "T1", **category}], "regions": [{"code": "T2", **place}]}).count(
            Verdict.NEW
        )
        == 2
    )


# Absent where they are absent --------------------------------------------------------------------------------------

# Together those that no place asks for together, or the absence of one would hide what rests on the other; `make drill` has each alone.
TOGETHER = [(Unit, Instrument), (Indicator, Category), (Scheme, Region)]
ALONE = [(model,) for models in TOGETHER for model in models]
ABSENT = [
    [named for named in NAMED if named.model in models]
    for models in (ALONE if os.environ.get("DRILL") == "1" else TOGETHER)
]


@pytest.mark.parametrize("codes", ABSENT, ids=lambda codes: codes[0].code)
def test_without_it_every_address_answers_or_says_why(
    codes: Sequence[NamedCode], client: Client, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AddressThrottle, "rate", "1000000/min", raising=False)
    withdraw(*codes)
    assert failures(client, addresses.once()) == []
    client.force_login(admin_user)
    assert broken_pages(client, [(reverse(f"admin:{name}"), {}) for name in addresses.PAGES]) == []


def test_a_transform_without_its_unit_is_refused(client: Client) -> None:
    withdraw(PERCENT, INDEX, RANK)
    for transform, unit in (
        ("yoy", "PERCENT"),
        ("pop", "PERCENT"),
        ("share", "PERCENT"),
        ("index:2022", "INDEX"),
        ("rank", "RANK"),
    ):
        for shape in ({}, {"format": "csv"}, {"shape": "wide"}):
            error = error_of(
                client.get(f"{BASE}/observations", {"transform": transform, "lang": "en", **shape}), "transform"
            )
            assert error["code"] == "not_held"
            assert unit in error["message"]


def test_a_difference_of_percentages_without_percentage_points_is_null_with_the_reason(
    client: Client, get: Any
) -> None:
    rates = Observation.objects.live().filter(unit__code="PERCENT", series__variant="").order_by("pk")
    row = next(row for row in rates if rates.filter(series=row.series, period=str(int(row.period[:4]) - 1)).exists())
    asked = {
        "indicator": row.series.indicator.code,
        "region": row.series.region.code,
        "period": row.period,
        "lang": "en",
    }

    def differences() -> list[tuple[Any, ...]]:
        rows = get("/observations", transform="diff", detail="full", **asked)["results"]
        return [
            (found["value"] is None, found["unit"], found["note"])
            for found in rows
            if found["series"] == row.series.key
        ]

    assert differences() == [(False, "PERCENTAGE_POINT", None)]
    withdraw(PERCENTAGE_POINT)
    ((is_null, unit, note),) = differences()
    assert (is_null, unit) == (True, "PERCENT")
    assert "not held" in note


@pytest.mark.parametrize(
    ("default", "path", "query"),
    [
        (TRADE, "concentration", {"region": "ZZ-COUNTIES"}),
        (OUTPUT, "specialisation", {"region": "430281", "reference": "430224"}),
    ],
)
def test_without_its_default_an_index_asks_for_the_indicator(
    default: NamedCode, path: str, query: dict[str, str], client: Client
) -> None:
    withdraw(default)
    error = error_of(client.get(f"{BASE}/structure/{path}", {**query, "lang": "en"}), "indicator")
    assert error["code"] == "required"
    assert default.code in error["message"]
    assert client.get(f"{BASE}/structure/{path}", {**query, "indicator": "EXPORTS"}).status_code == 200


def test_what_else_rests_on_an_indicator_is_empty_without_it(get: Any) -> None:
    assert [row["output"] for row in get("/structure/tiers", region="430281")["results"][0]["leading"]] != [None, None]
    withdraw(OUTPUT, TRADE, GDP)
    assert [row["output"] for row in get("/structure/tiers", region="430281")["results"][0]["leading"]] == [None, None]
    assert get("/structure/openness")["results"] == []


@on_both_stores
def test_an_index_comes_back_with_its_unit(get: Any) -> None:
    asked = {"transform": "index:2022", "region": "430281", "indicator": "TRADE_TOTAL", "lang": "en"}
    withdraw(INDEX)
    get("/observations", status=400, **asked)
    Unit.objects.filter(code="INDEX").update(withdrawn=None)
    forget_kept()
    assert {row["unit"] for row in get("/observations", **asked)["results"]} == {"INDEX"}
