"""The graph of steps as SVG: from what was given above to what came of it below."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from flows.output.trace.told import StepTold, Told

WIDE, HIGH = 268, 84
"""Pixels of a node."""
PICTURE = 112, 68
SPACE, BETWEEN = 24, 44
"""Pixels between neighbours, and between layers."""
PASS = 12
"""Pixels that an edge takes where it passes a layer."""
LETTERS = 19
"""Letters that fit beside a picture."""
ALONE = """
text { font: 12px system-ui, sans-serif; fill: #59626b }
.name { font-weight: 600; fill: #1d2329 }
.node { fill: #ffffff; stroke: #dcdad4 } .node.given { fill: #f1efea }
.node.last { stroke: #0b6478 }
.edge { fill: none; stroke: #59626b; stroke-width: 1.5 } .head { fill: #59626b }
.ground { fill: #f1efea }
"""
"""How a picture looks that stands alone; on the page its style says."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A node and where its left upper corner is."""

    node: StepTold
    x: float
    y: float


@dataclass(slots=True)
class Layout:
    """Where nodes are, and where edges that pass other layers do so."""

    nodes: dict[str, Placed]
    passes: dict[tuple[str, str], list[float]]
    """By edge: its middle in each layer between, from above to below."""
    width: float
    height: float


def layout(told: Told) -> Layout:
    """Nodes in layers, each below all that it uses; what uses nothing is just above its user."""
    layer = _layers(told)
    rows: list[list[str]] = [[] for _ in range(1 + max(layer.values(), default=0))]
    for node in told.nodes:
        rows[layer[node.node]].append(node.node)
    above: dict[str, list[str]] = {}
    for source, target in told.edges:
        before = source
        for number in range(layer[source] + 1, layer[target]):
            rows[number].append(f"{source} {target} {number}")
            above.setdefault(rows[number][-1], []).append(before)
            before = rows[number][-1]
        above.setdefault(target, []).append(before)
    width = max(_width(row) for row in rows)
    middle: dict[str, float] = {}
    for row in rows:
        row.sort(key=lambda name: _mean([middle[one] for one in above.get(name, ())]))
        left = (width - _width(row)) / 2
        for name in row:
            wide = PASS if " " in name else WIDE
            middle[name] = left + wide / 2
            left += wide + SPACE
    nodes = {
        n.node: Placed(n, middle[n.node] - WIDE / 2, layer[n.node] * (HIGH + BETWEEN))
        for n in told.nodes
    }
    passes = {
        (s, t): [middle[f"{s} {t} {number}"] for number in range(layer[s] + 1, layer[t])]
        for s, t in told.edges
    }
    return Layout(nodes, passes, width, len(rows) * (HIGH + BETWEEN) - BETWEEN)


def _layers(told: Told) -> dict[str, int]:
    """The layer of each node."""
    sources: dict[str, list[str]] = {node.node: [] for node in told.nodes}
    users: dict[str, list[str]] = {node.node: [] for node in told.nodes}
    for source, target in told.edges:
        sources[target].append(source)
        users[source].append(target)
    layer: dict[str, int] = {}
    for node in told.nodes:  # each comes after those that it uses
        layer[node.node] = 1 + max((layer[one] for one in sources[node.node]), default=-1)
    for name, below in users.items():
        if below and not sources[name]:
            layer[name] = min(layer[one] for one in below) - 1
    return layer


def _width(row: Sequence[str]) -> float:
    """Pixels of a layer; names with a space are edges that pass."""
    return sum((PASS if " " in name else WIDE) + SPACE for name in row) - SPACE


def _mean(places: Sequence[float]) -> float:
    return sum(places) / len(places) if places else 0.0


def svg(told: Told, *, alone: bool = False) -> str:
    """The graph; `alone` as a picture of its own, else as a part of the page with links."""
    found = layout(told)
    width, height = found.width + 2, found.height + 2
    size = {"viewBox": f"-1 -1 {width:g} {height:g}", "width": f"{width:g}"}
    root = ET.Element("svg", {**size, "height": f"{height:g}", "role": "img"})
    if alone:
        root.set("xmlns", "http://www.w3.org/2000/svg")
        ET.SubElement(root, "style").text = ALONE
    ET.SubElement(root, "title").text = "Graph of the steps"
    used = {source for source, _ in told.edges}
    for edge in told.edges:
        _edge(root, found.nodes[edge[0]], found.nodes[edge[1]], found.passes[edge])
    for one in found.nodes.values():
        _node(root, one, is_last=one.node.node not in used, alone=alone)
    return ET.tostring(root, encoding="unicode")


def _edge(root: ET.Element, source: Placed, target: Placed, passes: Sequence[float]) -> None:
    """A line from below one node to above another, beside the nodes between, with a head."""
    x, y = source.x + WIDE / 2, source.y + HIGH
    path = f"M{x:g} {y:g}"
    for middle in [*passes, target.x + WIDE / 2]:
        is_last = middle == target.x + WIDE / 2 and y + BETWEEN >= target.y
        end = y + BETWEEN - (7 if is_last else 0)
        bend = (end - y) / 2
        path += f" C{x:g} {y + bend:g} {middle:g} {end - bend:g} {middle:g} {end:g}"
        x, y = middle, end
        if not is_last:
            y += HIGH
            path += f" L{x:g} {y:g}"
    ET.SubElement(root, "path", {"class": "edge", "d": path})
    head = f"M{x - 5:g} {y - 1:g} L{x + 5:g} {y - 1:g} L{x:g} {y + 6:g} Z"
    ET.SubElement(root, "path", {"class": "head", "d": head})


def _node(root: ET.Element, one: Placed, *, is_last: bool, alone: bool) -> None:
    node = one.node
    parent = root if alone else ET.SubElement(root, "a", {"href": f"#{node.node}"})
    kind = "node" + ("" if node.tool else " given") + (" last" if is_last else "")
    box = {"x": f"{one.x:g}", "y": f"{one.y:g}", "width": str(WIDE), "height": str(HIGH)}
    ET.SubElement(parent, "rect", {"class": kind, "rx": "8", **box})
    wide, high = PICTURE
    place = {"x": f"{one.x + 8:g}", "y": f"{one.y + 8:g}", "width": str(wide), "height": str(high)}
    if node.picture:
        data = base64.b64encode(node.picture).decode()
        more = {"href": f"data:image/jpeg;base64,{data}", "preserveAspectRatio": "xMidYMid meet"}
        ET.SubElement(parent, "rect", {"class": "ground", **place})
        ET.SubElement(parent, "image", {**place, **more})
    else:
        ET.SubElement(parent, "rect", {"class": "ground", "rx": "4", **place})
        kind = node.files[0].kind if node.files else "file"
        middle = {"x": f"{one.x + 8 + wide / 2:g}", "y": f"{one.y + 8 + high / 2 + 4:g}"}
        ET.SubElement(
            parent, "text", {**middle, "text-anchor": "middle", "class": "kind"}
        ).text = kind
    lines = [("name", node.name), ("tool", f"{node.tool}@{node.version}" if node.tool else "given")]
    lines += [("about", _cost(node))] if node.tool else []
    for number, (style, text) in enumerate(lines):
        at = {"x": f"{one.x + wide + 20:g}", "y": f"{one.y + 26 + 20 * number:g}"}
        ET.SubElement(parent, "text", {**at, "class": style}).text = shortened(text)
    ET.SubElement(parent, "title").text = f"{node.name}: {node.about}"


def _cost(node: StepTold) -> str:
    return f"{node.seconds:.1f} s" + (f", ${node.usd:.2f}" if node.usd else "")


def shortened(text: str) -> str:
    """A text as far as it fits beside a picture; its beginning and its end are kept."""
    if len(text) <= LETTERS:
        return text
    half = LETTERS // 2
    return f"{text[: LETTERS - half - 1]}…{text[-half:]}"


def data_uri(told: Told) -> str:
    """The graph as a picture in a URL."""
    data = svg(told, alone=True).encode(errors="replace")
    return f"data:image/svg+xml;base64,{base64.b64encode(data).decode()}"
