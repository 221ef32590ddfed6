"""What stands below what, walked in one way: regions, categories, measures, and the relations between acts."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Generic, TypeVar

Node = TypeVar("Node")


class Hierarchy(Generic[Node]):
    """Nodes by their keys, each below another, below several, or below none; they come in the order in which they were given.

    A walk meets a node once, so that it ends also where nodes stand in a circle.
    """

    def __init__(self, pairs: Iterable[tuple[Node, Node | None]]) -> None:
        """Takes (node, what it stands directly below), None for a node that stands below none."""
        self._above: dict[Node, list[Node]] = {}
        self._below: dict[Node, list[Node]] = defaultdict(list)
        self._top: list[Node] = []
        for node, parent in pairs:
            above = self._above.setdefault(node, [])
            if parent is None:
                self._top.append(node)
            else:
                above.append(parent)
                self._below[parent].append(node)

    def parents(self, node: Node) -> list[Node]:
        """What a node stands directly below; nothing for a node that is not there."""
        return self._above.get(node, [])

    def children(self, node: Node) -> list[Node]:
        """What stands directly below a node."""
        return self._below.get(node, [])

    def ancestors(self, node: Node) -> list[Node]:
        """All that a node stands below, the nearest first."""
        return self._walk(node, self._above)

    def descendants(self, node: Node) -> list[Node]:
        """All that stands below a node, the nearest first."""
        return self._walk(node, self._below)

    def siblings(self, node: Node) -> list[Node]:
        """What stands directly below the same as a node, the node itself included; of one that is below none, all such.

        Nothing for a node that is not there.
        """
        if node not in self._above:
            return []
        beside = [self._below[parent] for parent in self._above[node]] or [self._top]
        return list(dict.fromkeys(itertools.chain.from_iterable(beside)))

    def circles(self) -> list[list[Node]]:
        """Circles, each from a node up and back to itself; every step from a node to its parent that lies on one is in one of them."""
        above = {node: set(parents) for node, parents in self._above.items()}
        circles: list[list[Node]] = []
        while True:
            try:
                TopologicalSorter(above).prepare()
            except CycleError as error:
                circle: list[Node] = error.args[1][::-1]  # graphlib names predecessors first
                circles.append(circle)
                for node, parent in itertools.pairwise(circle):
                    above[node].discard(parent)
            else:
                return circles

    def levels(self) -> Iterator[list[Node]]:
        """The nodes, parents before children, as many lists as the tree is deep. Raises CycleError where there is a circle."""
        place = {node: number for number, node in enumerate(self._above)}
        sorter = TopologicalSorter({node: place.keys() & parents for node, parents in self._above.items()})
        sorter.prepare()
        while sorter.is_active():
            ready = sorter.get_ready()
            yield sorted(ready, key=place.__getitem__)
            sorter.done(*ready)

    def top_down(self) -> Iterator[Node]:
        """The nodes of a tree, each followed by all that stands below it; those in a circle, and below one, are left out."""
        ahead = self._top[::-1]
        while ahead:
            node = ahead.pop()
            yield node
            ahead += self.children(node)[::-1]

    @staticmethod
    def _walk(node: Node, step: dict[Node, list[Node]]) -> list[Node]:
        met: dict[Node, None] = {node: None}
        ahead = [node]
        for one in ahead:  # which grows while it is walked
            for other in step.get(one, ()):
                if other not in met:
                    met[other] = None
                    ahead.append(other)
        return ahead[1:]
