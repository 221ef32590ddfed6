"""The builder of small stores: what it makes is public, beside the curated tables and in an empty store."""

from __future__ import annotations

import pytest

from tests.builder import Tables
from tests.conftest import Get
from tests.whole_store import emptied

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("empty", [False, True])
def test_a_small_store_is_read_as_it_was_built(empty: bool, get: Get) -> None:
    if empty:
        emptied()
    small = Tables().region("T-LAND").region("T-TOWN", parent="T-LAND").indicator("T_SALES")
    release = small.figures("T-TOWN", "T_SALES", {"2023": "40.0", "2024": "41.25"}).publish()
    rows = get("/observations", within="T-LAND", indicator="T_SALES")["results"]
    assert [(row["series"], row["period"], row["value"], row["release"]) for row in rows] == [
        ("A.T-TOWN.T_SALES", "2023", 40.0, release.version), ("A.T-TOWN.T_SALES", "2024", 41.25, release.version),
    ]  # fmt: skip
    assert get("/observations", page_size=1000)["results"] == rows or not empty
