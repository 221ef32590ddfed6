"""Trees are walked by one class: up, down, beside, and in circles."""

from __future__ import annotations

import itertools
from graphlib import CycleError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.hierarchy import Hierarchy

NODES = st.sampled_from("abcdefg")
TREES = st.dictionaries(NODES, NODES | st.none(), max_size=7)
GRAPHS = st.dictionaries(NODES, st.sets(NODES, max_size=3), max_size=7)

TREE = Hierarchy([("root", None), ("b", "root"), ("a", "root"), ("a1", "a"), ("a2", "a"), ("other", None)])


def graph(above: dict[str, set[str]]) -> Hierarchy[str]:
    return Hierarchy((node, parent) for node, parents in above.items() for parent in parents or [None])


def reached(above: dict[str, set[str]], start: str) -> set[str]:
    """What lies above a node, by trying every way."""
    seen: set[str] = set()
    waiting = list(above.get(start, ()))
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += above.get(node, ())
    return seen


def test_the_nearest_come_first_and_all_in_the_order_given() -> None:
    assert TREE.parents("a1") == ["a"]
    assert TREE.children("root") == ["b", "a"]
    assert TREE.ancestors("a1") == ["a", "root"]
    assert TREE.descendants("root") == ["b", "a", "a1", "a2"]
    assert TREE.siblings("a") == ["b", "a"]
    assert TREE.siblings("other") == ["root", "other"]
    assert list(TREE.top_down()) == ["root", "b", "a", "a1", "a2", "other"]
    assert list(TREE.levels()) == [["root", "other"], ["b", "a"], ["a1", "a2"]]


def test_a_node_that_is_not_there_has_nothing_around_it() -> None:
    for walk in (TREE.parents, TREE.children, TREE.ancestors, TREE.descendants, TREE.siblings):
        assert walk("nowhere") == []


def test_levels_keep_the_order_given_also_where_children_come_first() -> None:
    pairs = [("c", "b"), ("z", None), ("b", "a"), ("y", "z"), ("a", "beyond")]
    assert list(Hierarchy(pairs).levels()) == [["z", "a"], ["b", "y"], ["c"]]


def test_what_stands_below_several_is_met_once() -> None:
    diamond = Hierarchy([("top", None), ("left", "top"), ("right", "top"), ("low", "left"), ("low", "right")])
    assert diamond.ancestors("low") == ["left", "right", "top"]
    assert diamond.descendants("top") == ["left", "right", "low"]
    assert diamond.siblings("low") == ["low"]


@given(GRAPHS)
def test_walks_meet_all_that_lies_above_and_below_once_and_end(above: dict[str, set[str]]) -> None:
    walked = graph(above)
    for node in "abcdefg":
        ancestors, descendants = walked.ancestors(node), walked.descendants(node)
        assert len(ancestors) == len(set(ancestors))
        assert set(ancestors) == reached(above, node) - {node}
        assert set(descendants) == {other for other in "abcdefg" if node in reached(above, other)} - {node}


@given(GRAPHS)
def test_a_circle_is_found_where_there_is_one_and_is_one(above: dict[str, set[str]]) -> None:
    circles = graph(above).circles()
    assert bool(circles) == any(node in reached(above, node) for node in above)
    for circle in circles:
        assert circle[0] == circle[-1]
        assert all(parent in above[node] for node, parent in itertools.pairwise(circle))
    broken = {node: set(parents) for node, parents in above.items()}
    for node, parent in itertools.chain.from_iterable(map(itertools.pairwise, circles)):
        broken[node].discard(parent)
    assert not any(node in reached(broken, node) for node in broken)


@given(TREES)
def test_parents_come_before_their_children(parents: dict[str, str | None]) -> None:
    tree = Hierarchy(parents.items())
    if tree.circles():
        with pytest.raises(CycleError):
            list(tree.levels())
        return
    assert {node for level in tree.levels() for node in level} == parents.keys()
    depth = {node: number for number, level in enumerate(tree.levels()) for node in level}
    assert all(depth[node] == (depth[parent] + 1 if parent in depth else 0) for node, parent in parents.items())
