"""Builds the tree `frame < shot < scene < chapter < video` from cuts and keyframes.

Shots lie between cuts. Scenes and chapters are runs of whole shots and whole scenes: boundaries are
chosen by dynamic programming so that lengths come near a target and the cut falls where the picture
changes most (after Rotman et al., "Optimal sequential grouping", 2018, with a length prior).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from memory.records import SECOND, Level, Memory, Node, Owner, Span, Vector, content_id

SCENE_TARGET = 45 * SECOND
CHAPTER_TARGET = 450 * SECOND
CHANGE_WEIGHT = 1.0
"""How much a change of picture counts against a length that misses the target."""


def build_tree(
    owner: Owner,
    duration: int,
    cuts: Sequence[int],
    keyframes: Sequence[Memory],
    chapter_starts: Sequence[int] = (),
) -> list[Node]:
    """All nodes, coarsest first. Every level covers `[0, duration)`, except frames.

    `keyframes` are rows with `image_vector`; they weigh scene boundaries and become frame nodes.
    Where the file names its chapters, these are the chapters, and shots and scenes end with them.
    """
    video = Span(0, duration)
    own = _between(video, chapter_starts)
    shots = _between(video, [*cuts, *(chapter.start for chapter in own)])
    scenes: list[Span] = []
    for chapter in own:
        inside = [shot for shot in shots if chapter.contains(shot)]
        scenes += _group(inside, _mean_vectors(inside, keyframes), SCENE_TARGET)
    if len(own) > 1:
        chapters = own
    else:
        chapters = _group(scenes, _mean_vectors(scenes, keyframes), CHAPTER_TARGET)
    frames = sorted({row.span for row in keyframes})
    nodes: list[Node] = []
    layers = {
        Level.VIDEO: [video],
        Level.CHAPTER: chapters,
        Level.SCENE: scenes,
        Level.SHOT: shots,
        Level.FRAME: frames,
    }
    for level, spans in layers.items():
        parents = [node for node in nodes if node.level.rank == level.rank + 1]
        nodes += [_node(owner, level, span, i, parents) for i, span in enumerate(spans)]
    return nodes


class Holders:
    """Finds the finest node that contains a span, in logarithmic time per level."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._levels = [
            sorted((n for n in nodes if n.level == level), key=lambda n: n.span) for level in Level
        ]
        self._starts = [[node.span.start for node in row] for row in self._levels]

    def of(self, span: Span) -> Node:
        """The finest holder; the video's node holds everything, also what overhangs its end."""
        for row, starts in zip(self._levels, self._starts, strict=True):
            at = bisect_right(starts, span.start) - 1
            if at >= 0 and row[at].span.contains(span):
                return row[at]
        return self._levels[-1][0]


def _node(owner: Owner, level: Level, span: Span, ordinal: int, parents: Sequence[Node]) -> Node:
    parent = next((p for p in parents if p.span.start <= span.start < p.span.end), None)
    key = owner.perception_key
    return Node(
        node_id=content_id("n", owner.tenant, owner.video_id, key, level, span.start, span.end),
        tenant=owner.tenant,
        video_id=owner.video_id,
        perception_key=key,
        level=level,
        span=span,
        ordinal=ordinal,
        parent_id=parent.node_id if parent else None,
    )


def _between(video: Span, cuts: Sequence[int]) -> list[Span]:
    inside = sorted({cut for cut in cuts if video.start < cut < video.end})
    edges = [video.start, *inside, video.end]
    return [Span(a, b) for a, b in pairwise(edges)]


def _mean_vectors(spans: Sequence[Span], keyframes: Sequence[Memory]) -> list[Vector | None]:
    """The mean image vector of the keyframes in each span, None where there is none."""
    means: list[Vector | None] = []
    for span in spans:
        inside = [
            row.image_vector
            for row in keyframes
            if row.image_vector is not None and span.start <= row.span.start < span.end
        ]
        means.append(np.stack(inside).mean(axis=0).astype(np.float32) if inside else None)
    return means


def _group(parts: Sequence[Span], vectors: Sequence[Vector | None], target: int) -> list[Span]:
    """Runs of whole parts whose lengths come near `target`, cut where pictures differ."""
    change = [0.0, *(_distance(a, b) for a, b in pairwise(vectors))]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(parts) + 1):
        options: list[tuple[float, int]] = []
        for start in range(end - 1, -1, -1):
            length = parts[end - 1].end - parts[start].start
            if start < end - 1 and length > 2 * target:
                break
            misfit = ((length - target) / target) ** 2
            gain = CHANGE_WEIGHT * change[start] if start else 0.0
            options.append((best[start][0] + misfit - gain, start))
        best.append(min(options))
    runs: list[Span] = []
    end = len(parts)
    while end > 0:
        start = best[end][1]
        runs.append(Span(parts[start].start, parts[end - 1].end))
        end = start
    return runs[::-1]


def _distance(one: Vector | None, other: Vector | None) -> float:
    """Cosine distance, 0 to 1; 0 when either is unknown."""
    if one is None or other is None:
        return 0.0
    norms = float(np.linalg.norm(one) * np.linalg.norm(other))
    return max(0.0, 1.0 - float(one @ other) / norms) if norms else 0.0
