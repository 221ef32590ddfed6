"""No address and no command fails, whatever the store holds: nothing at all, or another country's data."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from indicators.codes import TRADE
from sources.models import Release
from tests.foreign import addresses
from tests.foreign.addresses import Address
from tests.foreign.walking import broken_pages, failures

pytestmark = pytest.mark.django_db

FAMILIES = [
    addresses.of_the_api, addresses.transforming, addresses.of_sdmx, addresses.of_pxweb, addresses.of_the_service,
]  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_every_address_answers(another: str, family: Callable[[], Iterable[Address]], client: Client) -> None:
    assert failures(client, family()) == []


@pytest.mark.stores_alike
def test_every_page_of_the_admin_opens(another: str, admin_client: Client) -> None:
    assert broken_pages(admin_client, addresses.of_the_admin()) == []


def test_every_command_ends_with_its_work_or_with_a_reason(
    another: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if another == "foreign":  # an empty one it would seed
        monkeypatch.setitem(connection.settings_dict, "NAME", "a store for benchmarks")
    sheet, texts = tmp_path / "sheet.csv", tmp_path / "texts"
    sheet.write_text("region,indicator,period,value,unit\n430281,TRADE_TOTAL,2024,41.25,CNY_100M\n", encoding="utf-8")
    texts.mkdir()
    reasons = {
        "export_lake": _run("export_lake", str(tmp_path / "lake")),
        "import_observations": _run("import_observations", str(sheet)),
        "import_measures": _run("import_measures", str(sheet)),
        "verify_citations": _run("verify_citations", "--documents", str(texts)),
        "evaluate_matching": _run("evaluate_matching"),
        "make_bench_data": _run("make_bench_data"),
        "rollback_release": _run("rollback_release", "1999-R1", "--reason", "a test"),
    }
    assert reasons.pop("export_lake") is None or not Release.objects.exists()
    assert all(reasons.values()), reasons
    assert another == "empty" or TRADE.code in str(reasons["make_bench_data"])
    for command in (
        ["import_template", str(tmp_path / "t.xlsx")],
        ["backup", str(tmp_path / "b.zip")],
        ["seed", "--dry-run"],
    ):
        assert _run(*command) is None


def _run(*command: Any) -> str | None:
    """What a command says where it cannot do its work; None where it does."""
    try:
        call_command(*command, stdout=io.StringIO(), stderr=io.StringIO())
    except CommandError as reason:
        return str(reason)
    return None
