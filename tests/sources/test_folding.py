"""Words that people write in different ways are one word once they are folded, and every place leads back to the text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sources.folding import folded_places, normalised

TEXT = st.text(st.one_of(st.characters(), st.sampled_from("r&d eE-‑進出 ＧＤＰǐé")), max_size=20)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("醴陵進出口總額", "醴陵进出口总额"),
        ("E‑Commerce", "ecommerce"),
        ("e-commerce", "ecommerce"),
        ("R & D", "rnd"),
        ("R&D", "rnd"),
        ("R and D", "rnd"),
        ("lǐlíng", "liling"),
        ("ＧＤＰ", "gdp"),
        ("cross–border", "cross-border"),
        ("People’s", "people's"),
        ("R&D-x r&dx", "rnd-x r&dx"),
    ],
)
def test_different_ways_of_writing_a_word_are_one(written: str, folded: str) -> None:
    assert normalised(written) == folded


@given(TEXT)
@example("r& d x-ray e‑commerce")
@example("a-b-cde r&d&d")
def test_folding_knows_one_form_and_where_it_came_from(text: str) -> None:
    folded, places = folded_places(text)
    assert folded.strip() == normalised(text) == normalised(normalised(text))
    assert len(places) == len(folded)
    assert list(places) == sorted(places)
    assert all(0 <= place < len(text) for place in places)
