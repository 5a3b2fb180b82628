"""The graph of steps: nodes apart from each other, edges beside nodes, names as letters only."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations

from flows.output.trace.drawing import HIGH, WIDE, layout, svg
from flows.output.trace.told import StepTold, Told


def graph(names: str, edges: str) -> Told:
    """A graph of edges such as `a>c b>c`; each name comes after those that it uses."""
    pairs = [(edge[0], edge[-1]) for edge in edges.split()]
    return Told(tuple(StepTold(n, f"<{n}> & 'x'", "", tool="t") for n in names), tuple(pairs))


TANGLED = graph("abcdfeg", "a>b a>e b>c c>d d>e b>e f>e f>g a>g e>g")


def test_nodes_do_not_touch_and_lie_below_what_they_use() -> None:
    found = layout(TANGLED)
    for one, other in combinations(found.nodes.values(), 2):
        assert one.y != other.y or abs(one.x - other.x) > WIDE
    for source, target in TANGLED.edges:
        assert found.nodes[source].y + HIGH < found.nodes[target].y
    assert found.nodes["f"].y == found.nodes["d"].y  # just above what uses it
    assert all(0 <= n.x <= found.width - WIDE for n in found.nodes.values())


def test_edges_pass_beside_the_nodes_between() -> None:
    found = layout(TANGLED)
    layers = sorted({node.y for node in found.nodes.values()})
    for (source, target), passes in found.passes.items():
        first, last = (layers.index(found.nodes[name].y) for name in (source, target))
        assert len(passes) == last - first - 1
        for y, middle in zip(layers[first + 1 : last], passes, strict=True):
            nodes = [node for node in found.nodes.values() if node.y == y]
            assert all(not node.x <= middle <= node.x + WIDE for node in nodes)


def test_what_strangers_wrote_is_letters() -> None:
    root = ET.fromstring(svg(TANGLED, alone=True))
    names = [e.text for e in root.iter() if e.get("class") == "name"]
    assert names == [f"<{n}> & 'x'" for n in "abcdfeg"]
    assert "<a>" not in svg(TANGLED)
