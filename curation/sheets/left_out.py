"""Rows of a table that are not of its own figures: sums of the others, and parts of the row above."""

from __future__ import annotations

from sources.bilingual import Text, both
from sources.folding import normalised

TOTALS = {
    "合计", "总计", "小计", "共计", "总和", "全部合计", "本页合计", "total", "totals", "subtotal", "subtotals", "sub-total", "grandtotal",
    "sum", "overall",
}  # fmt: skip
OF_WHICH = ("其中", "of which", "#")
A_TOTAL = both("合计行：其他各行之和", "a total of other rows")
A_PART = both("“其中”行：上一行的一部分", "a part of the row above")
CHOSEN = both("选择不读入", "chosen not to be read")


def why_left_out(label: str) -> Text | None:
    """Why a row that is called so is suggested to be left out, unless something is known by that name; None where it is not."""
    folded = normalised(label)
    if "".join(folded.split()).rstrip(":") in TOTALS:
        return A_TOTAL
    return A_PART if folded.startswith(OF_WHICH) else None


def without_part(label: str) -> str:
    """The name behind the word for a part: 醴陵市 of 其中：醴陵市; the whole where there is no such word."""
    folded = normalised(label)
    word = next((word for word in OF_WHICH if folded.startswith(word)), "")
    return folded.removeprefix(word).strip(" :、,") if word else label
