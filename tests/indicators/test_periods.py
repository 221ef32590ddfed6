"""Labels of periods: every one spans whole days, and nothing else is a label."""

import calendar
import datetime
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.periods import parse_period, years_between

YEARS = st.integers(1000, 2999)
LABELS = st.one_of(
    YEARS.map(str),
    st.builds("{}-Q{}".format, YEARS, st.integers(1, 4)),
    st.builds("{}-{:02}".format, YEARS, st.integers(1, 12)),
)
DAY = datetime.timedelta(days=1)


@given(LABELS)
def test_every_label_is_read_and_says_its_frequency(label: str) -> None:
    period = parse_period(label)
    assert period.label == label
    assert period.frequency == {4: "A", 7: "Q" if "Q" in label else "M"}[len(label)]
    assert period.start.year == period.end.year == int(label[:4])
    assert period.start.day == 1
    assert (period.end + DAY).day == 1
    months = period.end.month - period.start.month + 1
    assert months == {"A": 12, "Q": 3, "M": 1}[period.frequency]


@given(YEARS)
def test_quarters_and_months_fill_a_year_without_gap_or_overlap(year: int) -> None:
    whole = parse_period(str(year))
    for labels in ([f"{year}-Q{n}" for n in range(1, 5)], [f"{year}-{n:02}" for n in range(1, 13)]):
        parts = [parse_period(label) for label in labels]
        assert (parts[0].start, parts[-1].end) == (whole.start, whole.end)
        assert all(before.end + DAY == after.start for before, after in itertools.pairwise(parts))
    assert (whole.end - whole.start).days + 1 == 365 + calendar.isleap(year)


@given(LABELS)
def test_a_year_to_date_period_begins_on_new_year_and_keeps_its_label_and_end(label: str) -> None:
    period, sofar = parse_period(label), parse_period(label).accumulated("ytd")
    assert (sofar.label, sofar.frequency, sofar.end) == (period.label, period.frequency, period.end)
    assert sofar.start == datetime.date(period.start.year, 1, 1)
    assert period.accumulated("none") == period


@pytest.mark.parametrize(
    "label",
    ["", "2024-00", "2024-13", "2024-7", "2024-Q0", "2024-Q5", "2024-q1", "2024Q1", "24", "0999", "3000", "2024-07-01",
     "2024-", "2024 ", " 2024", "2024\n", "2024-07\n", "２０２４", "2024-0７", "2٠24", "2024..2025"],
)  # fmt: skip
def test_anything_else_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_period(label)


@given(st.text(max_size=8))
def test_any_text_is_a_label_in_ascii_or_refused(text: str) -> None:
    try:
        period = parse_period(text)
    except ValueError:
        return
    assert text.isascii()
    assert period.start <= period.end


def test_quarters_and_months_lie_parts_of_a_year_apart() -> None:
    assert [str(years_between(*pair)) for pair in (("2022", "2024"), ("2022-Q1", "2024-Q3"), ("2024-10", "2024-01"))] == [
        "2", "2.5", "-0.75",
    ]  # fmt: skip
