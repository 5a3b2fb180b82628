"""The memory that an ingest with a coarse captioner would make of a world, written directly.

For tests and comparisons: hours of world are remembered in seconds, without decoding anything.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agents.ingest.tree import Holders, build_tree
from agents.models.ports import Models
from agents.perception.rows import embed_texts
from memory.records import (
    SECOND,
    Kind,
    Level,
    Memory,
    Node,
    Owner,
    Producer,
    Span,
    Video,
    content_id,
    file_digest,
)
from memory.store import Store
from tests.simulator.world import Fact, World

SHOT = 10
"""Seconds between cuts."""
COARSE_FPS, COARSE_SIDE = 0.5, 320
"""How closely the coarse captioner looks."""
SUMMARY_WORDS = {Level.SCENE: 40, Level.CHAPTER: 80, Level.VIDEO: 120}
"""Longest summaries, as those of an ingest."""


def remember(world: World, path: Path, store: Store, models: Models, tenant: str = "t") -> Video:
    """Write video, tree, captions, summaries and speech of a world whose pictures are at `path`."""
    digest = file_digest(path)
    video_id = content_id("v", tenant, digest)
    duration = round(world.seconds * SECOND)
    owner = Owner(tenant, video_id, "p_world")
    size = path.stat().st_size
    video = Video(video_id, tenant, digest, (str(path),), duration, size, {}, owner.perception_key)
    cuts = list(range(SHOT * SECOND, duration, SHOT * SECOND))
    nodes = build_tree(owner, duration, cuts, [])
    holders = Holders(nodes)
    rows = [*_heard(world, owner), *_described(world, nodes, owner)]
    placed = [replace(row, node_id=holders.of(row.span).node_id) for row in rows]
    store.put_video(video)
    store.replace_nodes(tenant, video_id, owner.perception_key, nodes)
    store.put_memories(embed_texts(placed, models.text_encoder))
    return video


def coarse_facts(world: World) -> list[Fact]:
    """What the coarse captioner can notice, in order of time."""
    noticed = [
        fact
        for fact in world.facts
        if not (fact.heard or fact.asked or fact.most)
        and fact.fps <= COARSE_FPS
        and fact.side <= COARSE_SIDE
    ]
    return sorted(noticed, key=lambda fact: fact.start)


def coarse_text(background: str, facts: Sequence[Fact], span: Span, words: int | None) -> str:
    """What the coarse captioner says of a span, in about so many words; more is thinned out."""
    start, end = span.seconds
    seen = [fact.text for fact in facts if fact.start < end and fact.end > start]
    total = sum(len(text.split()) for text in seen)
    stride = 1 if words is None else max(1, -(-total // words))
    return "; ".join([background, *seen[::stride]])


def _described(world: World, nodes: list[Node], owner: Owner) -> list[Memory]:
    facts = coarse_facts(world)
    starts = [fact.start for fact in facts]
    longest = max((fact.end - fact.start for fact in facts), default=0.0)
    made: list[Memory] = []
    for node in nodes:
        if node.level is not Level.FRAME:
            kind = Kind.CAPTION if node.level is Level.SHOT else Kind.SUMMARY
            begin, end = node.span.seconds
            near = facts[bisect_left(starts, begin - longest) : bisect_left(starts, end)]
            text = coarse_text(world.background, near, node.span, SUMMARY_WORDS.get(node.level))
            made.append(_row(owner, kind, node.level, node.span, text))
    return made


def _heard(world: World, owner: Owner) -> list[Memory]:
    return [
        _row(owner, Kind.SPEECH, Level.SHOT, Span.of_seconds(fact.start, fact.end), fact.text)
        for fact in world.facts
        if fact.heard
    ]


def _row(owner: Owner, kind: Kind, level: Level, span: Span, text: str) -> Memory:
    producer = Producer("world")
    return Memory.make(owner, level, kind, span, text, producer, made_for=text[:40])
