"""Places as they were at a time: the tree, validity, names, groups and what became of what."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from regions.models import Membership, Region, RegionKind, Succession
from sources.folding import normalised

pytestmark = pytest.mark.django_db

JUNE = datetime.date(2018, 6, 19)


def region(code: str, parent: Region | None = None, **values: Any) -> Region:
    names = {"kind": "county", "name_zh": f"地区{code}", "name_en": f"Region {code}"}
    return Region.objects.create(code=code, parent=parent, **{**names, **values})


def codes(regions: Any) -> list[str]:
    return [found.code for found in regions]


# The tree ----------------------------------------------------------------------------------------------------------


def test_within_is_the_region_and_everything_below_it() -> None:
    top = region("T1")
    below = region("T11", top)
    region("T111", below)
    region("T12", top)
    region("T2")
    assert codes(Region.objects.within(top)) == ["T1", "T11", "T111", "T12"]
    assert codes(Region.objects.within(below)) == ["T11", "T111"]
    assert codes(Region.objects.within(Region.objects.get(code="T2"))) == ["T2"]


def test_within_narrows_what_was_asked_for() -> None:
    top = region("T1", kind="prefecture")
    region("T11", top)
    region("T12", top, kind="zone")
    region("T3")
    assert codes(Region.objects.filter(kind="county").within(top)) == ["T11"]


def test_hunan_is_whole() -> None:
    hunan = Region.objects.get(code="430000")
    below = Region.objects.within(hunan).valid_on(datetime.date(2025, 1, 1)).filter(code__regex=r"^43[0-9]{4}$")
    kinds = list(below.values_list("kind", flat=True))
    assert [kinds.count(kind) for kind in ("province", "prefecture", "county")] == [1, 14, 122]


def test_every_division_hangs_under_the_code_it_begins_with() -> None:
    divisions = Region.objects.filter(code__regex=r"^43[0-9]{4}$").select_related("parent")
    for county in divisions.filter(kind="county"):
        assert county.parent.code == f"{county.code[:4]}00", county
    for prefecture in divisions.filter(kind="prefecture"):
        assert prefecture.parent.code == "430000", prefecture


def test_a_region_is_not_its_own_parent() -> None:
    lonely = region("T1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Region.objects.filter(pk=lonely.pk).update(parent=F("pk"))


def test_a_region_with_others_below_it_is_not_deleted() -> None:
    top = region("T1")
    region("T11", top)
    with pytest.raises(ProtectedError):
        top.delete()


# Validity ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "day", "expected"),
    [
        (None, None, JUNE, True),
        (JUNE, None, JUNE, True),
        (JUNE, None, JUNE - datetime.timedelta(1), False),
        (None, JUNE, JUNE, False),
        (None, JUNE, JUNE - datetime.timedelta(1), True),
        (JUNE, JUNE + datetime.timedelta(1), JUNE, True),
        (JUNE, JUNE + datetime.timedelta(1), JUNE + datetime.timedelta(1), False),
    ],
)
def test_a_region_exists_from_its_first_day_until_the_day_before_its_end(
    valid_from: Any, valid_to: Any, day: datetime.date, expected: bool
) -> None:
    region("T1", valid_from=valid_from, valid_to=valid_to)
    assert Region.objects.filter(code="T1").valid_on(day).exists() is expected


@pytest.mark.parametrize("end", [JUNE, JUNE - datetime.timedelta(1)])
def test_a_validity_ends_after_it_begins(end: datetime.date) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        region("T1", valid_from=JUNE, valid_to=end)


@pytest.mark.parametrize("kind", ["", "planet", "County"])
def test_the_store_refuses_an_unknown_kind(kind: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        region("T1", kind=kind)


def test_a_code_is_used_once() -> None:
    region("T1")
    with pytest.raises(IntegrityError), transaction.atomic():
        region("T1")


# Names -------------------------------------------------------------------------------------------------------------


def searched(words: str) -> Any:
    """As the admin searches: in the column of folded names."""
    return Region.objects.filter(search__contains=normalised(words))


@pytest.mark.parametrize(
    "words", ["醴陵", "醴陵市", "LILING", "liling city", "ｌｉｌｉｎｇ", " 430281 ", "430281", "Cer", "瓷城"]
)
def test_a_region_is_found_by_part_of_any_of_its_names_in_any_width_or_case(words: str) -> None:
    mine = region(
        "T430281", name_zh="醴陵市", name_en="Liling City", short_zh="醴陵", other_names="瓷城;Ceramics capital"
    )
    assert mine in searched(words)


def test_words_of_two_names_do_not_make_one() -> None:
    region("T1", name_zh="甲", name_en="乙")
    assert not searched("甲乙").filter(code="T1").exists()


@pytest.mark.parametrize("words", ["%", "_", "T%1", "\\", "'"])
def test_signs_that_mean_something_to_sql_mean_themselves(words: str) -> None:
    region("T1")
    assert not searched(words).filter(code="T1").exists()
    region("T2", other_names=f"a{words}b")
    assert codes(searched(words).filter(code__startswith="T")) == ["T2"]


def test_a_new_name_is_found_and_the_old_one_is_not() -> None:
    mine = region("T1", name_zh="旧名")
    mine.name_zh = "新名"
    mine.save()
    assert searched("新名").filter(code="T1").exists()
    assert not searched("旧名").filter(code="T1").exists()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=";"), min_size=1, max_size=20))
@example("İstanbul")
@example("ß")
def test_every_name_finds_its_region(name: str) -> None:
    mine = region("T1", other_names=name)
    assert mine in searched(name)
    mine.delete()


# What became of what -----------------------------------------------------------------------------------------------


def test_zhuzhou_county_became_lukou_district() -> None:
    succession = Succession.objects.get(predecessor__code="430221")
    assert (succession.successor.code, succession.kind) == ("430212", "upgraded")
    assert succession.date.year == 2018
    before, after = succession.date - datetime.timedelta(1), succession.date
    either = Region.objects.filter(code__in=("430221", "430212"))
    assert codes(either.valid_on(before)) == ["430221"]
    assert codes(either.valid_on(after)) == ["430212"]


def test_every_succession_follows_on_without_a_gap() -> None:
    successions = Succession.objects.select_related("predecessor", "successor")
    assert successions
    for succession in successions:
        assert succession.predecessor.valid_to == succession.date == succession.successor.valid_from


def test_a_succession_is_held_once() -> None:
    old, new = region("T1"), region("T2")
    Succession.objects.create(predecessor=old, successor=new, date=JUNE, kind="merged")
    with pytest.raises(IntegrityError), transaction.atomic():
        Succession.objects.create(predecessor=old, successor=new, date=JUNE, kind="renamed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Succession.objects.create(predecessor=new, successor=old, date=JUNE, kind="eaten")


# Groups ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "members"),
    [
        ("ZZ-COUNTIES", {"430281", "430223", "430224", "430225"}),
        ("CZT", {"430100", "430200", "430300"}),
        ("YRD", {"310000", "320000", "330000", "340000"}),
    ],
)
def test_a_group_has_its_members(group: str, members: set[str]) -> None:
    held = Membership.objects.filter(group__code=group).values_list("member__code", flat=True)
    assert set(held) == members
    assert Region.objects.get(code=group).members_complete


def test_members_belong_to_what_can_have_members_and_says_whether_they_are_all() -> None:
    groups = Region.objects.filter(memberships__isnull=False).distinct()
    assert groups
    for group in groups:
        assert group.members_complete is not None, group


def test_a_member_belongs_once_from_one_day() -> None:
    group, member = region("T1", kind=RegionKind.GROUP), region("T2")
    Membership.objects.create(group=group, member=member)
    Membership.objects.create(group=group, member=member, valid_from=JUNE)
    for again in (None, JUNE):
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(group=group, member=member, valid_from=again)


def test_a_group_is_not_a_member_of_itself() -> None:
    group = region("T1", kind=RegionKind.GROUP)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(group=group, member=group)
