"""What the documents for those who carry on say is there: every file, function and link that they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["architecture.md", "glossary.md", "recipes.md"]
ROOMS = "api|config|curation|docs|fixtures|indicators|policies|regions|sources|tests|tools|words"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_and_function_that_is_named_is_there(name: str) -> None:
    text = (ROOT / "docs" / name).read_text()
    named = re.findall(rf"`((?:{ROOMS})/[\w./-]*)(?:: (\w+)(?:\.(\w+))?)?`", text)
    assert named or name == "glossary.md"
    for path, *members in named:
        assert (ROOT / path).exists() or "NAME" in path, path
        for member in filter(None, members):
            assert re.search(rf"\b(def|class) {member}\b", (ROOT / path).read_text()), (path, member)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / "docs" / name
    for target, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", page.read_text()):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        heads = [head.lower().replace(" ", "-") for head in re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE)]
        assert not anchor or anchor in heads, (target, anchor)


def test_each_word_of_the_glossary_has_one_meaning() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE
    )
    words = [word.strip() for row in rows for word in row[0].split(",") if row[0] not in ("Word", "---")]
    assert len(words) > 40
    assert len(words) == len(set(words))
    assert all(re.search(r"[一-鿿]", chinese) for word, chinese, _ in rows if word != "Word")
